"""From values to YAML text, byte for byte as the reference writes it.

Texts are plain where they read back as themselves, in quotes or in a block where they do not; nothing is
folded, mappings and lists are in block style, with two blanks a level.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

from bruscript.lang.js import keys, number_text, stringify
from bruscript.lang.yml.scalars import plain_value, spelling

_STEP: Final = "  "
_BLOCKS: Final = frozenset(
    (
        *("info", "http", "graphql", "grpc", "websocket", "mock", "routes", "runtime", "settings"),
        *("examples", "docs", "items", "request"),
    )
)
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_PLAIN: Final = re.compile(
    r"""\A[\n\t ,[\]{}#&*!|>'"%@`]|\A[?-]\Z|\A[?-][ \t]|[\n:][ \t]|[ \t]\n|[\n\t ]#|[\n\t :]\Z"""
)
_MARKER: Final = re.compile("(?:\\A|[\n\r\u2028\u2029])(?:%|---|\\.\\.\\.)")
_LONGEST_KEY: Final = 1024
_SHORT: Final = 40
"""A text in double quotes that is shorter, quotes and escapes counted, stays on one line."""


class QuotedText(str):
    """A text that is written in double quotes, on one line: in the only form that takes every text."""

    __slots__ = ()


def emit(value: dict[str, Any]) -> str:
    """Return a file's text, with an empty line before each top-level key that begins a block."""
    return spaced(node_text(value, "")) + "\n"


def spaced(text: str) -> str:
    """Return a file's text with an empty line before each block, above the comments that belong to it."""
    lines = text.split("\n")
    result = lines[:1]
    for line in lines[1:]:
        if line.partition(":")[0] in _BLOCKS:
            at = len(result)
            while at > 1 and result[at - 1].startswith("#"):
                at -= 1
            if at and not result[at - 1].startswith("#") and result[at - 1].strip():
                result.insert(at, "")
        result.append(line)
    return "\n".join(result)


def node_text(value: Any, indent: str) -> str:
    """Return the text of a value whose lines after the first begin with `indent`."""
    if isinstance(value, dict) and value:
        return f"\n{indent}".join(_pair(key, value[key], indent) for key in keys(value))
    if isinstance(value, (list, tuple)) and value:
        return f"\n{indent}".join(f"- {node_text(item, indent + _STEP)}" for item in value)
    if isinstance(value, dict):
        return "{}"
    return "[]" if isinstance(value, (list, tuple)) else scalar_text(value, indent)


def _pair(key: str, value: Any, indent: str) -> str:
    name = key_text(key, top=not indent)
    head = f"{name}:" if len(name) <= _LONGEST_KEY else f"? {name}\n{indent}:"
    inner = indent + _STEP
    if isinstance(value, (dict, list, tuple)) and value and head.startswith(name):
        return f"{head}\n{inner}{node_text(value, inner)}"
    return f"{head} {node_text(value, inner)}"


def key_text(key: str, *, top: bool = False) -> str:
    """Return a key as it is written, on one line."""
    if _CONTROL.search(key):
        return _double(key, "", key=True)
    if "\n" in key or _NOT_PLAIN.search(key) or (top and _MARKER.search(key)) or not reads_as_text(key):
        return _quoted(key, "", key=True)
    return key


def scalar_text(value: Any, indent: str) -> str:
    """Return a scalar as it is written; the further lines of a text begin with `indent`."""
    if isinstance(value, str):
        return text_text(value, indent)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    return spelling(value) or number_text(value)


def text_text(text: str, indent: str) -> str:
    """Return a text as it is written as a value: plain, in quotes or as a block."""
    if isinstance(text, QuotedText):
        return in_quotes(text)
    if _CONTROL.search(text):
        return _double(text, indent)
    if "\n" in text:
        return _block(text, indent)
    if _NOT_PLAIN.search(text) or not reads_as_text(text):
        return _quoted(text, indent)
    return text


def in_quotes(text: str) -> str:
    """Return a text in double quotes, on one line."""
    return _double(text, "", key=True)


def reads_as_text(text: str) -> bool:
    """Return whether a plain scalar is a text, and no null, boolean or number."""
    return isinstance(plain_value(text), str)


def _quoted(text: str, indent: str, *, key: bool = False) -> str:
    if '"' in text and "'" not in text:
        return _single(text, indent, key=key)
    return _double(text, indent, key=key)


def _single(text: str, indent: str, *, key: bool) -> str:
    if (key and "\n" in text) or re.search(r"[ \t]\n|\n[ \t]", text):
        return _double(text, indent, key=key)
    doubled = text.replace("'", "''")
    return "'" + re.sub(r"\n+", lambda match: f"{match[0]}\n{indent}", doubled) + "'"


_ESCAPES: Final = {"0000": "\\0", "0007": "\\a", "000b": "\\v", "001b": "\\e"}
_PARTS: Final = re.compile(r" ?(?:\\n)+|\\u([0-9a-f]{4})|\\[^n]|[^\\ ]+| ")


def _double(text: str, indent: str, *, key: bool = False) -> str:
    quoted = stringify(text, None)
    one_line = key or len(quoted.encode("utf-16-le")) // 2 < _SHORT
    parts = []
    for match in _PARTS.finditer(quoted):
        part = match.group()
        if match[1] is not None:
            part = _ESCAPES.get(match[1]) or (f"\\x{match[1][2:]}" if match[1].startswith("00") else part)
        elif part.endswith("\\n"):
            part = _line_ends(part, quoted[match.end() :], indent, one_line=one_line)
        parts.append(part)
    return "".join(parts)


def _line_ends(part: str, rest: str, indent: str, *, one_line: bool) -> str:
    # A blank before a line end is escaped, however the line end is written.
    blank = "\\ " if part.startswith(" ") else ""
    ends = part.lstrip(" ")
    count = len(ends) // 2
    if one_line:
        return blank + ends
    # Line ends at the end of the text, of which the last one stays an escape.
    last = "\\n" if rest == '"' else ""
    count -= bool(last)
    if not count:
        return blank + last
    text = blank + "\n" * (count + 1) + indent
    return text + last if last else text + ("\\" if rest.startswith(" ") else "")


def _block(text: str, indent: str) -> str:
    if re.search(r"\n[\t ]+\Z", text):
        return _quoted(text, indent)
    body = text.rstrip("\n\t ")
    end = text[len(body) :]
    if "\n" not in end:
        chomp = "-"
    elif not body or end.index("\n") != len(end) - 1:
        chomp = "+"
    else:
        chomp = ""
    end = re.sub(r"(?:\A|(?<!\n))\n+(?!\n|\Z)", lambda match: match[0] + indent, end.removesuffix("\n"))
    lead = re.match(r"[ \n]*", body)
    blanks = lead.group() if lead else ""
    start = blanks[: blanks.rfind("\n") + 1]
    spread = re.compile(r"\n+")
    start_text = spread.sub(lambda match: match[0] + indent, start)
    rest = spread.sub(lambda match: match[0] + indent, body[len(start) :])
    return f"|{'2' if ' ' in blanks else ''}{chomp}\n{indent}{start_text}{rest}{end}"
