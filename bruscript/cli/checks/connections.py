"""Checks of how a collection's requests get to their servers: its proxy, and the files of certificates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bruscript.cli.checks.problem import Problem
from bruscript.collection import Collection
from bruscript.collection.certificates import Keys
from bruscript.collection.json_shape import mistake_at
from bruscript.collection.layout import BRU
from bruscript.files import read_file
from bruscript.http.proxy import PROTOCOLS, is_port, settings_of
from bruscript.lang.choices import nearest, nearest_word
from bruscript.lang.place import Place

_KEYS = ("enabled", "protocol", "hostname", "port", "auth", "bypassProxy", "pac")
_AUTH_KEYS = ("enabled", "disabled", "username", "password")
_FILES = ("certFilePath", "keyFilePath", "pfxFilePath")


def check_connections(collection: Collection) -> Iterator[Problem]:
    """Find certificate files that are not there, and a proxy that no request could use."""
    certificates = (collection.config.get("clientCertificates") or {}).get("certs") or ()
    for index, entry in enumerate(certificates):
        for key in _FILES if entry and not entry.get("disabled") else ():
            if problem := missing_file(entry.get(key), collection):
                keys = ("clientCertificates", "certs", index, key)
                yield setting_problem(collection, keys, f"`{_written(collection, key)}`: {problem}")
    yield from _proxy(collection)


def missing_file(path: Any, collection: Collection) -> str | None:
    """Return what is wrong with the path of a file that is not there; None for one with templates."""
    if not isinstance(path, str) or not path.strip() or "{{" in path:
        return None
    return None if (collection.path / path.strip()).is_file() else f"the file {path} does not exist"


def _proxy(collection: Collection) -> Iterator[Problem]:
    proxy = collection.config.get("proxy")
    settings = settings_of(proxy)
    config = settings.get("config") or {}
    if settings.get("disabled") or settings.get("inherit", True) or (config.get("pac") or {}).get("source"):
        return
    # An older form has the settings in `proxy` itself.
    prefix: Keys = ("proxy", "config") if isinstance((proxy or {}).get("config"), dict) else ("proxy",)
    yield from _misspelt(collection, config, prefix, _KEYS)
    yield from _misspelt(collection, config.get("auth") or {}, (*prefix, "auth"), _AUTH_KEYS)
    protocol, host = (str(config.get(key) or "") for key in ("protocol", "hostname"))
    port = "" if config.get("port") is None else str(config["port"])
    if protocol and "{{" not in protocol and protocol.lower() not in PROTOCOLS:
        hint = nearest(protocol.lower(), PROTOCOLS)
        expected = f"expected one of {', '.join(PROTOCOLS)}{hint}"
        yield setting_problem(collection, (*prefix, "protocol"), f"`protocol` is {protocol!r}, {expected}")
    if not host:
        yield setting_problem(
            collection, (*prefix, "hostname"), "`hostname` is empty: the proxy cannot be used"
        )
    elif "{{" not in host and not _is_host(host):
        text = f"`hostname` is {host!r}, expected only a host name: protocol and port have their own keys"
        yield setting_problem(collection, (*prefix, "hostname"), text)
    if port and "{{" not in port and not is_port(port):
        yield setting_problem(
            collection, (*prefix, "port"), f"`port` is {port!r}, expected a number from 1 to 65535"
        )


def _misspelt(
    collection: Collection, config: dict[str, Any], at: Keys, known: tuple[str, ...]
) -> Iterator[Problem]:
    for key in config:
        if key not in known and (near := nearest_word(key, known, 0.8)):
            text = f"`{key}` is not a setting of a proxy; did you mean `{near}`?"
            yield setting_problem(collection, (*at, key), text)


def _is_host(text: str) -> bool:
    return "/" not in text and " " not in text and (text.count(":") != 1 or text.startswith("["))


def _written(collection: Collection, key: str) -> str:
    if collection.layout is BRU:
        return key
    from bruscript.collection.yml_config import own_name

    return own_name(key)


def setting_problem(collection: Collection, keys: Keys, message: str, *, note: bool = False) -> Problem:
    """Return a problem at the setting under `keys`, or at what is around it."""
    if collection.layout is BRU:
        text = read_file(collection.config_file).decode("utf-8-sig")
        while True:
            try:
                mistake = mistake_at(text, keys, message)
            except StopIteration:
                keys = keys[:-1]
                continue
            return Problem(Place(mistake.line, mistake.column or 0), message, note)
    from bruscript.collection.yml_config import place_in
    from bruscript.lang.yml.document import YmlDocument

    assert isinstance(collection.document, YmlDocument)
    return Problem(Place(*place_in(collection.document, keys)), message, note)
