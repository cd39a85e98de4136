"""Messages of failed checks, whose words are chai's and whose values are data."""

from __future__ import annotations

import re

from bruscript.masking.mask import Mask

_EXPECTED = re.compile(r"(?:^|: )expected ")
_QUOTED = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
_BLANKS = re.compile(r"(\s+)")
_WORDS_TEXT = """
a above all an and any approximately arguments array arrayOf at be been below between body boolean
but by change close contain date deep deeply defined descriptors decrease does element empty end
enumerable equal error exist expected extensible false falsy finite frozen function get given got
greater has have helper in include increase instance instanceof is it iterable JSON key keys least
length lengthOf less match member members most names nested no not null number object of one only
ordered own properties property regex respond same satisfy schema sealed start status strict
strictly string symbol target than that the throw thrown to true truthy type undefined validation
value values was which with within
"""
_WORDS = frozenset(_WORDS_TEXT.split())
"""Words of chai's messages. In one of these they are no secret, but for those in quotes."""


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
    return "".join(word if word in _WORDS else mask.mask(word) for word in _BLANKS.split(text))
