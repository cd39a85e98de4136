"""From what is wrong with a file to an error that names the mistake as its author would see it."""

from __future__ import annotations

import re
from typing import Any, Final

from bruscript.lang.errors import BruSyntaxError
from bruscript.lang.redaction import redacted_message, veiled
from bruscript.lang.yml.compose import Node
from bruscript.lang.yml.lint import serious
from bruscript.lang.yml.values import Misuse

_CONFLICT: Final = re.compile(r"^(<{7}|={7}|>{7}|\|{7})(?= |\r?$)", re.MULTILINE)
_FLOW_TEMPLATE: Final = re.compile(r"[{,] *(?P<key>[\w-]+): *(?P<value>\{\{[^{}]*\}\}[^\s,{}\]]+)")
_KEY_TEMPLATE: Final = re.compile(r"^[ \t]*(?:- +)*(?P<key>[^\s#:'\"{][^:#]*): +(?P<value>\{\{.*?)[ \t\r]*$")
_TAB: Final = re.compile(r"^ *(?:- +)*\t")
_QUOTE: Final = "Write it in quotes: "


def syntax_error(text: str, error: Exception, filename: str | None) -> BruSyntaxError:
    """Return the error for what `compose` or `build` raised."""
    if isinstance(error, Misuse):
        return misuse(text, error.node, error.message, error.hint, filename)
    lines = _lines(text)
    conflict = _CONFLICT.search(text.removeprefix("\ufeff"))
    if conflict is not None:
        line = text.removeprefix("\ufeff").count("\n", 0, conflict.start())
        return _error(
            lines,
            line,
            0,
            f"found the merge conflict marker `{conflict[1]}`",
            "Git left both versions here: keep one, and delete the lines with the markers.",
            filename,
        )
    if isinstance(error, RecursionError):
        return _error(lines, 0, 0, "the values are nested too deeply to be read", None, filename)
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return _error(lines, 0, 0, str(error), None, filename)
    line, column, message, hint = _explained(lines, error)
    return _error(lines, line, column, message, hint, filename)


def misuse(text: str, node: Node, message: str, hint: str | None, filename: str | None) -> BruSyntaxError:
    """Return the error for a node that is well formed and yet wrong."""
    mark = node.start_mark
    message = redacted_message(message)
    return _error(_lines(text), mark.line, mark.column, message, hint and redacted_message(hint), filename)


def refusal(text: str, root: Node | None, kind: str, reason: str, filename: str | None) -> BruSyntaxError:
    """Return the error for a shape that the reference's parser fails on; the lint knows where it is."""
    if root is None:
        message = f"the file is empty, expected {'an' if kind == 'environment' else 'a'} {kind}"
        return _error(_lines(text), 0, 0, message, None, filename)
    problem = serious(root, kind)
    if problem is not None:
        return misuse(text, problem.node, problem.message, problem.hint, filename)
    return misuse(text, root, reason, None, filename)


def _line(lines: list[str], at: int) -> str:
    return lines[at] if at < len(lines) else ""


def _lines(text: str) -> list[str]:
    """Return the lines of a text, their secrets hidden: what is quoted of them, too, shows none."""
    text = veiled(text.removeprefix("\ufeff"), "yml", broken=True)
    return [line.removesuffix("\r") for line in text.split("\n")]


def _error(
    lines: list[str], line: int, column: int, message: str, hint: str | None, filename: str | None
) -> BruSyntaxError:
    if line >= len(lines) or not any(lines[line:]):
        # An error at the end is reported after the last word.
        line = next((at for at in range(len(lines) - 1, -1, -1) if lines[at].strip()), 0)
        column = len(lines[line].rstrip())
    source = lines[line]
    return BruSyntaxError(
        message,
        line=line + 1,
        column=min(column, len(source)) + 1,
        source_line=source,
        filename=filename,
        hint=hint,
    )


