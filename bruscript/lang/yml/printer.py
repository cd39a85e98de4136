"""From the reference's JSON to the text of an OpenCollection file, byte for byte as it writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from bruscript.lang.js import to_string, truthy
from bruscript.lang.values import SECRET_IDENTIFIERS
from bruscript.lang.yml.emit import emit
from bruscript.lang.yml.print_auth import auth_value
from bruscript.lang.yml.print_config import config_value, extensions_value
from bruscript.lang.yml.print_entries import (
    action_values,
    chosen,
    is_text,
    listed,
    pair_values,
    script_values,
    variable_text,
    variable_value,
    variable_values,
)
from bruscript.lang.yml.print_item import item_value
from bruscript.lang.yml.shapes import either, is_number, optional


def print_yml(data: dict[str, Any], kind: str) -> str:
    """Return the text of a file of this kind: request, collection, folder or environment.

    Raises ValueError for an item of a type that has no file.
    """
    return emit(values(data, kind))


def values(data: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the values of a file of this kind, as they are then written; see `print_yml`."""
    return _PRINTERS[kind](data)


def folder_values(data: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a folder.yml as `values` does, but with the auth mode `none` written.

    Without it the folder would inherit.
    """
    return _folder(data, none="none")


def _defaults(request: Any, *, auth: bool, none: str | None = None) -> dict[str, Any]:
    request = request if isinstance(request, dict) else {}
    variables = request.get("vars")
    mode = optional(request.get("auth"), "mode")
    defaults = chosen(
        headers=pair_values(request.get("headers")),
        auth=none if mode == "none" else auth_value(request.get("auth")),
        variables=variable_values(optional(variables, "req")),
        actions=action_values(optional(variables, "res")),
        scripts=script_values(request),
    )
    script = request.get("script")
    given = (
        any(key in defaults for key in ("headers", "variables", "actions"))
        or (mode == "none" and none is not None)
        or any(
            truthy(code) for code in (optional(script, "req"), optional(script, "res"), request.get("tests"))
        )
        or (mode != "none" if auth else truthy(mode) and mode != "none")
    )
    return {"request": defaults} if given else {}


def _markdown(docs: Any) -> dict[str, Any]:
    return {"docs": {"content": docs, "type": "text/markdown"}} if is_text(docs) else {}


def _folder(data: dict[str, Any], none: str | None = None) -> dict[str, Any]:
    meta = data.get("meta")
    seq = optional(meta, "seq")
    info = {"name": either(optional(meta, "name"), "Untitled Folder"), "type": "folder"}
    if is_number(seq) and abs(seq) < float("inf"):
        info["seq"] = seq
    return {
        "info": info,
        **_defaults(data.get("request"), auth=True, none=none),
        **_markdown(data.get("docs")),
    }


def _collection(data: dict[str, Any]) -> dict[str, Any]:
    root, config = data.get("collectionRoot") or {}, data.get("brunoConfig") or {}
    info = {"name": either(config.get("name"), "Untitled Collection")}
    version = config.get("version")
    if version is not None and version != "":
        info["version"] = to_string(version)
    return {
        "opencollection": "1.0.0",
        "info": info,
        **config_value(config),
        **_defaults(root.get("request"), auth=False),
        **_markdown(root.get("docs")),
        "bundled": False,
        "extensions": extensions_value(config),
    }


def _environment(data: dict[str, Any]) -> dict[str, Any]:
    result = {"name": data.get("name")} if "name" in data else {}
    if truthy(data.get("color")):
        result["color"] = data["color"]
    variables = [_environment_variable(entry) for entry in listed(data.get("variables"))]
    if variables:
        result["variables"] = variables
    external = data.get("externalSecrets")
    store = optional(external, "type")
    field = SECRET_IDENTIFIERS.get(store) if isinstance(store, str) else None
    if field is not None:
        result["externalSecrets"] = {
            "type": store,
            "variables": [
                {
                    "name": entry["name"],
                    field: variable_text(entry.get(field)),
                    **({"disabled": True} if entry.get("enabled") is False else {}),
                }
                for entry in listed(optional(external, "variables"))
                if truthy(optional(entry, "name"))
            ],
        }
    return result


def _environment_variable(entry: dict[str, Any]) -> dict[str, Any]:
    name, kind = either(entry.get("name"), ""), entry.get("dataType")
    result: dict[str, Any]
    if entry.get("secret") is True:
        result = {"secret": True, "name": name}
        if truthy(kind) and kind != "string":
            result["type"] = kind
    else:
        result = {"name": name, "value": variable_value(entry)}
    if entry.get("enabled") is False:
        result["disabled"] = True
    if "description" in entry:
        result["description"] = entry["description"]
    return result


_PRINTERS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "request": item_value,
    "collection": _collection,
    "folder": _folder,
    "environment": _environment,
}
