"""Checks of how a collection's requests get to their servers: its proxy, and the files of certificates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bruscript.cli.checks.problem import Problem, setting_problem
from bruscript.collection import Collection
from bruscript.collection.certificates import used_certificates
from bruscript.collection.layout import BRU
from bruscript.http.pac import local_path
from bruscript.http.proxy import PROTOCOLS, is_port, keys_of, settings_of
from bruscript.lang.choices import nearest

_FILES = ("certFilePath", "keyFilePath", "pfxFilePath")


def check_connections(collection: Collection) -> Iterator[Problem]:
    """Find certificate files that are not there, and a proxy that no request could use."""
    section = collection.config.get("clientCertificates") or {}
    if section.get("enabled") is False and any(section.get("certs") or ()):
        text = "no client certificate is sent; Bruno itself sends them"
        yield setting_problem(collection, ("clientCertificates", "enabled"), text, note=True)
    for index, entry in enumerate(used_certificates(collection.config)):
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
    if settings.get("disabled") or settings.get("inherit", True):
        return
    prefix = keys_of(proxy)
    pac = config.get("pac") or {}
    if source := pac.get("source"):
        if not source.strip():
            yield setting_problem(collection, (*prefix, "pac", "source"), "`source` is empty")
        if problem := missing_file(local_path(source), collection):
            yield setting_problem(collection, (*prefix, "pac", "source"), f"`source`: {problem}")
        return
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


def _is_host(text: str) -> bool:
    return "/" not in text and " " not in text and (text.count(":") != 1 or text.startswith("["))


def _written(collection: Collection, key: str) -> str:
    if collection.layout is BRU:
        return key
    from bruscript.collection.yml_config import own_name

    return own_name(key)
