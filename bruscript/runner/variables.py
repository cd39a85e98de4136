"""The variables that a run begins with: environments, overrides, `.env`, and which of them are secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bruscript.collection.workspace import check_workspace, global_environment
from bruscript.option_names import option
from bruscript.records import record
from bruscript.runner.named_environment import named_environment
from bruscript.runner.passed_over import warnings_of

if TYPE_CHECKING:
    from bruscript.collection import Collection, Environment
    from bruscript.runner.options import RunOptions
    from bruscript.runner.secrets import RunSecrets


@record
class RunVariables:
    """The variables before the first request, from the options and the collection.

    `external` came from secret managers. `notices` (level, text) are shown before the first request.
    `empty_secrets` has the declared secrets without a value, each with the option that gives it one.
    """

    values: dict[str, Any] = field(default_factory=dict, repr=False)
    global_values: dict[str, Any] = field(default_factory=dict, repr=False)
    process_env: dict[str, str] = field(default_factory=dict, repr=False)
    external: dict[str, Any] = field(default_factory=dict, repr=False)
    environment: Environment | None = None
    global_environment: Environment | None = None
    notices: list[tuple[str, str]] = field(default_factory=list)
    empty_secrets: dict[str, str] = field(default_factory=dict)

    def warn(self, text: str) -> None:
        """Add a warning to the notices."""
        self.notices.append(("warning", text))

    def note_empty(self, environment: Environment, overrides: Mapping[str, Any], giver: str) -> None:
        """Note the environment's secrets that neither its file nor `overrides` give a value."""
        values = environment.variables
        for name in environment.secrets - overrides.keys():
            if values.get(name) == "":
                self.empty_secrets[name] = giver

    def warn_of(self, environment: Environment) -> None:
        """Add what is wrong in an environment's file to the notices."""
        if environment.path is not None:
            for text in warnings_of(environment.path, environment.passed_over):
                self.warn(text)

    @property
    def environment_file(self) -> Path | None:
        """The file that the environment's variables are written back to."""
        return self.environment.path if self.environment else None

    @property
    def global_file(self) -> Path | None:
        """The file that the global environment's variables are written back to."""
        return self.global_environment.path if self.global_environment else None

    @property
    def environment_name(self) -> str | None:
        """The environment's name; None without one."""
        return self.environment.name if self.environment else None

    @property
    def global_name(self) -> str | None:
        """The global environment's name; None without one."""
        return self.global_environment.name if self.global_environment else None


def load_variables(collection: Collection, options: RunOptions, secrets: RunSecrets) -> RunVariables:
    """Read everything that `options` name; `secrets` learns what of it is secret.

    The collection's environment wins over the file of `env_file`, and the overrides over both. Raises
    EnvironmentNotFoundError, InvalidFileError or one of the workspace's errors.
    """
    loaded = RunVariables()
    for environment in _environments(collection, options, loaded):
        loaded.values |= environment.variables
        loaded.environment = environment
        loaded.warn_of(environment)
        loaded.note_empty(environment, options.env_vars, "--env-var")
        secrets.environment(environment)
    if options.workspace_path is not None:
        check_workspace(Path(os.path.abspath(options.workspace_path)))
    if options.global_env:
        global_env = global_environment(options.global_env, collection.path, options.workspace_path)
        loaded.global_values = global_env.variables
        loaded.global_environment = global_env
        loaded.warn_of(global_env)
        loaded.note_empty(global_env, options.global_env_vars, "--global-env-var")
        secrets.environment(global_env)
    for overrides, values, name in (
        (options.env_vars, loaded.values, "--env-var"),
        (options.global_env_vars, loaded.global_values, "--global-env-var"),
    ):
        values.update(overrides)
        secrets.variables(overrides)
        secrets.learn_named(overrides, option(name))
    dotenv = collection.dotenv()
    secrets.process(os.environ, dotenv)
    loaded.process_env = {**os.environ, **dotenv}
    return loaded


def _environments(collection: Collection, options: RunOptions, loaded: RunVariables) -> list[Environment]:
    result = []
    if options.env_file:
        result.append(collection.environment_file(os.path.abspath(options.env_file)))
    if options.env:
        result.append(named_environment(collection, options.env))
    default = collection.default_environment()
    if not result and default:
        if default not in collection.environments():
            file = f"environments/{default}{collection.layout.suffix}"
            missing = f"Configured default environment not found: {file}"
            loaded.warn(missing)
        else:
            loaded.notices.append(("info", f"Using default environment: {default}"))
            result.append(collection.environment(default))
    return result
