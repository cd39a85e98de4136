"""How to send a request of a run by hand: the options that determine what is sent."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bruscript.files import readable_path
from bruscript.masking.names import is_secret
from bruscript.option_names import spelling_of
from bruscript.records import record

if TYPE_CHECKING:
    from bruscript.masking import Mask
    from bruscript.runner.masked import MaskedResult
    from bruscript.runner.options import RunOptions

_FILES = ("env_file", "workspace_path", "secrets_env_file", "cacert", "client_cert_config")
_ROWS = ("csv_file", "json_file")
_VALUES = ("env_vars", "global_env_vars", "prompts")
_SWITCHES = ("insecure", "ignore_truststore", "noproxy")
_NAMES = ("mask", "no_mask")
_RIGHTS = tuple(
    f"{action}_{right}" for action in ("allow", "deny") for right in ("read", "write", "net", "env")
)
_APP = "MODULE_OR_FILE:ATTRIBUTE"

# By identity, since applications need not be hashable; each is kept, so that its number is not another's.
_app_names: dict[int, tuple[Any, str]] = {}
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@record(frozen=True)
class ByHand:
    """A command with its options, as a shell reads them.

    `rows` says that a data file is among them, of which the command takes a single row.
    """

    arguments: str = ""
    rows: bool = False
    command: str = "curl"

    def hint(self, result: MaskedResult, root: Path) -> str:
        """Return the command that sends the request, or prints how curl does, in a sentence."""
        path = os.path.relpath(root / result.filename)
        # What begins with a dash would be an option.
        path = f"./{path}" if path.startswith("-") else path
        row = f" --row {result.iteration_index + 1}" if self.rows else ""
        return f"To send it by hand: bruscript {self.command} {shlex.quote(path)}{self.arguments}{row}"


def by_hand(options: RunOptions, environment: str | None, mask: Mask) -> ByHand:
    """Return the command for a run's requests; `environment` is the name of the one in use.

    Secret values are variables of the shell. curl cannot send to an application in this process: such a
    request is sent with its scripts, and by `run` where it needs a data file, which only that has.
    """
    words = list(_words(options, None if options.env_file and not options.env else environment, mask))
    rows, command = bool(options.csv_file or options.json_file), "curl"
    if options.app is not None:
        command = "run" if rows else "send"
        words = [f"--app {shlex.quote(_app_name(options.app))}", *words, *_scripts(options)]
    return ByHand("".join(f" {word}" for word in words), rows and command == "curl", command)


def name_app(app: Any, name: str) -> None:
    """Register what the user calls an application: MODULE_OR_FILE:ATTRIBUTE."""
    _app_names[id(app)] = app, name


def name_alike(app: Any, other: Any) -> None:
    """Register that `app` stands for `other`."""
    if id(other) in _app_names:
        name_app(app, _app_names[id(other)][1])


def _app_name(app: Any) -> str:
    return _app_names[id(app)][1] if id(app) in _app_names else _APP


def _scripts(options: RunOptions) -> Iterator[str]:
    """Yield what determines the rights of scripts."""
    if options.sandbox != "safe":
        yield f"--sandbox {options.sandbox}"
    for field in _RIGHTS:
        if (patterns := getattr(options, field)) is not None:
            yield f"{spelling_of(field)} {shlex.quote(','.join(patterns))}"


def shell_variable(name: str) -> str:
    """Return the name of the shell's variable for a secret called `name`."""
    text = re.sub(r"\W+", "_", _WORDS.sub("_", name), flags=re.ASCII).strip("_").upper()
    return text if text and not text[0].isdigit() else f"SECRET_{text}".rstrip("_")


def _words(options: RunOptions, environment: str | None, mask: Mask) -> Iterator[str]:
    if environment:
        yield f"--env {shlex.quote(environment)}"
    if options.global_env:
        yield f"--global-env {shlex.quote(options.global_env)}"
    yield from _files(options, _FILES)
    for field in _VALUES:
        values: Mapping[str, Any] = getattr(options, field)
        option = spelling_of(field)
        yield from (f"{option} {_assignment(name, value, mask)}" for name, value in values.items())
    for field in _SWITCHES:
        if getattr(options, field):
            yield spelling_of(field)
    for field in _NAMES:
        if names := getattr(options, field):
            yield f"{spelling_of(field)} {shlex.quote(','.join(names))}"
    yield from _files(options, _ROWS)


def _files(options: RunOptions, fields: tuple[str, ...]) -> Iterator[str]:
    for field in fields:
        if path := getattr(options, field):
            yield f"{spelling_of(field)} {shlex.quote(readable_path(path))}"


def _assignment(name: str, value: Any, mask: Mask) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if is_secret(name, text) or mask.mask(text) != text:
        return f'{shlex.quote(f"{name}=")}"${shell_variable(name)}"'
    return shlex.quote(f"{name}={text}")
