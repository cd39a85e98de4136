"""Bytes between Python and the isolate: base64 in JSON; text encodings by Python's codecs."""

from __future__ import annotations

import base64
import codecs
from typing import Any

from .errors import ServiceError


def encode(data: bytes) -> str:
    """Give bytes as the isolate takes them."""
    return base64.b64encode(data).decode("ascii")


def decode(text: Any) -> bytes:
    """Give the bytes that the isolate sent. Raises ServiceError if they are no base64."""
    if not isinstance(text, str):
        raise ServiceError("the host call takes bytes")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ServiceError("the host call takes bytes") from error


def lookup(label: str) -> str | None:
    """Give the encoding's name for TextDecoder, or None if it is unknown or no text encoding."""
    try:
        found = codecs.lookup(label)
    except (LookupError, ValueError):
        return None
    return found.name if getattr(found, "_is_text_encoding", True) else None


def decode_text(label: str, data: str, fatal: bool) -> str:
    """Decode bytes for TextDecoder. Raises ServiceError for invalid ones if `fatal`."""
    name = lookup(label)
    if name is None:
        raise ServiceError(f'The "{label}" encoding is not supported')
    try:
        return decode(data).decode(name, "strict" if fatal else "replace")
    except UnicodeDecodeError as error:
        raise ServiceError(f"The encoded data was not valid for encoding {label}") from error