def _explained(lines: list[str], error: Any) -> tuple[int, int, str, str | None]:
    """Return line and column, from 0, the message and a hint for an error of PyYAML."""
    mark, problem = error.problem_mark, error.problem or ""
    context_mark = error.context_mark
    line, column = mark.line, mark.column
    here = _line(lines, line)
    before = _line(lines, context_mark.line) if context_mark is not None else ""
    for at in range(min(line, len(lines) - 1), max(line - 3, -1), -1):
        match = _KEY_TEMPLATE.match(lines[at]) or _FLOW_TEMPLATE.search(lines[at])
        if match and not _is_mapping(match["value"]):
            value = match["value"]
            return (
                at,
                match.start("value"),
                "found a value that begins with `{{` and is not in quotes",
                f"YAML reads braces as a mapping. {_QUOTE}{match['key']}: {_quoted(value)}",
            )
    for at in range(min(line, len(lines) - 1), max(line - 2, -1), -1):
        tab = _TAB.match(lines[at])
        if tab and ("token" in problem or "tab" in problem or "expected" in problem):
            return (
                at,
                tab.end() - 1,
                "found a tab in the indentation",
                "Use spaces only, two per level.",
            )
    if "alphabetic or numeric character" in problem and context_mark is not None:
        rest = before[context_mark.column :].strip()
        return (
            context_mark.line,
            context_mark.column,
            f"found a value that begins with `{rest[:1]}`",
            _QUOTE + _quoted(rest),
        )
    if "cannot start any token" in problem:
        char = here[column : column + 1]
        return (
            line,
            column,
            f"found a value that begins with `{char}`",
            _QUOTE + _quoted(here[column:].strip()),
        )
    if "undefined alias" in problem:
        rest = here[column:].strip()
        word = rest.split()[0].rstrip(",]}") if rest else "*"
        return (
            line,
            column,
            f"found `{word}`, which refers to an anchor `&{word[1:]}` that the file does not have",
            f"If it is a text: {_QUOTE.lower()}{_quoted(word)}",
        )
    if "mapping values are not allowed" in problem:
        return _stray_colon(lines, line, column)
    if "another document" in problem:
        return line, column, "found a second document", "A file has one: remove `---` and what follows it."
    if "quoted scalar" in (error.context or "") and "end of stream" in problem:
        return context_mark.line, context_mark.column, "found a quote that is never closed", None
    if "escape" in problem:
        at = max(here.rfind("\\", 0, column + 1), 0)
        return (
            line,
            at,
            f"found the unknown escape `{here[at : at + 2]}` in a text in double quotes",
            "Write `\\\\` for a backslash, or put the text in single quotes.",
        )
    if "could not find expected ':'" in problem and context_mark is not None:
        word = before[context_mark.column :].strip()
        return (
            context_mark.line,
            context_mark.column,
            f"found `{word}`, expected `key: value`",
            "If the line goes on with the text above, indent it further.",
        )
    if "parsing a flow" in (error.context or "") and context_mark is not None and "expected" in problem:
        opening = before[context_mark.column : context_mark.column + 1]
        closing = {"{": "}", "[": "]"}.get(opening)
        if closing is None:
            return line, column, "expected a value here", "Is every bracket that is opened also closed?"
        return (
            line,
            column,
            f"expected `,` or `{closing}` here: `{opening}` on line {context_mark.line + 1} is still open",
            f"If `{opening}` begins a text, write that in quotes.",
        )
    if "did not find expected key" in problem or "did not find expected '-' indicator" in problem:
        return (
            line,
            column,
            "expected the next key or item here",
            "Is the line indented like its neighbours, and every text that begins with a quote closed?",
        )
    if "nesting depth" in problem:
        return line, column, "the values are nested too deeply to be read", None
    return line, column, problem, None


def _stray_colon(lines: list[str], line: int, column: int) -> tuple[int, int, str, str | None]:
    text = _line(lines, line)
    match = re.match(r"^[ \t]*(?:- +)*(?P<key>[^:#]+): +(?P<value>.*?)[ \t]*$", text)
    if match and match.end("key") < column:
        return (
            line,
            column,
            "found `: ` inside a value that is not in quotes",
            f"{_QUOTE}{match['key']}: {_quoted(match['value'])}",
        )
    return (
        line,
        column,
        "found a mapping where the line above has a value already",
        "Is the line indented like its neighbours?",
    )


def _is_mapping(value: str) -> bool:
    """Return whether braces are closed where the value ends: valid YAML, but probably a mistake."""
    return re.fullmatch(r"\{\{[^{}]*\}\}", value) is not None


def _quoted(text: str) -> str:
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'
