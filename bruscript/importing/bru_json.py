"""The JSON of `.bru` files from the JSON of Bruno's app, in which converters give a collection."""

from __future__ import annotations

from typing import Any, Final

_TYPES: Final = {"http-request": "http", "graphql-request": "graphql"}


def request_json(item: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON of a request's file."""
    request = item["request"]
    auth, body, variables = request["auth"], request["body"], request["vars"]
    return {
        "meta": {
            "name": item["name"],
            "type": _TYPES[item["type"]],
            "seq": item["seq"],
            "tags": item["tags"],
        },
        "http": {
            # An own method keeps its special characters.
            "method": str(request["method"]).lower(),
            "url": request["url"],
            "auth": auth.get("mode", "none"),
            "body": body.get("mode", "none"),
        },
        **{key: request[key] for key in ("params", "body", "headers", "auth", "script")},
        "vars": {phase: variables.get(phase) or [] for phase in ("req", "res")},
        **{key: request[key] for key in ("assertions", "tests")},
        "settings": item["settings"],
        "docs": request["docs"],
        "examples": [_example_json(example) for example in item["examples"]],
    }


def _example_json(example: dict[str, Any]) -> dict[str, Any]:
    request = example.get("request") or {}
    return {
        "name": example.get("name"),
        "description": example.get("description", ""),
        "request": {
            "method": request.get("method"),
            "url": request.get("url"),
            "headers": request.get("headers", []),
            "body": request.get("body", {}),
            "params": request.get("params", []),
        },
        "response": example.get("response", {}),
    }


def root_json(root: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON of a collection's or a folder's file."""
    request = root.get("request") or {}
    script, variables = request.get("script") or {}, request.get("vars") or {}
    result: dict[str, Any] = {
        "headers": request.get("headers", []),
        "script": {phase: script.get(phase, "") for phase in ("req", "res")},
        "vars": {phase: variables.get(phase, []) for phase in ("req", "res")},
        "tests": request.get("tests", ""),
        "auth": request.get("auth", {}),
        "docs": root.get("docs", ""),
    }
    if meta := root.get("meta"):
        result["meta"] = {key: meta[key] for key in ("name", "seq") if meta.get(key) is not None}
    return result
