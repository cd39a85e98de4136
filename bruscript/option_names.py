"""How messages name an option: as the command has it, or as the argument that it is in Python."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

SPELLINGS: Final = {
    "env_vars": "--env-var",
    "global_env_vars": "--global-env-var",
    "prompts": "--prompt",
    "delay_ms": "--delay",
    "retry_delay_ms": "--retry-delay",
    "csv_file": "--csv-file-path",
    "json_file": "--json-file-path",
    "persist": "--no-persist",
    "cookies": "--disable-cookies",
}
"""Run options that the command, or the reference's, spells otherwise than with `-` for `_`."""
LETTERS: Final = {"recursive": "-r", "verbose": "-v"}
"""Run options that one letter stands for, too."""
_NEGATIVE: Final = frozenset({"persist", "cookies"})
"""Those that the command turns off."""
_ARGUMENTS: Final = {spelling: name for table in (SPELLINGS, LETTERS) for name, spelling in table.items()}

# The command has its own process; embedders of the library never set it.
_as_command = False


def spelling_of(argument: str) -> str:
    """Return what the command calls the run option `argument`."""
    return SPELLINGS.get(argument) or f"--{argument.replace('_', '-')}"


def argument_of(name: str) -> str:
    """Return the run option that the command calls `name`."""
    return _ARGUMENTS.get(name) or name.removeprefix("--").replace("-", "_")


@contextmanager
def of_the_command() -> Iterator[None]:
    """Have messages name options as the command has them: `--allow-net HOST`."""
    global _as_command
    before, _as_command = _as_command, True
    try:
        yield
    finally:
        _as_command = before


def option(name: str, value: str = "") -> str:
    """Return how to give the option `name` a value: `--allow-net HOST`, `allow_net="HOST"`.

    Without a value it is the option's name alone.
    """
    if _as_command:
        return f"{name} {value}".rstrip()
    argument = argument_of(name)
    return f'{argument}="{value}"' if value else argument


def choice(name: str, value: str) -> str:
    """Return how to give the option a user's own word: `--env 'my env'`, `env="my env"`."""
    return option(name, shlex.quote(value) if _as_command else value)


def answers(name: str, keys: Iterable[str]) -> str:
    """Return how to give a value to each of `keys`: `--prompt user=VALUE`, `prompts={"user": "VALUE"}`."""
    if _as_command:
        return " ".join(f"{name} {shlex.quote(f'{key}=VALUE')}" for key in keys)
    pairs = ", ".join(f'"{key}": "VALUE"' for key in keys)
    return f"{option(name)}={{{pairs}}}"


def switch(name: str) -> str:
    """Return how to turn the option `name` on: `--insecure`, `insecure=True`."""
    if _as_command:
        return name
    argument = argument_of(name)
    return f"{argument}={argument not in _NEGATIVE}"
