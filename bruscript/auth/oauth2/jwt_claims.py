"""A JWT's claims. Nothing is verified: they only help to decide what to do with a token."""

from __future__ import annotations

import base64
import json
from typing import Any


def claims_of(token: str) -> dict[str, Any] | None:
    """Return the claims of a signed or unsigned JWT; None for any other text."""
    parts = token.split(".")
    if len(parts) != 3 or not parts[0] or not parts[1]:
        return None
    header, claims = _decoded(parts[0]), _decoded(parts[1])
    # Without `alg` it is three words with dots between them, not a JWT (RFC 7519 section 5).
    return claims if header is not None and "alg" in header else None


def _decoded(part: str) -> dict[str, Any] | None:
    try:
        # Padding does not belong there, and is seen.
        text = part.rstrip("=")
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
