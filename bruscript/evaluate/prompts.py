"""Prompts: `{{?name}}` in a request or its variables, whose values are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bruscript.evaluate.prepared import PreparedRequest
from bruscript.evaluate.scopes import Scopes


class Question(str):
    """A prompt's question: its name, with the default of `{{?name:default}}`.

    `default` is None where the prompt has none.
    """

    default: str | None = None

    @classmethod
    def of(cls, prompt: str) -> Question:
        """Take a prompt's text, between `{{?` and `}}`, apart at its first colon."""
        name, colon, default = prompt.partition(":")
        if not (colon and name.strip()):
            return cls(prompt)
        question = cls(name.strip())
        question.default = default.strip()
        return question


PROMPT: Final = re.compile(r"\{\{\?([^{}\s](?:[^{}]*[^{}\s])?)\}\}")


def prompts(prepared: PreparedRequest, scopes: Scopes) -> list[str]:
    """Return the texts of all prompts in the request, its scripts and the variables that it sees, each once.

    As in the reference a prompt counts everywhere, also in a variable that the request does not use.
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


def questions(prepared: PreparedRequest, scopes: Scopes) -> list[tuple[str, Question]]:
    """Return `prompts`, each with its question; a default counts for all of the same name."""
    pairs = [(prompt, Question.of(prompt)) for prompt in prompts(prepared, scopes)]
    defaults = {str(question): question.default for _, question in pairs if question.default is not None}
    for _, question in pairs:
        if question.default is None:
            question.default = defaults.get(str(question))
    return pairs


def extract(value: Any) -> Iterator[str]:
    """Yield the texts of the prompts in every text of a JSON value, in order."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if "{{?" in item:
                yield from PROMPT.findall(item)
        elif isinstance(item, Mapping):
            pending.extend(reversed(list(item.values())))
        elif isinstance(item, (list, tuple)):
            pending.extend(reversed(item))
