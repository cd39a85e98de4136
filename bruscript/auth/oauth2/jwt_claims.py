"""A JWT's claims. Nothing is verified: they only help to decide what to do with a token."""

from __future__ import annotations

import base64
import json
from typing import Any


def claims_of(token: str) -> dict[str, Any] | None:
    """Return the claims of a signed or unsigned JWT; None for any other text."""
    header = _decoded(token.partition(".")[0])
    # Without `alg` it is three words with dots between them, not a JWT (RFC 7519 section 5).
    return payload_of(token) if header is not None and "alg" in header else None


def payload_of(token: object) -> dict[str, Any] | None:
    """Return the claims of what should be a JWT, whatever its header is; None if it has none."""
    parts = token.split(".") if isinstance(token, str) else []
    return _decoded(parts[1]) if len(parts) == 3 and parts[0] else None


def is_encrypted(token: object) -> bool:
    """Return whether `token` has the parts of an encrypted JWT (RFC 7516 section 3.1)."""
    return isinstance(token, str) and token.count(".") == 4


def _decoded(part: str) -> dict[str, Any] | None:
    try:
        # Padding does not belong there, and is seen.
        text = part.rstrip("=")
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
