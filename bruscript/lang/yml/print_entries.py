"""The entries that all kinds of file are made of, from the reference's JSON."""

from __future__ import annotations

from typing import Any, Final

from bruscript.lang.choices import OPERATORS, UNARY_OPERATORS
from bruscript.lang.js import stringify, to_string, trim, truthy
from bruscript.lang.yml.shapes import MODES, either, optional

_TYPES: Final = {mode: kind for kind, mode in MODES.items()}


def is_text(value: Any) -> bool:
    """Return whether a value is a text that is more than blanks."""
    return isinstance(value, str) and trim(value) != ""


def listed(value: Any) -> list[Any]:
    """Return a value that is a list, or an empty one."""
    return value if isinstance(value, list) else []


def chosen(**entries: Any) -> dict[str, Any]:
    """Return the entries that are not None, which means left out."""
    return {key: value for key, value in entries.items() if value is not None}


def _marks(entry: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if is_text(entry.get("description")):
        result["description"] = entry["description"]
    if entry.get("enabled") is False:
        result["disabled"] = True
    return result


def pair_value(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the name and value of an entry."""
    return {"name": either(entry.get("name"), ""), "value": either(entry.get("value"), "")}


def pair_values(entries: Any) -> list[dict[str, Any]] | None:
    """Return headers or fields as entries; None for an empty list."""
    return [{**pair_value(entry), **_marks(entry)} for entry in listed(entries)] or None


def param_values(entries: Any) -> list[dict[str, Any]] | None:
    """Return parameters as entries."""
    return [
        {**pair_value(entry), **({"type": entry["type"]} if "type" in entry else {}), **_marks(entry)}
        for entry in listed(entries)
    ] or None


def variable_text(value: Any) -> str:
    """Return a variable's value as the text that a file has: objects as JSON, null as nothing."""
    if isinstance(value, (dict, list)):
        return stringify(value)
    return "" if value is None else to_string(value)


def variable_value(entry: dict[str, Any]) -> Any:
    """Return a variable's value, typed where it has a type."""
    value, kind = variable_text(entry.get("value")), entry.get("dataType")
    return {"type": kind, "data": value} if truthy(kind) and kind != "string" else value


def variable_values(entries: Any) -> list[dict[str, Any]] | None:
    """Return variables as entries."""
    return [
        {"name": either(entry.get("name"), ""), "value": variable_value(entry), **_marks(entry)}
        for entry in listed(entries)
    ] or None


def action_values(entries: Any) -> list[dict[str, Any]] | None:
    """Return what is set after the response as actions."""
    return [
        {
            "type": "set-variable",
            "phase": "after-response",
            "selector": {"expression": variable_text(entry.get("value")), "method": "jsonq"},
            "variable": {
                "name": either(entry.get("name"), ""),
                "scope": "request" if truthy(entry.get("local")) else "runtime",
            },
            **_marks(entry),
        }
        for entry in listed(entries)
    ] or None


def script_values(request: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return scripts and tests as entries, trimmed."""
    script = request.get("script")
    codes = {
        "before-request": optional(script, "req"),
        "after-response": optional(script, "res"),
        "tests": request.get("tests"),
    }
    return [{"type": kind, "code": trim(code)} for kind, code in codes.items() if is_text(code)] or None


def condition(value: Any) -> tuple[str, str | None]:
    """Split an assertion's text into its operator and its value, None if the operator takes none."""
    if not isinstance(value, str) or not value:
        return "eq", "" if not truthy(value) else value
    first, _, rest = trim(value).partition(" ")
    if first in UNARY_OPERATORS:
        return first, None
    return (first, rest) if first in OPERATORS else ("eq", value)


def assertion_values(entries: Any) -> list[dict[str, Any]] | None:
    """Return assertions as entries."""
    result = []
    for entry in listed(entries):
        operator, value = condition(entry.get("value"))
        item = {"expression": either(entry.get("name"), ""), "operator": operator}
        if value is not None:
            item["value"] = value
        result.append({**item, **_marks(entry)})
    return result or None


def body_value(body: Any) -> dict[str, Any] | None:
    """Return a body; None for a request without one."""
    mode = optional(body, "mode")
    kind = _TYPES.get(mode) if isinstance(mode, str) else None
    if kind is None:
        return None
    if mode in ("json", "text", "xml", "sparql"):
        return {"type": kind, "data": either(body.get(mode), "")}
    entries = listed(body.get(mode))
    data: Any = [_file(entry) if mode == "file" else _field(entry, mode) for entry in entries]
    return {"type": kind, "data": data} if data else {"type": kind}


def _field(entry: dict[str, Any], mode: str) -> dict[str, Any]:
    if mode == "formUrlEncoded":
        return {**pair_value(entry), **_marks(entry)}
    kind = entry.get("type")
    part = {
        "name": either(entry.get("name"), ""),
        **({"type": kind} if "type" in entry else {}),
        "value": either(entry.get("value"), [] if kind == "file" else ""),
    }
    if is_text(entry.get("contentType")):
        part["contentType"] = entry["contentType"]
    return {**part, **_marks(entry)}


def _file(entry: dict[str, Any]) -> dict[str, Any]:
    selected = entry.get("selected")
    return {
        "filePath": either(entry.get("filePath"), ""),
        "contentType": either(entry.get("contentType"), ""),
        "selected": False if selected is None else selected,
        **({"description": entry["description"]} if is_text(entry.get("description")) else {}),
    }
