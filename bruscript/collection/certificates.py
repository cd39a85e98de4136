"""Client certificates in settings that would be passed over, or not be used as they are meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from bruscript.collection.json_shape import Kind
from bruscript.lang.choices import nearest_word
from bruscript.lang.place import KeyPath

_FILES: Final = {"cert": ("certFilePath", "keyFilePath"), "pfx": ("pfxFilePath",)}
_TEXTS: Final = ("domain", "type", "certFilePath", "keyFilePath", "pfxFilePath", "passphrase")
SHAPES: Final[dict[str, Kind]] = {**dict.fromkeys(_TEXTS, "text"), "disabled": "boolean"}
"""What a certificate's keys hold."""
_SCHEME: Final = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://")


def used_certificates(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the client certificates of a collection's settings; none where they are switched off."""
    section = config.get("clientCertificates") or {}
    certificates = section.get("certs")
    return certificates if isinstance(certificates, list) and section.get("enabled") is not False else []


def unusable_certificates(
    certificates: Sequence[Any], name: Callable[[str], str] = lambda key: key
) -> Iterator[tuple[KeyPath, str]]:
    """Yield what is wrong with entries of `certs`: the keys from the list to the place, and a message.

    `name` is what the file calls a key of bruno.json.
    """
    for index, entry in enumerate(certificates):
        if isinstance(entry, dict) and not entry.get("disabled"):
            yield from ((_place(index, entry, key), text) for key, text in _problems(entry, name))


def _place(index: int, entry: Mapping[str, Any], key: str) -> KeyPath:
    return (index, key) if key in entry else (index,)


def _problems(entry: Mapping[str, Any], name: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    misspelt = {
        key: near for key in entry if key not in SHAPES and (near := nearest_word(key, [*SHAPES], 0.8))
    }
    for key, near in misspelt.items():
        yield key, f"`{key}` is not a key of a client certificate; did you mean `{name(near)}`?"
    domain = str(entry.get("domain") or "").strip()
    if not domain and "domain" not in misspelt.values():
        yield "domain", "the client certificate has no `domain`, so no server gets it"
    elif match := _SCHEME.match(domain):
        yield (
            "domain",
            f"`domain` is {domain!r}, expected a host name: leave out {match[0].strip()}",
        )
    kind = entry.get("type") or "cert"
    if kind not in _FILES:
        yield "type", f"`type` is {kind!r}, expected cert or pfx; it is read as cert"
    for key in _FILES.get(str(kind), ()):
        if not entry.get(key) and key not in misspelt.values():
            yield key, f"the client certificate has no `{name(key)}`"
