"""Finds parts of a file that have no effect: shapes that Bruno drops silently, unknown keys, missing parts.

What changes the requests that are sent is an error, with which the file is not run; the rest is a finding of
`bruscript check`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, Final, Protocol

from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bruscript.lang.choices import nearest_word
from bruscript.lang.document import Finding
from bruscript.lang.yml.compose import PLAIN, Node
from bruscript.lang.yml.omissions import omissions
from bruscript.lang.yml.parts import AUTH
from bruscript.lang.yml.places import TYPES, child, item_type
from bruscript.lang.yml.problem import Problem, is_nothing
from bruscript.lang.yml.scalars import plain_value
from bruscript.lang.yml.schema import FILES, ITEMS, STRICT_TEXT, UNKNOWN
from bruscript.lang.yml.spec import Keys, Leaf, Rows, Spec, Typed
from bruscript.near import near_word

_SORTS: Final = {ScalarNode: "a text", MappingNode: "a mapping", SequenceNode: "a list"}
_VARIANTS: Final = "Variants of a body are not supported: keep the one to send."
_FIRST_KEYS: Final = {
    "folder": ("info", "request"),
    "collection": ("info", "request"),
    "environment": ("name", "variables"),
}
_NAME: Final = {
    "name": "Name it, or remove it.",
    "expression": "Write what it is about, such as `expression: res.status`.",
}
_ARTICLES: Final = {
    "text": "a text",
    "number": "a number",
    "amount": "a number",
    "count": "a whole number",
    "flag": "true or false",
    "switch": "true or false",
}


class Lintable(Protocol):
    """The parts of a document that the lint needs."""

    @property
    def root(self) -> Any:
        """The root of the nodes."""

    @property
    def kind(self) -> Any:
        """The kind of file."""


def lint(document: Lintable) -> list[Finding]:
    """Return the findings of one document, in the order of their places."""
    every = [*problems(document.root, document.kind), *omissions(document.root, document.kind)]
    return sorted(map(_finding, every), key=lambda finding: (finding.line, finding.column))


def _finding(problem: Problem) -> Finding:
    message = problem.message + (f". {problem.hint}" if problem.hint else "")
    mark = problem.node.start_mark
    return Finding(mark.line + 1, message, problem.unread, mark.column + 1)


def problems(root: Node | None, kind: str) -> Iterator[Problem]:
    """Yield the problems of a file's nodes, in the order of the file."""
    if root is None or is_nothing(root):
        return
    if type(root) is not MappingNode:
        if kind not in _FIRST_KEYS:
            # Any YAML may lie where requests are, and is passed over.
            return
        dash = ", without `- ` before them" if type(root) is SequenceNode else ""
        first, then = _FIRST_KEYS[kind]
        yield Problem(
            root,
            f"the file is {_SORTS[type(root)]}, expected a mapping",
            f"Write its keys at the start of a line{dash}: `{first}:`, `{then}:`.",
        )
        return
    spec = FILES.get(kind) or ITEMS.get(item_type(root), UNKNOWN)
    yield from _mapping(root, spec, "")


def auth_findings(document: Lintable) -> list[Finding]:
    """Return the findings of the file's auth, without errors with which it is not run."""
    nodes = [child(document.root, block, "auth") for block in (*TYPES, "request", "runtime")]
    return [
        _finding(problem)
        for node in nodes
        if node is not None
        for problem in _walk(node, AUTH, "auth")
        if not problem.serious
    ]


def serious(root: Node | None, kind: str) -> Problem | None:
    """Return the first problem with which a file must not be run."""
    return next((problem for problem in problems(root, kind) if problem.serious), None)


def run_warnings(root: Node | None, kind: str) -> list[Finding]:
    """Return what a run warns of."""
    examples = child(root, "examples")
    return [
        _finding(problem)
        for problem in problems(root, kind)
        if problem.warns and not (examples is not None and _is_in(problem.node, examples))
    ]


