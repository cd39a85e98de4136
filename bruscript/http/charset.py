"""From a body's bytes to its text, by the content type's charset or a byte-order mark."""

from __future__ import annotations

import codecs
import re

_CHARSET = re.compile(r"""charset=([^()<>@,;:"/\[\]?.=\s]*)""", re.IGNORECASE)
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xef\xbb\xbf", "utf-8"),
)
_UNICODE = {
    **{f"utf{size}{end}": f"utf-{size}-{end}" for size in (16, 32) for end in ("le", "be")},
    "utf16": "utf-16",
    "utf32": "utf-32",
    "ucs2": "utf-16-le",
    "ucs4": "utf-32-le",
    "utf8": "utf-8",
}
# Python's codecs that are not character sets of the web.
_NOT_CHARSETS = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)
_LOOKED_AT = 100


def text_of(body: bytes, codec: str) -> str:
    """Return the text, without a byte-order mark; what cannot be decoded is U+FFFD."""
    try:
        text = body.decode(codec, errors="replace")
    except ValueError:
        # A few codecs raise errors despite `replace`.
        text = body.decode("utf-8", errors="replace")
    return text.removeprefix("\ufeff")


def codec_for(body: bytes, content_type: str) -> str:
    """Return Python's codec for a body: of the charset that the content type names, else UTF-8.

    A byte-order mark decides, whatever charset is named. UTF-16 and UTF-32 without one, and without a byte
    order in their name, are guessed from their zero bytes, else little-endian. api/charset.js does the
    same.
    """
    charset = named_codec(content_type)
    for mark, codec in _MARKS:
        if body.startswith(mark) and not (codec == "utf-32-le" and charset.startswith("utf-16")):
            return codec
    if charset in ("utf-16", "utf-32"):
        return f"{charset}-{_byte_order(body, 2 if charset == 'utf-16' else 4)}"
    return charset


def named_codec(content_type: str) -> str:
    """Return Python's codec for the charset of a content type."""
    match = _CHARSET.search(content_type)
    if not match:
        return "utf-8"
    unicode = _UNICODE.get(re.sub(r"[^0-9a-z]", "", match[1].lower()))
    if unicode:
        return unicode
    try:
        info = codecs.lookup(match[1])
    except (LookupError, ValueError):
        return "utf-8"
    # Codecs such as base64 turn bytes into bytes; they say so only here.
    if getattr(info, "_is_text_encoding", True) and info.name.replace("-", "_") not in _NOT_CHARSETS:
        return info.name
    return "utf-8"


def _byte_order(body: bytes, size: int) -> str:
    little = big = 0
    for at in range(0, min(len(body) - size + 1, size * _LOOKED_AT), size):
        unit = body[at : at + size]
        if size == 2:
            little += unit[0] != 0 and unit[1] == 0
            big += unit[0] == 0 and unit[1] != 0
        else:
            # Nearly all text is in the first plane, and nothing is beyond U+10FFFF.
            little += (unit[2:] == b"\0\0" and unit[:2] != b"\0\0") - (unit[3] != 0 or unit[2] > 0x10)
            big += (unit[:2] == b"\0\0" and unit[2:] != b"\0\0") - (unit[0] != 0 or unit[1] > 0x10)
    return "be" if big > little else "le"
