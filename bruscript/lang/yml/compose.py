"""From text to YAML nodes: PyYAML's composer, on libyaml where PyYAML was built with it.

The nodes are PyYAML's: `value`, `style`, `tag`, and marks with `line`, `column` and `index`, all counted
from 0 in characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import field
from typing import Any, Final, TypeAlias

import yaml
from yaml.composer import ComposerError
from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bruscript.lang.yml.disguise import Disguise
from bruscript.records import record

try:
    from yaml._yaml import CParser
except ImportError:
    CParser = None

Node: TypeAlias = Any
"""A ScalarNode, SequenceNode or MappingNode of PyYAML."""

PLAIN: Final = ""
"""The tag of a node without one; a plain scalar's value follows from its text."""
TEXT: Final = "tag:yaml.org,2002:str"
"""The tag of a scalar in quotes or in a block, and of one that is tagged as text."""

_DEEPEST: Final = 1000
_BRACKET: Final = re.compile(r"[\[\]{}]")
_DASHES: Final = re.compile(r"(?:[-?] +){500}")
_DIRECTIVE: Final = re.compile(r"(?:%YAML[ \t]+(\d+\.\d+)|%[^\n]*|[ \t]*(?:#[^\n]*)?)\r?\n")


@record(frozen=True)
class Composed:
    """A file's nodes.

    `root` is None for a file without content. `restore` restores the characters that were replaced in
    the nodes' values. `shift` has to be added to the marks' `index` for an offset in the text. `version` is
    what a `%YAML` directive says.
    """

    root: Node | None
    restore: dict[int, str] = field(default_factory=dict)
    shift: int = 0
    version: str = "1.2"
    aliases: bool = False


def compose(text: str) -> Composed:
    """Compose the one document in `text`. Raises yaml.MarkedYAMLError, and RecursionError."""
    shift = 1 if text.startswith("\ufeff") else 0
    if shift:
        text = text[1:]
    if not text.endswith("\n"):
        # The last line of a block of text ends like the others, whether or not the file does.
        text += "\n"
    disguise = Disguise(text, _quoted)
    deep = CParser is None or _may_be_deep(text)
    while True:
        try:
            root = _root(disguise.text, deep)
            break
        except yaml.MarkedYAMLError as error:
            if not disguise.extend(error):
                raise
    version = _version(text) if "%" in text else "1.2"
    return Composed(root, disguise.restore, shift, version, "*" in text)


def _may_be_deep(text: str) -> bool:
    """Return whether a text has so many open brackets that libyaml would take gigabytes to refuse it."""
    if "- - - - " in text or "? ? ? ? " in text:
        return _DASHES.search(text) is not None
    if text.count("[") + text.count("{") <= _DEEPEST:
        return False
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth += 1 if bracket.group() in "[{" else -1
        if depth > _DEEPEST:
            return True
        depth = max(depth, 0)
    return False


def _root(text: str, deep: bool) -> Node | None:
    if deep:
        # Slower, but it stops where the interpreter does. The brackets may be text, too.
        return _Composer(_PythonParser(text)).single()
    try:
        return _loader(text).get_single_node()
    except ComposerError as error:
        if "duplicate anchor" not in f"{error.context} {error.problem}":
            raise
    # An anchor may be given anew: what follows refers to the later one.
    return _Composer(_loader(text)).single()


def _quoted(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of texts in double quotes, up to the first mistake."""
    loader = _loader(text)
    with suppress(yaml.MarkedYAMLError):
        while loader.check_token():
            token = loader.get_token()
            if type(token) is yaml.ScalarToken and token.style == '"':
                yield token.start_mark.index, token.end_mark.index


def _version(text: str) -> str:
    position = 0
    while match := _DIRECTIVE.match(text, position):
        if match[1]:
            return match[1]
        position = match.end()
    return "1.2"


class _Resolver:
    """Leaves it to the values' builder what a plain scalar is."""

    def resolve(self, kind: type[Any], value: Any, implicit: Any) -> str:
        return TEXT if kind is ScalarNode and not implicit[0] else PLAIN

    def descend_resolver(self, current: Any, index: Any) -> None:
        """Nothing depends on where a node is."""

    def ascend_resolver(self) -> None:
        """Nothing depends on where a node is."""


def _libyaml_loader() -> Callable[[str], Any]:
    class Loader(_Resolver, CParser):  # type: ignore[misc]
        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)

    return Loader


class _PythonParser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):  # type: ignore[misc]
    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)


_loader: Final[Callable[[str], Any]] = _PythonParser if CParser is None else _libyaml_loader()


class _Composer(_Resolver):
    """Composes from a parser's events, where libyaml's own composer is missing or too strict."""

    def __init__(self, parser: Any) -> None:
        self._parser = parser
        self._anchors: dict[str, Node] = {}

    def single(self) -> Node | None:
        parser = self._parser
        parser.get_event()
        if parser.check_event(yaml.StreamEndEvent):
            return None
        start = parser.get_event()
        root = self._node()
        parser.get_event()
        if not parser.check_event(yaml.StreamEndEvent):
            raise ComposerError(
                "expected a single document in the stream",
                start.start_mark,
                "but found another document",
                parser.get_event().start_mark,
            )
        return root

    def _node(self) -> Node:
        event = self._parser.get_event()
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise ComposerError(None, None, f"found undefined alias {event.anchor!r}", event.start_mark)
            return self._anchors[event.anchor]
        tag = event.tag
        if isinstance(event, yaml.ScalarEvent):
            if tag is None or tag == "!":
                tag = self.resolve(ScalarNode, event.value, event.implicit)
            node = ScalarNode(tag, event.value, event.start_mark, event.end_mark, style=event.style or "")
            self._anchor(event, node)
            return node
        sequence = isinstance(event, yaml.SequenceStartEvent)
        kind = SequenceNode if sequence else MappingNode
        tag = PLAIN if tag is None or tag == "!" else tag
        node = kind(tag, [], event.start_mark, None, flow_style=event.flow_style)
        self._anchor(event, node)
        end = yaml.SequenceEndEvent if sequence else yaml.MappingEndEvent
        while not self._parser.check_event(end):
            child = self._node()
            node.value.append(child if sequence else (child, self._node()))
        node.end_mark = self._parser.get_event().end_mark
        return node

    def _anchor(self, event: Any, node: Node) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = node
