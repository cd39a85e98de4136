"""The options of a token manager."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import field

from bruscript.masking import Mask
from bruscript.records import record

Authorize = Callable[[str], "str | Awaitable[str]"]
"""Takes the authorization URL, returns the URL that the user was redirected to."""


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@record(frozen=True, kw_only=True)
class ManagerOptions:
    """The settings of a token manager.

    `timeout`, in seconds, bounds each token request and each wait for a user. `authorize` replaces the
    browser. `retry_unauthorized` sends a request that is answered 401 once more with another token.
    `mask` learns every secret value that the manager meets; `notify` shows a message to the user.
    """

    timeout: float = 120.0
    authorize: Authorize | None = None
    retry_unauthorized: bool = False
    mask: Mask = field(default_factory=Mask)
    notify: Callable[[str], object] = _to_stderr
