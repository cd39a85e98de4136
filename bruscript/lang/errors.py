"""The error of a .bru text that cannot be parsed."""

from __future__ import annotations

import re

from bruscript.errors import BruscriptError

HIDDEN = "\ue000"
"""Stands for a character of a secret in the texts that messages are made from."""
_RUN = re.compile(rf"{HIDDEN}(?:[ \t:{{}}\[\]'\"@,()~\\=*&!|>%`#-]*{HIDDEN})*")


def visible(text: str) -> str:
    """Replace what a terminal would obey or not show, one character for one; tabs and line ends stay."""
    return "".join(char if char.isprintable() or char in "\t\n" else "\ufffd" for char in text)


def unveiled(text: str) -> str:
    """Return a message or line with `********` where it has secrets; see `veiled` in `redaction.py`."""
    if HIDDEN not in text:
        return text
    from bruscript.masking import MASKED

    return _RUN.sub(MASKED, text)


def _shown_column(source_line: str, column: int) -> int:
    """Return the column in the masked line, in which secrets have another length."""
    at = column - 1
    for run in _RUN.finditer(source_line):
        if run.start() < at < run.end():
            at = run.start()
    return len(unveiled(source_line[:at])) + 1


def pointed_at(source_line: str, line: int, column: int) -> list[str]:
    """Return a line with its number, and a caret below the column (both 1-based)."""
    number = str(line)
    # Tabs stay tabs so that the caret is below its character whatever their width.
    blanks = "".join("\t" if char == "\t" else " " for char in source_line[: column - 1])
    return [f"  {number} | {source_line}", f"  {' ' * len(number)} | {blanks}^"]


class BruSyntaxError(BruscriptError, ValueError):
    """A .bru text is not what the language allows.

    `line` and `column` are 1-based and count characters; `found` and `expected` are in the user's words,
    `source_line` is the line itself, `filename` the file's name as the caller gave it, or None.
    `str(error)` is the place, the message, the line with a caret below the column, and a hint if there is
    one. Where the texts have characters that are hidden, it masks them.

    Examples:
        >>> bruscript.parse("get {\\n  url: http://shop.test", filename="a.bru")
        Traceback (most recent call last):
        bruscript.lang.errors.BruSyntaxError: a.bru:2:24: found the end of the file, expected `}` ...
    """

    def __init__(
        self,
        message: str,
        *,
        line: int,
        column: int,
        source_line: str = "",
        filename: str | None = None,
        found: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(unveiled(message), hint=unveiled(hint) if hint else hint)
        self.line = line
        self.column = column
        self.source_line = unveiled(source_line)
        self.filename = filename
        self.found = unveiled(found) if found else found
        self.expected = unveiled(expected) if expected else expected
        self._caret = _shown_column(source_line, column)

    def __str__(self) -> str:
        place = (
            f"{self.filename or 'line'}:{self.line}:{self.column}"
            if self.filename
            else (f"line {self.line}, column {self.column}")
        )
        lines = [f"{place}: {self.message}", *pointed_at(self.source_line, self.line, self._caret)]
        if self.hint:
            lines.append(self.hint)
        return visible("\n".join(lines))
