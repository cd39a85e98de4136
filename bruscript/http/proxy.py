"""Which proxy a request goes through: the collection's, the system's, or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from bruscript.http.errors import RequestError
from bruscript.http.malformed import quoted
from bruscript.http.system_proxy import SystemProxy, system_proxy
from bruscript.option_names import switch
from bruscript.records import record

if TYPE_CHECKING:
    from bruscript.http.config import ClientConfig
    from bruscript.http.pac import PacResolver
    from bruscript.http.url import Address
    from bruscript.lang.place import KeyPath

_PORTS = {
    "http": 80,
    "https": 443,
    "socks": 1080,
    "socks4": 1080,
    "socks4a": 1080,
    "socks5": 1080,
    "socks5h": 1080,
}
PROTOCOLS = tuple(_PORTS)
_PAC_SCHEMES = {
    "PROXY": "http",
    "HTTP": "http",
    "HTTPS": "https",
    "SOCKS": "socks5",
    "SOCKS5": "socks5",
    "SOCKS4": "socks4",
}


@record(frozen=True)
class Proxy:
    """A proxy server. `scheme` is http, https, socks4, socks4a, socks5 or socks5h (the last letter of the
    SOCKS ones says that the proxy looks names up).
    """

    scheme: str
    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS."""
        return self.scheme.startswith("socks")

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


class Router:
    """Finds the proxy for each request, as bruno.json, the options and the system say."""

    def __init__(self, config: ClientConfig) -> None:
        self._config = config
        self._pac: PacResolver | None = None
        settings = settings_of(config.proxy)
        self._off = config.noproxy or config.app is not None or bool(settings.get("disabled"))
        self._own = None if self._off or settings.get("inherit", True) else settings.get("config") or {}
        self._system: SystemProxy | None = None

    @property
    def is_own(self) -> bool:
        """Whether the collection or an option decides on the proxy; otherwise the system does."""
        return self._off or self._own is not None

    async def route(self, address: Address) -> Proxy | None:
        """Return the proxy for a request to `address`; None for a direct connection. Raises RequestError."""
        if self._off:
            return None
        if self._own is not None:
            return await self._by_collection(self._own, address)
        if self._system is None:
            self._system = system_proxy()
        system = self._system
        if system.pac_url:
            return await self._by_pac(system.pac_url, address, _system_hint)
        url = system.https_proxy if address.scheme == "https" else system.http_proxy
        if not url or bypassed(address, system.no_proxy):
            return None
        return parse_proxy(url)

    async def aclose(self) -> None:
        """End what evaluates a PAC file, if there is one."""
        if self._pac:
            await self._pac.aclose()

    async def _by_collection(self, config: Mapping[str, Any], address: Address) -> Proxy | None:
        source = (config.get("pac") or {}).get("source")
        if source:
            return await self._by_pac(str(source), address, lambda: self._hint("pac", "source"))
        if bypassed(address, str(config.get("bypassProxy") or "")):
            return None
        scheme, host = str(config.get("protocol") or "http").lower(), str(config.get("hostname") or "")
        if scheme not in _PORTS or not host:
            raise RequestError(
                "The collection's proxy cannot be used: "
                + (f"its protocol {quoted(scheme)} is not known" if host else "it has no hostname"),
                "ERR_PROXY",
                hint=self._hint("protocol" if host else "hostname"),
            )
        auth = config.get("auth") or {}
        use_auth = not auth.get("disabled")
        return Proxy(
            "socks5h" if scheme == "socks" else scheme,
            host,
            self._port(config.get("port"), scheme),
            str(auth.get("username") or "") if use_auth else "",
            str(auth.get("password") or "") if use_auth else "",
        )

    def _port(self, value: Any, scheme: str) -> int:
        if value in (None, ""):
            return _PORTS[scheme]
        text = str(value).strip()
        if is_port(text):
            return int(text)
        raise RequestError(
            f"The collection's proxy cannot be used: its port {quoted(str(value))} is not valid",
            "ERR_PROXY",
            hint=self._hint("port"),
        )

    def _hint(self, *keys: str) -> str:
        """Return where the collection's proxy has a setting."""
        place = self._config.where((*keys_of(self._config.proxy), *keys))
        place = place or "proxy in the collection's settings"
        return f"See {place}, or pass {switch('--noproxy')}."

    async def _by_pac(self, source: str, address: Address, hint: Callable[[], str]) -> Proxy | None:
        if self._pac is None or self._pac.source != source:
            # Imported here: few networks have a PAC file.
            from bruscript.http.pac import PacResolver

            if self._pac:
                await self._pac.aclose()
            self._pac = PacResolver(source, self._config.base_dir, self._config.evaluator, hint)
        answer = await self._pac.find(str(address), address.host)
        words = answer.partition(";")[0].split()
        if not words or words[0].upper() == "DIRECT":
            return None
        if len(words) != 2 or words[0].upper() not in _PAC_SCHEMES:
            expected = "expected DIRECT, or a proxy such as PROXY HOST:PORT"
            raise self._pac.failure(f"it answered {quoted(answer)}, {expected}")
        return parse_proxy(f"{_PAC_SCHEMES[words[0].upper()]}://{words[1]}")


