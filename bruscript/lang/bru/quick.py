"""Reads the regular .bru files that Bruno and most people write without the automaton.

That is: blocks of pairs, each on a line of its own, without quotes, annotations or empty lines; blocks of
text; a list of tags in `meta`; and the names of an environment's secrets. One pattern per block decides
whether the grammar accepts it, so a file can be accepted before anything is made of it. Where a text has
anything else, or is an error, the answer is None, and the automaton has to read it; what is answered is
what that would have said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from typing import Any, Final, NamedTuple

from bruscript.lang.bru import blocks
from bruscript.lang.js import trim
from bruscript.lang.nodes import Block, Dictionary, Item, Pair, Secrets, Text
from bruscript.lang.values import outdent

_LIST: Final = r"\[\r?\n(?:[ \t]+[A-Za-z0-9_-]+\r?\n)+[ \t]*\]"
_BLOCK: Final = re.compile(
    r"([a-z][a-z0-9:_-]*)[ \t]*\{(?:"
    # The line end that opens a block of text takes the empty lines behind it along.
    rf"()\r?\n(?:[ \t]*~?[\w.$-][^\s:\ufeff]*[ \t]*:[ \t]*(?:[^\s'\[][^\r\n]*|({_LIST}))?\r?\n)+"
    r"|(?:\r?\n)+(?![\r\n}])[^\n]+(?:\n(?!\})[^\n]*)*\n"
    r")\}[\x00-\x20]*"
).match
_SECRETS: Final = re.compile(
    r"vars:secret[ \t]*\[[ \t]*\r?\n[ \t]*~?[\w.$-]+"
    r"(?:,[ \t]*\r?\n[ \t]*~?[\w.$-]+)*\r?\n[ \t]*\][\x00-\x20]*"
).match
_NAMES: Final = re.compile(r"[\[,]\s*(~?[\w.$-]+)")
_OPENING: Final = re.compile(r"\{[\r\n]*")
_PAIR: Final = re.compile(rf"\n[ \t]*(([^\s:]+)[ \t]*:[ \t]*)({_LIST}|[^\r\n]*)")
_VALUES: Final = re.compile(rf"\n[ \t]*([^\s:]+)[ \t]*:[ \t]*({_LIST}|[^\r\n]*)").findall
_BLANKS: Final = "".join(map(chr, range(0x21)))

_TEXTS: Final = frozenset(
    (
        *("body", "body:json", "body:text", "body:xml", "body:sparql", "body:graphql", "body:graphql:vars"),
        *("script:pre-request", "script:post-response", "tests", "docs"),
    )
)
# NTLM's has a rule about its keys, the text of an example a grammar of its own; the grammar lacks the last.
_REFUSED: Final = frozenset(("auth:ntlm", "example", "auth:oauth2:additional_params:auth_req:body"))
_KNOWN: Final[dict[str, Container[str]]] = {
    "request": blocks.REQUEST,
    "collection": blocks.COLLECTION,
    "environment": ("vars", "vars:secret"),
}


class Section(NamedTuple):
    """A block in the text: its name, whether it has pairs, and the offsets of its start and its `}`."""

    name: str
    paired: bool
    start: int
    close: int


def sections(text: str, grammar: str) -> list[Section] | None:
    """Return the blocks of a text that the grammar accepts; None for one that the automaton has to read."""
    known = _KNOWN.get(grammar)
    # An environment's value in quotes may end on a later line.
    if known is None or "__proto__" in text or (grammar == "environment" and "'''" in text):
        return None
    result = []
    position, length = 0, len(text)
    if text[:1] <= " ":
        position = length - len(text.lstrip(_BLANKS))
    while position < length:
        match = _BLOCK(text, position)
        if match is None and grammar == "environment":
            match = _SECRETS(text, position)
            if match is not None:
                start, position = position, match.end()
                result.append(Section("vars:secret", False, start, text.rindex("]", start, position)))
                continue
        if match is None:
            return None
        name, paired = match[1], match[2] is not None
        if name not in known or name in _REFUSED:
            return None
        if name in _TEXTS:
            paired = False
        elif not paired:
            return None
        start, position = position, match.end()
        close = text.rindex("}", start, position)
        if paired and match[3] and (name != "meta" or grammar != "request"):
            return None
        result.append(Section(name, paired, start, close))
    return result


def heading(text: str, found: list[Section]) -> dict[str, Any] | None:
    """Return `meta` as the JSON has it, {} without one; None where there are several."""
    metas = [section for section in found if section.name == "meta"]
    if not metas:
        return {}
    if len(metas) > 1:
        return None
    meta: dict[str, Any] = blocks.REQUEST["meta"](_pairs(text, metas[0]))["meta"]
    return meta


def parts(text: str, grammar: str) -> Iterator[tuple[str, Any]] | None:
    """Return each block's name with its pairs, which know no places, or its text; None as `sections`."""
    found = sections(text, grammar)
    if found is None:
        return None
    return (
        (section.name, _pairs(text, section) if section.paired else outdent(_source(text, section)[0]))
        for section in found
    )


def tree(text: str, grammar: str) -> tuple[Block, ...] | None:
    """Return the syntax tree of a text, None as `sections`."""
    found = sections(text, grammar)
    if found is None:
        return None
    nodes: list[Block] = []
    line, position = 1, 0
    for section in found:
        line += text.count("\n", position, section.start)
        position = section.start
        make = _secrets if section.name == "vars:secret" else _dictionary if section.paired else _text
        nodes.append(make(text, section, line))
    return tuple(nodes)


_new: Final[Callable[..., Pair]] = tuple.__new__


def _pairs(text: str, section: Section) -> list[Pair]:
    return [
        _new(Pair, (key, _value(value), (), 0, 0, 0, 0, 0))
        for key, value in _VALUES(text, section.start, section.close)
    ]


def _value(text: str) -> str | tuple[str, ...]:
    return tuple(text[1:-1].split()) if text[:1] == "[" else trim(text)


def _source(text: str, section: Section) -> tuple[str, int]:
    """Return the text of a block, and its offset."""
    opening = _OPENING.search(text, section.start)
    assert opening is not None
    end = section.close - 1
    return text[opening.end() : end - 1 if text[end - 1] == "\r" else end], opening.end()


def _text(text: str, section: Section, line: int) -> Text:
    source, begin = _source(text, section)
    content_line = line + text.count("\n", section.start, begin)
    return Text(section.name, source, line, content_line, section.start, begin, section.close + 1)


def _secrets(text: str, section: Section, line: int) -> Secrets:
    items = []
    for match in _NAMES.finditer(text, section.start, section.close):
        start, end = match.span(1)
        at = line + text.count("\n", section.start, start)
        items.append(Item(match[1], (), at, start, end))
    close = len(text[: section.close].rstrip(" \t\r\n"))
    return Secrets(section.name, tuple(items), line, section.start, close, section.close + 1)


def _dictionary(text: str, section: Section, line: int) -> Dictionary:
    pairs = []
    at = line
    for match in _PAIR.finditer(text, section.start, section.close):
        at += 1
        key_start, value_start = match.span(2)[0], match.end(1)
        source = match[3]
        value = _value(source)
        end = value_start + len(source.rstrip(" \t"))
        pairs.append(_new(Pair, (match[2], value, (), at, key_start, key_start, value_start, end)))
        if type(value) is tuple:
            at += source.count("\n")
    close = section.close - 2 if text[section.close - 2] == "\r" else section.close - 1
    return Dictionary(section.name, tuple(pairs), line, section.start, close, section.close + 1)
