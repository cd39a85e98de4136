"""The names of blocks, by the kind of file that may have them."""

from __future__ import annotations

from bruscript.lang.bru import blocks
from bruscript.lang.values import SECRET_IDENTIFIERS

BLOCK_NAMES: dict[str, tuple[str, ...]] = {
    # Not every step of OAuth 2.0 has every place for its parameters.
    "request": tuple(name for name in blocks.REQUEST if not name.endswith("auth_req:body")),
    "collection": tuple(name for name in blocks.COLLECTION if not name.endswith("auth_req:body")),
    "environment": (
        "vars",
        "vars:secret",
        *(f"vars:externalsecrets:{store}" for store in SECRET_IDENTIFIERS),
        "color:",
    ),
}
"""The blocks of each grammar."""
