"""Tells that a request is as Bruno writes it: whole and valid, without reading more of it than its `info`.

One pattern has the keys of an HTTP request in Bruno's order, each with the values that every reader takes.
A file that it fits is YAML, a request, and refused by nobody; any other file has to be read to know that.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from bruscript.lang.yml.quick import one_line, unusual
from bruscript.lang.yml.scalars import plain_value
from bruscript.lang.yml.shapes import either, text

# What a line of YAML may hold as a text of its own: neither `: ` nor ` #` in it, no escapes.
_REST: Final = r"[^\n\t:# ]*(?:(?::(?=[^ \n])|[ ]+(?=[^ #\n])|\#)[^\n\t:# ]*)*\n"
_QUOTED: Final = r"""(?:'[^'\n\t\\]*'|"[^"\n\t\\]*")\n"""
_TEXT: Final = rf"(?:(?!(?i:true|false|null)\n)[A-Za-z/_$()^;]{_REST}|{_QUOTED})"
"""A text for certain; other values may be numbers, `true` or nothing, where all of these will do."""
_VALUE: Final = rf"(?:[A-Za-z/_$()^;.+0-9]{_REST}|{_QUOTED})"
_FLAG: Final = r"(?:true|false)\n"
_NUMBER: Final = r"(?:0|[1-9][0-9]{0,9})\n"
_SWITCH: Final = rf"(?:inherit\n|{_FLAG})"
_LONGEST: Final = 1 << 17
"""Characters. Longer files take their time elsewhere anyway, and a pattern its memory."""


def _block(column: int) -> str:
    """Return the pattern of a value that is text: on the line of its key in `column`, or below it."""
    pad = " " * (column + 2)
    return rf"(?:{_TEXT}|\|[-+]?\n{pad}[^ \n][^\n]*\n(?:{pad}[^\n]*\n|\n)*(?!\n))"


def _keys(column: int, *entries: str) -> str:
    """Return the pattern of these keys in their order; each may be missing."""
    return "".join(rf"(?:{' ' * column}{entry})?" for entry in entries)


def _rows(column: int, first: str, *others: str) -> str:
    """Return the pattern of a list whose rows begin with one key and may have others."""
    return rf"\n(?:{' ' * column}-\ {first}{_keys(column + 2, *others)})+"


def _entry(column: int, *more: str) -> str:
    """Return the pattern of a list of entries with name and value."""
    value = rf"value:\ (?:{_VALUE}|{_block(column + 2)})"
    described = rf"description:\ {_block(column + 2)}"
    return _rows(column, rf"name:\ {_VALUE}", value, *more, described, rf"disabled:\ {_FLAG}")


@cache
def _pattern() -> re.Pattern[str]:
    """Return the pattern of a whole file; compiled when the first YAML file is read."""
    auth = (
        r"auth:(?:\ (?:inherit|none)\n|\n"
        rf"(?:\ {{4}}type:\ bearer\n\ {{4}}token:\ {_VALUE}"
        rf"|\ {{4}}type:\ basic\n\ {{4}}username:\ {_VALUE}\ {{4}}password:\ {_VALUE}"
        rf"|\ {{4}}type:\ apikey\n\ {{4}}key:\ {_VALUE}\ {{4}}value:\ {_VALUE}"
        r"\ {4}placement:\ (?:header|query)\n))"
    )
    body = (
        r"body:\n(?:"
        rf"\ {{4}}type:\ (?:json|text|xml|sparql)\n\ {{4}}data:\ {_block(4)}"
        rf"|\ {{4}}type:\ form-urlencoded\n\ {{4}}data:{_entry(6)})"
    )
    parameters = "params:" + _entry(4, r"type:\ (?:query|path)\n")
    scripts = rf"(?:before-request|after-response|tests)\n\ {{6}}code:\ {_block(6)}"
    assertions = _rows(
        4,
        rf"expression:\ {_VALUE}",
        rf"operator:\ {_VALUE}",
        rf"value:\ {_VALUE}",
        rf"description:\ {_block(6)}",
        rf"disabled:\ {_FLAG}",
    )
    variables = rf"variables:{_entry(4)}"
    runtime = _keys(2, variables, rf"scripts:\n(?:\ {{4}}-\ type:\ {scripts})+", rf"assertions:{assertions}")
    settings = _keys(
        2,
        rf"encodeUrl:\ {_SWITCH}",
        rf"timeout:\ (?:inherit\n|{_NUMBER})",
        rf"followRedirects:\ {_SWITCH}",
        rf"maxRedirects:\ {_NUMBER}",
        rf"forwardAuthorizationHeader:\ {_SWITCH}",
    )
    http = rf"\ \ method:\ {_TEXT}\ \ url:\ {_VALUE}" + _keys(
        2, rf"headers:{_entry(4)}", parameters, body, auth
    )
    return re.compile(
        rf"info:\n\ \ name:\ ({_VALUE})\ \ type:\ http\n"
        rf"(?:\ \ seq:\ ({_NUMBER}))?(?:\ \ tags:\n((?:\ {{4}}-\ {_VALUE})+))?"
        rf"\n*http:\n{http}"
        # Empty lines belong to what follows, so that a run of them can be read in one way only.
        rf"(?:\n*runtime:\n(?=\ ){runtime})?"
        rf"(?:\n*settings:\n(?=\ ){settings})?"
        rf"(?:\n*docs:\ {_block(0)})?\n*"
    )


def heading(source: str) -> dict[str, Any] | None:
    """Return the `meta` of a request's text that is as Bruno writes it; None for any other text."""
    if len(source) > _LONGEST or unusual(source):
        return None
    whole = source if source[-1:] == "\n" else source + "\n"
    match = _pattern().fullmatch(whole)
    if match is None:
        return None
    name, seq, tags = match.groups()
    return {
        "name": text(one_line(name[:-1]), "Untitled Request"),
        "type": "http",
        "seq": either(plain_value(seq[:-1]), 1) if seq else 1,
        "tags": [text(one_line(row[6:])) for row in tags[:-1].split("\n")] if tags else [],
    }
