"""Environments: named sets of variables, in `.bru`, `.json` and `.yml` files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from bruscript.collection import json_shape
from bruscript.collection.layout import is_yaml
from bruscript.errors import EnvironmentNotFoundError, InvalidFileError
from bruscript.files import read_file, readable_path
from bruscript.lang import BruSyntaxError
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.document import Finding
from bruscript.lang.encoding import decoded
from bruscript.lang.js import UNDEFINED, exact_number, parse_json, to_string
from bruscript.lang.nodes import Dictionary
from bruscript.lang.place import KeyPath
from bruscript.lang.values import SECRET_IDENTIFIERS
from bruscript.records import record

_JSON_SHAPES: dict[KeyPath, json_shape.Kind] = {
    (): "object",
    ("name",): "text",
    ("variables",): "list",
    ("variables", "*"): "entry",
    ("variables", "*", "name"): "text",
    ("variables", "*", "enabled"): "boolean",
    ("variables", "*", "secret"): "boolean",
}
_SECRETS_SHAPES: dict[KeyPath, json_shape.Kind] = {
    ("externalSecrets",): "object",
    ("externalSecrets", "type"): "string",
    ("externalSecrets", "variables"): "list",
    ("externalSecrets", "variables", "*"): "entry",
    ("externalSecrets", "variables", "*", "name"): "text",
}


@record(frozen=True)
class Variable:
    """One entry of an environment. `value` is typed; a secret has "" unless its file holds one.

    UNDEFINED is the value of an entry in a JSON file that has none.
    """

    name: str
    value: Any = field(repr=False)
    enabled: bool = True
    secret: bool = False


@record(frozen=True)
class ExternalSecret:
    """A variable whose value a secret manager has: `identifier` in the store `store`.

    `store` is one of `SECRET_IDENTIFIERS`. `line` is where a `.bru` file declares it.
    """

    store: str
    name: str
    identifier: str
    enabled: bool = True
    line: int | None = None


@record(frozen=True)
class Environment:
    """An environment as its file holds it, every entry in order, the disabled ones included.

    Examples:
        >>> collection.environment("local").variables
        {'host': 'http://shop.test'}
    """

    name: str
    path: Path | None = None
    entries: tuple[Variable, ...] = ()
    external: tuple[ExternalSecret, ...] = ()
    passed_over: Sequence[Finding] = field(default=(), repr=False)
    """What its file holds that is not used as its author probably meant."""

    @property
    def variables(self) -> dict[str, Any]:
        """The values of the enabled variables that have one; of a name that repeats, the last."""
        return {
            entry.name: entry.value
            for entry in self.entries
            if entry.enabled and entry.value is not UNDEFINED
        }

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the variables that are secret, enabled or not."""
        return frozenset(entry.name for entry in self.entries if entry.secret and entry.name)


def find_environment(
    directory: Path, name: str, known: Iterable[str] = (), *, suffix: str = ".bru", title: str = "Environment"
) -> Environment:
    """Return the environment called `name` among the files of `directory`.

    Raises EnvironmentNotFoundError for an unknown name, listing the existing ones (`known`), and
    InvalidFileError for a file that cannot be read.
    """
    path = directory / f"{name}{suffix}"
    if not path.is_file():
        known = list(known)
        raise EnvironmentNotFoundError(
            f"{title} file not found: environments/{name}{suffix}",
            hint=f"The environments here: {', '.join(known)}."
            if known
            else f"{directory} has no environments.",
        )
    return read_environment(path, name)


def read_environment(path: Path, name: str | None = None) -> Environment:
    """Return the environment in the file at `path`, whose suffix says the format.

    Its name is `name`, or what a JSON file calls it, or else the file's. Raises InvalidFileError.
    """
    try:
        # A pipe will do: `--env-file <(…)`.
        text = decoded(read_file(path, piped=True), readable_path(path))
    except BruSyntaxError as error:
        raise InvalidFileError(f"Failed to parse environment file {error}") from None
    except OSError as error:
        raise InvalidFileError(
            f"Cannot read environment file {readable_path(path)}: {error.strerror}"
        ) from None
    suffix = path.suffix.lower()
    if suffix == ".json":
        data = parse_json_environment(text, path)
        name_value = data.get("name")
        stripped_name = name_value.strip() if isinstance(name_value, str) else ""
        entries = tuple(map(_from_json, filter(None, data["variables"])))
        return Environment(name or stripped_name or path.stem, path, entries, _external_of(data))
    try:
        if is_yaml(path):
            return _from_yaml(text, path, name)
        document = BruDocument.parsed(text.replace("\r\n", "\n"), "environment", readable_path(path))
        variables = document.content().get("variables") or ()
    except BruSyntaxError as error:
        if (path.suffix not in ("", ".bru") and not is_yaml(path)) or path.name.startswith(".env"):
            raise InvalidFileError(
                f"Failed to parse environment file {readable_path(path)}: only .bru, .json and .yml files "
                "are read",
                hint="Requests read the variables of `.env` beside the collection as {{process.env.NAME}}.",
            ) from None
        raise InvalidFileError(f"Failed to parse environment file {error}") from None
    entries = tuple(_variable(entry) for entry in variables if entry.get("name"))
    return Environment(name or path.name.removesuffix(".bru"), path, entries, _external_in(document))


