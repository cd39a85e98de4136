"""An environment's secrets: each fetched from its store, and made a variable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bruscript.http import Client
from bruscript.option_names import option
from bruscript.records import record
from bruscript.secret_managers.account import PREFIXES, read_accounts
from bruscript.secret_managers.errors import SecretError
from bruscript.secret_managers.exchange import Exchange
from bruscript.secret_managers.manager import Manager, Reading
from bruscript.secret_managers.stores import manager_of
from bruscript.secret_managers.values import variables_of

if TYPE_CHECKING:
    from bruscript.collection import Environment, ExternalSecret
    from bruscript.http import ClientConfig
    from bruscript.masking import Mask

_BLOCK = "vars:externalsecrets:STORE"
_LEGACY = "secrets.json"


@record
class Fetched:
    """The variables from an environment's secrets, and (level, text) of messages for the user."""

    variables: dict[str, Any] = field(default_factory=dict, repr=False)
    notices: list[tuple[str, str]] = field(default_factory=list)


async def fetch_secrets(
    environment: Environment | None,
    env_file: Path | None,
    *,
    root: Path,
    resolve: Callable[[str], str],
    tls: ClientConfig,
    mask: Mask,
    verbose: bool = False,
) -> Fetched:
    """Fetch the secrets that `environment` declares, with the accounts of `env_file`.

    `root` is the collection's directory, `resolve` fills in templates, `tls` says whom to trust. The system's
    proxy is used: the collection's is for its requests. A secret that cannot be fetched is a notice, and no
    variable; with `verbose` the names of the variables are reported too. Raises EnvironmentNotFoundError or
    InvalidFileError for `env_file`.
    """
    fetched = Fetched()
    accounts = read_accounts(env_file, resolve) if env_file else {}
    for account in accounts.values():
        mask.learn(account.secrets, f"A secret of {account.file.name}")
    pending = [
        _PendingSecret(entry, resolve(entry.identifier), _place(environment, root, entry.line))
        for entry in (environment.external if environment else ())
        if entry.enabled
    ]
    # The secrets that need an account; others may come from Azure's own command.
    left = [item for item in pending if item.entry.store != "azure-key-vault"]
    if env_file and not accounts and not left:
        names = ", ".join(f"{prefix}…" for prefix in PREFIXES.values())
        fetched.notices.append(("error", f"{env_file} has no settings of a secret manager ({names})"))
    if env_file is None:
        pending = [item for item in pending if item.entry.store == "azure-key-vault"]
        if left:
            none = f"{option('--secrets-env-file')} names no account"
            text = f"{left[0].place}: {_listing(left)} not fetched: {none}"
            fetched.notices.append(("info", text))
    elif accounts and not pending:
        why = f"{_place(environment, root)} declares none" if environment else "no environment is chosen"
        if environment and (root / _LEGACY).is_file():
            why += f"; {_LEGACY}, where Bruno 3 kept them, is not read: move them to a block {_BLOCK}"
        fetched.notices.append(("warning", f"No secrets are fetched: {why}"))
    if pending:
        client = Client(replace(tls, app=None, proxy=None, cookies=False))
        exchange = Exchange(client.send, mask)
        try:
            make = partial(manager_of, accounts=accounts, env_file=env_file, exchange=exchange, tls=tls)
            stores: dict[str, list[_PendingSecret]] = {}
            for item in pending:
                stores.setdefault(item.entry.store, []).append(item)
            await asyncio.gather(*(_ask(items, partial(make, store)) for store, items in stores.items()))
        finally:
            await client.aclose()
    for item in pending:
        item.finish(fetched, mask, verbose)
    return fetched


@record
class _PendingSecret:
    """One secret that the environment declares, and its outcome."""

    entry: ExternalSecret
    identifier: str
    place: str
    reading: Reading | None = field(default=None, repr=False)
    notices: list[tuple[str, str]] = field(default_factory=list)

    def fail(self, error: SecretError, subject: str = "") -> None:
        """Note why there is no value."""
        subject = subject or f"the secret `{self.entry.name}` was"
        self.notices.append(("error", f"{self.place}: {subject} not fetched: {error}"))

    def finish(self, fetched: Fetched, mask: Mask, verbose: bool) -> None:
        """Make the variables, and report warnings."""
        fetched.notices += self.notices
        if self.reading is None:
            return
        variables = variables_of(self.entry.name, self.reading.value)
        mask.learn(self.reading.value, f"The secret {self.entry.name}")
        fetched.variables |= variables
        if verbose and variables:
            names = ", ".join(name for name in variables if not name.startswith("$secrets."))
            fetched.notices.append(("info", f"{self.place}: fetched {names} from {self.entry.store}"))
        for problem in self.reading.problems:
            fetched.notices.append(("warning", f"{self.place}: {problem}"))
        if not variables and not self.reading.problems:
            fetched.notices.append(("warning", f"{self.place}: the secret `{self.entry.name}` is empty"))


async def _ask(pending: list[_PendingSecret], make: Callable[[], Manager]) -> None:
    """Read the secrets of one store, each identifier once."""
    try:
        manager = make()
        await manager.sign_in()
    except SecretError as error:
        pending[0].fail(error, _listing(pending))
        return
    by_identifier: dict[str, list[_PendingSecret]] = {}
    for item in pending:
        by_identifier.setdefault(item.identifier.strip(), []).append(item)

    async def read(identifier: str, items: list[_PendingSecret]) -> None:
        try:
            if not identifier:
                raise SecretError("its name in the store is missing")
            if "{{" in identifier:
                raise SecretError(f"no variable of the environment for the template in {identifier}")
            reading = await manager.read(identifier)
        except SecretError as error:
            for item in items:
                item.fail(error)
            return
        for item in items:
            item.reading = reading

    await asyncio.gather(*(read(identifier, items) for identifier, items in by_identifier.items()))


def _listing(pending: list[_PendingSecret]) -> str:
    names = ", ".join(f"`{item.entry.name}`" for item in pending)
    return f"the secret {names} was" if len(pending) == 1 else f"the secrets {names} were"


def _place(environment: Environment | None, root: Path, line: int | None = None) -> str:
    """Return the environment's file, and the line in it, as messages name them."""
    path = environment.path if environment else None
    if path is None:
        return "the environment"
    relative = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    return relative if line is None else f"{relative}:{line}"
