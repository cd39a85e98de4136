"""A request as it would be sent, without sending it or running its scripts."""

from __future__ import annotations

import asyncio
from dataclasses import field
from typing import TYPE_CHECKING, Any

from bruscript.evaluate.merge import merge
from bruscript.evaluate.prepare import prepare
from bruscript.evaluate.prompts import Question, prompts
from bruscript.evaluate.resolve import resolve
from bruscript.masking.names import is_secret, is_secret_name
from bruscript.records import record
from bruscript.runner.session import Session

if TYPE_CHECKING:
    from bruscript.collection import Collection
    from bruscript.collection.tree import Request
    from bruscript.evaluate import Scopes
    from bruscript.http import AuthConfig, OutgoingRequest
    from bruscript.masking import Mask
    from bruscript.runner.options import RunOptions

_SECRET_SETTINGS = ("password", "token", "value", "secretAccessKey", "sessionToken")


@record
class Rehearsed:
    """The request that would be sent. `secrets` are its secret values, with their names; `mask` has more.

    `has_scripts` says that scripts, which have not run, could change it.
    """

    outgoing: OutgoingRequest
    mask: Mask
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    has_scripts: bool = False


def rehearse(collection: Collection, request: Request, options: RunOptions) -> Rehearsed:
    """Return what a run with these options would send. Raises BruscriptError."""
    return asyncio.run(_rehearse(collection, request, options))


async def _rehearse(collection: Collection, request: Request, options: RunOptions) -> Rehearsed:
    async with Session(collection, options, ()) as session:
        effective = merge(request)
        scopes = session.scopes()
        scopes.enter(effective)
        session.secrets.auth(effective.auth)
        prepared = prepare(effective, collection, scopes)
        for prompt in prompts(prepared, scopes):
            question = Question.of(prompt)
            answer = session.answer(prompt, question)
            if answer is not None:
                scopes.prompt[prompt] = scopes.prompt[question] = answer
        session.secrets.scopes(scopes)
        outgoing = resolve(prepared, scopes)
        session.secrets.request(outgoing)
        environment = session.variables.environment
        declared = environment.secrets if environment else ()
        secrets = dict(_secrets(scopes, set(declared), set(options.mask), set(options.no_mask)))
        secrets |= {value: name for value, name in _settings(outgoing.auth) if value not in secrets}
        return Rehearsed(outgoing, session.mask, secrets, bool(effective.scripts.pre))


def _secrets(
    scopes: Scopes, declared: set[str], masked: set[str], unmasked: set[str]
) -> list[tuple[str, str]]:
    pairs: list[tuple[str, Any]] = [
        (name, value) for name, value in scopes.process_env.items() if is_secret(name, value)
    ]
    values = scopes.combined()
    pairs += [(name, value) for name, value in values.items() if name in declared | masked]
    pairs += [(name, value) for name, value in scopes.prompt.items() if is_secret_name(name)]
    pairs += list(_texts(scopes.external))
    return [(str(value), name) for name, value in pairs if value not in (None, "") and name not in unmasked]


def _texts(value: Any, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _texts(item, str(key))]
    return [(name, value)] if isinstance(value, str) else []


def _settings(auth: AuthConfig) -> list[tuple[str, str]]:
    settings = [(auth.config.get(name), name) for name in _SECRET_SETTINGS]
    names = {"value": "API_KEY"}
    return [(str(value), names.get(name, name)) for value, name in settings if value]
