"""The command's options as a run's: each is read by the type that `RunOptions` declares for it."""

from __future__ import annotations

import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bruscript.cli.run_options import parameter_of
from bruscript.cli.selection import selection
from bruscript.cli.values import listed, listed_paths, pairs, split
from bruscript.report.style import Style, is_terminal

if TYPE_CHECKING:
    from bruscript.runner import RunOptions

_HIDDEN = re.compile(r"pass|secret|token|key|pin\b|credential|otp", re.IGNORECASE)
"""Prompts whose answers are not shown as they are typed."""


def options(params: Mapping[str, Any], root: Path) -> RunOptions:
    """Return the command's options for the collection at `root`.

    Raises BruscriptError for a malformed value.
    """
    from bruscript.runner import RunOptions

    paths, recursive = selection(params["paths"], params["recursive"], root)
    values: dict[str, Any] = {
        "paths": paths,
        "recursive": recursive,
        "prompt": _ask if is_terminal(sys.stdin) and is_terminal(sys.stderr) else None,
        "persist": not params["no_persist"],
        "cookies": not params["disable_cookies"],
        "cacert": _cacert(params),
        # Reporters have had each result; those of many iterations would only fill the memory.
        "keep_results": False,
    }
    for field in fields(RunOptions):
        name = parameter_of(field.name)
        if field.name not in values and name in params:
            value = _read(field.name, str(field.type), params[name])
            if value is not None:
                values[field.name] = value
    return RunOptions(**values)


def _read(name: str, kind: str, value: Any) -> Any:
    """Return the value of an option; None for what was not given, so that the field's default counts."""
    reader = _OF_NAME.get(name) or _OF_TYPE.get(kind)
    if reader is not None:
        return reader(value)
    # Of a count, such as --iteration-count, nought means that it was not given.
    return bool(value) if kind == "bool" else value or None


def _store(value: str | None) -> str | Path | None:
    return value if value and value.startswith("keyring:") else _path(value)


def _path(value: str | None) -> Path | None:
    return Path(value).absolute() if value else None


def _cacert(params: Mapping[str, Any]) -> Path | None:
    path = _path(params["cacert"])
    if path is None:
        return None
    if not params["insecure"]:
        return path
    message = "Ignoring the cacert option since insecure connections are enabled"
    print(Style.of(sys.stderr).red(message), file=sys.stderr)
    return None


def _app(name: str | None) -> Any:
    if not name:
        return None
    from bruscript.cli.own_code import load_app

    return load_app(name)


def _ask(name: str) -> str | None:
    """Ask for a prompt's value on the terminal; the end of the input means no answer.

    An interrupt ends the run: it raises CancelledError.
    """
    sys.stderr.write("\r\x1b[K")
    hidden = bool(_HIDDEN.search(name))
    default = getattr(name, "default", None) or ""
    try:
        with _interruptible():
            answer = click.prompt(
                name, default=default, show_default=bool(default) and not hidden, hide_input=hidden, err=True
            )
    except click.Abort as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            import asyncio

            raise asyncio.CancelledError from None
        return None
    return str(answer)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Have an interrupt raise KeyboardInterrupt at once: the event loop's handler waits for the loop."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wakeup = signal.set_wakeup_fd(-1)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        signal.set_wakeup_fd(wakeup)


_OF_TYPE: Final[Mapping[str, Callable[[Any], Any]]] = {
    "Path | None": _path,
    "tuple[str, ...]": listed,
    "tuple[str, ...] | None": listed,
}
_OF_NAME: Final[Mapping[str, Callable[[Any], Any]]] = {
    "env_vars": lambda value: pairs(value, "environment variable"),
    "global_env_vars": lambda value: pairs(value, "global environment variable"),
    "prompts": lambda value: pairs(value, "prompt"),
    "tags": split,
    "exclude_tags": split,
    **{f"{action}_{right}": listed_paths for action in ("allow", "deny") for right in ("read", "write")},
    "app": _app,
    "token_store": _store,
}
