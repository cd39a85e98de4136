"""How a printed curl command gets to the server: proxy, trusted and own certificates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bruscript.cli.curl_auth import Quoting
    from bruscript.http.proxy import Proxy
    from bruscript.runner.outgoing import Route


def options(route: Route, shell: Quoting) -> Iterator[str]:
    """Yield curl's options for a route."""
    if route.proxy is not None:
        yield from _proxy(route.proxy, shell)
    elif route.direct:
        yield "--noproxy '*'"
    if route.cacert is not None:
        yield f"--cacert {shell.word(str(route.cacert))}"
    entry = route.certificate
    if entry is None:
        return
    if (entry.get("type") or "cert") == "pfx":
        yield f"--cert-type P12 --cert {_file(route, 'pfxFilePath', shell)}"
    else:
        yield f"--cert {_file(route, 'certFilePath', shell)}"
        yield f"--key {_file(route, 'keyFilePath', shell)}"
    if entry.get("passphrase"):
        yield f"--pass {shell.word(str(entry['passphrase']))}"


def _proxy(proxy: Proxy, shell: Quoting) -> Iterator[str]:
    host = f"[{proxy.host}]" if ":" in proxy.host and not proxy.host.startswith("[") else proxy.host
    yield f"--proxy {shell.word(f'{proxy.scheme}://{host}:{proxy.port}')}"
    if proxy.username or proxy.password:
        yield f"--proxy-user {shell.word(f'{proxy.username}:{proxy.password}')}"


def _file(route: Route, key: str, shell: Quoting) -> str:
    assert route.certificate is not None
    # Behind a colon curl expects the pass phrase.
    path = str(route.base_dir / str(route.certificate.get(key) or ""))
    return shell.word(path.replace("\\", "\\\\").replace(":", "\\:") if key != "keyFilePath" else path)
