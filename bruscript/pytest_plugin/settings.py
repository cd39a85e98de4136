"""The plugin's options: those of `RunOptions`, from the configuration file, the command line and fixtures."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import pytest

from bruscript.errors import BruscriptError
from bruscript.option_names import spelling_of
from bruscript.runner.by_hand import name_app
from bruscript.runner.options import CHOICES, RunOptions

_OPTIONS: Final = {option.name: option for option in fields(RunOptions)}
_KINDS: Final = {name: str(option.type) for name, option in _OPTIONS.items()}
_ON_THE_COMMAND_LINE: Final = ("env", "env_vars", "app", "sandbox", "secrets_env_file", "mask", "no_mask")
"""The rest is given as `-o bruscript_NAME=VALUE`, if not in the configuration file."""
_DECIDING: Final = frozenset(
    {"paths", "recursive", "tags", "exclude_tags", "tests_only", "csv_file", "json_file", "iteration_count"}
)
"""The options that decide which items there are, before any fixture runs."""
_OWN_CODE: Final = frozenset({"app", "prompt", "authorize"})
_PATTERNS_OF_PATHS: Final = frozenset({"allow_read", "allow_write", "deny_read", "deny_write"})


class OptionError(BruscriptError):
    """An option has an invalid value."""


def declare(parser: pytest.Parser) -> None:
    """Declare every run option as `bruscript_NAME`, and those that change from run to run as options too."""
    group = parser.getgroup("bruscript", "Bruno collections")
    group.addoption("--bruscript", action="store_true", default=None, help="Collect Bruno collections.")
    parser.addini("bruscript", "Collect Bruno collections.", type="bool", default=False)
    for name, kind in _KINDS.items():
        type_: Any = "bool" if kind == "bool" else "linelist" if _is_list(name) else "string"
        parser.addini(_key(name), f"The option {name} of bruscript.RunOptions.", type=type_, default=None)
    # As the option is called.
    parser.addini("bruscript_env_var", "As bruscript_env_vars.", type="linelist", default=None)
    for name in _ON_THE_COMMAND_LINE:
        words = _OPTIONS[name].metadata
        group.addoption(
            f"--bruscript-{spelling_of(name).removeprefix('--')}",
            dest=_key(name),
            action="append" if _is_list(name) else "store",
            metavar=words["metavar"] or "|".join(CHOICES[_KINDS[name]]),
            default=None,
            help=words["help"] + (" Several run every request in each." if name == "env" else ""),
        )


def _key(name: str) -> str:
    return f"bruscript_{name}"


def _is_list(name: str) -> bool:
    return name == "env" or _KINDS[name].startswith(("tuple", "Mapping"))


class Settings:
    """The options of one pytest run. Raises UsageError if one is invalid.

    The command line takes precedence over the fixture `bruscript_options`, and this over the configuration
    file; lists and mappings are joined.
    """

    def __init__(self, config: pytest.Config) -> None:
        ini_directory = config.inipath.parent if config.inipath else config.rootpath
        self._own_code: dict[str, Any] = {}
        try:
            self._ini = self._read(config.getini, ini_directory)
            if more := config.getini("bruscript_env_var"):
                self._ini["env_vars"] = {
                    **self._ini.get("env_vars", {}),
                    **_converted("env_vars", more, Path()),
                }
            self._command = self._read(
                lambda key: (
                    config.getoption(key) if key.removeprefix("bruscript_") in _ON_THE_COMMAND_LINE else None
                ),
                config.invocation_params.dir,
            )
            environments = self._command.pop("env", None) or self._ini.pop("env", None) or ()
            self.environments: tuple[str | None, ...] = tuple(dict.fromkeys(environments)) or (None,)
            self._ini.pop("env", None)
            self.for_collecting()
        except (BruscriptError, ValueError) as error:
            raise pytest.UsageError(str(error)) from None

    def _read(self, get: Any, directory: Path) -> dict[str, Any]:
        # An empty list of what scripts may do is not the default: it allows nothing.
        values = ((name, get(_key(name))) for name in _KINDS)
        return {
            name: _converted(name, value, directory)
            for name, value in values
            if value is not None and value != "" and (value != [] or name.startswith("allow_"))
        }

    def share_tokens(self, file: Path) -> None:
        """Keep tokens in `file`, unless some other place is named for them."""
        self._ini.setdefault("token_store", file)

    def for_collecting(self) -> RunOptions:
        """Return the options that decide which items there are; the application is not loaded for them."""
        options = _joined(self._ini, self._command)
        return _run_options({name: value for name, value in options.items() if name not in _OWN_CODE})

    def options(self, fixture: Any, environment: str | None) -> RunOptions:
        """Return all options for an item; `fixture` is what `bruscript_options` gave. Raises OptionError."""
        given = _from_fixture(fixture)
        options = _joined(self._ini, given, self._command)
        if environment is not None and (len(self.environments) > 1 or "env" not in options):
            options["env"] = environment
        for name in _OWN_CODE & options.keys():
            if isinstance(options[name], str):
                options[name] = self._load(name, options[name])
        return _run_options(options, given)

    def _load(self, name: str, value: str) -> Any:
        # Once: a file that is loaded again would be another application.
        if value not in self._own_code:
            from bruscript.cli.own_code import load

            loaded = self._own_code[value] = load(value, _key(name), "server.py:app or shop.main:app")
            if name == "app":
                name_app(loaded, value)
        return self._own_code[value]


def _from_fixture(fixture_options: Any) -> dict[str, Any]:
    if isinstance(fixture_options, RunOptions):
        defaults = RunOptions()
        changed = {name: getattr(fixture_options, name) for name in _KINDS}
        fixture_options = {name: value for name, value in changed.items() if value != getattr(defaults, name)}
    if fixture_options is None:
        return {}
    if not isinstance(fixture_options, Mapping):
        raise OptionError(
            f"The fixture bruscript_options must return a dict, not {type(fixture_options).__name__}"
        )
    for name in _DECIDING & fixture_options.keys():
        raise OptionError(
            f"The fixture bruscript_options cannot set {name}: it decides which items there are, before "
            f"fixtures run. Set {_key(name)} in pytest's configuration file."
        )
    return dict(fixture_options)


def _joined(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return all layers as one: the last takes precedence, lists and mappings are joined."""
    joined: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            before = joined.get(name)
            if isinstance(before, Mapping) and isinstance(value, Mapping):
                joined[name] = {**before, **value}
            elif isinstance(before, tuple) and isinstance(value, (tuple, list)):
                joined[name] = (*before, *value)
            else:
                joined[name] = value
    return joined


