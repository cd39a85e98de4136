"""A secret's encoded forms: in URLs, JSON, base64, hexadecimal."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from bruscript.records import record

FRAGMENT = 9
"""So many consecutive characters of a secret are masked, even where the rest of it is not there."""
_LONGEST = 65_536
_LONGEST_ENCODED = 512

_URL_SAFE = (
    "",
    "!'()*",
    ";,/?:@&=+$!'()*#",
    "!$%&()*+,-./:;=@[]_|~\\'^",
    "!$%&()*+,-./:;=@[]_|~\\?`{}^",
    "/",
)
"""Characters that stay unencoded: by encodeURIComponent, encodeURI, a URL's path and query as sent."""
_WHOLE_WORD = re.compile(rf"(?<![^\s_./:@-])[a-z]{{{FRAGMENT},}}(?![^\s_./:@-])")


@record(frozen=True, eq=False)
class Spelling:
    """One form of a secret, in small letters.

    `least` is how many consecutive characters of it are masked. `plain` is the secret as it is, and `words`
    the long words in it, which alone are not part of the secret. `padded` is base64, whose last
    character belongs to it in part.
    """

    text: str
    least: int
    plain: bool = False
    words: frozenset[str] = frozenset()
    padded: bool = False


def fold(text: str) -> str:
    """Return `text` in small letters, of the same length."""
    folded = text.lower()
    if len(folded) != len(text):
        folded = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return folded


def spellings(value: str) -> Iterator[Spelling]:
    """Return every spelling of `value`, a secret that is unlike ordinary text; itself first."""
    plain = fold(value[:_LONGEST])
    words = frozenset(_WHOLE_WORD.findall(plain))
    yield Spelling(plain, min(FRAGMENT, len(plain)), plain=True, words=words)
    value = value[:_LONGEST_ENCODED]
    previous = {plain}
    data = value.encode("utf-8", "surrogatepass")
    for escaped in escapes(value):
        for text in (escaped, quote(escaped, safe="")):
            if (text := fold(text)) not in previous:
                previous.add(text)
                yield Spelling(text, _scaled(text, value))
    yield Spelling(data.hex(), min(2 * FRAGMENT, 2 * len(data)))
    # As a Buffer is printed.
    yield Spelling(spaced := data.hex(" "), min(3 * FRAGMENT - 1, len(spaced)))
    for text in _base64(data):
        for spelt in dict.fromkeys((text, text.replace("+", "-").replace("/", "_"))):
            yield Spelling(fold(spelt), min(4 * FRAGMENT // 3, len(spelt)), padded=True)


def escapes(value: str) -> Iterator[str]:
    """Yield `value` in a URL (by this client, by JavaScript, in a form), in JSON, in a JavaScript string."""
    data = value.encode("utf-8", "surrogatepass")
    for safe in _URL_SAFE:
        yield quote(data, safe=safe)
    yield quote_plus(data)
    for as_json in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield as_json
        yield json.dumps(as_json, ensure_ascii=False)[1:-1]
        yield (bare := as_json.replace('\\"', '"'))
        yield bare.replace("'", "\\'")


def _base64(data: bytes) -> Iterator[str]:
    """Return the part of `data` in base64 that is the same whatever precedes and follows it."""
    for before, first in ((0, 0), (1, 2), (2, 3)):
        last = (before + len(data)) * 8 // 6
        yield b64encode(bytes(before) + data).decode()[first:last]


def _scaled(text: str, value: str) -> int:
    """Return the length that so many characters of `value` have in `text`."""
    return min(len(text), -(-FRAGMENT * len(text) // len(value)))
