"""Bytes between Python and the isolate: base64 in JSON; text encodings by Python's codecs."""

from __future__ import annotations

import base64
import codecs
from typing import Any

from bruscript.sandbox.services.errors import ServiceError

_CODECS = {
    "ibm866": "cp866",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "windows-874": "cp874",
    **{f"windows-{number}": f"cp{number}" for number in range(1250, 1259)},
    **{f"iso-8859-{number}": f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{name: name for name in ("koi8-r", "koi8-u", "gbk", "gb18030", "big5", "shift_jis", "utf-16be")},
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp",
    "euc-kr": "euc_kr",
}
"""The Encoding Standard's labels that the isolate itself does not decode, and Python's codecs for them."""


def encode(data: bytes) -> str:
    """Return bytes as the isolate takes them."""
    return base64.b64encode(data).decode("ascii")


def decode(text: Any) -> bytes:
    """Return the bytes that the isolate sent. Raises ServiceError if they are not base64."""
    if not isinstance(text, str):
        raise ServiceError("the host call takes bytes")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ServiceError("the host call takes bytes") from error


def lookup(label: str) -> str | None:
    """Return the name of TextDecoder's encoding that `label` means, or None."""
    if label in _CODECS:
        return label
    try:
        codec_name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    return next((name for name, codec in _CODECS.items() if codecs.lookup(codec).name == codec_name), None)


def decode_text(label: str, data: str, fatal: bool) -> str:
    """Decode bytes for TextDecoder. Raises ServiceError for invalid ones if `fatal`."""
    name = lookup(label)
    if name is None:
        raise ServiceError(f'The "{label}" encoding is not supported')
    try:
        return decode(data).decode(_CODECS[name], "strict" if fatal else "replace")
    except UnicodeDecodeError as error:
        raise ServiceError(f"The encoded data was not valid for encoding {label}") from error
