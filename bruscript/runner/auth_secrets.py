"""The secrets of a collection's auth blocks: the mask knows them before the first request is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from bruscript.evaluate.merge import merge
from bruscript.evaluate.resolve import resolve_settings

if TYPE_CHECKING:
    from pathlib import Path

    from bruscript.collection import Request
    from bruscript.evaluate import Effective, Scopes
    from bruscript.http.request import AuthConfig
    from bruscript.masking import Mask
    from bruscript.runner.secrets import RunSecrets

_YML_AUTH: Final = re.compile(r"auth:(?! *(?:inherit|none)\b)")
_WITHOUT: Final = ("none", "inherit")


class AuthSecrets:
    """The auth that requests have, each block once for all that its templates may be filled in with.

    A request whose file has neither auth nor variables of its own is like its neighbours: it is not read.
    `root` is the collection's directory.
    """

    def __init__(self, requests: Iterable[Request], root: Path, secrets: RunSecrets, mask: Mask) -> None:
        self._root = root
        self._secrets = secrets
        self._mask = mask
        self._with_templates: list[Effective] = []
        self._literal: list[Effective] = []
        known: set[tuple[Any, str]] = set()
        for request in _distinct(requests):
            try:
                effective = merge(request)
            except Exception:
                # The request itself reports it.
                continue
            if effective.auth.mode in _WITHOUT:
                continue
            varies = "{{" in repr(effective.auth.config)
            variables = repr((effective.folder_vars, effective.request_vars)) if varies else ""
            if (key := (effective.auth.source, variables)) not in known:
                known.add(key)
                (self._with_templates if varies else self._literal).append(effective)

    def learn(self, scopes: Scopes) -> None:
        """Learn what is written in the blocks, and what variables make of it as they are now."""
        for effective in self._literal:
            self._learn(effective.auth, transient=False)
        for effective in self._with_templates:
            self._learn(effective.auth, transient=False)
        self.learn_variables(scopes, transient=False)

    def learn_variables(self, scopes: Scopes, *, transient: bool = True) -> None:
        """Learn what variables make of the blocks that have templates."""
        for effective in self._with_templates:
            here = replace(scopes)
            here.enter(effective)
            self._secrets.scopes(here)
            with suppress(Exception):
                self._learn(resolve_settings(effective.auth, here), transient=transient)

    def _learn(self, auth: AuthConfig, *, transient: bool) -> None:
        self._secrets.auth(auth, transient=transient)
        if auth.mode == "oauth2":
            # Most collections have no OAuth 2.0, and do not import it.
            from bruscript.auth.oauth2 import Config

            Config.from_block(auth.config).based_in(self._root).mask_secrets(self._mask)


def _distinct(requests: Iterable[Request]) -> Iterator[Request]:
    """Yield the requests that may have auth like no other: their own, or inherited with other variables."""
    inheriting: set[int] = set()
    for request in requests:
        text = request.document.text
        if request.document.format == "bru":
            is_own = "\nauth:" in text or "\nvars" in text
        else:
            is_own = "variables:" in text or _YML_AUTH.search(text) is not None
        if is_own:
            yield request
        elif "inherit" in text and id(request.parent) not in inheriting:
            inheriting.add(id(request.parent))
            yield request