def parse_proxy(url: str) -> Proxy:
    """Return the proxy that a URL such as `http://user:password@host:3128` names. Raises RequestError."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    scheme = parts.scheme.lower()
    try:
        port = parts.port
    except ValueError:
        port = None
    if scheme not in _PORTS or not parts.hostname:
        raise RequestError(
            f"The system's proxy setting {quoted(_without_credentials(url))} is not a valid proxy URL",
            "ERR_PROXY",
            hint="See the environment variables http_proxy, https_proxy and all_proxy, or pass "
            f"{switch('--noproxy')}.",
        )
    return Proxy(
        "socks5h" if scheme == "socks" else scheme,
        parts.hostname,
        port or _PORTS[scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def bypassed(address: Address, patterns: str) -> bool:
    """Return whether a bypass list (`localhost, .example.com, *.test:8080`) names the host of `address`.

    Entries are separated by commas, semicolons or blanks. One that begins with a dot or a star covers all
    names with that ending, `*` alone covers all; one with a port covers that port only.
    """
    if patterns.strip() == "*":
        return True
    for pattern in re.split(r"[,;\s]+", patterns.lower()):
        if not pattern:
            continue
        match = re.fullmatch(r"(.+):(\d+)", pattern)
        # The colons of a bare IPv6 address do not begin a port.
        if match and (match[1].count(":") == 0 or match[1].endswith("]")):
            pattern = match[1]
            if int(match[2]) != address.port:
                continue
        if pattern[0] in ".*":
            if address.host.endswith(pattern.removeprefix("*")):
                return True
        elif pattern.strip("[]") == address.host.strip("[]"):
            return True
    return False


def settings_of(proxy: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return bruno.json's `proxy` in its present form: disabled, inherit, config."""
    proxy = proxy or {}
    if "enabled" not in proxy:
        return dict(proxy)
    enabled = proxy["enabled"]
    config = {key: value for key, value in proxy.items() if key != "enabled"}
    auth = dict(config.get("auth") or {})
    auth["disabled"] = auth.get("enabled") is False
    config["auth"] = auth
    return {"disabled": enabled is False, "inherit": not isinstance(enabled, bool), "config": config}


def keys_of(proxy: Mapping[str, Any] | None) -> KeyPath:
    """Return the keys under which bruno.json has a proxy's settings: once, they were in `proxy` itself."""
    return ("proxy", "config") if isinstance((proxy or {}).get("config"), dict) else ("proxy",)


def _system_hint() -> str:
    return f"Check the system's proxy settings, or pass {switch('--noproxy')}."


def is_port(text: str) -> bool:
    """Return whether a text is the number of a port."""
    return bool(re.fullmatch(r"\s*[0-9]{1,5}\s*", text)) and 0 < int(text) < 2**16


def _without_credentials(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)
