"""Values: indentation, data types and descriptions, as the reference reads them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from bruscript.lang import js

_SAFE: Final = 2**53
DATA_TYPES = ("string", "number", "boolean", "object")
"""The annotations that give a variable's type."""


SECRET_IDENTIFIERS = {
    "aws-secrets-manager": "secretName",
    "azure-key-vault": "vaultName",
    "gcp-secrets-manager": "projectId",
    "hashicorp-vault-cloud": "path",
    "hashicorp-vault-server": "path",
}
"""The field that refers to a secret, for each kind of external secret store."""


def outdent(text: str, blanks: int = 2) -> str:
    """Take up to `blanks` blanks, all or none, off the start of each line, and make every line end "\\n"."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    indent = " " * blanks
    return text.replace("\n" + indent, "\n").removeprefix(indent)


def described(entry: dict[str, Any], annotations: list[dict[str, Any]] | None) -> None:
    """Set the entry's description from its first `@description`."""
    for annotation in annotations or ():
        if annotation["name"] == "description":
            text = annotation.get("value", "")
            if "\n" in text:
                # Only a text of several lines has its quotes escaped.
                text = text.replace("\\'\\'\\'", "'''").replace("\\\\'", "\\'")
            entry["description"] = text
            return


def typed(entry: dict[str, Any], annotations: list[dict[str, Any]] | None) -> None:
    """Set the entry's type from its last type annotation, and its value to one of it if it reads as one."""
    names = [a["name"] for a in annotations or () if a["name"] in DATA_TYPES]
    if names and names[-1] != "string":
        entry["dataType"] = names[-1]
        if "value" in entry:
            entry["value"] = typed_value(entry["value"], names[-1])


def typed_value(value: Any, kind: str) -> Any:
    """Read `value`, as parsed, as a number, boolean or object; unchanged where it does not read as one."""
    if kind == "object":
        return _object(value)
    if kind == "boolean":
        return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
    if kind != "number":
        return value
    text = js.to_string(value)
    if isinstance(value, str) and not js.trim(value):
        return value
    number = js.exact_number(text)
    if number is None:
        return value
    # JSON has no infinity: the reference's comes out as null.
    return None if isinstance(number, float) and math.isinf(number) else number


def data_type(value: Any) -> str | None:
    """Return the type that is written beside a value; None for a text, and for null, whose text is empty."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "object" if isinstance(value, (dict, list)) else None


def variable_text(value: Any) -> str:
    """Return the text that is written for a variable's value."""
    if value is None:
        return ""
    return js.stringify(value) if isinstance(value, (dict, list)) else js.to_string(value)


def reads_as(text: str, value: Any) -> bool:
    """Return whether a variable with this text and the type of `value` has that value when it is read."""
    kind = data_type(value)
    if kind is None:
        return text == (value or "")
    read = typed_value(text, kind)
    return data_type(read) == kind and js.stringify(read, None) == js.stringify(value, None)


def _object(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        parsed = js.parse_json(js.trim(value))
    except ValueError:
        return value
    if "__proto__" in value:
        _drop_prototypes(parsed)
    return parsed if isinstance(parsed, (dict, list)) else value


def _drop_prototypes(value: Any) -> None:
    """Drop objects and lists named `__proto__`, which the reference does not copy."""
    if isinstance(value, dict):
        if isinstance(value.get("__proto__"), (dict, list)):
            del value["__proto__"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _drop_prototypes(item)


def holds_big(value: Any) -> bool:
    """Return whether a JSON value holds a whole number that a number of JavaScript's cannot hold exactly."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, int):
            if abs(item) > _SAFE:
                return True
        elif isinstance(item, Mapping):
            pending.extend(item.values())
        elif isinstance(item, (list, tuple)):
            pending.extend(item)
    return False
