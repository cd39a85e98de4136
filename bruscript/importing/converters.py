"""Bruno's own converters, from npm: they run in the sandbox, which has no rights here."""

from __future__ import annotations

import json
from dataclasses import field
from pathlib import Path
from typing import Any, Final, Literal

from bruscript.errors import BruscriptError, InvalidFileError
from bruscript.importing.notes import notes_of
from bruscript.lang.errors import pointed_at, visible
from bruscript.lang.redaction import redacted
from bruscript.records import record

Source = Literal["openapi", "wsdl", "postman", "insomnia"]

_BUNDLE: Final = "tool/converters"
_PROGRAM: Final = Path(__file__).with_name("convert.js")
_TIMEOUT_S: Final = 300.0
_MEMORY_MIB: Final = 512
_LONGEST_LINE: Final = 200
_TITLES: Final = {
    "openapi": "an OpenAPI document",
    "wsdl": "a WSDL document",
    "postman": "a Postman collection",
    "insomnia": "an Insomnia export",
}
_EXPECTED: Final = {
    "openapi": "It has neither `openapi` nor `swagger` at its top.",
    "postman": "It has no `info` and `item` at its top.",
    "insomnia": "It has neither `_type: export` nor the `type` of a collection at its top.",
}


@record(frozen=True)
class Imported:
    """A collection as Bruno's app has it in JSON: name, items, environments, root.

    `issues` names parts that could not be converted and are left out, `notes` what else the user should know,
    such as the packages that scripts require.
    """

    collection: dict[str, Any]
    issues: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def requests(self) -> int:
        """Return how many requests the collection has."""
        return _count(self.collection["items"])


def _count(items: list[dict[str, Any]]) -> int:
    return sum(_count(item.get("items") or []) if item["type"] == "folder" else 1 for item in items)


def convert_text(text: str, source: Source, name: str, *, group_by: str = "tags") -> Imported:
    """Convert the text of a specification or an export; `name` is the file or URL, for messages.

    `group_by` (tags, path) is how an OpenAPI document's operations come into folders. Raises
    InvalidFileError for a text that is not what it should be, and BruscriptError where the converter fails.
    """
    outcome = _run(text, source, {"groupBy": group_by})
    if "error" in outcome:
        raise _error(outcome["error"], text, source, name)
    issues = [f"Left out: {issue['path']}: {issue['message']}" for issue in outcome["issues"]]
    return Imported(outcome["collection"], issues, notes_of(outcome))


def _run(text: str, source: Source, options: dict[str, Any]) -> Any:
    from bruscript.sandbox import Permissions, SharedSandbox, read_bundle

    arguments = {"kind": source, "input": text, "options": options}
    # On one line, so that places in the bundle are the bundle's.
    head = "".join(f"const {key} = {_literal(value)};" for key, value in arguments.items())
    program = (
        f"{head}const module = {{ exports: {{}} }};"
        f"((module, exports, require) => {{{read_bundle(_BUNDLE)}\n}})(module, module.exports, require);\n"
        f"{_PROGRAM.read_text(encoding='utf-8')}"
    )
    nothing = Permissions(allow_read=(), allow_write=(), allow_net=(), allow_env=())
    with SharedSandbox(
        "developer",  # safe mode lacks node:os, which one of the libraries asks for the line end
        script_timeout=_TIMEOUT_S,
        script_memory=_MEMORY_MIB,
        permissions=nothing,
        workers=1,
    ) as sandbox:
        result = sandbox.run_script(program, path=_PROGRAM)
    if result.error is not None:
        raise BruscriptError(f"The converter failed: {result.error.message}")
    return json.loads(result.variables["result"])


def _literal(value: Any) -> str:
    # JSON is JavaScript; lone surrogates and line separators are escaped.
    return json.dumps(value)


def _error(error: dict[str, Any], text: str, source: Source, name: str) -> BruscriptError:
    if error.get("json"):
        return InvalidFileError(_json_message(text, name))
    message = error["message"]
    if "line" in error:
        return InvalidFileError(_at(text, name, error["line"], error["column"], f"not valid YAML: {message}"))
    if not error["refused"]:
        return BruscriptError(
            f"{name} cannot be converted: {message}",
            hint="Bruno's converter failed on this document: is it valid?",
        )
    mistake = error.get("found")
    if mistake:
        hint = f"It looks like {_TITLES[mistake]}: use `bruscript import {mistake}`."
    elif source != "wsdl" and text.lstrip().startswith("<"):
        hint = "It is XML or HTML."
        if "definitions" in text[:4096]:
            hint = "It looks like a WSDL document: use `bruscript import wsdl`."
    else:
        hint = _EXPECTED.get(source, "")
    return InvalidFileError(f"{name} is {message}", hint=hint or None)


def _at(text: str, name: str, line: int, column: int, what: str) -> str:
    """Return a message with its place and, unless that is very long, the line itself."""
    source_line = (
        redacted(text, "yml", broken=True).split("\n")[line - 1] if line <= text.count("\n") + 1 else ""
    )
    lines = [f"{name}:{line}:{column}: {what}"]
    if source_line.strip() and len(source_line) <= _LONGEST_LINE:
        lines += pointed_at(source_line, line, column)
    return visible("\n".join(lines))


def _json_message(text: str, name: str) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return _at(text, name, error.lineno, error.colno, f"not valid JSON: {error.msg}")
    except RecursionError:
        return f"{name}: JSON nested too deeply"
    return f"{name}: not valid JSON"
