"""Numbers and switches that Bruno reads as something else than they seem to be, in `settings` and beyond.

It takes every word but `true` for false, the beginning of a text for a number, and no number for the default.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from bruscript.lang import js
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.choices import BOOLEANS, wrong_value
from bruscript.lang.document import Finding
from bruscript.lang.nodes import Dictionary

_SWITCHES: Final = ("encodeUrl", "followRedirects", "forwardAuthorizationHeader")
_NUMBERS: Final = {
    "timeout": (r"[+-]?\d+|inherit", "a whole number of milliseconds or `inherit`"),
    "maxRedirects": (r"[+-]?\d+", "a whole number"),
    "keepAliveInterval": (r"\d+(?:\.\d*)?", "a number of milliseconds"),
    "retries": (r"\d+", "a whole number"),
    "retryDelay": (r"\d+(?:\.\d*)?", "a number of milliseconds"),
}
"""Keys, the values that they may have, and words for these."""
_ABSENT: Final = ("", "null", "undefined")
"""Texts that Bruno writes for a missing number."""
_START: Final = re.compile(r"^settings\b", re.MULTILINE)
_ORDINARY: Final = re.compile(
    rf"^settings[ ]*\{{\n(?:[ ]+(?:(?:{'|'.join(_SWITCHES)}): (?:true|false)"
    rf"|(?:{'|'.join(_NUMBERS)}): \d+|timeout: inherit)\n)*\}}",
    re.MULTILINE,
)


def wrong_settings(document: BruDocument) -> list[Finding]:
    """Return what is wrong with the values in the block `settings`, if the file has one."""
    starts = _START.findall(document.text)
    if not starts or (len(starts) == 1 and _ORDINARY.search(document.text)):
        # Nearly every file; its tree is not needed.
        return []
    return [
        Finding(pair_line, message)
        for block in document.blocks
        if block.name == "settings" and isinstance(block, Dictionary)
        for pair_line, message in _wrong(block)
    ]


def wrong_sizes(document: BruDocument) -> list[Finding]:
    """Return what is wrong with `maxBodySize` of Akamai EdgeGrid, which Bruno drops if it is not a number."""
    text = document.text_of("auth:akamai-edgegrid", "maxBodySize")
    size = js.number(text)
    block = document.block("auth:akamai-edgegrid")
    if "{{" in text or (size is not None and 0 <= size < math.inf) or not isinstance(block, Dictionary):
        return []
    line = next(pair.line for pair in block.pairs if pair.key == "maxBodySize")
    return [Finding(line, f"`maxBodySize` is `{text}`, expected a number of bytes")]


def _wrong(block: Dictionary) -> Iterator[tuple[int, str]]:
    for pair in block.pairs:
        value = js.trim(pair.value) if isinstance(pair.value, str) else js.to_string(list(pair.value))
        if pair.key in _SWITCHES and value not in (*BOOLEANS, ""):
            yield pair.line, wrong_value(pair.key, value, BOOLEANS)
        elif pair.key in _NUMBERS and value not in _ABSENT:
            pattern, words = _NUMBERS[pair.key]
            if not re.fullmatch(pattern, value, re.ASCII):
                yield pair.line, f"`{pair.key}` is `{value}`, expected {words}"
