"""Content types of files, by their extensions."""

from __future__ import annotations

import json
import mimetypes
from functools import cache
from pathlib import Path

UNKNOWN = "application/octet-stream"

# Made by the build, with the libraries for scripts, from the table that the reference uses: Python's own is
# short, and what it says depends on files of the system.
_TABLE = Path(__file__).parents[1] / "sandbox" / "bundles" / "media-types.json"


def media_type(filename: str) -> str:
    """Return the content type of a file of this name; `application/octet-stream` where nothing says more."""
    return _types().get(filename.rpartition(".")[2].lower(), UNKNOWN)


@cache
def _types() -> dict[str, str]:
    try:
        types: dict[str, str] = json.loads(_TABLE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        # A checkout whose bundles are older than this file, until `pip install -e .` makes them anew.
        types_map = mimetypes.MimeTypes(filenames=()).types_map[True]
        types = {extension[1:]: name for extension, name in types_map.items()}
    return types
