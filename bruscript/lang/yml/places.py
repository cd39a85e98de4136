"""The places of the `.bru` language's blocks in OpenCollection's files, under the same names."""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias

Node: TypeAlias = Any
"""A ScalarNode, SequenceNode or MappingNode of PyYAML, which is not imported where no file needs it."""


class Spot(NamedTuple):
    """Where a scalar begins: line and column from 0, and its style: "", a quote, `|` or `>`."""

    line: int
    column: int
    style: str

    @property
    def content_line(self) -> int:
        """The line, 1-based, on which the text itself begins."""
        return self.line + (2 if self.style in ("|", ">") else 1)

    def margin(self, text: str, code: str) -> int:
        """Return how many columns precede the text `code`, on each of its lines or its only one."""
        if self.style not in ("|", ">"):
            return self.column + (1 if self.style else 0)
        # An empty line does not show its margin.
        empty = len(code) - len(code.lstrip("\n"))
        first = code[empty:].partition("\n")[0]
        lines = text.split("\n", self.line + empty + 2)
        written = lines[self.line + empty + 1] if len(lines) > self.line + empty + 1 else ""
        return max(_blanks(written) - _blanks(first), 0)


SCRIPTS: Final = {
    "script:pre-request": "before-request",
    "script:post-response": "after-response",
    "tests": "tests",
}
"""The blocks of JavaScript, and the types of their scripts."""
TYPES: Final = ("http", "graphql", "grpc", "websocket")
"""The types of request, which are also the names of their blocks."""


def child(node: Node | None, *keys: str) -> Any:
    """Return the node under these keys, one inside the other, or None."""
    current: Any = node
    for key in keys:
        if getattr(current, "id", None) != "mapping":
            return None
        current = next((value for name, value in current.value if name.value == key), None)
    return current


def request_type(root: Node | None) -> str | None:
    """Return the block of a request file that has the request."""
    kind = child(root, "info", "type")
    return kind.value if getattr(kind, "id", None) == "scalar" and kind.value in TYPES else None


def item_type(root: Node | None) -> str:
    """Return the type of item that a request file says it is."""
    kind = child(root, "info", "type")
    if kind is None:
        kind = child(root, "type")
    return str(kind.value) if getattr(kind, "id", None) == "scalar" else ""


def block_path(root: Node | None, kind: str, name: str) -> tuple[str, ...] | None:
    """Return the keys of the block `name` in a file of this kind; None if it cannot have it."""
    if kind == "environment":
        return ("variables",) if name in ("vars", "vars:secret") else None
    if name in ("docs", "settings"):
        return (name,)
    if name == "meta":
        return ("info",)
    runtime = "runtime" if kind == "request" else "request"
    if name in SCRIPTS:
        return (runtime, "scripts")
    if name in _RUNTIME:
        return (runtime, _RUNTIME[name])
    head = request_type(root) if kind == "request" else "request"
    if head is None:
        return None
    if name in ("headers", "metadata", "params:query", "params:path", "query"):
        return (head, name.partition(":")[0] if name != "query" else "params")
    if name == "auth" or name.startswith("auth:"):
        return (head, "auth")
    if kind == "request" and name.startswith("body"):
        return (head, "body")
    return (head,) if kind == "request" else None


_RUNTIME: Final = {"vars:pre-request": "variables", "vars:post-response": "actions", "assert": "assertions"}


def content_node(root: Node | None, kind: str, name: str) -> Any:
    """Return the node of a block's content: of a script its code, the last of its type that has any."""
    path = block_path(root, kind, name)
    node = child(root, *path) if path is not None else None
    if name not in SCRIPTS:
        return child(node, "content") or node if name == "docs" else node
    scripts: Any = node
    for script in reversed(scripts.value) if getattr(scripts, "id", None) == "sequence" else ():
        code, sort = child(script, "code"), child(script, "type")
        if sort is not None and sort.value == SCRIPTS[name] and code is not None and code.value:
            return code
    return None


def mark(node: Node | None, *keys: str) -> tuple[str, int, int] | None:
    """Return the text under these keys, or the node itself if it is one, its line and column, 1-based."""
    target: Any = node if getattr(node, "id", None) == "scalar" else child(node, *keys)
    if getattr(target, "id", None) != "scalar" or not target.value:
        return None
    return str(target.value), *_start(target)


def entry_mark(rows: Any, name: str) -> tuple[str, int, int] | None:
    """Return the value of the entry called `name` in a list, the last of several, and its place, 1-based."""
    for row in reversed(rows.value):
        named = child(row, "name") or child(row, "expression")
        if named is not None and named.value == name:
            return mark(row, "value") or (str(named.value), *_start(named))
    return None


def entry_lines(root: Node | None, *keys: str) -> list[int]:
    """Return the lines, 1-based, of the entries of a list that have a name."""
    rows = child(root, *keys)
    names = (child(row, "name") for row in (rows.value if getattr(rows, "id", None) == "sequence" else ()))
    return [int(name.start_mark.line) + 1 for name in names if name is not None and name.value]


def spot(node: Node | None) -> Spot | None:
    """Return where a scalar's node begins."""
    if node is None or getattr(node, "id", None) != "scalar":
        return None
    return Spot(int(node.start_mark.line), int(node.start_mark.column), node.style or "")


def _blanks(text: str) -> int:
    return len(text) - len(text.lstrip(" \t"))


def _start(node: Any) -> tuple[int, int]:
    return int(node.start_mark.line) + 1, int(node.start_mark.column) + 1
