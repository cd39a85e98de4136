"""Why a secret could not be fetched, for the user."""

from __future__ import annotations

from typing import Any

from bruscript.errors import BruscriptError


class SecretError(BruscriptError):
    """A secret, or a whole store, could not be fetched; the message says why."""

    exit_code = 1


def clean(text: object, limit: int = 300) -> str:
    """Return a server's words for one line of a terminal: no control characters, at most `limit` long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def explain(answer: Any) -> str:
    """Return what a manager's error answer says, whatever the manager; "" where it says nothing.

    Vault has `errors` and `warnings`, AWS `__type` and `message`, Entra `error` and `error_description`;
    Azure and Google have an object `error` with `code` or `status`, and `message`.
    """
    if not isinstance(answer, dict):
        return clean(answer, 120) if isinstance(answer, str) else ""
    error = answer.get("error")
    inner = error if isinstance(error, dict) else answer
    listed = [item for key in ("errors", "warnings") for item in _list(answer.get(key))]
    code = (
        error if isinstance(error, str) else inner.get("status") or inner.get("code") or inner.get("__type")
    )
    message = inner.get("message") or inner.get("Message") or inner.get("error_description")
    parts = [str(code).rpartition("#")[2] if code else "", *listed, message]
    return clean(": ".join(str(part) for part in parts if part))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