def _is_in(node: Node, outer: Node) -> bool:
    return bool(outer.start_mark.index <= node.start_mark.index < outer.end_mark.index)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the known word that is nearest, if one is near."""
    known = list(words)
    by_lower = {each.lower(): each for each in reversed(known)}
    return near_word(word, known, 0.7) or by_lower.get(near_word(word.lower(), by_lower, 0.7) or "")


def _walk(node: Node, spec: Spec, name: str, besides: tuple[str, ...] = ()) -> Iterator[Problem]:
    if type(spec) is Leaf:
        if spec.kind != "any":
            yield from _leaf(node, spec, name)
    elif is_nothing(node):
        if type(spec) is Keys and spec.empty:
            yield Problem(node, f"`{name}` has no content", spec.empty)
    elif type(spec) is Rows:
        yield from _rows(node, spec, name)
    elif type(spec) is Keys:
        yield from _mapping(node, spec, name, besides)
    elif type(spec) is Typed:
        yield from _typed(node, spec, name, besides)
    else:
        yield from _either(node, spec, name)


def _either(node: Node, spec: Any, name: str) -> Iterator[Problem]:
    sort = {ScalarNode: "scalar", MappingNode: "mapping", SequenceNode: "sequence"}[type(node)]
    inner = getattr(spec, sort)
    if inner is not None:
        yield from _walk(node, inner, name)
    else:
        expected = " or ".join(
            word
            for word, shape in (
                ("a text", spec.scalar),
                ("a mapping", spec.mapping),
                ("a list", spec.sequence),
            )
            if shape is not None
        )
        variants = type(node) is SequenceNode and name == "body"
        yield _wrong_sort(node, name, expected, _VARIANTS if variants else None)


def _wrong_sort(node: Node, name: str, expected: str, hint: str | None = None) -> Problem:
    if _is_template(node):
        written = f"{{{{{node.value[0][0].value[0][0].value}}}}}"
        return Problem(
            node,
            f"`{name}` is {written} without quotes, which YAML reads as a mapping",
            f'Write it in quotes: {name}: "{written}"',
        )
    return Problem(node, f"`{name}` is {_SORTS[type(node)]}, expected {expected}", hint)


def _is_template(node: Node) -> bool:
    """Return whether a node is `{{name}}` without quotes: a mapping whose only key is a mapping."""
    if type(node) is not MappingNode or len(node.value) != 1 or not node.flow_style:
        return False
    key = node.value[0][0]
    return type(key) is MappingNode and len(key.value) == 1 and type(key.value[0][0]) is ScalarNode


def _leaf(node: Node, spec: Leaf, name: str) -> Iterator[Problem]:
    if type(node) is not ScalarNode:
        # A list becomes a text with commas, a mapping one without its content.
        problem = _wrong_sort(node, name, _ARTICLES.get(spec.kind, "a text"))
        yield problem._replace(serious=type(node) is MappingNode)
        return
    if spec.kind == "text":
        if spec.words and node.value not in spec.words and not is_nothing(node) and "{{" not in node.value:
            words = ", ".join(f"`{word}`" for word in spec.words)
            near = nearest_word(node.value, spec.words, 0.5)
            yield Problem(
                node,
                f"`{name}` is `{node.value}`, expected {'one of ' * (len(spec.words) > 1)}{words}",
                f"Did you mean `{near}`?" if near else None,
                not spec.lenient,
                unread=spec.lenient,
                warns=spec.warns,
            )
        return
    value = plain_value(node.value) if node.tag == PLAIN else node.value
    if value is None:
        return
    if spec.kind == "flag" and not isinstance(value, bool):
        yield Problem(
            node,
            f"`{name}` is the text `{node.value}`, expected true or false",
            "YAML 1.2 has only these two words: `yes`, `no`, `on` and `off` are texts.",
        )
    elif spec.kind == "switch" and not (isinstance(value, bool) or value in ("true", "false", "inherit")):
        yield Problem(node, f"`{name}` is `{node.value}`, expected true or false")
    elif spec.kind == "number" and (isinstance(value, (bool, str))):
        hint = "Write it without quotes." if isinstance(plain_value(node.value), (int, float)) else None
        yield Problem(node, f"`{name}` is the text `{node.value}`, expected a number", hint, not spec.lenient)
    elif spec.kind in ("amount", "count") and not _is_amount(value, spec.kind):
        yield Problem(node, f"`{name}` is `{node.value}`, expected {_ARTICLES[spec.kind]} from 0")
    elif spec.kind == "timeout" and (
        isinstance(value, bool) or (isinstance(value, str) and value != "inherit")
    ):
        yield Problem(node, f"`{name}` is `{node.value}`, expected a number of milliseconds or `inherit`")


def _is_amount(value: Any, kind: str) -> bool:
    if isinstance(value, (bool, str)) or not 0 <= value < math.inf:
        return False
    return kind == "amount" or value == int(value)


def _rows(node: Node, spec: Rows, name: str) -> Iterator[Problem]:
    if type(node) is not SequenceNode:
        yield _wrong_sort(
            node,
            name,
            "a list",
            f"Write each entry as an item of a list: {spec.example}"
            + (", value: …" if spec.example == "- name: …" else ""),
        )
        return
    for item in node.value:
        if is_nothing(item) and type(spec.item) is not Leaf:
            yield Problem(item, f"`{name}` has an item without content", "Remove it, or fill it in.")
        elif type(spec.item) in (Keys, Typed) and type(item) is not MappingNode:
            expected = _expected(spec.item)
            hint = f"Write each entry like this: {spec.example}"
            yield Problem(item, f"an item of `{name}` is {_sort(item)}, expected {expected}", hint)
        elif spec.item == STRICT_TEXT and type(item) is not ScalarNode:
            hint = f"Write each text as an item of the list: {spec.example}"
            yield Problem(item, f"an item of `{name}` is {_SORTS[type(item)]}, expected a text", hint)
        else:
            yield from _walk(item, spec.item, name)


def _mapping(node: Node, spec: Keys, name: str, besides: tuple[str, ...] = ()) -> Iterator[Problem]:
    if type(node) is not MappingNode:
        if spec.keys:
            yield _wrong_sort(node, name, _expected(spec))
        return
    yield from _nameless(node, spec, name)
    for required in spec.required:
        if child(node, required) is None:
            yield Problem(node, f"{_place(name)} is a mapping without `{required}`", spec.hint)
    for key, value in node.value:
        word = key.value if type(key) is ScalarNode else None
        if word is None:
            yield Problem(key, "a key is a mapping or a list, expected a text", serious=False, unread=True)
        elif word in spec.keys:
            yield from _walk(value, spec.keys[word], word)
        elif word in besides:
            continue
        elif word in spec.wrong:
            # An entry that is enabled anyway means what it says.
            harmless = word in ("enabled", "active") and plain_value(value.value) is True
            yield Problem(
                key,
                f"`{word}` is not a key of {_place(name)}, and has no effect",
                f"Write {spec.wrong[word]}.",
                not harmless,
                unread=True,
            )
        elif spec.open:
            near = near_word(word, spec.keys, 0.8)
            if near and child(node, near) is None:
                text = f"`{word}` is not a key of {_place(name)}"
                yield Problem(key, text, f"Did you mean `{near}`?", False, unread=True)
        else:
            near = nearest(word, spec.keys)
            hint = spec.advice.get(word) or (f"Did you mean `{near}`?" if near else None)
            nothing = spec.choice and not any(each.value in spec.keys for each, _ in node.value)
            if nothing and not near:
                hint = f"It is {' or '.join(f'`{each}`' for each in spec.keys)}."
            yield Problem(key, f"`{word}` is not a key of {_place(name)}", hint, nothing, unread=True)


def _nameless(node: MappingNode, spec: Keys, name: str) -> Iterator[Problem]:
    """Find an entry without the key that says what it is; what has another key for that is found anyway."""
    key = spec.needs
    if not key or any(spec.wrong.get(each.value) == f"`{key}`" for each, _ in node.value):
        return
    given = child(node, key)
    if given is not None and not is_nothing(given) and given.value != "":
        return
    value, disabled = child(node, "value"), child(node, "disabled")
    blank = key == "name" and (value is None or is_nothing(value) or not value.value)
    off = type(disabled) is ScalarNode and plain_value(disabled.value) is True
    used = {"data": "is sent without one", "assertions": "checks nothing"}.get(name, "is not used")
    message = f"an entry of `{name}` has no `{key}`, and {used}"
    yield Problem(node, message, _NAME[key], False, warns=not (blank or off))


def _expected(spec: Any) -> str:
    keys = [spec.by] if type(spec) is Typed else [*spec.keys][:3]
    return f"a mapping with {', '.join(f'`{key}`' for key in keys)}"


def _sort(node: Node) -> str:
    """Return what a node is, as an item of a list."""
    value = plain_value(node.value) if type(node) is ScalarNode and node.tag == PLAIN else None
    return "a number" if type(value) in (int, float) else _SORTS[type(node)]


def _place(name: str) -> str:
    return f"`{name}`" if name else "this file"


def _typed(node: Node, spec: Typed, name: str, besides: tuple[str, ...] = ()) -> Iterator[Problem]:
    if type(node) is not MappingNode:
        yield _wrong_sort(node, name, _expected(spec))
        return
    kind = child(node, spec.by)
    words = ", ".join(f"`{word}`" for word in spec.types)
    if kind is None or is_nothing(kind):
        yield Problem(node, f"{_place(name)} has no `{spec.by}`", f"It is one of {words}.")
    elif type(kind) is not ScalarNode:
        yield _wrong_sort(kind, spec.by, "a text")
    elif kind.value in spec.types:
        yield from _walk(node, spec.types[kind.value], name, (*besides, spec.by))
    elif kind.value in spec.lenient:
        yield Problem(kind, f"`{kind.value}` in `{name}` is not read by Bruno", None, False, unread=True)
    else:
        word = kind.value
        near = spec.wrong.get(word) or spec.wrong.get(word.lower()) or nearest(word, spec.types)
        yield Problem(
            kind,
            f"`{spec.by}` of {_place(name)} is `{kind.value}`, expected one of {words}",
            f"Did you mean `{near}`?" if near else None,
        )
