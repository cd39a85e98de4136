"""The answers of an authorization server's endpoints (RFC 6749 sections 5.1 and 5.2)."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bruscript.auth.oauth2.errors import OAuth2Error, clean, explanation
from bruscript.records import record

if TYPE_CHECKING:
    from bruscript.http import Response
    from bruscript.masking import Mask

FORM = "application/x-www-form-urlencoded"
"""The media type of token requests, and of the answers of older servers."""

_NOT_THE_CLIENT = frozenset(
    {
        *("invalid_grant", "invalid_scope", "unsupported_grant_type", "authorization_pending", "slow_down"),
        *("expired_token", "use_dpop_nonce", "invalid_dpop_proof", "invalid_target"),
    }
)
"""Errors of servers that have accepted the client, or have not looked at it yet."""


_PAGE = re.compile(r"\s*<(?:!doctype html|html)\b", re.IGNORECASE)


@record
class Answer:
    """One answer; `data` are its fields, None where it has none. `hint` is for the error, if it is one."""

    response: Response
    data: dict[str, Any] | None = field(repr=False)
    hint: str | None = None

    @classmethod
    def of(cls, response: Response) -> Answer:
        """Read a response: JSON, whatever the content type, or a form, as older servers write it."""
        if isinstance(response.data, dict):
            return cls(response, response.data)
        if str(response.header_map.get("content-type")).partition(";")[0].strip().lower() == FORM:
            return cls(response, dict(parse_qsl(response.text)) or None)
        return cls(response, None)

    def text(self, mask: Mask) -> str:
        """Return the body without secrets, of a page only what a browser shows.

        For an empty body, what the server says in WWW-Authenticate (RFC 6750 section 3).
        """
        body = self.response.text
        if not body.strip():
            challenge = self.response.header_map.get("www-authenticate")
            return mask.mask(challenge) if isinstance(challenge, str) else ""
        # A secret in the page may be escaped, or have tags in it: it is looked for before and after.
        body = mask.mask(body)
        if not _PAGE.match(body):
            return body
        from bruscript.auth.oauth2.page import text_of

        return mask.mask(text_of(body)) or body

    def without(self, name: str, prefix: str, mask: Mask, hint: str | None = None) -> OAuth2Error:
        """Return the error for an answer that lacks `name`; `prefix` says who answered."""
        if self.data is None:
            kind = clean(self.response.header_map.get("content-type") or "no content type")
            # Whatever else it is, it may hold a token; only a page is shown.
            text = clean(self.text(mask), 120)
            page = not text or self.response.text.lstrip().startswith("<")
            shown_text = f": {text or '(empty)'}" if page else ""
            return OAuth2Error(f"{prefix} with {kind}, where a JSON object was expected{shown_text}")
        words = explanation(mask.mask(self.data))
        fields = ", ".join(clean(key, 40) for key in self.data) or "nothing"
        return OAuth2Error(
            f"{prefix} without {name}{words and f': {words}'}; it holds: {fields}.", hint=hint, refused=True
        )

    @property
    def error(self) -> str:
        """The error code; "" without one."""
        error = (self.data or {}).get("error")
        return error if isinstance(error, str) else ""

    @property
    def client_doubt(self) -> int:
        """How likely the server refused the client's credentials: 2 for certainly, 1 for maybe, 0 for no.

        `invalid_client` says so, but many servers say something else, or only answer 401.
        """
        status, error = self.response.status, self.error
        if error in _NOT_THE_CLIENT or status not in (200, 400, 401, 403):
            return 0
        if status == 401 or ("client" in error and error != "unauthorized_client"):
            return 2
        if error in ("unauthorized_client", "invalid_request"):
            return 1
        return int(status == 403 or (status == 400 and not error))


def with_token_as_text(data: dict[str, Any], source: str) -> dict[str, Any]:
    """Return an answer whose token is a text, as the standard wants it; some servers write a number."""
    token = data.get(source)
    if isinstance(token, int) and not isinstance(token, bool):
        return {**data, source: str(token)}
    return {**data, source: token.strip()} if isinstance(token, str) else data


def place_of(data: dict[str, Any], source: str) -> str:
    """Return the path of a token that the answer has elsewhere, or under another spelling; "" without one."""
    wanted = source.replace("_", "")
    places = [(key, key, value) for key, value in data.items()]
    for path, key, value in places:
        if isinstance(value, dict):
            places += [(f"{path}.{name}", name, inner) for name, inner in value.items()]
        elif isinstance(value, str) and value and key.replace("_", "").lower() == wanted:
            return path
    return ""
