"""How messages name an option: as the command has it, or as the argument that it is in Python."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

_ARGUMENTS: Final = {
    "--no-persist": "persist=False",
    "--disable-cookies": "cookies=False",
    "--delay": "delay_ms",
    "--retry-delay": "retry_delay_ms",
    "--csv-file-path": "csv_file",
    "--json-file-path": "json_file",
    "-r": "recursive=True",
}
"""Where the argument is not simply the option with `_` for `-`."""

# The command has its own process; embedders of the library never set it.
_as_command = False


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
    argument = _ARGUMENTS.get(name, name.removeprefix("--").replace("-", "_"))
    return f'{argument}="{value}"' if value else argument


def answers(name: str, keys: Iterable[str]) -> str:
    """Return how to give a value to each of `keys`: `--prompt user=VALUE`, `prompts={"user": "VALUE"}`."""
    if _as_command:
        return " ".join(f"{name} {shlex.quote(f'{key}=VALUE')}" for key in keys)
    pairs = ", ".join(f'"{key}": "VALUE"' for key in keys)
    return f"{option(name)}s={{{pairs}}}"


def switch(name: str) -> str:
    """Return how to turn the option `name` on: `--insecure`, `insecure=True`."""
    if _as_command:
        return name
    return _ARGUMENTS.get(name) or f"{option(name)}=True"
