"""The places of settings in opencollection.yml: its own keys are not those of bruno.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from bruscript.collection.certificates import unusable_certificates, used_certificates
from bruscript.collection.json_shape import JsonMistake
from bruscript.lang.place import KeyPath, Place
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.places import child

if TYPE_CHECKING:
    from bruscript.lang import Document

_NAMES: Final = {
    "certFilePath": "certificateFilePath",
    "keyFilePath": "privateKeyFilePath",
    "pfxFilePath": "pkcs12FilePath",
}
_TYPES: Final = ("pem", "pkcs12")
_EXTENSIONS: Final = ("ignore", "presets", "scripts")
"""Settings that are in `extensions: bruno:`."""


def config_mistakes(document: Document | None, config: Mapping[str, Any]) -> Iterator[JsonMistake]:
    """Yield what is wrong with the client certificates."""
    if not isinstance(document, YmlDocument):
        return
    for keys, message in unusable_certificates(used_certificates(config), own_name):
        yield JsonMistake(message, *place_in(document, ("clientCertificates", "certs", *keys)))


def own_name(key: str) -> str:
    """Return what opencollection.yml calls the setting that is `key` in bruno.json."""
    return _NAMES.get(key, key)


def place_in(document: YmlDocument, keys: KeyPath) -> Place:
    """Return the place of what bruno.json has under `keys`, or of what is around it."""
    node = child(document.root, "config")
    steps = list(keys)
    rows = None
    if steps and steps[0] in _EXTENSIONS:
        node = child(document.root, "extensions", "bruno")
    if steps[:2] == ["clientCertificates", "certs"]:
        node, steps = child(node, "clientCertificates") or node, steps[2:]
        rows = [row for row in _items(node) if getattr(child(row, "type"), "value", None) in _TYPES]
    for step in steps:
        inner: Any = None
        if isinstance(step, int):
            items = _items(node) if rows is None else rows
            inner = items[step] if step < len(items) else None
        else:
            inner = child(node, _NAMES.get(step, step))
        if inner is None:
            break
        node = inner
    if node is None:
        return Place(1, 1)
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _items(node: Any) -> list[Any]:
    return list(node.value) if getattr(node, "id", None) == "sequence" else []
