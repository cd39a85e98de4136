"""Access to values as JavaScript has it, and the parts that all kinds of file are made of."""

from __future__ import annotations

from typing import Any, Final

from bruscript.lang import js
from bruscript.lang.values import DATA_TYPES, typed_value
from bruscript.lang.yml.scalars import spelling

MODES: Final = {
    "json": "json",
    "text": "text",
    "xml": "xml",
    "sparql": "sparql",
    "form-urlencoded": "formUrlEncoded",
    "multipart-form": "multipartForm",
    "file": "file",
}
"""The body types of the format, and what they are called in Bruno's JSON."""


class Refused(Exception):
    """A value has a shape that the reference's parser fails on."""


def member(value: Any, key: str) -> Any:
    """Return `value.key`: None if a value has no such member, Refused if it cannot have members."""
    if type(value) is dict:
        return value.get(key)
    if value is None:
        raise Refused(f"found nothing, expected a mapping with `{key}`")
    return None


def optional(value: Any, key: str) -> Any:
    """Return `value?.key`."""
    return value.get(key) if type(value) is dict else None


def has(value: Any, key: str) -> bool:
    """Return `key in value`."""
    if isinstance(value, dict):
        return key in value
    if isinstance(value, list):
        return False
    raise Refused(f"expected a mapping with `{key}`")


def rows(value: Any) -> list[Any]:
    """Return a list to be mapped over, [] for what counts as empty; Refused for what has a length only."""
    if type(value) is list:
        return value
    length = len(value) if isinstance(value, str) else optional(value, "length")
    if js.truthy(length):
        raise Refused("expected a list")
    return []


def text(value: Any, default: str = "") -> str:
    """Return a value as text; a number with a special spelling keeps it."""
    if type(value) is str:
        return value
    if value is None:
        return default
    return spelling(value) or js.to_string(value)


def is_number(value: Any) -> bool:
    """Return whether a value is a number, which true and false are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def either(value: Any, default: Any) -> Any:
    """Return `value || default`."""
    return value if js.truthy(value) else default


def _describe(entry: dict[str, Any], source: Any, *, blank: bool) -> None:
    """Set an entry's description, which is a text or `{content}`; a blank one only with `blank`."""
    description = source.get("description") if type(source) is dict else None
    if not js.truthy(description):
        return
    content = description if isinstance(description, str) else optional(description, "content")
    if blank:
        entry["description"] = either(content, "")
    elif has_content(content):
        entry["description"] = content


def has_content(content: Any) -> bool:
    """Return `content?.trim().length`."""
    if content is not None and not isinstance(content, str):
        raise Refused("expected a text")
    return content is not None and js.trim(content) != ""


def pair(source: Any) -> dict[str, Any]:
    """Read an entry's name, value and whether it is enabled."""
    return {
        "name": text(member(source, "name")),
        "value": text(member(source, "value")),
        "enabled": member(source, "disabled") is not True,
    }


def headers(value: Any) -> list[dict[str, Any]]:
    """Read a list of headers."""
    result = []
    for source in rows(value):
        entry = pair(source)
        has(source, "disabled")
        _describe(entry, source, blank=True)
        result.append(entry)
    return result


def params(value: Any) -> list[dict[str, Any]]:
    """Read a list of query and path parameters."""
    result = []
    for source in rows(value):
        entry = {
            "name": text(member(source, "name")),
            "value": text(member(source, "value")),
            "type": member(source, "type"),
            "enabled": member(source, "disabled") is not True,
        }
        if not has_key(source, "type"):
            del entry["type"]
        _describe(entry, source, blank=False)
        result.append(entry)
    return result


def has_key(value: Any, key: str) -> bool:
    """Return whether `value` is a mapping with this key: what JavaScript finds undefined, JSON leaves out."""
    return type(value) is dict and key in value


def pairs(value: Any) -> list[dict[str, Any]]:
    """Read a list of form fields or gRPC metadata."""
    result = []
    for source in value:
        entry = pair(source)
        _describe(entry, source, blank=False)
        result.append(entry)
    return result