def _run_options(all_options: Mapping[str, Any], of_fixture: Collection[str] = ()) -> RunOptions:
    try:
        # A test run leaves the files under test as they are.
        options = RunOptions.of({"persist": False, **all_options})
    except (TypeError, ValueError) as error:
        in_fixture = str(error).partition(" ")[0] in of_fixture
        where = "The fixture bruscript_options: " if in_fixture else "bruscript_"
        raise OptionError(f"{where}{error}") from None
    if options.parallel > 1:
        raise OptionError(
            "bruscript_parallel does not apply to pytest items: pytest-xdist (-n 4) spreads them"
        )
    return options


def _converted(name: str, value: Any, directory: Path) -> Any:
    """Return the value of an option as `RunOptions` takes it. Raises OptionError or ValueError."""
    from bruscript.cli.values import pairs, split

    kind = _KINDS[name]
    if kind.startswith("Mapping"):
        return pairs(value, f"value of {_key(name)}")
    if name == "paths":
        return tuple(path if (path := directory / text).exists() else Path(text) for text in value)
    if _is_list(name):
        parts = tuple(part.strip() for part in split(value))
        is_path = name in _PATTERNS_OF_PATHS
        return tuple(str(directory / part) if is_path and part != "*" else part for part in parts)
    if kind == "Path | None" or (name == "token_store" and not value.startswith("keyring:")):
        return directory / value
    if kind in ("int", "float"):
        try:
            return int(value) if kind == "int" else float(value)
        except ValueError:
            raise OptionError(f"{_key(name)} must be a number, not {value!r}") from None
    return value
