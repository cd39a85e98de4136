"""Comments in JSON bodies, which are removed before sending."""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<newline>\r?\n)
      | (?P<blank>[ \t]+)
      | (?P<line>//[^\r\n]*)
      | (?P<block>/\*.*?\*/)
      | (?P<text>"(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*'|`(?:\\.|[^`\\])*`|[^\s"'`/\#@\\]+|/(?!\*)|\s)
      | (?P<illegal>.)""",
    re.VERBOSE | re.DOTALL,
)
_REST_OF_LINE: Final = re.compile(r"[ \t]*(\r?\n)")
_NOTHING_TO_DO: Final = re.compile(r"//|/\*|^[ \t]+$", re.MULTILINE)


def without_comments(text: str) -> str:
    """Return `text` without `//` and `/* */` comments, and without lines that have nothing else.

    A text that is not JavaScript (a quote without its partner, `#` or `@` outside of strings) is left alone.
    """
    if not _NOTHING_TO_DO.search(text):
        return text
    lines: list[str] = []
    indent, at_start, position = "", True, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        assert match is not None
        kind, position = match.lastgroup, match.end()
        if kind == "illegal":
            return text
        if kind == "newline":
            lines.append(match[0])
            at_start = True
        elif kind == "blank" and at_start:
            # The reference gives the blanks of an empty line to the line below it.
            indent += match[0]
        elif kind in ("line", "block"):
            rest = _REST_OF_LINE.match(text, position)
            if at_start:
                indent = ""
                position = rest.end() if rest else position
            if kind == "line" and not rest:
                break
        else:
            if kind != "blank":
                lines.append(indent)
                indent, at_start = "", False
            lines.append(match[0])
    return "".join(lines)
