"""`.env` files, read as Node's dotenv reads them: values may be quoted three ways and span lines."""

from __future__ import annotations

import re
from pathlib import Path

from bruscript.errors import InvalidFileError
from bruscript.files import read_file, readable_path
from bruscript.lang.encoding import EncodingError, decoded
from bruscript.lang.js import WHITESPACE, trim

_BLANK = f"[{WHITESPACE}]"
_ENTRY = rf"""^{_BLANK}*(?:export{_BLANK}+)?
    (?P<name>[A-Za-z0-9_.-]+)
    (?:{_BLANK}*=|:{_BLANK}+?)
    (?P<value>
        {_BLANK}*'(?:\\'|[^'])*'
      | {_BLANK}*"(?:\\"|[^"])*"
      | {_BLANK}*`(?:\\`|[^`])*`
      | [^\#\r\n]+
    )?
    {_BLANK}*(?:\#.*)?$"""
_QUOTED = re.compile(r"""^(['"`])(.*)\1$""", re.MULTILINE | re.DOTALL)


def parse_dotenv(text: str) -> dict[str, str]:
    """Return the variables in a `.env` text; a later line wins.

    Only double quotes turn `\\n` into a line break.
    """
    variables: dict[str, str] = {}
    # Compiled where there is a file: that takes longer than to read a request.
    for entry in re.finditer(
        _ENTRY, text.replace("\r\n", "\n").replace("\r", "\n"), re.MULTILINE | re.VERBOSE
    ):
        value = trim(entry["value"] or "")
        plain = _QUOTED.sub(r"\2", value)
        if value.startswith('"'):
            plain = plain.replace("\\n", "\n").replace("\\r", "\r")
        variables[entry["name"]] = plain
    return variables


def read_dotenv(path: Path) -> dict[str, str]:
    """Return the variables of the file at `path`, {} for a missing file.

    Raises InvalidFileError for a file that is there and cannot be read.
    """
    try:
        # A pipe is allowed: some password managers provide one.
        data = read_file(path, piped=True)
        return parse_dotenv(decoded(data, readable_path(path)).removeprefix("\ufeff"))
    except FileNotFoundError:
        return {}
    except EncodingError as error:
        raise InvalidFileError(str(error)) from None
    except OSError as error:
        raise InvalidFileError(f"Cannot read {readable_path(path)}: {error.strerror}") from None
