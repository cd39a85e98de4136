"""Finds OAuth 2.0 blocks that share a credentials id, and ask for different tokens."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from bruscript.auth.oauth2 import Config
from bruscript.cli.checks.problem import Problem
from bruscript.collection.layout import layout_at
from bruscript.evaluate.oauth2_block import oauth2_block
from bruscript.lang import BruSyntaxError, Document
from bruscript.lang.lint import auth_mode, value_of

_NAMES = ("url", "grant_type", "client_id", "user", "scope")


def shared_ids(documents: Mapping[Path, Document]) -> dict[Path, list[Problem]]:
    """Return the problems by file: each block is compared with the first of its id.

    Blocks are compared as they are written; templates are not resolved.
    """
    first: dict[tuple[Path, str], tuple[Path, Config]] = {}
    problems: dict[Path, list[Problem]] = defaultdict(list)
    for path, document in documents.items():
        mode = auth_mode(document) if document.kind != "environment" else None
        if mode is None or mode.value != "oauth2":
            continue
        try:
            config = Config.from_block(oauth2_block(document.content(), document))
        except BruSyntaxError:
            # The lint reports its wrong shape.
            continue
        where = (_root(path), config.credentials_id)
        other_path, other = first.setdefault(where, (path, config))
        if other.key != config.key:
            mark = value_of(document, "auth:oauth2", "credentials_id") or mode
            relative = Path(os.path.relpath(other_path, path.parent)).as_posix()
            problems[path].append(
                Problem(
                    mark.place,
                    f"`credentials_id` is `{config.credentials_id}`, and so is that of {relative}, which "
                    f"asks for a token with another {' and '.join(_differences(config, other))}; each gets "
                    "its own token, but scripts and `auth` commands reach them by one id",
                )
            )
    return problems


def _differences(one: Config, other: Config) -> Iterator[str]:
    names = [name for name in _NAMES if getattr(one.key, name) != getattr(other.key, name)]
    yield from (name.replace("url", "access_token_url").replace("user", "username") for name in names)
    if not names:
        yield "authorization_url" if one.authorization_url != other.authorization_url else "parameter"


def _root(path: Path) -> Path:
    directory = path.absolute().parent
    for candidate in (directory, *directory.parents):
        if layout_at(candidate) is not None:
            return candidate
    return directory
