"""The .bru language: text, syntax tree and Bruno's JSON."""

from __future__ import annotations

from bruscript.lang.document import Document, Kind, parse
from bruscript.lang.errors import BruSyntaxError

__all__ = ["BruSyntaxError", "Document", "Kind", "parse"]
