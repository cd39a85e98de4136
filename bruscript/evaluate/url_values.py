"""Templates in URLs that are encoded: a value stays inside of the place that its template has in the URL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from bruscript.evaluate.interpolate import interpolate, templates
from bruscript.evaluate.path import lookup, split
from bruscript.evaluate.provenance import Authored, Withheld

_SCHEME: Final = re.compile(r"\A[A-Za-z0-9+.-]*://")
_STRUCTURE: Final = "/?#&=+"
# Noncharacters, which no text has: they mark structure that is data until the URL is put together.
_MARKED: Final = {ord(char): 0xFDD0 + number for number, char in enumerate(_STRUCTURE)}
_PLAIN: Final = {mark: char for char, mark in _MARKED.items()}
_MARKS: Final = re.compile("[\ufdd0-\ufdd5]")
_DEEPEST: Final = 10


class _Piece(NamedTuple):
    """A part of a URL: literal text, or a template.

    A template is `structure` where its value may hold more than one component: before the path, or in place
    of a whole query. It is `joined` to the part before or after it if there is no separator between them.
    """

    text: str
    template: bool = False
    structure: bool = False
    in_path: bool = False
    joined_before: bool = False
    joined_after: bool = False


def protect(value: str) -> str:
    """Return `value` with everything that could be structure of a URL marked as data."""
    return value.translate(_MARKED)


def plain(text: str) -> str:
    """Return `text` with what `protect` has marked as it was."""
    return text.translate(_PLAIN) if not text.isascii() and _MARKS.search(text) else text


def resolve_url(url: str, variables: Mapping[str, Any]) -> str:
    """Return `url` with its templates resolved, what is data in their values protected.

    Data is anything in a segment of the path, or in a name or value of the query. A value before the path
    (`{{host}}/x`), one that brings its own separator (`/x{{more}}` with `/y` or `?a=b`), and one that is the
    whole query (`?{{query}}`) keep their structure. Raises TemplateError, see `interpolate`.
    """
    if "{{" not in url:
        return url
    # The pieces of a text are whose the text is.
    written = Authored if isinstance(url, Authored) else str
    # First what is structure, as it is written: the templates in it have places in the URL, too.
    for _ in range(_DEEPEST):
        expanded = "".join([_expanded(piece, variables) for piece in _pieces(url)])
        if expanded == url:
            break
        url = expanded
    return "".join([_resolved(piece, variables, written) for piece in _pieces(url)])


def data_templates(url: str) -> Iterator[tuple[str, str, Callable[[str], bool]]]:
    """Yield the templates whose values are data: the name, the part of the URL, and a function for its value.

    The part is "path" or "query".
    """
    for piece in _pieces(url):
        if piece.template and not piece.structure:
            yield piece.text[2:-2], "path" if piece.in_path else "query", partial(_is_data, piece)


def _is_data(piece: _Piece, value: str) -> bool:
    return not _brings_separator(piece, value)


def _expanded(piece: _Piece, variables: Mapping[str, Any]) -> str:
    if not piece.template:
        return piece.text
    path = piece.text[2:-2]
    if isinstance(variables, Withheld) and not variables.touched.isdisjoint((path, *split(path)[:1])):
        # A script's text does not become the author's.
        return piece.text
    value = lookup(variables, path)
    if not isinstance(value, str) or "{{" not in value or piece.text in value:
        return piece.text
    return value if piece.structure or _brings_separator(piece, value) else piece.text


def _resolved(piece: _Piece, variables: Mapping[str, Any], written: type[str]) -> str:
    if not piece.template:
        return piece.text
    text = str(interpolate(written(piece.text), variables))
    if text == piece.text or piece.structure or _brings_separator(piece, text):
        return text
    return protect(text)


def _brings_separator(piece: _Piece, value: str) -> bool:
    before = piece.joined_before and value.startswith(("/", "?"))
    return before or (piece.joined_after and value.endswith("/"))


@lru_cache(maxsize=4096)
def _pieces(url: str) -> tuple[_Piece, ...]:
    pieces = []
    zone, position = "origin", 0
    for match in templates(url):
        literal = url[position : match.start()]
        position = match.end()
        zone = _zone(zone, literal)
        if literal:
            pieces.append(_Piece(literal))
        before, after = url[match.start() - 1 : match.start()], url[position : position + 1]
        whole = zone == "query" and before in ("?", "&") and after in ("", "&", "#")
        in_path = zone == "path"
        pieces.append(
            _Piece(
                match[0],
                True,
                zone == "origin" or whole,
                in_path,
                in_path and before != "/",
                in_path and after not in ("", "/", "?", "#"),
            )
        )
    if position < len(url):
        pieces.append(_Piece(url[position:]))
    return tuple(pieces)


def _zone(zone: str, literal: str) -> str:
    if zone == "origin":
        literal = _SCHEME.sub("", literal, count=1)
    if zone == "query" or "?" in literal:
        return "query"
    return "path" if zone == "path" or "/" in literal else "origin"
