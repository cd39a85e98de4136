"""Which values are unlike ordinary text everywhere, and which are not."""

from __future__ import annotations

import re

SHORTEST = 8
"""Minimum length, in characters, of a value that is unlike ordinary text."""
_LONGEST_WORD, _LONGEST_PHRASE, _LONGEST_NUMBER = 19, 11, 15

_MEANINGLESS = frozenset({"true", "false", "null", "undefined", "none", "nil", "yes", "no", "on", "off"})
# `camelCase` too; letters whose case changes every other moment are those of a token.
_WORD = re.compile(r"(?:[^\W\d_A-Z][^\W\d_A-Z]*|[A-Z]+)|[A-Z]?[a-z]{2,}(?:[A-Z][a-z]{2,})*|[A-Z][^\W\d_A-Z]*")
_PHRASE = re.compile(r"(?:[^\W\d_]|[-_. /@:])+")
_NUMBER = re.compile(r"[+-]?[\d.,:/ -]*\d[\d.,:/ -]*(?:[eE][+-]?\d+)?")
_HOST = re.compile(
    r"(?:(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:xn--[a-z0-9-]+|[a-z]{2,})|localhost|\d+(?:\.\d+){3})"
    r"(?::\d+)?"
)
_ROOTED = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?[/\\]|refs/")
_RELATIVE = re.compile(r"[\w.-]+(?:[/\\][\w.-]+)+")
_PIECE = re.compile(
    r"(?:[^\W\d_A-Z]*|[A-Z]+|[A-Z]?[a-z]+(?:[A-Z][a-z]{2,})*|[A-Z][^\W\d_A-Z]*)\d{0,4}|\d{0,8}"
)
_NO_WORD = re.compile(r"[bcdfghjklmnpqrstvwxz]{6}", re.IGNORECASE)
"""So many consonants are next to each other in hardly any word, and in most random letters."""


def is_meaningless(value: str) -> bool:
    """Return whether `value` gives nothing away wherever it is shown: a boolean, a null."""
    return value.lower() in _MEANINGLESS


def is_distinct(value: str) -> bool:
    """Return whether `value` is a secret wherever it occurs, inside other text too.

    Short values, words, short phrases, numbers, host names and paths occur in any text; these are not.
    """
    if len(value) < SHORTEST or is_host(value) or is_path(value):
        return False
    if _WORD.fullmatch(value):
        return len(value) > _LONGEST_WORD or (len(value) > _LONGEST_PHRASE and bool(_NO_WORD.search(value)))
    if _NUMBER.fullmatch(value):
        return len(value) > _LONGEST_NUMBER
    return len(value) > _LONGEST_PHRASE or not is_phrase(value)


def is_phrase(value: str) -> bool:
    """Return whether `value` is words, perhaps joined by blanks, hyphens and the like."""
    return _PHRASE.fullmatch(value) is not None


def is_host(value: str) -> bool:
    """Return whether `value` is a host name with a domain, an IPv4 address or `localhost`, with any port."""
    # Tokens have dots in them, too, and letters of both cases.
    return len(value) <= 253 and _HOST.fullmatch(value.lower() if value.isupper() else value) is not None


def is_path(value: str) -> bool:
    """Return whether `value` is one or several file paths: from a root, or of words and numbers."""
    parts = [part for part in re.split(r"[/\\]+", value) if part]
    if _ROOTED.match(value):
        # Base64 may begin with a slash, too, but has no words in it.
        return any(len(part) > 2 and _is_readable(part) for part in parts)
    return _RELATIVE.fullmatch(value) is not None and all(map(_is_readable, parts))


def _is_readable(part: str) -> bool:
    return all(_PIECE.fullmatch(piece) for piece in re.split(r"[-_.@+ :~]+", part))


def stands_alone(text: str, start: int, end: int) -> bool:
    """Return whether `text[start:end]` is a separate word, number or name.

    That is, not part of a longer one, and not the name of a field.
    """
    value = text[start:end]
    if value.isalpha() and _names_field(text, start, end):
        return False
    return not (
        (_is_word(value[0]) and _joined(text[max(0, start - 3) : start][::-1], value, backwards=True))
        or (_is_word(value[-1]) and _joined(text[end : end + 2], value))
    )


_FIELD = re.compile(r"=(?!=)|[\"']\s?:|\\\"\s?:")
_BARE_FIELD = re.compile(r"[{,\n]\s*\Z")


def _names_field(text: str, start: int, end: int) -> bool:
    """Return whether it names a field: in a query, in JSON, in an object as JavaScript prints it."""
    if _FIELD.match(text, end):
        return True
    return text.startswith(": ", end) and _BARE_FIELD.search(text, max(0, start - 40), start) is not None


_ESCAPE_BEFORE = re.compile(r"[0-9A-Fa-f]{2}%|[nrtbfv]\\")


def _joined(around: str, value: str, *, backwards: bool = False) -> bool:
    """Return whether `around`, the characters next to the value, nearest first, belong to the same word."""
    if not around:
        return False
    if backwards and _ESCAPE_BEFORE.match(around):
        return False
    if _is_word(around[0]):
        return True
    if around[0] == "/":
        # A word in a path is one of many; a number in it may be what the secret is.
        return value.isalpha()
    return around[0] in "-." and len(around) > 1 and _is_word(around[1])


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"
