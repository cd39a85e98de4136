"""`bruscript auth`: the tokens in a store."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bruscript.auth.oauth2 import Config, TokenManager, TokenStore, open_store
from bruscript.auth.oauth2.credentials import Credentials, is_secret, lifetime_end, token_of
from bruscript.auth.oauth2.errors import clean
from bruscript.auth.oauth2.stores import KEYRING
from bruscript.auth.oauth2.urls import redacted_url
from bruscript.cli.run_options import OPTIONS, RunCommand
from bruscript.cli.token_choice import UnknownCredentialsError, chosen, whose
from bruscript.errors import PathNotFoundError
from bruscript.masking import MASKED
from bruscript.terminal import printable

T = TypeVar("T")

EXAMPLES = """Examples:
  bruscript auth login shop --token-store tokens.json --env ci
  bruscript auth list --token-store tokens.json
  bruscript auth show credentials --token-store tokens.json --reveal
  bruscript auth token credentials --token-store tokens.json | pbcopy
  bruscript auth reset credentials --token-store tokens.json
"""

_PLAIN = frozenset({"token_type", "scope", "expires_in", "created_at", "expires_at"})
_LOGIN_SECTIONS = ("Environments and variables", "Scripts", "Connections")
_LOGIN_OPTIONS = ("app", "oauth2_timeout")


class _Group(click.Group):
    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        formatter.write(EXAMPLES)


_store_option = click.Option(
    ["--token-store"],
    required=True,
    metavar="FILE",
    help="The file that the tokens are kept in, or keyring:NAME.",
)


@click.group(cls=_Group)
def command() -> None:
    """Manage the OAuth 2.0 tokens that `bruscript run --token-store FILE` keeps."""


def _list(token_store: str) -> int:
    """List the tokens, whose they are, and when they expire."""
    rows = [
        (
            clean(key.credentials_id),
            redacted_url(key.url),
            whose(key),
            _state(credentials),
            "refreshable" if _refreshable(credentials) else "",
        )
        for key, credentials in _existing(token_store).items()
    ]
    if not rows:
        print(f"{token_store} holds no tokens", file=sys.stderr)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width]
        print("  ".join(cells).rstrip())
    return 0


def _show(token_store: str, credentials_id: str, reveal: bool) -> int:
    """Show the fields of a token, masked.

    Values that may be secret are shown only with --reveal.
    """
    entries = [
        (key, item) for key, item in _existing(token_store).items() if key.credentials_id == credentials_id
    ]
    if not entries:
        raise _unknown(token_store, credentials_id)
    for key, credentials in entries:
        parts = (clean(key.credentials_id), redacted_url(key.url), whose(key), _state(credentials))
        print("  ".join(filter(None, parts)))
        for name, value in credentials.items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            print(f"  {clean(name)}: {clean(text, sys.maxsize) if reveal or name in _PLAIN else MASKED}")
    return 0


def _reset(token_store: str, credentials_ids: tuple[str, ...], all_: bool) -> int:
    """Forget the tokens with these ids, or all."""
    store = _existing(token_store)
    if all_:
        credentials_ids = tuple(dict.fromkeys(key.credentials_id for key, _ in store.items()))
    elif not credentials_ids:
        raise click.UsageError("Name the credentials ids to forget, or give --all.")
    for credentials_id in credentials_ids:
        if not store.delete(credentials_id):
            raise _unknown(token_store, credentials_id)
        print(f"Forgot {credentials_id}")
    return 0


def _login(path: str, token_store: str, only: str | None, **params: Any) -> int:
    """Get and store tokens for the requests at PATH.

    One for each OAuth 2.0 configuration that they use. PATH is a collection, a folder or a request; default:
    the current directory. If a configuration uses variables, pre-request scripts of the collection and its
    folders run, with the rights that the options give them, and prompts are asked. Nothing is sent if a
    prompt has no answer.
    """
    from bruscript.runner.configurations import login

    def describe(config: Config, credentials: Credentials) -> str:
        return f"got a token from {redacted_url(config.key.url)}, {_state(credentials)}"

    return _for_each(path, token_store, only, params, login, describe)


def _logout(path: str, token_store: str, only: str | None, **params: Any) -> int:
    """Revoke the tokens of the requests at PATH at their servers, and forget them.

    For each OAuth 2.0 configuration that they use, found as by `login`. The URL is `revocation_url` of the
    block, or that of its `issuer`; without one the token is only forgotten.
    """
    _existing(token_store)

    async def revoke(manager: TokenManager, config: Config) -> str:
        revoked = await manager.revoke(config)
        if revoked is None:
            return "no token is stored"
        if not revoked:
            return "forgot the token; it stays valid, because no revocation_url is set"
        kinds = {kind.replace("_", " "): done for kind, done in revoked.items()}
        if all(kinds.values()):
            return "revoked and forgot the token"
        [done], [other] = ([kind for kind in kinds if kinds[kind] is wanted] for wanted in (True, False))
        return (
            f"revoked the {done} and forgot both; the server does not revoke {other}s, so it may stay valid"
        )

    return _for_each(path, token_store, only, params, revoke, lambda _, text: text)


def _introspect(path: str, token_store: str, only: str | None, **params: Any) -> int:
    """Ask the servers about the tokens of the requests at PATH, and show the answers.

    For each OAuth 2.0 configuration that they use, found as by `login`. The URL is `introspection_url` of
    the block, or that of its `issuer`.
    """
    _existing(token_store)

    async def introspect(manager: TokenManager, config: Config) -> str:
        answer = await manager.introspect(config)
        if answer is None:
            return "no token is stored"
        shown = manager.options.mask.mask(_without_secrets(answer))
        lines = [
            f"  {clean(name)}: {clean(value if isinstance(value, str) else json.dumps(value), sys.maxsize)}"
            for name, value in shown.items()
        ]
        return "\n".join(["active" if answer.get("active") is True else "not active", *lines])

    return _for_each(path, token_store, only, params, introspect, lambda _, text: text)


def _without_secrets(value: Any) -> Any:
    """Return a server's answer with every field masked that has a secret's name."""
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: MASKED if item and is_secret(name) else _without_secrets(item) for name, item in value.items()
    }


def _token(token_store: str, credentials_id: str, id_token: bool, **wanted: str | None) -> int:
    """Print only one token, for a pipe.

    An expired token is an error: `auth login` gets a new one.
    """
    entries = [
        (key, credentials)
        for key, credentials in _existing(token_store).items()
        if key.credentials_id == credentials_id
    ]
    if not entries:
        raise _unknown(token_store, credentials_id)
    credentials = chosen(token_store, entries, wanted)
    source = "id_token" if id_token else "access_token"
    token = token_of(credentials, source)
    if token is None:
        raise UnknownCredentialsError(f"The credentials {credentials_id!r} have no {source}")
    if (end := lifetime_end(credentials, source)) is not None and end <= time.time():
        raise UnknownCredentialsError(
            f"The token {credentials_id!r} has expired", hint="`bruscript auth login` gets another."
        )
    print(token)
    return 0


def _for_each(
    path: str,
    token_store: str,
    only: str | None,
    params: dict[str, Any],
    act: Callable[[TokenManager, Config], Awaitable[T]],
    describe: Callable[[Config, T], str],
) -> int:
    """Call `act` for each configuration in use at `path`, and print what `describe` says of its result."""
    import asyncio

    from bruscript.cli.run_values import options
    from bruscript.collection import load
    from bruscript.collection.near import path_not_found
    from bruscript.runner.configurations import for_each_configuration

    # The defaults of the other options of `run`.
    defaults = click.Command("run", params=list(OPTIONS)).make_context("run", []).params
    collection = load(path)
    if not Path(path).exists():
        raise path_not_found(Path(path))
    run_options = options({**defaults, "paths": (), **params, "token_store": token_store}, collection.path)
    requests = collection.select([Path(path).resolve()], recursive=True)
    results = asyncio.run(for_each_configuration(collection, requests, only, run_options, act))
    if not results:
        raise UnknownCredentialsError(
            f"No request at {path} uses OAuth 2.0" + (f" with the credentials id {only!r}" if only else "")
        )
    ids = [result.config.credentials_id for result in results]
    for result in results:
        key = result.config.key
        in_full = ids.count(key.credentials_id) > 1 and whose(key)
        name = clean(key.credentials_id) + (f" ({whose(key)})" if in_full else "")
        for line in result.console:
            print(printable(line), file=sys.stderr)
        for warning in result.warnings:
            print(f"{name}: warning: {clean(warning, sys.maxsize)}", file=sys.stderr)
        if result.error:
            print(f"{name}: {printable(result.error)}", file=sys.stderr)
        elif result.value is None:
            print(f"{name}: skipped: a prompt of another configuration has no answer", file=sys.stderr)
        else:
            print(f"{name}: {describe(result.config, result.value)}")
    return 0 if all(result.value is not None for result in results) else 1


def _existing(token_store: str) -> TokenStore:
    if not token_store.startswith(KEYRING) and not Path(token_store).exists():
        raise PathNotFoundError(f"Token store not found: {token_store}")
    return open_store(token_store)


def _unknown(token_store: str, credentials_id: str) -> UnknownCredentialsError:
    ids = ", ".join(sorted({key.credentials_id for key, _ in open_store(token_store).items()})) or "none"
    return UnknownCredentialsError(
        f"{token_store} holds no credentials with the id {credentials_id!r}", hint=f"It holds: {ids}."
    )


def _refreshable(credentials: Credentials) -> bool:
    return bool(credentials.get("refresh_token"))


def _state(credentials: Credentials) -> str:
    end = lifetime_end(credentials)
    if end is None:
        return "does not expire"
    remaining = round(end - time.time())
    if remaining <= 0:
        return "expired"
    for unit, seconds in (("d", 86400), ("h", 3600), ("min", 60)):
        if remaining >= 2 * seconds:
            return f"good for {round(remaining / seconds)} {unit}"
    return f"good for {remaining} s"


def _add(
    name: str, callback: Any, *params: click.Parameter, cls: type[click.Command] = click.Command
) -> None:
    command.add_command(cls(name, callback=callback, params=list(params), help=callback.__doc__))


_add("list", _list, _store_option)
_add(
    "show",
    _show,
    click.Argument(["credentials_id"], metavar="ID"),
    _store_option,
    click.Option(["--reveal"], is_flag=True, help="Show the values too."),
)
_add(
    "reset",
    _reset,
    click.Argument(["credentials_ids"], nargs=-1, metavar="ID..."),
    _store_option,
    click.Option(["--all", "all_"], is_flag=True, help="Forget everything."),
)
_add(
    "token",
    _token,
    click.Argument(["credentials_id"], metavar="ID"),
    _store_option,
    click.Option(["--id-token"], is_flag=True, help="Print the ID token."),
    click.Option(["--client"], metavar="ID", help="Choose the token of this client, if there are several."),
    click.Option(["--user"], metavar="NAME", help="Choose the token of this user."),
    click.Option(["--scope"], metavar="SCOPES", help="Choose the token with these scopes."),
    click.Option(["--url"], metavar="URL", help="Choose the token from this URL."),
    click.Option(
        ["--fingerprint"],
        metavar="TEXT",
        help="Choose the token whose fingerprint starts with this.",
    ),
)
for _name, _callback in (("login", _login), ("logout", _logout), ("introspect", _introspect)):
    _add(
        _name,
        _callback,
        click.Argument(["path"], default=".", required=False, metavar="[PATH]"),
        _store_option,
        click.Option(["--id", "only"], metavar="ID", help="Only the configuration with this credentials id."),
        *[o for o in OPTIONS if o.section in _LOGIN_SECTIONS or o.name in _LOGIN_OPTIONS],
        cls=RunCommand,
    )
