"""Prompts: `{{?name}}` in a request or its variables, whose values are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bruscript.evaluate.prepared import PreparedRequest
from bruscript.evaluate.scopes import Scopes

_PROMPT: Final = re.compile(r"\{\{\?([^{}\s](?:[^{}]*[^{}\s])?)\}\}")


def prompts(prepared: PreparedRequest, scopes: Scopes) -> list[str]:
    """The names of all prompts in the request, its scripts and the variables that it sees, each once.

    As in the reference a prompt counts wherever it stands, also in a variable that the request does not use.
    """
    parts: list[Any] = [
        prepared.method,
        prepared.url,
        prepared.headers,
        prepared.disabled_headers,
        prepared.name,
        prepared.path_params,
        prepared.tags,
        prepared.data,
        prepared.auth.config,
        prepared.script_texts,
        scopes.global_env,
        scopes.environment,
        scopes.collection,
        scopes.folder,
        scopes.request,
        scopes.runtime,
    ]
    return list(dict.fromkeys(name for part in parts for name in extract(part)))


def extract(value: Any) -> Iterator[str]:
    """The names of the prompts in every text of a JSON value, in order."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if "{{?" in item:
                yield from _PROMPT.findall(item)
        elif isinstance(item, Mapping):
            pending.extend(reversed(list(item.values())))
        elif isinstance(item, (list, tuple)):
            pending.extend(reversed(item))
