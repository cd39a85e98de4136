"""Additional parameters of OAuth 2.0 whose values are made anew at each use, such as `{{$guid}}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bruscript.dynamic import names
from bruscript.evaluate.generated import DYNAMIC
from bruscript.evaluate.interpolate import interpolate
from bruscript.evaluate.scopes import Scopes
from bruscript.http.request import AuthConfig

_SCOPES = (
    *("runtime", "iteration", "environment", "global_env", "collection", "folder", "request"),
    *("prompt", "external", "process_env"),
)
"""The scopes whose values may ask for dynamic values."""


def mark_lasting_values(auth: AuthConfig, scopes: Scopes) -> AuthConfig:
    """Return `auth` with a value `lasting` beside that of each additional parameter with a template.

    It has everything but what is made anew at each use, which does not change what a token is good for.
    """
    parameters = auth.config.get("additionalParameters") or {}
    if not any(_has_template(entry) for entries in parameters.values() for entry in entries):
        return auth
    variables = _without_dynamic_values(scopes).combined()
    marked = {
        stage: [
            {**entry, "lasting": interpolate(_lasting(str(entry["value"])), variables)}
            if _has_template(entry)
            else entry
            for entry in entries
        ]
        for stage, entries in parameters.items()
    }
    return replace(auth, config={**auth.config, "additionalParameters": marked})


def _has_template(entry: Mapping[str, Any]) -> bool:
    return "{{" in str(entry.get("value"))


def _without_dynamic_values(scopes: Scopes) -> Scopes:
    values: dict[str, Any] = {
        scope: {k: _lasting(v) for k, v in getattr(scopes, scope).items()} for scope in _SCOPES
    }
    return replace(scopes, generated={}, **values)


def _lasting(value: Any) -> Any:
    """Return a variable's value, or a text, without the templates of dynamic values in it."""
    if isinstance(value, str):
        if "{{$" not in value:
            return value
        return DYNAMIC.sub(lambda match: "" if match[1] in names() else match[0], value)
    if isinstance(value, dict):
        return {key: _lasting(item) for key, item in value.items()}
    return [_lasting(item) for item in value] if isinstance(value, list) else value
