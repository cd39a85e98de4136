"""Plain YAML scalars as values: the YAML 1.2 core schema, and YAML 1.1 where a file asks for it."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from bruscript.lang.js import number_text, tidy

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_SPECIAL: Final = {
    **{f"{sign}.{name}": math.inf for sign in ("", "+") for name in ("inf", "Inf", "INF")},
    **{f"-.{name}": -math.inf for name in ("inf", "Inf", "INF")},
    **{f".{name}": math.nan for name in ("nan", "NaN", "NAN")},
}
_STARTS: Final = frozenset("~nNtTfF.+-0123456789")
_STARTS_1_1: Final = _STARTS | frozenset("yYoO")
_NUMBER: Final = re.compile(
    r"(?P<octal>0o[0-7]+)|(?P<hex>0x[0-9a-fA-F]+)|(?P<int>[-+]?[0-9]+)"
    r"|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+|[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)"
)
_BOOLEANS_1_1: Final = {
    word: value
    for value, words in ((True, ("y", "yes", "true", "on")), (False, ("n", "no", "false", "off")))
    for plain in words
    for word in (plain, plain.capitalize(), plain.upper())
}
_NUMBER_1_1: Final = re.compile(
    r"(?P<sign>[-+]?)(?:0b(?P<binary>[01_]+)|0x(?P<hex>[0-9a-fA-F_]+)|0(?P<octal>[0-7_]+)"
    r"|(?P<sixty>[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)"
    r"|(?P<plain>[0-9][0-9_]*|(?:[0-9][0-9_]*)?\.[0-9_]*|(?:[0-9][0-9_]*)?(?:\.[0-9_]*)?[eE][-+]?[0-9]+))"
)


class SpelledInt(int):
    """A whole number whose text in the file, `source`, is not how JavaScript writes it: `007`, `0x1F`."""

    source: str


class SpelledFloat(float):
    """A number whose text in the file, `source`, is not how JavaScript writes it: `1.10`, `1e3`."""

    source: str


def plain_value(text: str) -> Any:
    """Return the value of a plain scalar in the core schema: null, a boolean, a number or the text.

    A number that JavaScript would write otherwise comes as a SpelledInt or SpelledFloat.
    """
    if not text or text[0] not in _STARTS:
        return text or None
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    match = _NUMBER.fullmatch(text)
    if match is not None:
        if match["octal"]:
            return _spelled(float(int(text[2:], 8)) if len(text) < 300 else math.inf, text)
        if match["hex"]:
            return _spelled(float(int(text, 16)) if len(text) < 250 else math.inf, text)
        if match["int"] and len(text) < 16:
            value = int(text)
            return value if str(value) == text else _spelled(float(text), text)
        return _spelled(float(text), text)
    return _SPECIAL.get(text, text)


def plain_value_1_1(text: str) -> Any:
    """Return the value of a plain scalar as YAML 1.1 reads it, for files that begin with `%YAML 1.1`."""
    if not text or text[0] not in _STARTS_1_1:
        return text or None
    if text in _NULL:
        return None
    if text in _BOOLEANS_1_1:
        return _BOOLEANS_1_1[text]
    match = _NUMBER_1_1.fullmatch(text)
    if match is None or text in ("+", "-", "."):
        return _SPECIAL.get(text, text)
    try:
        value = _number_1_1(match)
    except ValueError:
        return text
    return _spelled(-value if match["sign"] == "-" else value, text)


def _number_1_1(match: re.Match[str]) -> float:
    for name, base in (("binary", 2), ("hex", 16), ("octal", 8)):
        if match[name]:
            return float(int(match[name].replace("_", ""), base))
    if match["sixty"]:
        total = 0.0
        for part in match["sixty"].replace("_", "").split(":"):
            total = total * 60 + float(part)
        return total
    return float(match["plain"].replace("_", ""))


def tagged_value(text: str, tag: str) -> Any:
    """Return the value of a scalar with an explicit tag; a tag that does not fit leaves the text."""
    kind = tag.removeprefix("tag:yaml.org,2002:")
    if kind == "binary":
        return _binary(text)
    if kind not in ("null", "bool", "int", "float"):
        return text
    value = plain_value(text)
    if kind == "null":
        return value if value is None else text
    if kind == "bool":
        return value if isinstance(value, bool) else text
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return text
    whole = re.fullmatch(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", text) is not None
    return value if whole == (kind == "int") else text


def spelling(value: Any) -> str | None:
    """Return how a number is written in the file where that is not how JavaScript writes it, or None."""
    return value.source if isinstance(value, (SpelledInt, SpelledFloat)) else None


def unspelled(value: Any) -> Any:
    """Return a value whose numbers are plain ones, written as JavaScript does."""
    if type(value) is dict:
        return {key: unspelled(item) for key, item in value.items()}
    if type(value) is list:
        return [unspelled(item) for item in value]
    if type(value) is SpelledInt:
        return int(value)
    return float(value) if type(value) is SpelledFloat else value


def _spelled(value: float, source: str) -> int | float:
    number = tidy(value) if math.isfinite(value) else value
    if number_text(number) == source:
        return number
    spelled: SpelledInt | SpelledFloat
    spelled = SpelledInt(number) if isinstance(number, int) else SpelledFloat(number)
    spelled.source = source
    return spelled


def _binary(text: str) -> list[int]:
    import base64
    import binascii

    try:
        return list(base64.b64decode("".join(text.split())))
    except (binascii.Error, ValueError):
        return []
