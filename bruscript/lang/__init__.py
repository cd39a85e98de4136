"""The languages of Bruno's files: text, syntax tree and Bruno's JSON. `bru` is the `.bru` language."""

from __future__ import annotations

from bruscript.lang.bru.document import Document, Kind, parse
from bruscript.lang.errors import BruSyntaxError

__all__ = ["BruSyntaxError", "Document", "Kind", "parse"]