def mapped(value: Any) -> list[Any]:
    """Return `value?.map(…)`: a list, [] for nothing; Refused for anything else."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Refused("expected a list")
    return value


def assertions(value: Any) -> list[dict[str, Any]]:
    """Read a list of assertions; their JSON has operator and value in one text."""
    result = []
    for source in rows(value):
        operator, expected = member(source, "operator"), member(source, "value")
        condition = text(operator)
        if expected is not None:
            name = "undefined" if not has_key(source, "operator") else _template(operator)
            condition = f"{name} {text(expected)}"
        entry = {
            "name": text(member(source, "expression")),
            "value": condition,
            "enabled": member(source, "disabled") is not True,
        }
        _describe(entry, source, blank=False)
        result.append(entry)
    return result


def _template(value: Any) -> str:
    return "null" if value is None else text(value)


def variable_value(value: Any) -> dict[str, Any]:
    """Read a variable's value, which may be typed: `{type, data}`."""
    if type(value) is not dict or "type" not in value or "data" not in value:
        return {"value": text(value)}
    kind, data = value["type"], text(value["data"])
    if kind not in DATA_TYPES or kind == "string":
        return {"value": data}
    read = typed_value(data, kind)
    # What has no JSON is a number all the same, until it becomes JSON.
    return {"value": js.number(data) if read is None else read, "dataType": kind}


def variables(value: Any) -> list[dict[str, Any]]:
    """Read the variables of a request, folder or collection."""
    result = []
    for source in rows(value):
        entry = {
            "name": text(member(source, "name")),
            "enabled": member(source, "disabled") is not True,
            "local": False,
            **variable_value(member(source, "value")),
        }
        _describe(entry, source, blank=True)
        result.append(entry)
    return result


def environment_variables(value: Any) -> list[dict[str, Any]]:
    """Read the variables of an environment, secret ones without a value."""
    result = []
    for source in rows(value):
        secret = has(source, "secret") and source["secret"] is True
        entry: dict[str, Any] = {
            "name": text(member(source, "name")),
            "value": "",
            "type": "text",
            "enabled": member(source, "disabled") is not True,
            "secret": secret,
        }
        if not secret:
            entry.update(variable_value(member(source, "value")))
        elif js.truthy(source.get("type")) and source["type"] not in ("string", "null"):
            entry["dataType"] = source["type"]
        _describe(entry, source, blank=True)
        result.append(entry)
    return result


def actions(value: Any) -> list[dict[str, Any]]:
    """Read what is set after the response: `set-variable` actions of that phase; others are ignored."""
    result = []
    for source in rows(value):
        if member(source, "type") == "set-variable" and member(source, "phase") == "after-response":
            entry = {
                "name": text(optional(member(source, "variable"), "name")),
                "value": text(optional(member(source, "selector"), "expression")),
                "enabled": member(source, "disabled") is not True,
                "local": False,
            }
            _describe(entry, source, blank=True)
            result.append(entry)
    return result


def scripts(target: dict[str, Any], value: Any) -> None:
    """Set a request's scripts and tests; of several of a type the last that is not empty counts."""
    for source in value if isinstance(value, list) else ():
        kind, code = member(source, "type"), member(source, "code")
        if not js.truthy(code):
            continue
        if kind == "before-request":
            target["script"]["req"] = code
        elif kind == "after-response":
            target["script"]["res"] = code
        elif kind == "tests":
            target["tests"] = code


def empty_body() -> dict[str, Any]:
    """Return the body of a request without one."""
    texts = dict.fromkeys(("json", "text", "xml", "sparql"))
    return {"mode": "none", **texts, "formUrlEncoded": [], "multipartForm": [], "graphql": None, "file": []}


def body(value: Any) -> dict[str, Any]:
    """Read a body; an unknown type gives a body without content."""
    result = empty_body()
    mode = MODES.get(kind) if isinstance(kind := optional(value, "type"), str) else None
    if mode is None:
        return result
    result["mode"] = mode
    data = value.get("data")
    if mode == "formUrlEncoded":
        result[mode] = pairs(mapped(data))
    elif mode == "multipartForm":
        result[mode] = [_part(source) for source in mapped(data)]
    elif mode == "file":
        result[mode] = [_file(source) for source in mapped(data)]
    else:
        result[mode] = either(data, "")
    return result


def _part(source: Any) -> dict[str, Any]:
    kind, value = member(source, "type"), member(source, "value")
    entry = {
        "type": kind,
        "name": text(member(source, "name")),
        "value": either(value, []) if kind == "file" else text(value),
        "contentType": either(member(source, "contentType"), None),
        "enabled": member(source, "disabled") is not True,
    }
    if not has_key(source, "type"):
        del entry["type"]
    _describe(entry, source, blank=False)
    return entry


def _file(source: Any) -> dict[str, Any]:
    selected = member(source, "selected")
    entry = {
        "filePath": either(member(source, "filePath"), ""),
        "contentType": either(member(source, "contentType"), ""),
        "selected": False if selected is None else selected,
    }
    _describe(entry, source, blank=False)
    return entry
