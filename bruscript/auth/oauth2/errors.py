"""Errors in getting a token, for the user."""

from __future__ import annotations

import json
from math import inf
from typing import Any

from bruscript.errors import BruscriptError


class OAuth2Error(BruscriptError):
    """No token could be obtained. The message has the URL and its answer, or what to change in the block.

    `refused` is whether the authorization server said no (a 4xx or an `error` answer, RFC 6749 section 5.2),
    rather than failing to answer; `code` is its `error`. `limit` is how many seconds its answer was waited
    for, if that was too short. `transient` is whether the same request may succeed a little later: the
    connection failed, or the server is overloaded. `timeline` holds what was exchanged with it until then.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        refused: bool = False,
        code: str = "",
        limit: float = inf,
        transient: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.limit = limit
        self.refused = refused
        self.code = code
        self.transient = transient
        self.timeline: list[dict[str, Any]] = []


class ForeignAnswerError(OAuth2Error):
    """An answer that has a different state, or none: it does not answer this request."""


class AddressInUseError(OAuth2Error):
    """Something else listens at the callback URL."""


class TokenStoreError(BruscriptError):
    """The token store cannot be read or written, or its file is something else."""

    exit_code = 10


def clean(text: object, limit: int = 300) -> str:
    """Return a server's words for one line of a terminal: no control characters, at most `limit` long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def sentence(text: str) -> str:
    """Return `text`, which may end in a server's words, with a full stop at its end."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


_EXPLANATIONS = (
    "error_description",
    "message",
    "error_message",
    "errmsg",
    "msg",
    "detail",
    "reason",
    "title",
)
"""Where servers explain what is wrong: as the standard says, or as their frameworks do."""


def explanation(answer: dict[str, Any]) -> str:
    """Return a server's own words about what is wrong; "" without any."""
    words = (answer.get(name) for name in _EXPLANATIONS)
    return next((clean(text) for text in words if isinstance(text, str) and text.strip()), "")


def describe(answer: dict[str, Any]) -> str:
    """Return the `error` of an OAuth answer with its explanation and URI, in the server's words."""
    error = answer.get("error", "error")
    # Against the standard, but seen: an object with a code and a message.
    parts = [clean(error if isinstance(error, str) else json.dumps(error, ensure_ascii=False))]
    if words := explanation(answer):
        parts.append(words)
    text = ": ".join(parts)
    return f"{text} (see {clean(answer['error_uri'])})" if answer.get("error_uri") else text
