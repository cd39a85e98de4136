"""Does something for each OAuth 2.0 configuration of a collection, without sending its requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bruscript.auth.oauth2 import Config, OAuth2Error
from bruscript.collection.tree import Request
from bruscript.errors import BruscriptError
from bruscript.evaluate.merge import Effective, merge
from bruscript.evaluate.prompts import Question
from bruscript.records import record
from bruscript.runner.nothing import answers_wanted
from bruscript.runner.request import RequestRun
from bruscript.runner.session import Session
from bruscript.runner.subject_token import with_subject_token

if TYPE_CHECKING:
    from bruscript.auth.oauth2 import TokenManager
    from bruscript.auth.oauth2.credentials import Credentials
    from bruscript.collection import Collection
    from bruscript.evaluate import PreparedRequest
    from bruscript.runner.options import RunOptions
    from bruscript.runner.results import ScriptFailure
    from bruscript.sandbox import Segment


T = TypeVar("T")
Act = Callable[["TokenManager", Config], Awaitable[T]]


@record
class ConfigurationResult(Generic[T]):
    """The result for one configuration: a value, or the error.

    `unanswered` is whether a prompt of it has no answer; then nothing was done for any. `console` is what
    scripts printed, `warnings` name what has no effect.
    """

    config: Config
    value: T | None = None
    error: str | None = None
    unanswered: bool = False
    console: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


async def login(manager: TokenManager, config: Config) -> Credentials:
    """Fetch a token, whatever is kept, and keep it."""
    return await manager.login(config)


async def for_each_configuration(
    collection: Collection, requests: Iterable[Request], only: str | None, options: RunOptions, act: Act[T]
) -> list[ConfigurationResult[T]]:
    """Do `act` for each OAuth 2.0 configuration that `requests` use.

    `only` restricts it to one credentials id. Pre-request scripts of the collection and its folders run if a
    configuration has templates, those of a request if it has the configuration itself. Prompts are asked; if
    one has no answer, nothing is sent. An invalid configuration does not affect the others.
    """
    # Scripts' changes here are only for the tokens.
    session = Session(collection, replace(options, persist=False), ())
    requests = list(requests)
    async with session:
        session.learn_auth(requests)
        by_key: dict[Any, ConfigurationResult[T]] = {}
        for effective in _distinct(requests):
            rehearsal = _Rehearsal(session, effective)
            config, error = await rehearsal.configuration()
            if only in (None, config.credentials_id):
                unanswered = bool(rehearsal.unanswered)
                result: ConfigurationResult[T] = ConfigurationResult(config, None, error, unanswered)
                result.console = tuple(line.text for line in rehearsal.result.console)
                by_key.setdefault((config.key, error), result)
        results = list(by_key.values())
        if not any(result.unanswered for result in results):
            for result in results:
                if result.error is None:
                    await _serve(session, result, act)
        for result in results:
            if result.error:
                result.error = session.mask.mask(result.error, prose=True)
            result.warnings = tuple(session.mask.mask(session.tokens.warnings(result.config)))
            result.console = tuple(session.mask.mask(list(result.console)))
    return results


async def _serve(session: Session, result: ConfigurationResult[T], act: Act[T]) -> None:
    try:
        config = await with_subject_token(result.config, session, session.scopes(), 0)
        result.value = await act(session.tokens, config)
    except BruscriptError as error:
        result.error = str(error)


def _distinct(requests: Iterable[Request]) -> Iterator[Effective]:
    """One request for each block that may come out differently: by variables, or by scripts that run."""
    previous: set[Any] = set()
    for request in requests:
        effective = merge(request)
        if effective.auth.mode != "oauth2" or request.kind not in ("http", "graphql"):
            continue
        varies = _has_templates(effective)
        scripts = tuple((s.path, s.line) for s in _scripts(effective)) if varies else ()
        variables = repr((effective.folder_vars, effective.request_vars)) if varies else ""
        key = (effective.auth.source, variables, scripts)
        if key not in previous:
            previous.add(key)
            yield effective


def _has_templates(effective: Effective) -> bool:
    return "{{" in repr(effective.auth.config)


def _scripts(effective: Effective) -> list[Segment]:
    own = effective.auth.source == effective.definition.path
    return [segment for segment in effective.scripts.pre if own or segment.level != "request"]


def _located(failure: ScriptFailure, path: str) -> str:
    """Return the error of a script with its place; `path` is the file of its request."""
    place = (failure.path or path, failure.line, failure.column)
    return f"{':'.join(str(part) for part in place if part)}: {failure.name}: {failure.message}"


class _Rehearsal(RequestRun):
    """Takes a request as far as its token would be fetched."""

    def __init__(self, session: Session, effective: Effective) -> None:
        super().__init__(session, effective.definition, session.scopes(), 0)
        self._effective = effective
        self._config = Config.from_block(effective.auth.config)
        self.unanswered: dict[Question, None] = {}

    async def configuration(self) -> tuple[Config, str | None]:
        """Return the configuration, and what is wrong with it, if anything is."""
        await self.run()
        error = self.result.error or self.result.skip_reason
        if error is not None and self.result.script_failures:
            error = _located(self.result.script_failures[-1], self.request.relpath)
        if error is None and self.unanswered:
            error = f"Prompt without an answer. {answers_wanted(self.unanswered)}"
        if error is None:
            try:
                self._config.check()
            except OAuth2Error as problem:
                error = str(problem)
        return self._config, error

    async def _execute(self) -> None:
        effective = self._effective
        prepared = self._prepare(effective)
        self._config = self._answered(prepared)
        scripts = _scripts(effective)
        if scripts and _has_templates(effective):
            await self._pre_request(scripts)
            self._config = self._answered(prepared)

    async def exchange_now(self, changes: dict[str, Any]) -> dict[str, Any] | None:
        """Send nothing for a script that waits with `req.onFail`."""
        self._apply(changes)
        return None

    def _answered(self, prepared: PreparedRequest) -> Config:
        """Return the configuration with every prompt answered that somebody answers."""
        while True:
            config = self.exchange.token_config(prepared)
            prompts = [name[1:] for name in config.unresolved if name.startswith("?")]
            answers = {prompt: self._answer(prompt) for prompt in prompts}
            answers_by_prompt = {prompt: answer for prompt, answer in answers.items() if answer is not None}
            if not answers_by_prompt.keys() - self.scopes.prompt.keys():
                return config
            self.scopes.prompt.update(answers_by_prompt)

    def _answer(self, prompt: str) -> str | None:
        question = Question.of(prompt)
        answer = self.session.prompts.answer(prompt, question)
        if answer is None:
            self.unanswered[question] = None
        return answer
