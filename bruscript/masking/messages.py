"""Masks messages: our words or chai's, around values that are data."""

from __future__ import annotations

import re

from bruscript.errors import BruscriptError
from bruscript.masking.mask import Mask
from bruscript.option_names import option

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"`<>]+")
_EXPECTED = re.compile(r"(?:^|: )expected ")
_EQUAL = re.compile(r"expected (.+) to (?:(?:deeply|loosely) )?equal (.+)", re.DOTALL)
_QUOTED = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
_WORD = re.compile(r"[A-Za-z]+")
_HIDDEN = "\ue000"
_WORDS_TEXT = """
a above all an and any approximately argument arguments Array array arrayOf as AssertionError
AsyncFunction at be below body but by change class close closeTo combination constructor contain
Date date dates decrease deep deeply descriptor empty end enumerable equal Error error errors exist
expected extensible false falsy finite for frozen Function function given got has have in include
increase instance instanceof is it JSON key keys least length line Map match matching member members
most must NaN nested not null number numbers Object object of on one or ordered own palindrome
Promise property respond reverse same satisfy schema sealed Set single size start strictly string
superset Symbol symbol syntax than that the throw thrown to true truthy type undefined unnamed using
validation was when which with within
"""
_WORDS = frozenset(_WORDS_TEXT.split())
"""Words of chai's messages and of how it shows values. Among these they are not masked, unless in quotes."""


def own_message(mask: Mask, text: str) -> str:
    """Mask bruscript's own message: its words stay, URLs are data."""
    text = mask.mask(text, prose=True)
    if "://" in text:
        text = _URL.sub(lambda url: mask.mask(url[0]), text)
    return text


def mask_error(mask: Mask, error: BruscriptError) -> None:
    """Mask the texts of an error that is on its way to the user."""
    error.message = own_message(mask, error.message)
    error.hint = own_message(mask, error.hint) if error.hint else error.hint
    error.args = (error.message,)


def assertion_message(mask: Mask, text: str) -> str:
    """Return a failed check's message without secrets.

    In one of chai's, values are in quotes, or none of its words.
    """
    masked = mask.mask(text)
    if masked == text or not _EXPECTED.search(text):
        return masked
    parts = _QUOTED.split(mask.mask(text, prose=True))
    return "".join(mask.mask(part) if index % 2 else _bare(mask, part) for index, part in enumerate(parts))


def told_apart(mask: Mask, text: str) -> str:
    """Do as `assertion_message`, and say so where the mask has made two different values the same."""
    masked = assertion_message(mask, text)
    equal = _EQUAL.fullmatch(masked)
    if masked == text or not equal or equal[1] != equal[2]:
        return masked
    return f"{masked}\nThey differ in what is masked; {option('--no-mask', 'NAME')} shows a variable's value."


def _bare(mask: Mask, text: str) -> str:
    """Return `text` without the quoted parts of a message: while it is masked, chai's words are not there."""
    if _HIDDEN in text:
        return mask.mask(text)
    words = iter([word[0] for word in _WORD.finditer(text) if word[0] in _WORDS])
    hidden = _WORD.sub(lambda word: _HIDDEN if word[0] in _WORDS else word[0], text)
    return re.sub(_HIDDEN, lambda _: next(words), mask.mask(hidden))
