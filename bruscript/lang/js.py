"""JavaScript's conversions, where the reference's results depend on them."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

WHITESPACE: Final = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""The characters that `String.prototype.trim` removes; Python's `strip` differs in both directions."""
_ASCII_WHITESPACE: Final = "\t\n\v\f\r "

_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_RADIX = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
_SAFE = 2**53
_LONGEST = 309
"""Digits of what is infinite as a double."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)


class Undefined:
    """JavaScript's `undefined`, which JSON leaves out."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "undefined"

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = Undefined()


def trim(text: str) -> str:
    """Return `text.trim()`."""
    # Most texts are ASCII, and then the short set takes a third of the time.
    return text.strip(_ASCII_WHITESPACE if text.isascii() else WHITESPACE)


def without_units(text: str, count: int) -> str:
    """Return `text.slice(count)`, which counts UTF-16 code units and may cut a character in half."""
    if all(char <= "\uffff" for char in text[:count]):
        return text[count:]
    return text.encode("utf-16-le", "surrogatepass")[2 * count :].decode("utf-16-le", "surrogatepass")


def truthy(value: Any) -> bool:
    """Return `!!value`: unlike Python, empty lists and dicts are true."""
    if isinstance(value, (list, dict)):
        return True
    return bool(value) and value == value


def number(text: str) -> int | float | None:
    """Return `Number(text)`, None for NaN; a whole number comes as int, infinities as float."""
    text = trim(text)
    if not text:
        return 0
    if _DECIMAL.fullmatch(text):
        return tidy(float(text))
    if _RADIX.fullmatch(text):
        return tidy(_float(int(text, 0)))
    if text.lstrip("+-") == "Infinity" and len(text) <= 9:
        return -math.inf if text[0] == "-" else math.inf
    return None


def exact_number(text: str) -> int | float | None:
    """Return `Number(text)`, None for NaN, but with all the digits of a whole number."""
    text = trim(text)
    if _INTEGER.fullmatch(text) and len(text) < _LONGEST:
        return int(text)
    return number(text)


def parse_int(text: str) -> int | float | None:
    """Return `parseInt(text, 10)`, None for NaN."""
    match = _INTEGER.match(trim(text))
    return tidy(_float(match.group())) if match else None


def tidy(value: float) -> int | float:
    """Return a whole double as int, as JSON shows it; one that rounds other integers stays a double."""
    return int(value) if value.is_integer() and abs(value) <= _SAFE else value


def _float(value: int | str) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def to_string(value: Any) -> str:
    """Return `String(value)` for what JSON holds, and `undefined`."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, (list, tuple)):
        return ",".join("" if item is None or item is UNDEFINED else to_string(item) for item in value)
    if isinstance(value, dict):
        return "[object Object]"
    return str(value) if not isinstance(value, Undefined) else "undefined"


def number_text(value: int | float) -> str:
    """Return `String(value)` of a number: the shortest decimal that reads back, JavaScript's exponents.

    An int has all its digits, however many.
    """
    if isinstance(value, int):
        return str(value)
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = fraction.rstrip("0") if fraction != "0" else ""
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = point - 1
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if power > 0 else '-'}{abs(power)}"


def parse_json(text: str) -> Any:
    """Return `JSON.parse(text)`: strict JSON, whole numbers with all their digits; raises ValueError."""
    try:
        return json.loads(text, parse_constant=_no_constant, parse_int=_json_int, parse_float=_json_float)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _json_int(text: str) -> int | float:
    return int(text) if len(text) < _LONGEST else _float(text)


def _json_float(text: str) -> int | float:
    return tidy(float(text))


def stringify(value: Any, indent: int | None = 2) -> str:
    """Return `JSON.stringify(value, null, indent)`."""
    return _stringify(value, " " * indent if indent else "", "\n")


def _stringify(value: Any, step: str, newline: str) -> str:
    if isinstance(value, (list, tuple, dict)):
        inner = newline + step
        if isinstance(value, dict):
            colon = ": " if step else ":"
            parts = [
                f"{_quoted(key)}{colon}{_stringify(value[key], step, inner)}"
                for key in keys(value)
                if value[key] is not UNDEFINED
            ]
            opening, closing = "{}"
        else:
            parts = [_stringify(item, step, inner) for item in value]
            opening, closing = "[]"
        if not parts:
            return opening + closing
        if not step:
            return f"{opening}{','.join(parts)}{closing}"
        return f"{opening}{inner}{f',{inner}'.join(parts)}{newline}{closing}"
    if isinstance(value, bool) or value is None or isinstance(value, Undefined):
        return "null" if not isinstance(value, bool) else to_string(value)
    if isinstance(value, (int, float)):
        return (
            number_text(value)
            if math.isfinite(_float(value) if isinstance(value, int) else value)
            else "null"
        )
    return _quoted(value)


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    # Half a pair has no UTF-8.
    return quoted if text.isascii() else _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", quoted)


def keys(data: dict[str, Any]) -> list[str]:
    """Return `Object.keys(data)`: array indices first, ascending, then the others as inserted."""
    indices = [
        key
        for key in data
        if key.isascii() and key.isdigit() and str(int(key)) == key and int(key) < 2**32 - 1
    ]
    if not indices:
        return list(data)
    index_set = set(indices)
    return sorted(indices, key=int) + [key for key in data if key not in index_set]


def merge(target: dict[str, Any], source: dict[str, Any], *, concatenate: bool = False) -> dict[str, Any]:
    """lodash's `merge` into `target`, deeply; what `source` holds becomes the target's own.

    With `concatenate` a list is appended to a list instead of laid over it.
    """
    for key, value in source.items():
        old = target.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            merge(old, value, concatenate=concatenate)
        elif isinstance(value, list) and isinstance(old, list):
            if concatenate:
                old.extend(value)
            else:
                _lay_over(old, value)
        else:
            target[key] = value
    return target


def _lay_over(target: list[Any], source: list[Any]) -> None:
    for at, item in enumerate(source):
        if at >= len(target):
            target.append(item)
        elif isinstance(item, dict) and isinstance(target[at], dict):
            merge(target[at], item)
        else:
            target[at] = item


_JSON_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def indented_json(text: str) -> str:
    """Return a valid JSON text laid out as `stringify` would, with every token as it is."""
    pieces: list[str] = []
    depth = 0
    previous = ""
    for match in _JSON_TOKEN.finditer(text):
        token = match[0]
        if token in "}]":
            depth -= 1
            if previous not in ("{", "["):
                pieces.append("\n" + "  " * depth)
        elif previous in ("{", "[", ","):
            pieces.append("\n" + "  " * depth)
        depth += token in "{["
        pieces.append(": " if token == ":" else token)
        previous = token
    return "".join(pieces)
