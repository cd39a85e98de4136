"""Finds what is legal in a file but probably a mistake, and what comparing files needs of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from bruscript.lang.bru import lint as bru
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.document import Document, Finding
from bruscript.lang.nodes import Dictionary
from bruscript.lang.place import Place
from bruscript.lang.redaction import redacted_message

if TYPE_CHECKING:
    from bruscript.lang.yml.document import YmlDocument


class Mark(NamedTuple):
    """A value that a file gives, its line and, if it is known, its column, 1-based."""

    value: str
    line: int
    column: int = 0

    @property
    def place(self) -> Place:
        """The place."""
        return Place(self.line, self.column)


def lint(document: Document) -> list[Finding]:
    """Return the findings of one document, by line."""
    if isinstance(document, BruDocument):
        findings = bru.lint(document)
    else:
        from bruscript.lang.yml import lint as yml

        findings = yml.lint(_yml(document))
    return [finding._replace(message=redacted_message(finding.message)) for finding in findings]


def auth_mode(document: Document) -> Mark | None:
    """Return the auth mode of a request, folder or collection; None without one."""
    if isinstance(document, BruDocument):
        mode, line = bru.auth_mode(document)
        return None if mode is None else Mark(mode, line)
    from bruscript.lang.yml.places import content_node, mark

    node = mark(content_node(_yml(document).root, document.kind, "auth"), "type")
    return None if node is None else Mark(*node)


def value_of(document: Document, block: str, key: str) -> Mark | None:
    """Return the value of a key in a block, by its name in `.bru`; None without one."""
    if isinstance(document, BruDocument):
        target = document.block(block)
        for pair in target.pairs if isinstance(target, Dictionary) else ():
            if pair.key == key and isinstance(pair.value, str):
                return Mark(pair.value, pair.line)
        return None
    from bruscript.lang.yml.places import content_node, entry_mark, mark

    node = content_node(_yml(document).root, document.kind, block)
    keys = {"credentials_id": ("tokenConfig", "id")}.get(key, (key,))
    marked = entry_mark(node, key) if node is not None and node.id == "sequence" else mark(node, *keys)
    return None if marked is None else Mark(*marked)


def block_place(document: Document, name: str) -> Place | None:
    """Return where the content of a block begins, by its name in `.bru`; None without the block."""
    if isinstance(document, BruDocument):
        line = document.content_line(name)
        return None if line is None else Place(line)
    from bruscript.lang.yml.places import child, content_node, spot

    node = content_node(_yml(document).root, document.kind, name)
    if name.startswith("body:"):
        # GraphQL has its text under another key than the other bodies.
        node = child(node, "data") or child(node, "variables" if name.endswith(":vars") else "query") or node
    text = spot(node)
    if text is not None:
        return Place(text.content_line, text.margin(document.text, node.value) + 1)
    return None if node is None else Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _yml(document: Document) -> YmlDocument:
    return cast("YmlDocument", document)
