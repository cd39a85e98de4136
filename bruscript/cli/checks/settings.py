"""Checks of bruno.json: keys that nothing reads, and that are probably misspelt or in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bruscript.cli.checks.problem import Problem, setting_problem
from bruscript.collection import Collection
from bruscript.collection.layout import BRU
from bruscript.lang.choices import nearest_word
from bruscript.lang.place import KeyPath
from bruscript.near import near_word

_OF_A_PROXY: Final = ("protocol", "hostname", "port", "auth", "bypassProxy", "pac")
_AUTH: Final = ("enabled", "disabled", "username", "password")
_KNOWN: Final[Mapping[tuple[str, ...], tuple[str, ...]]] = {
    (): (
        *("version", "collectionVersion", "name", "type", "ignore", "presets", "scripts"),
        *("clientCertificates", "proxy", "protobuf", "openapi", "docs"),
    ),
    ("presets",): ("requestType", "requestUrl", "defaultEnvironment"),
    ("scripts",): ("additionalContextRoots", "flow", "moduleWhitelist", "filesystemAccess"),
    ("clientCertificates",): ("enabled", "certs"),
    ("proxy",): ("inherit", "disabled", "config", "enabled", *_OF_A_PROXY),
    ("proxy", "config"): ("enabled", *_OF_A_PROXY),
    **dict.fromkeys((("proxy", "auth"), ("proxy", "config", "auth")), _AUTH),
    **dict.fromkeys((("proxy", "pac"), ("proxy", "config", "pac")), ("source",)),
}
"""The keys that Bruno writes, by where they are."""


def check_settings(collection: Collection) -> Iterator[Problem]:
    """Find keys of bruno.json that nothing reads, and a proxy that is not used."""
    if collection.layout is BRU:
        for check in (_misspelt, _proxy, _certificates):
            for keys, message in check(collection.config):
                yield setting_problem(collection, keys, message)


def _misspelt(config: dict[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    for at, known in _KNOWN.items():
        section: Any = config
        for step in at:
            section = section.get(step) if isinstance(section, dict) else None
        of_proxy = at[:1] == ("proxy",)
        what, find = ("setting of a proxy", nearest_word) if of_proxy else ("setting", near_word)
        for key in section if isinstance(section, dict) else ():
            near = None if key in known else find(key, known, 0.8)
            if near and near not in section:
                yield (*at, key), f"`{key}` is not a {what}; did you mean `{near}`?"


def _proxy(config: dict[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    proxy = config.get("proxy") or {}
    # An older form has the settings in `proxy` itself, with `enabled`.
    if proxy.get("disabled") or near_word("enabled", proxy, 0.8):
        return
    for key in _OF_A_PROXY:
        if key in proxy:
            yield ("proxy", key), f"`{key}` belongs in the proxy's `config`, and has no effect here"
    inner = proxy.get("config") or {}
    if "inherit" not in proxy and (inner.get("hostname") or inner.get("pac")):
        text = 'the proxy has no `inherit`, so the system\'s is used: write `"inherit": false`'
        yield ("proxy",), text


def _certificates(config: dict[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    section = config.get("clientCertificates") or {}
    if "certs" not in section:
        for key, value in section.items():
            if isinstance(value, list):
                yield ("clientCertificates", key), f"`{key}` is not read: the certificates are a list `certs`"
