"""Says what is wrong with a text that the automaton would not take, in the user's words."""

from __future__ import annotations

from bruscript.lang.automaton import Unexpected
from bruscript.lang.build import Rejected
from bruscript.lang.errors import BruSyntaxError


def syntax_error(
    text: str, kind: str, failure: Unexpected | Rejected, filename: str | None
) -> BruSyntaxError:
    """Make the error for the place where the automaton stopped."""
    position = failure.position
    message = failure.message if isinstance(failure, Rejected) else "cannot be read"
    line = text.count("\n", 0, position) + 1
    begin = text.rfind("\n", 0, position) + 1
    end = text.find("\n", begin)
    source = text[begin : end if end >= 0 else len(text)].rstrip("\r")
    return BruSyntaxError(
        message, line=line, column=position - begin + 1, source_line=source, filename=filename
    )
