"""Checks a request's body: its mode, its block, and whether JSON is valid."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, Final

from bruscript.cli.checks.problem import Problem, place_of
from bruscript.evaluate.modes import body_mode, unknown_mode
from bruscript.lang import Document
from bruscript.lang.errors import unveiled
from bruscript.lang.js import parse_json
from bruscript.lang.place import Place
from bruscript.lang.redaction import veiled

_BLOCKS: Final = {
    "json": "body:json",
    "text": "body:text",
    "xml": "body:xml",
    "sparql": "body:sparql",
    "graphql": "body:graphql",
    "formUrlEncoded": "body:form-urlencoded",
    "multipartForm": "body:multipart-form",
    "file": "body:file",
}
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "TRACE", "CONNECT"})
_TOKEN: Final = re.compile(
    r'"(?:[^"\\]|\\.)*"|(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<template>\{\{[^}]+\}\})', re.DOTALL
)
_STAND_INS: Final = ("0", "", '"k"', '"k":0')
"""What a template outside strings may be replaced by: a value, nothing, a name, or a pair."""
_MOST_TEMPLATES: Final = 4


def check_body(document: Document, content: dict[str, Any]) -> Iterator[Problem]:
    """Find bodies that are not sent, or not as they are meant."""
    http = content.get("http")
    if not isinstance(http, dict):
        return
    written = http.get("body")
    mode = body_mode(written)
    body = content.get("body")
    body = body if isinstance(body, dict) else {}
    method = str(http.get("method") or "").upper()
    block = method.lower()
    places = ((block, "body"), ("http", "body"), (_BLOCKS.get(mode, "body"), None), (block, None))
    place = place_of(document, *places)
    if document.format == "bru" and (problem := unknown_mode(mode)):
        yield Problem(place, problem)
        return
    if document.format == "bru" and written and written != mode:
        yield Problem(place, f"`{written}` is read as `{mode}`; Bruno's own command sends no body", note=True)
    blocks = [name for name in _BLOCKS if body.get(name)]
    if not written and blocks and document.format == "bru":
        name = _BLOCKS[blocks[0]]
        yield Problem(
            place_of(document, (name, None)),
            f"`{name}` is not sent: the block `{block or 'http'}` has no `body: {blocks[0]}`",
        )
    if mode in _BLOCKS and not body.get(mode):
        yield Problem(place, f"the body is empty: the block `{_BLOCKS[mode]}` is missing", note=True)
    elif mode in _BLOCKS and method in _WITHOUT_BODY:
        yield Problem(place, f"a {method} request with a body: servers may ignore or refuse it (RFC 9110)")
    if mode == "json" and isinstance(body.get("json"), str):
        yield from _json(document, "body:json", body["json"], "the body is")
    graphql = body.get("graphql")
    if mode == "graphql" and isinstance(graphql, dict) and isinstance(graphql.get("variables"), str):
        yield from _json(document, "body:graphql:vars", graphql["variables"], "the variables are")


def _json(document: Document, block: str, text: str, what: str) -> Iterator[Problem]:
    if not text.strip():
        return
    error = json_error(text)
    if error is not None:
        line, message = error
        first = place_of(document, (block, None), ("body:json", None))
        yield Problem(Place(first.line + line - 1, first.column), f"{what} not valid JSON: {message}")


def json_error(text: str) -> tuple[int, str] | None:
    """Return where, 1-based, and why a JSON text with templates and comments cannot become JSON.

    Else None.
    """
    text = _TOKEN.sub(lambda match: _blank(match[0]) if match["comment"] else match[0], text)
    templates = sum(1 for match in _TOKEN.finditer(text) if match["template"])
    first: tuple[int, str] | None = None
    choices: Any = [()]
    if templates:
        few = templates <= _MOST_TEMPLATES
        choices = product(_STAND_INS, repeat=templates) if few else [(one,) * templates for one in _STAND_INS]
    for stand_ins in choices:
        filled = _filled(text, stand_ins)
        try:
            parse_json(filled)
        except json.JSONDecodeError as error:
            first = first or (error.lineno, _in_words(error, filled))
        except ValueError as error:
            first = first or (1, str(error))
        else:
            return None
    return first


def _filled(text: str, stand_ins: Iterable[str]) -> str:
    rest = iter(stand_ins)
    return _TOKEN.sub(lambda match: next(rest) if match["template"] else match[0], text)


def _in_words(error: json.JSONDecodeError, text: str) -> str:
    excerpt = unveiled(veiled(text, "yml", broken=True)[error.pos : error.pos + 20].split("\n")[0].rstrip())
    return f"{error.msg[0].lower()}{error.msg[1:]}, " + (f"found `{excerpt}`" if excerpt else "at its end")


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