def _from_yaml(text: str, path: Path, name: str | None) -> Environment:
    # Imported here: collections of .bru files need no YAML.
    from bruscript.lang.yml.document import YmlDocument
    from bruscript.lang.yml.places import entry_lines

    document = YmlDocument.parsed(text, "environment", readable_path(path))
    lines = entry_lines(document.root, "externalSecrets", "variables")
    data = document.content()
    secrets = _external_of(data)
    if len(lines) == len(secrets):
        secrets = tuple(replace(secret, line=line) for secret, line in zip(secrets, lines, strict=True))
    entries = tuple(map(_variable, data["variables"]))
    return Environment(name or path.stem, path, entries, secrets, document.passed_over)


def parse_json_environment(text: str, path: Path) -> dict[str, Any]:
    """Return the JSON of an environment, known to be an object with a list `variables`.

    Raises InvalidFileError.
    """
    try:
        data: Any = json_shape.parse(text)
        json_shape.check(data, _JSON_SHAPES, text)
        if data.get("externalSecrets"):
            json_shape.check(data, _SECRETS_SHAPES, text)
        if data.get("variables") is None:
            message = 'expected one environment, an object with a list "variables"'
            raise json_shape.mistake_at(text, (), message)
        for index, entry in enumerate(data["variables"]):
            if entry and entry.get("name") is None:
                raise json_shape.mistake_at(text, ("variables", index), "the variable has no name")
    except json_shape.JsonMistake as mistake:
        raise InvalidFileError(
            f"Failed to parse environment file {readable_path(path)}:{mistake}",
            hint='For example: {"name": "Local", "variables": [{"name": "host", "value": "http://localhost"}]}',
        ) from None
    checked: dict[str, Any] = data
    return checked


def typed_value(value: Any, data_type: Any) -> Any:
    """Convert `value`, a text, to the type that its variable declares; unchanged if it does not fit."""
    if not isinstance(value, str) or not value.strip():
        return value
    if data_type == "number":
        read = exact_number(value)
        return value if read is None else read
    if data_type == "boolean":
        return {"true": True, "false": False}.get(value, value)
    if data_type == "object":
        try:
            parsed = parse_json(value.strip())
        except ValueError:
            return value
        return parsed if isinstance(parsed, (dict, list)) else value
    return value


def _variable(entry: dict[str, Any]) -> Variable:
    return Variable(entry["name"], entry.get("value"), bool(entry.get("enabled")), bool(entry.get("secret")))


def _from_json(entry: dict[str, Any]) -> Variable:
    enabled = entry.get("enabled") is not False
    value = entry.get("value", UNDEFINED)
    return Variable(str(entry.get("name")), value, enabled, entry.get("secret") is True)


def _external_in(document: BruDocument) -> tuple[ExternalSecret, ...]:
    """Return the secrets of every `vars:externalsecrets:STORE` block; unknown stores are ignored."""
    secrets = []
    for block in document.blocks:
        store = block.name.removeprefix("vars:externalsecrets:")
        if isinstance(block, Dictionary) and store in SECRET_IDENTIFIERS:
            for pair in block.pairs:
                name, value = pair.key.removeprefix("~"), pair.value
                if name:
                    identifier = value if isinstance(value, str) else ""
                    secrets.append(ExternalSecret(store, name, identifier, pair.enabled, pair.line))
    return tuple(secrets)


def _external_of(data: dict[str, Any]) -> tuple[ExternalSecret, ...]:
    """Return the secrets of `externalSecrets`, an object with the store's `type` and a list `variables`."""
    declared = data.get("externalSecrets")
    declared = declared if isinstance(declared, dict) else {}
    field_name = SECRET_IDENTIFIERS.get(store := str(declared.get("type")))
    variables = declared.get("variables")
    if field_name is None or not isinstance(variables, list):
        return ()
    return tuple(
        ExternalSecret(
            store,
            _text(entry["name"]),
            _text(entry.get(field_name)),
            entry.get("enabled") is not False and entry.get("disabled") is not True,
        )
        for entry in variables
        if isinstance(entry, dict) and entry.get("name")
    )


def _text(value: Any) -> str:
    return "" if value is None else to_string(value)
