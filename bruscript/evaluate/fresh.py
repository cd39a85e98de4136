"""Additional parameters of OAuth 2.0 whose values are made anew at each use, such as `{{$guid}}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bruscript.evaluate.scopes import Scopes
from bruscript.http.request import AuthConfig


def mark_fresh_values(auth: AuthConfig, scopes: Scopes, variables: Mapping[str, Any]) -> AuthConfig:
    """Return `auth` with `fresh` at the additional parameters whose values are made anew at each use.

    Such a value does not change what a token is good for.
    """
    parameters = auth.config.get("additionalParameters") or {}
    if not any(_has_template(entry) for entries in parameters.values() for entry in entries):
        return auth
    marked = {
        stage: [
            {**entry, "fresh": True}
            if _has_template(entry) and _is_fresh(str(entry["value"]), scopes, variables)
            else entry
            for entry in entries
        ]
        for stage, entries in parameters.items()
    }
    return replace(auth, config={**auth.config, "additionalParameters": marked})


def _has_template(entry: Mapping[str, Any]) -> bool:
    return "{{" in str(entry.get("value"))


def _is_fresh(text: str, scopes: Scopes, variables: Mapping[str, Any]) -> bool:
    visited: set[str] = set()
    pending = [text]
    while pending:
        for name in _names(pending.pop()):
            if name.startswith("$") and not name.startswith("$oauth2."):
                return True
            # Dynamic parts of the environment's values have been resolved in `variables`.
            value = scopes.environment.get(name, variables.get(name))
            if name not in visited and isinstance(value, str):
                visited.add(name)
                pending.append(value)
    return False


def _names(text: str) -> Iterator[str]:
    for part in text.split("{{")[1:]:
        name, closed, _ = part.partition("}}")
        if closed:
            yield name.strip()
