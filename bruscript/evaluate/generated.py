"""Dynamic values in variables: made once for each request, and the same wherever it uses the variable."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from bruscript.dynamic import dynamic
from bruscript.lang.js import parse_json, stringify

DYNAMIC: Final = re.compile(r"\{\{\$([A-Za-z0-9_]+)\}\}")
_ESCAPES: Final = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"'}
_SPECIAL: Final = re.compile(r'[\\\n\r\t"]')

Made = list[Any]
"""The generated values of a variable: its value as written, and a text for each dynamic template in it.

The text is None for a template that names no dynamic value. js/api/generated.js has the same.
"""


class Generated(str):
    """A variable's value with dynamic values in it; `escaped` is the same for use in a JSON string."""

    escaped: str = ""


def escape(text: str) -> str:
    """Return `text` for use in a JSON string, as far as the reference escapes dynamic values."""
    return _SPECIAL.sub(lambda special: _ESCAPES[special[0]], text)


def make(value: Any) -> Made | None:
    """Make the dynamic values that a variable's value asks for; None where it asks for none."""
    if not _asks(value):
        return None
    text = _as_text(value)
    values = [dynamic(name) for name in DYNAMIC.findall(text)]
    return None if all(each is None for each in values) else [text, values]


def made_of(text: str) -> str | None:
    """Return the name of the first dynamic value that a variable's text asks for."""
    return next((name for name in DYNAMIC.findall(text) if dynamic(name) is not None), None)


def filled(value: Any, made: Made) -> Any:
    """Return `value` with what was made for it; `value` itself where that was another one."""
    try:
        written, values = made
        if _as_text(value) != written:
            return value
        if not isinstance(value, str):
            return parse_json(_with(written, values, lambda text: json.dumps(text)[1:-1]))
        result = Generated(_with(written, values, str))
        result.escaped = _with(written, values, escape)
    except (ValueError, TypeError):
        # It came from the sandbox, but is not in our shape.
        return value
    return result


def _with(written: str, values: list[Any], change: Any) -> str:
    remaining = iter(values)

    def substitute(match: re.Match[str]) -> str:
        value = next(remaining, None)
        return change(value) if isinstance(value, str) else match[0]

    return DYNAMIC.sub(substitute, written)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else stringify(value, None)


def _asks(value: Any) -> bool:
    if isinstance(value, str):
        return "{{$" in value
    if not isinstance(value, (dict, list)):
        return False
    try:
        # By far the fastest way to look into all of it: a variable may hold a whole response.
        return "{{$" in json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return False
