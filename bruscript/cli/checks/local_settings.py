"""Checks of `bruscript.toml` beside a collection, and of what it may add to a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from bruscript.cli.checks.problem import Problem, place_of
from bruscript.collection import Collection, Request
from bruscript.collection.local_settings import NAME, TABLES
from bruscript.errors import InvalidFileError
from bruscript.evaluate.oauth2_block import oauth2_block, with_local_settings
from bruscript.files import readable_path
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.choices import CHOICES, is_valid, nearest, wrong_value
from bruscript.lang.lint import auth_mode, value_of
from bruscript.lang.oauth2 import OAUTH2_KEYS, unknown_key_hint
from bruscript.lang.place import Place

_LINE: Final = re.compile(r"\bline (\d+)")


def check_local_settings(collection: Collection) -> list[Problem]:
    """Return the mistakes in the file, if the collection has one."""
    try:
        settings = collection.local_settings
    except InvalidFileError as error:
        # The other checks go on as if the file were not there.
        collection.local_settings = {}
        message = str(error).removeprefix(readable_path(collection.path / NAME)).lstrip(": ")
        line = _LINE.search(message)
        return [Problem(Place(int(line[1])) if line else Place(), message)]
    return list(_problems(settings, collection)) if settings else []


def _problems(settings: Mapping[str, Any], collection: Collection) -> Iterator[Problem]:
    text = (collection.path / NAME).read_text("utf-8")
    for name in settings:
        if name not in TABLES:
            yield Problem(_place(text, name), f"`{name}` is not a table of {NAME}{nearest(name, TABLES)}")
    ids = sorted(set(_ids(collection)))
    for name, table in (settings.get("oauth2") or {}).items():
        if name not in ids:
            yield Problem(
                _place(text, name),
                f"no `auth:oauth2` has the `credentials_id` {name}{nearest(name, ids)}",
            )
        for key, value in table.items():
            value_text = str(value).lower() if isinstance(value, bool) else str(value)
            choices = CHOICES["auth:oauth2"].get(key)
            if key not in OAUTH2_KEYS:
                problem = f"`{key}` is not a key of `auth:oauth2`{unknown_key_hint(key)}"
            elif choices and "{{" not in value_text and not is_valid(value_text, choices):
                problem = wrong_value(key, value_text, choices)
            else:
                continue
            yield Problem(_place(text, name, key), problem)


def missing_grants(collection: Collection) -> Iterator[tuple[Path, Problem]]:
    """Find `auth:oauth2` blocks in use to which neither the file nor a setting gives a `grant_type`."""
    for node in {node: None for request in collection.walk() for node in request.chain}:
        document = node.document
        if not isinstance(document, BruDocument) or document.block("auth:oauth2") is None:
            continue
        mode = auth_mode(document)
        settings = with_local_settings(oauth2_block(node.data, document), collection.local_settings)
        # The lint finds an empty one.
        absent = value_of(document, "auth:oauth2", "grant_type") is None and not settings["grantType"]
        if mode is not None and mode.value == "oauth2" and absent:
            path = node.path if isinstance(node, Request) else node.file
            choices = CHOICES["auth:oauth2"]["grant_type"]
            place = place_of(document, ("auth:oauth2", None))
            yield path, Problem(place, f"`auth:oauth2` has no `grant_type`: {', '.join(choices)}")


def _ids(collection: Collection) -> Iterator[str]:
    for node in {node: None for request in collection.walk() for node in request.chain}:
        if "oauth2" in (node.data.get("auth") or {}):
            yield str(oauth2_block(node.data, node.document).get("credentialsId") or "credentials")


def _place(text: str, *names: str) -> Place:
    """Return the place of the last of `names`, each after the one before; comments do not count."""
    at = 0
    for name in names:
        match = re.compile(rf"^[^#\n]*?(?<![\w-]){re.escape(name)}(?![\w-])", re.MULTILINE).search(text, at)
        if match is None:
            break
        at = match.end()
    return Place(text.count("\n", 0, at) + 1)
