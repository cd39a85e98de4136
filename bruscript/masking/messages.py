"""Messages of failed checks, whose words are chai's and whose values are data."""

from __future__ import annotations

import re

from bruscript.masking.mask import Mask

_EXPECTED = re.compile(r"(?:^|: )expected ")
_QUOTED = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
_BLANKS = re.compile(r"(\s+)")
_MARKS = "[](){},:;.+-"
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
"""Words of chai's messages and of how it shows values. Among these they are no secret, unless in quotes."""


def assertion_message(mask: Mask, text: str) -> str:
    """A failed check's message without secrets.

    In one of chai's, values are in quotes, or none of its words.
    """
    masked = mask.mask(text)
    if masked == text or not _EXPECTED.search(text):
        return masked
    parts = _QUOTED.split(mask.mask(text, prose=True))
    return "".join(mask.mask(part) if index % 2 else _bare(mask, part) for index, part in enumerate(parts))


def _bare(mask: Mask, text: str) -> str:
    return "".join(word if word.strip(_MARKS) in _WORDS else mask.mask(word) for word in _BLANKS.split(text))
