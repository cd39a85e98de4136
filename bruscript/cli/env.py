"""`bruscript env`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bruscript.cli.masked import mask_of
from bruscript.cli.values import pairs
from bruscript.lang.js import UNDEFINED
from bruscript.masking import MASKED
from bruscript.masking.names import is_secret
from bruscript.records import record
from bruscript.report.style import Style
from bruscript.terminal import printable

if TYPE_CHECKING:
    from bruscript.collection import Collection, Environment
    from bruscript.masking import Mask

EXAMPLES = """\b
Examples:
  bruscript env                          all environments
  bruscript env local                    its variables, and where each comes from
  bruscript env local --env-var host=http://localhost:9000 --global-env team
"""


@record(frozen=True)
class _Value:
    name: str
    value: Any
    source: str
    secret: bool = False
    giver: str = "--env-var"
    """The option to pass a value that is unknown here."""


@click.command(epilog=EXAMPLES)
@click.argument("name", required=False)
@click.option(
    "--collection",
    "directory",
    type=click.Path(),
    default=".",
    help="The collection (default: of the current directory).",
)
@click.option("--env-file", metavar="FILE", type=click.Path(), help="Environment from a file.")
@click.option("--env-var", multiple=True, metavar="NAME=VALUE", help="As for `bruscript run`.")
@click.option("--global-env", metavar="NAME", help="Global environment of the workspace.")
@click.option("--global-env-var", multiple=True, metavar="NAME=VALUE", help="As for `bruscript run`.")
@click.option("--workspace-path", metavar="DIR", type=click.Path(), help="Directory with workspace.yml.")
@click.option("--reveal", is_flag=True, help="Show the values of secrets.")
def command(name: str | None, **params: Any) -> int:
    """Show the variables of the environment NAME, each with the file or option that it comes from.

    With the options of `bruscript run` it shows what requests would see: which of several values wins, and
    which values it overrides. Without NAME: all environments.
    """
    from bruscript.collection import load

    collection = load(Path(params["directory"]))
    if name is None and not params["env_file"] and not params["global_env"]:
        return _list(collection)
    values: dict[str, list[_Value]] = {}
    for value in _values(collection, name, params):
        values.setdefault(value.name, []).append(value)
    mask = None if params["reveal"] else _mask(values, collection, name, params)
    _show(values, Style.of(sys.stdout), mask)
    return 0


def _list(collection: Collection) -> int:
    preset = collection.default_environment()
    for name in collection.environments():
        click.echo(printable(f"{name} (default)" if name == preset else name))
    if not collection.environments():
        click.echo(f"{collection.path} has no environments.", err=True)
    return 0


def _values(collection: Collection, name: str | None, params: dict[str, Any]) -> Iterator[_Value]:
    """Yield every value of every variable, the weakest first, in the order of precedence of a run."""
    secrets: set[str] = set()
    if params["global_env"]:
        from bruscript.collection.workspace import global_environment

        shared = global_environment(params["global_env"], collection.path, params["workspace_path"])
        secrets |= shared.secrets
        yield from _of(shared, collection, "--global-env-var")
    for key, value in pairs(params["global_env_var"], "global environment variable").items():
        yield _Value(key, value, "--global-env-var", key in secrets, "--global-env-var")
    declared = (collection.data.get("vars") or {}).get("req") or ()
    for variable in declared:
        if variable.get("enabled") and variable.get("name"):
            yield _Value(variable["name"], variable.get("value"), collection.file.name)
    environments = list(_environments(collection, name, params["env_file"]))
    for environment in environments:
        secrets |= environment.secrets
        yield from _of(environment, collection)
    for key, value in pairs(params["env_var"], "environment variable").items():
        yield _Value(key, value, "--env-var", key in secrets)
    # As in a run, those of the last environment alone, and stronger than all else of their name.
    for external in environments[-1].external if environments else ():
        if external.enabled:
            source = f"{external.store} {external.identifier}"
            yield _Value(external.name, "", source, secret=True, giver="--secrets-env-file")
    for key, value in collection.dotenv().items():
        yield _Value(f"process.env.{key}", value, ".env", secret=is_secret(key, value))


def _environments(collection: Collection, name: str | None, file: str | None) -> Iterator[Environment]:
    if file:
        yield collection.environment_file(Path(file).absolute())
    if name:
        from bruscript.runner.named_environment import named_environment

        yield named_environment(collection, name)


def _of(environment: Environment, collection: Collection, giver: str = "--env-var") -> Iterator[_Value]:
    path = environment.path
    source = environment.name
    if path is not None:
        source = (
            path.relative_to(collection.path).as_posix()
            if path.is_relative_to(collection.path)
            else str(path)
        )
    for entry in environment.entries:
        if entry.enabled and (entry.secret or entry.value is not UNDEFINED):
            value = "" if entry.value is UNDEFINED else entry.value
            yield _Value(entry.name, value, source, entry.secret, giver)


def _mask(
    values_by_name: dict[str, list[_Value]], collection: Collection, name: str | None, params: dict[str, Any]
) -> Mask:
    """Return the mask of a run with this environment: a value that is not secret may hold one that is."""
    from bruscript.runner.options import RunOptions

    options = RunOptions(
        env=name,
        env_file=Path(params["env_file"]).absolute() if params["env_file"] else None,
        env_vars=pairs(params["env_var"], "environment variable"),
        global_env=params["global_env"],
        global_env_vars=pairs(params["global_env_var"], "global environment variable"),
        workspace_path=Path(params["workspace_path"]) if params["workspace_path"] else None,
    )
    mask = mask_of(collection, collection.walk(), options)
    for values in values_by_name.values():
        for value in values:
            if value.secret:
                mask.learn(value.value, f"The secret {value.name}")
    return mask


def _show(values_by_name: dict[str, list[_Value]], style: Style, mask: Mask | None) -> None:
    if not values_by_name:
        click.echo("No variables.", err=True)
    for name, values in values_by_name.items():
        value = values[-1]
        shown = value.value if mask is None else mask.mask(value.value)
        text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
        if value.secret and text in ("", "null", None):
            value_text = style.yellow(f"(secret, no value here: give it with {value.giver})")
        else:
            value_text = MASKED if value.secret and mask else printable(text)
        hidden = list(dict.fromkeys(other.source for other in values[:-1]))
        note = f", hides {', '.join(hidden)}" if hidden else ""
        click.echo(
            f"{style.bold(printable(name))} = {value_text}  {style.dim(printable(f'({value.source}{note})'))}"
        )
