"""The authorization of one request, and how its token was obtained."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from bruscript.auth.oauth2.config import Config
from bruscript.auth.oauth2.credentials import Credentials
from bruscript.auth.oauth2.urls import redacted_url
from bruscript.records import record

if TYPE_CHECKING:
    import httpx

FETCHED, REFRESHED, REUSED, RETRIED = "fetched", "refreshed", "reused", "retried"
"""How a request's token was obtained, as the report says it."""


@record
class Renewal:
    """The result of one trip to the authorization server, or of a look into the store.

    `notes` are additions to the report's entry.
    """

    outcome: str
    credentials: Credentials = field(repr=False)
    requests: int = 0
    timeline: list[dict[str, Any]] = field(default_factory=list, repr=False)
    warnings: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)


@record
class Authorization:
    """One request's authorization.

    `auth` goes to the client with the request. `entry` is the report's: whose token it is, and its `outcome`:
    "fetched", "refreshed", "reused", or, after the request was sent, "retried". `timeline` has the token
    exchanges that this request caused, `warnings` are for the user. `header` is the header with the token, if
    it is sent in one.
    """

    auth: httpx.Auth
    entry: dict[str, Any]
    header: tuple[str, str] | None = field(default=None, repr=False)
    timeline: list[dict[str, Any]] = field(default_factory=list, repr=False)
    warnings: list[str] = field(default_factory=list)

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The report's entries for the request."""
        return [self.entry]

    @property
    def outcome(self) -> str:
        """How the token was obtained."""
        return str(self.entry["outcome"])


def report_entry(config: Config, renewal: Renewal) -> dict[str, Any]:
    """Return the report's entry for a request's token."""
    return {
        "credentialsId": config.credentials_id,
        "grantType": config.grant_type,
        "url": redacted_url(config.key.url),
        "clientId": config.client_id,
        "user": config.user,
        "scope": config.scope,
        "outcome": renewal.outcome,
        "tokenRequests": renewal.requests,
        **renewal.notes,
    }
