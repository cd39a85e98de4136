"""From a file's values to the JSON that the reference's parser gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from bruscript.lang.js import truthy
from bruscript.lang.values import SECRET_IDENTIFIERS
from bruscript.lang.yml import shapes
from bruscript.lang.yml.read_item import read_item
from bruscript.lang.yml.read_root import read_collection, read_folder
from bruscript.lang.yml.shapes import either, member, optional, text


def read(value: Any, kind: str) -> dict[str, Any]:
    """Return the JSON of a file of this kind: request, collection, folder or environment.

    Numbers with a special spelling keep it where they become texts. Raises Refused where the
    reference's parser fails.
    """
    return _READERS[kind](value)


def finite(value: Any) -> Any:
    """Return a value as JSON can hold it: without infinities and NaN, which become null."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _environment(value: Any) -> dict[str, Any]:
    environment = {
        "name": text(member(value, "name"), "Untitled Environment"),
        "variables": shapes.environment_variables(member(value, "variables")),
        "color": either(member(value, "color"), None),
    }
    external = optional(value, "externalSecrets")
    store = text(optional(external, "type"))
    field = SECRET_IDENTIFIERS.get(store)
    if field is not None:
        sources = external.get("variables")
        environment["externalSecrets"] = {
            "type": store,
            "variables": [
                {
                    "name": text(optional(source, "name")),
                    "enabled": optional(source, "disabled") is not True,
                    field: text(optional(source, field)),
                }
                for source in (sources if isinstance(sources, list) else ())
                if truthy(optional(source, "name"))
            ],
        }
    return environment


_READERS: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    "request": read_item,
    "collection": read_collection,
    "folder": read_folder,
    "environment": _environment,
}
