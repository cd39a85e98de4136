"""The languages of Bruno's files: text, syntax tree and Bruno's JSON.

`bru` is the `.bru` language, `yml` OpenCollection's YAML.
"""

from __future__ import annotations

from bruscript.lang.document import Document, Format, Kind, parse
from bruscript.lang.errors import BruSyntaxError

__all__ = ["BruSyntaxError", "Document", "Format", "Kind", "parse"]
