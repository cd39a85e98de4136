"""Distinguishes request files from other YAML files in a collection's directory."""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import count
from typing import Any, Final

from bruscript.lang.encoding import decoded
from bruscript.lang.errors import BruSyntaxError
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.places import TYPES
from bruscript.lang.yml.regular import heading
from bruscript.unicode import wide_encoding

_FEW: Final = 100
_asked: Final = count()
_OTHERS: Final = frozenset({"workspace", "collection", "mock"})
"""Types of files that Bruno has, and that are neither requests nor folders."""
_BLOCK: Final = re.compile(rf"^(?:{'|'.join(TYPES)}):", re.MULTILINE)
_INFO: Final = re.compile(r"^(?:info:|type:[ \t]*script\b)", re.MULTILINE)
_TYPE: Final = re.compile(rf"^[ \t]+type:[ \t]*[\"']?(?:{'|'.join(TYPES)}|app)\b", re.MULTILINE)


def is_item(value: Any) -> bool:
    """Return whether the values of a file are meant as a request, script or app; its faults may be many."""
    if not isinstance(value, dict):
        return False
    if any(kind in value for kind in TYPES):
        return "info" in value or "openapi" not in value
    info = value.get("info")
    if isinstance(info, dict) and "type" in info:
        return info["type"] not in _OTHERS and "opencollection" not in value
    return value.get("type") == "script"


def item_document(text: str, filename: str | None = None, *, scripts: bool = False) -> YmlDocument | None:
    """Parse a file that may be a request; None for other YAML, and without `scripts` for a script.

    Raises BruSyntaxError for what was meant as a request and is not a valid one.
    """
    try:
        document = YmlDocument.opened(text, "request", filename)
    except BruSyntaxError:
        if not _looks_like_item(text):
            return None
        raise
    value = document.value
    if not is_item(value) or (value.get("type") == "script" and not scripts):
        return None
    return document


def item_text(data: bytes, filename: str | None = None) -> str | None:
    """Return the text of a file that may be a request; None for one in UTF-16 that is something else.

    Raises BruSyntaxError for a request in UTF-16.
    """
    encoding = wide_encoding(data)
    if encoding is not None:
        text = data.decode(encoding, "replace")
        with suppress(BruSyntaxError):
            if item_document(text, filename) is None:
                return None
    return decoded(data, filename)


def item_outline(text: str, filename: str | None = None) -> tuple[YmlDocument, dict[str, Any] | None] | None:
    """Make the document of a file that may be a request, and its `meta`.

    Where there is a `meta`, `content` has the same and raises nothing. None as in `item_document`, with no
    scripts. Raises BruSyntaxError as it does.
    """
    # Compiling the pattern takes as long as reading this many requests.
    meta = heading(text) if next(_asked) >= _FEW else None
    if meta is not None:
        return YmlDocument(text, "request", filename), meta
    item = item_document(text, filename)
    return None if item is None else (item, None)


def _looks_like_item(text: str) -> bool:
    """Return whether a text that is not even YAML was meant as a request."""
    if not _INFO.search(text):
        return False
    return bool(_BLOCK.search(text) or _TYPE.search(text) or text.lstrip("\ufeff").startswith("type:"))
