"""`bruscript.toml` beside a collection: settings that Bruno's app would drop from its own files."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from bruscript.errors import InvalidFileError
from bruscript.files import read_file, readable_path

NAME = "bruscript.toml"
TABLES = ("oauth2",)
"""The keys of the file."""

_PREFIX = "BRUSCRIPT_OAUTH2_"


def read_local_settings(root: Path) -> dict[str, Any]:
    """Return what `bruscript.toml` in `root` says, {} without one. Raises InvalidFileError."""
    path = root / NAME
    try:
        text = read_file(path).decode("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InvalidFileError(f"{readable_path(path)} cannot be read: {reason}") from None
    # In the standard library since Python 3.11.
    tomllib: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        settings = dict(tomllib.loads(text))
    except ValueError as error:
        raise InvalidFileError(f"{readable_path(path)} is not valid TOML: {error}") from None
    tables = settings.get("oauth2", {})
    if not _are_tables(tables):
        raise InvalidFileError(
            f"{readable_path(path)}: `oauth2` is not a table for each credentials id: [oauth2.ID]"
        )
    for name, table in tables.items():
        for key, value in table.items():
            if not isinstance(value, (str, int, float)):
                raise InvalidFileError(
                    f"{readable_path(path)}: `{key}` in [oauth2.{name}] is not a text, number or boolean"
                )
    return settings


def _are_tables(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(table, dict) for table in value.values())


def oauth2_settings(settings: Mapping[str, Any], credentials_id: str) -> dict[str, Any]:
    """Return the keys of `auth:oauth2` that are set elsewhere for a credentials id.

    They are those of the table `[oauth2.ID]`, and of environment variables `BRUSCRIPT_OAUTH2_ID_KEY`, which
    win; in their names the id is in capitals, with `_` for what is not a letter or a digit.
    """
    values = dict((settings.get("oauth2") or {}).get(credentials_id) or {})
    prefix = f"{_PREFIX}{re.sub('[^A-Z0-9]', '_', credentials_id.upper())}_"
    for name, value in os.environ.items():
        if name.startswith(prefix):
            values[name.removeprefix(prefix).lower()] = value
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in values.items()
    }
