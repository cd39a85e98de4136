"""The state that all requests of one run share: client, tokens, sandbox, variables, mask, reporters."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, suppress
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bruscript.collection.data import DataFile, merged_rows
from bruscript.errors import BruscriptError
from bruscript.evaluate.interpolate import interpolate
from bruscript.evaluate.scopes import Scopes
from bruscript.files import readable_path, sweep, sync_directories
from bruscript.http.cookies import CookieJar
from bruscript.http.sent import TOKENS
from bruscript.lang.values import holds_big
from bruscript.masking import Mask
from bruscript.masking.messages import mask_error, own_message
from bruscript.option_names import option
from bruscript.runner.auth_secrets import AuthSecrets
from bruscript.runner.by_hand import ByHand, by_hand
from bruscript.runner.events import Event, Notice, Reporter
from bruscript.runner.own_reporter import lost_report
from bruscript.runner.passed_over import PassedOver
from bruscript.runner.prompts import Prompts
from bruscript.runner.secrets import RunSecrets
from bruscript.runner.unset import UnsetVariables
from bruscript.runner.variables import load_variables
from bruscript.runner.write_back import WriteBack
from bruscript.sandbox import Permissions, Sandbox, Services, SharedSandbox

if TYPE_CHECKING:
    from types import TracebackType

    from bruscript.auth.oauth2 import TokenKey, TokenManager
    from bruscript.collection import Collection, Request
    from bruscript.evaluate import PreparedRequest
    from bruscript.http import Client, OutgoingRequest, Response
    from bruscript.runner.identities import Identities
    from bruscript.runner.options import RunOptions

_ALLOWED = ("allow_read", "allow_write", "allow_net", "allow_env")
_DENIED = ("deny_read", "deny_write", "deny_net", "deny_env")


class Session:
    """Opens what a run needs, hands it out, and closes it again.

    The sandbox's worker is started first of all: it gets ready while variables are read.
    """

    def __init__(
        self,
        collection: Collection,
        options: RunOptions,
        reporters: Iterable[Reporter],
        sandbox: Sandbox | None = None,
    ) -> None:
        self.collection = collection
        self.options = options = options.located(collection.path)
        self.mask = Mask()
        self.secrets = RunSecrets(self.mask, options.mask, options.no_mask)
        self._reporters = list(reporters)
        self.errors: list[str] = []
        """The messages of level "error", which belong to no request, each once."""
        self.warnings: list[str] = []
        """Those of level "warning"."""
        self.reports_lost = False
        """Whether a reporter could not write what it should."""
        self.prompts = Prompts(options, self.secrets)
        self._stack = AsyncExitStack()
        self._own_sandbox = sandbox is None
        self.sandbox = sandbox or sandbox_of(options, SharedSandbox)
        scripts = collection.config.get("scripts") or {}
        self.jar = CookieJar()
        """The cookies of the run."""
        self.context_roots: list[str] = scripts.get("additionalContextRoots") or []
        self.services = Services(options.sandbox, _permissions(options), collection.path, self.context_roots)
        self.passed_over = PassedOver()
        self._touched_credentials: set[str] = set()

    async def __aenter__(self) -> Session:
        """Start the worker and read the variables. Raises BruscriptError."""
        options, stack = self.options, self._stack
        # The worker gets ready while the parent imports what the rest needs.
        self.sandbox.start()
        stack.callback(self.services.close)
        if self._own_sandbox:
            stack.push_async_callback(self.sandbox.aclose)
        try:
            from bruscript.runner.network import client_config

            self.variables = load_variables(self.collection, options, self.secrets)
            self.write_back = WriteBack(self.collection, self.variables, self.mask, self.emit)
            """Scripts' changes to variables on their way to files."""
            sweep(*self._directories())
            self.data_files = data_files(options)
            for file in self.data_files:
                if text := file.bad_bytes():
                    self.variables.warn(text)
            self.iterations = self._count_iterations()
            await self._fetch_secrets()
            self._client_config = client_config(self.collection, options, self.scopes(), self.variables.warn)
            self.secrets.client(self._client_config)
            self.variables.notices += [("warning", text) for text in self.mask.warnings()]
            # Importing the client takes 20 ms, in which the first script may run.
            asyncio.get_running_loop().call_soon(getattr, self, "client")
            if options.token_store:
                # A store that cannot be used is an error before the first request.
                self.tokens.variables()
        except BaseException as error:
            if isinstance(error, BruscriptError):
                mask_error(self.mask, error)
            await stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        if isinstance(error, BruscriptError):
            mask_error(self.mask, error)
        # Each file was on the disk before it took its place; that it did is synced once, since it takes long.
        sync_directories(*self.write_back.directories)

    def _directories(self) -> Iterator[Path]:
        """Yield the directories that variables are written back to."""
        yield self.collection.path
        for file in (self.variables.environment_file, self.variables.global_file):
            if file is not None:
                yield file.parent

    async def _fetch_secrets(self) -> None:
        """Ask secret managers for what the environment declares; who has none imports nothing for it."""
        variables, file = self.variables, self.options.secrets_env_file
        environment = variables.environment
        if file is None and not (environment and environment.external):
            return
        from bruscript.runner.network import client_config
        from bruscript.secret_managers import fetch_secrets

        scopes = self.scopes()
        combined = scopes.combined()
        fetched = await fetch_secrets(
            environment,
            Path(os.path.abspath(file)) if file is not None else None,
            root=self.collection.path,
            resolve=lambda text: str(interpolate(text, combined)),
            tls=client_config(self.collection, self.options, scopes),
            mask=self.mask,
            verbose=self.options.verbose,
        )
        variables.external = fetched.variables
        self.secrets.variables(fetched.variables)
        variables.notices += fetched.notices

    @cached_property
    def client(self) -> Client:
        """The HTTP client, with the cookies of `jar`."""
        from bruscript.http import Client

        client = Client(self._client_config, self.jar)
        self._stack.push_async_callback(client.aclose)
        return client

    @cached_property
    def tokens(self) -> TokenManager:
        """The run's tokens; loaded when the first request wants one. Raises TokenStoreError."""
        from bruscript.auth.oauth2 import ManagerOptions, TokenManager, open_store

        options = self.options
        return TokenManager(
            open_store(options.token_store),
            self._send_for_token,
            ManagerOptions(
                timeout=options.oauth2_timeout,
                authorize=options.authorize,
                retry_unauthorized=options.retry_unauthorized,
                mask=self.mask,
            ),
        )

    async def _send_for_token(self, request: OutgoingRequest) -> Response:
        request.sent_by = TOKENS
        return await self.client.send(request)

    @cached_property
    def identities(self) -> Identities:
        """The OAuth 2.0 configurations of the collection."""
        from bruscript.runner.identities import Identities

        return Identities(self.collection)

    def token_variables(
        self, scopes: Scopes, prepared: PreparedRequest | None, own: TokenKey | None
    ) -> dict[str, Any]:
        """Return the fields of the tokens that a request may see, by `$oauth2.<id>.<field>`."""
        if "tokens" not in vars(self):
            return {}
        return self.identities.variables(self.tokens, scopes, prepared, own)

    def scopes(self) -> Scopes:
        """Return the variables that an iteration begins with, its own copy."""
        variables = self.variables
        return Scopes(
            environment=deepcopy(variables.values),
            global_env=deepcopy(variables.global_values),
            process_env=variables.process_env,
            visible_env=self._visible_env,
            touched_credentials=self._touched_credentials,
            external=deepcopy(variables.external),
            environment_name=variables.environment_name,
            global_name=variables.global_name,
            exact=holds_big(variables.values) or holds_big(variables.global_values),
        )

    def learn_auth(self, requests: Iterable[Request]) -> None:
        """Have the mask know the secrets of the auth that `requests` have."""
        self.auth_secrets = AuthSecrets(requests, self.collection.path, self.secrets, self.mask)
        self.auth_secrets.learn(self.scopes())

    @cached_property
    def unset(self) -> UnsetVariables:
        """The reporter of variables that are not set."""
        variables = self.variables
        environments = (variables.environment_file, variables.global_file)
        strict = self.options.strict_variables
        return UnsetVariables(self.collection, environments, variables.empty_secrets, strict=strict)

    @cached_property
    def _visible_env(self) -> Mapping[str, str] | None:
        """The variables of the process and of `.env` that scripts may see; None for all."""
        env = self.variables.process_env
        visible = self.services.policy.visible_env(env)
        return None if visible is env else visible

    @property
    def environment_name(self) -> str | None:
        """The name of the run's environment, None without one."""
        return self.variables.environment_name

    @property
    def by_hand(self) -> ByHand:
        """How to send a request by hand."""
        return by_hand(self.options, self.environment_name, self.mask)

    def first_notices(self) -> Iterator[Notice]:
        """Yield the notices to show before the first request."""
        yield from (Notice("warning", text) for text in self.collection.warnings)
        yield from (Notice(level, text) for level, text in self.variables.notices)

    def last_notices(self) -> Iterator[Notice]:
        """Yield the notices to show after the last request."""
        yield from (Notice("warning", text) for text in self.secrets.unseen())
        yield from (Notice("warning", text) for text in self.prompts.unused())

    def _count_iterations(self) -> int:
        """Return how many iterations the run has, and say what is left out: as in the reference, the rows of
        the last data file count.
        """
        wanted = self.options.iteration_count
        if not self.data_files:
            return wanted
        *others, last = self.data_files
        count = last.count()
        if wanted not in (1, count):
            rows = readable_path(last.path)
            text = f"{option('--iteration-count')} has no effect: the iterations are the rows of {rows}."
            self.variables.warn(text)
        for file in others:
            if (found := file.count()) > count:
                text = f"{readable_path(file.path)} has {found} rows, {readable_path(last.path)} {count}: "
                text += "the rows after those are left out."
                self.variables.warn(text)
        return count

    def rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the iterations: their numbers, from 0, with their rows of the data file."""
        rows = merged_rows(self.data_files) if self.data_files else iter(())
        for index in range(self.iterations):
            yield index, next(rows, {})

    @property
    def rows_touched(self) -> bool:
        """Whether scripts have written a file that rows are read from."""
        return any(self.services.has_written(file.path) for file in self.data_files)

    def apply_variables(self, scopes: Scopes, changes: Mapping[str, Any]) -> None:
        """Take over the scopes that a script changed, and write them back where the run persists them.

        `changes` are those of a job: its keys `variables`, `deleted` and `unset` count. A variable that was
        only set to nothing is gone for the run, but stays in its file.
        """
        variables = changes.get("variables") or {}
        deleted, unset = (_names(changes.get(key)) for key in ("deleted", "unset"))
        removed = {key: deleted.get(key, frozenset()) | unset.get(key, frozenset()) for key in variables}
        before = scopes.to_state() if self.options.persist else {}
        scopes.apply(variables, removed)
        if before:
            self.write_back.write(before, scopes, deleted)
        self.secrets.scopes(scopes)

    def emit(self, event: Event) -> None:
        """Send the event to every reporter; one that raises is dropped, with a notice to the others.

        A closed pipe (`| head`) is not a failure.
        """
        if isinstance(event, Notice):
            event = Notice(event.level, own_message(self.mask, event.text))
            kept = {"error": self.errors, "warning": self.warnings}.get(event.level)
            if kept is not None and event.text not in kept:
                kept.append(event.text)
        for reporter in list(self._reporters):
            try:
                reporter.handle(event)
            except BrokenPipeError:
                self._give_up(reporter)
            except Exception as error:
                self._give_up(reporter)
                self._lose(reporter, error)

    def _give_up(self, reporter: Reporter) -> None:
        self._reporters.remove(reporter)
        with suppress(Exception):
            reporter.close()

    def _lose(self, reporter: Reporter, error: Exception) -> None:
        self.reports_lost = True
        self.emit(Notice("error", lost_report(reporter, error)))

    def close_reporters(self) -> None:
        """Let every reporter finish; the first one, the terminal's, gets the failures."""
        while self._reporters:
            reporter = self._reporters.pop()
            try:
                reporter.close()
            except BrokenPipeError:
                continue
            except Exception as error:
                self._lose(reporter, error)


def sandbox_of(options: RunOptions, kind: type[Sandbox] = Sandbox) -> Sandbox:
    """Return a sandbox for scripts that run with these options."""
    return kind(
        mode=options.sandbox,
        isolation=options.isolation,
        script_timeout=options.script_timeout,
        script_memory=options.script_memory,
    )


def _names(names: Any) -> dict[str, frozenset[str]]:
    """Return the names of variables by scope, as a job gives them."""
    by_scope = names if isinstance(names, dict) else {}
    return {key: frozenset(map(str, value)) for key, value in by_scope.items() if isinstance(value, list)}


def _permissions(options: RunOptions) -> Permissions:
    allowed = {name: getattr(options, name) for name in _ALLOWED}
    return Permissions(**allowed, **{name: getattr(options, name) or () for name in _DENIED})


def data_files(options: RunOptions) -> list[DataFile]:
    """Return the files that rows are read from; the last one says how many iterations there are."""
    files = []
    if options.csv_file:
        files.append(DataFile(options.csv_file, "csv"))
    if options.json_file:
        files.append(DataFile(options.json_file, "json"))
    return files
