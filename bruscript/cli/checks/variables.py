"""Checks the values of variables and prompts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from bruscript.cli.checks.problem import Problem, place_of
from bruscript.evaluate.generated import made_of
from bruscript.evaluate.prompts import PROMPT, Question
from bruscript.lang import Document
from bruscript.lang.place import place_at

_SET: Final = re.compile(r"\bbru\.set\w*Var\([^;\n]*\{\{\$\w+\}\}")
_WITH_BLANKS: Final = re.compile(r"\{\{\?(?=[^{}\n]*\w)(?:\s[^{}\n]*|[^{}\n]*\s)\}\}")


def check_variables(document: Document, content: dict[str, Any]) -> Iterator[Problem]:
    """Find values and prompts that Bruno itself takes otherwise."""
    of_environment = document.kind == "environment"
    entries = content.get("variables") if of_environment else (content.get("vars") or {}).get("req")
    for entry in entries or ():
        value = entry.get("value")
        if isinstance(value, str) and entry.get("enabled") and (name := made_of(value)):
            block = "vars" if of_environment else "vars:pre-request"
            yield Problem(
                place_of(document, (block, str(entry.get("name"))), (block, None)),
                _made_once(name),
                note=True,
            )
    text = document.text
    for match in _SET.finditer(text):
        if name := made_of(match[0]):
            yield Problem(place_at(text, match.start()), _made_once(name), note=True)
    for match in _WITH_BLANKS.finditer(text):
        yield Problem(
            place_at(text, match.start()),
            f"`{match[0]}` is not a prompt, and is sent as it is written: it begins or ends with a blank",
            note=True,
        )
    for match in PROMPT.finditer(text):
        question = Question.of(match[1])
        if question.default is not None:
            yield Problem(
                place_at(text, match.start()),
                f"`{match[0]}` asks for `{question}`, by default `{question.default}`; Bruno itself asks for "
                f"`{match[1]}`",
                note=True,
            )


def _made_once(name: str) -> str:
    return (
        f"`{{{{${name}}}}}` in a variable is made once for each request; Bruno's own command makes "
        "a new one at each use of the variable"
    )
