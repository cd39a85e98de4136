"""Keys that no reader uses, so that the conversion leaves them out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from bruscript.conversion.losses import JsonPath, Loss, dotted
from bruscript.lang import Document
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.lint import lint
from bruscript.lang.nodes import Text
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.scalars import unspelled

_EARLY: Final[JsonPath] = ("runtime", "auth")
"""Early files have the auth here, and it is read."""
_FIXED: Final = (("selector", "method"), ("variable", "scope"))
"""Keys that no reader uses, and for which the printer writes a fixed value."""


def unread_keys(document: Document) -> Iterator[Loss]:
    """Yield a loss for each key that no reader uses."""
    for finding in lint(document):
        if finding.unread:
            ended = finding.message.endswith((".", "?"))
            yield Loss(finding.message + (" It is left out." if ended else ": left out"), finding.line)
    if isinstance(document, BruDocument):
        last = {block.name: block for block in document.blocks}
        for block in document.blocks:
            if isinstance(block, Text) and block.name != "example" and last[block.name] is not block:
                message = f"`{block.name}` appears again below, and only the last one is read: left out"
                yield Loss(message, block.line)


def missing_keys(document: YmlDocument, values: Any) -> Iterator[Loss]:
    """Yield a loss for each key of a YAML file that is missing in `values`, its conversion converted back."""
    for path in _missing(unspelled(document.value), values, ()):
        line = _line(document.root, path)
        yield Loss(f"`{dotted(path)}` cannot be kept in .bru files", line)


def _missing(source: Any, values: Any, path: JsonPath) -> Iterator[JsonPath]:
    if isinstance(source, list) and isinstance(values, list) and len(source) == len(values):
        for at, (item, other) in enumerate(zip(source, values, strict=True)):
            yield from _missing(item, other, (*path, str(at)))
    elif isinstance(source, dict) and isinstance(values, dict):
        for key, item in source.items():
            deeper = (*path, str(key))
            if key not in values:
                if item not in (None, "", [], {}, False) and deeper != _EARLY:
                    yield deeper
            elif deeper[-2:] in _FIXED and item != values[key]:
                yield deeper
            else:
                yield from _missing(item, values[key], deeper)


def _line(root: Any, path: JsonPath) -> int | None:
    node, line = root, None
    for part in path:
        if getattr(node, "id", None) == "sequence":
            node = node.value[int(part)]
            line = node.start_mark.line + 1
        elif getattr(node, "id", None) == "mapping":
            entry = next((entry for entry in node.value if str(entry[0].value) == part), None)
            if entry is None:
                break
            line, node = entry[0].start_mark.line + 1, entry[1]
    return line
