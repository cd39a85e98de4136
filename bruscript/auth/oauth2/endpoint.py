"""Token requests, and what their answers mean (RFC 6749 sections 3.2, 5.1, 5.2 and 6)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from bruscript.auth.oauth2.config import check_url
from bruscript.auth.oauth2.credentials import is_secret, secrets_of
from bruscript.auth.oauth2.errors import OAuth2Error, clean, describe
from bruscript.masking import MASKED, Mask

if TYPE_CHECKING:
    from bruscript.auth.oauth2.config import Config, Parameter
    from bruscript.auth.oauth2.consent import Consent
    from bruscript.http import OutgoingRequest, Response

_SECRET_FIELDS = frozenset(
    {"client_secret", "password", "code", "code_verifier", "refresh_token", "assertion", "client_assertion"}
)
_FORM = "application/x-www-form-urlencoded"
_MAX_ANSWER = 16 << 20
"""Bytes, decoded; what a token endpoint has to say takes a few thousand."""
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass
class Endpoint:
    """Sends token requests for one configuration.

    `send` carries them: TLS, proxies and certificates are its affair. `timeout` is in seconds, for one
    exchange. `on_secret` hears every secret that is sent. `timeline` collects what was exchanged; `requests`
    counts it.
    """

    config: Config
    send: Callable[[OutgoingRequest], Awaitable[Response]]
    timeout: float
    on_secret: Callable[..., None]
    timeline: list[dict[str, Any]] = field(default_factory=list)
    requests: int = 0

    async def fetch(self, **fields: str) -> dict[str, Any]:
        """Ask the token URL; `fields` are the grant's, `grant_type` among them; empty ones are not sent."""
        return await self._exchange(self.config.access_token_url, fields, self.config.additional.token)

    async def refresh(self, refresh_token: str) -> dict[str, Any]:
        """Ask for a new token at the refresh URL, or at the token URL where none is given."""
        config = self.config
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        url = config.refresh_token_url or config.access_token_url
        check_url("refresh_token_url", url)
        return await self._exchange(url, fields, config.additional.refresh)

    async def _exchange(
        self, url: str, fields: dict[str, str], additional: Sequence[Parameter]
    ) -> dict[str, Any]:
        request = self._request(url, fields, additional)
        self.requests += 1
        assert isinstance(request.body, bytes)
        sent = dict(parse_qsl(request.body.decode("ascii"), keep_blank_values=True))
        self.timeline.append(
            {"event": "token request", "at": 0, "url": shown(url), "parameters": self._masked(sent)}
        )
        response = await self._send(request)
        details = {"status": response.status, "statusText": response.status_text, "url": shown(url)}
        answer = _answer(response)
        if answer is not None:
            details["answer"] = self._words(answer).json(self._masked(answer))
        self.timeline.append({"event": "token answer", "at": response.duration_ms, **details})
        return self._understand(url, response, answer)

    async def _send(self, request: OutgoingRequest) -> Response:
        from bruscript.http import RequestError

        what = f"OAuth 2.0: {request.method} {shown(request.url)}"
        try:
            response = await asyncio.wait_for(self.send(request), self.timeout)
        except asyncio.TimeoutError:
            raise OAuth2Error(f"{what} did not answer within {self.timeout:g} s.") from None
        except RequestError as error:
            self.timeline.extend(error.timeline)
            if error.code == "ECONNABORTED":
                raise OAuth2Error(f"{what} did not answer within {self.timeout:g} s.") from None
            raise OAuth2Error(f"{what} failed: {error.message}", hint=error.hint) from None
        self.timeline.extend(response.timeline)
        return response

    async def preauthorize(self, consent: Consent) -> dict[str, str] | None:
        """Make the authorization request with the additional headers, which no browser would send.

        The answer's parameters where it is a redirect to the callback URL, None where it is anything else.
        """
        from bruscript.http import OutgoingRequest

        request = OutgoingRequest(
            method="GET",
            url=consent.url,
            headers=list(consent.headers),
            timeout_ms=round(self.timeout * 1000),
            follow_redirects=False,
            cookies=False,
            max_body=_MAX_ANSWER,
        )
        response = await self._send(request)
        location = response.header_map.get("location")
        if response.status in _REDIRECTS and isinstance(location, str) and consent.answered_by(location):
            return consent.accept_url(location)
        return None

    def _request(self, url: str, fields: dict[str, str], additional: Sequence[Parameter]) -> OutgoingRequest:
        from authlib.oauth2.auth import ClientAuth
        from authlib.oauth2.rfc6749.parameters import prepare_token_request

        from bruscript.http import OutgoingRequest

        config = self.config
        grant = dict(fields)
        body = prepare_token_request(grant.pop("grant_type"), **grant)
        headers = {"Content-Type": _FORM, "Accept": "application/json"}
        method = _basic if config.credentials_in_header else _post
        client = ClientAuth(config.client_id, config.client_secret, method)
        url, headers, body = client.prepare("POST", url, headers, body)
        url, headers, body = add_parameters(additional, url, headers, body)
        self._tell_secrets(fields)
        return OutgoingRequest(
            method="POST",
            url=url,
            headers=list(headers.items()),
            body=body.encode("ascii"),
            timeout_ms=round(self.timeout * 1000),
            # A redirect would take the client's credentials to wherever the answer points (RFC 9700, 4.12).
            follow_redirects=False,
            max_redirects=0,
            forward_authorization=False,
            cookies=False,
            max_body=_MAX_ANSWER,
        )

    def _tell_secrets(self, fields: dict[str, str]) -> None:
        config = self.config
        sent = [
            *config.secrets,
            *(fields.get(name, "") for name in ("code", "code_verifier", "refresh_token")),
        ]
        self.on_secret(*filter(None, sent))
        if config.credentials_in_header and config.client_secret:
            self.on_secret(_basic_value(config.client_id, config.client_secret))

    def _understand(self, url: str, response: Response, data: dict[str, Any] | None) -> dict[str, Any]:
        status = f"{response.status} {clean(response.status_text)}".rstrip()
        answered = f"OAuth 2.0: POST {shown(url)} answered {status}"
        if 300 <= response.status < 400:
            target = clean(response.header_map.get("location", "nowhere"))
            raise OAuth2Error(
                f"{answered}, a redirect to {shown(target)}; it was not followed: credentials stay here.",
                hint="Set the URL in the auth:oauth2 block to where it points, if you trust it.",
            )
        refused = 400 <= response.status < 500
        if data is not None and data.get("error"):
            raise OAuth2Error(
                f"{answered}: {describe(self._words(data).json(data))}", refused=response.status < 500
            )
        if response.status >= 400:
            text = clean(self._words(data or {}).text(response.text), 120) or "(empty)"
            raise OAuth2Error(f"{answered}: {text}", refused=refused)
        if data is None:
            kind = clean(response.header_map.get("content-type") or "no content type")
            # Whatever else it is, it may hold a token; only a page is shown.
            text = clean(response.text, 120)
            shown_text = "" if text and not text.startswith("<") else f": {text or '(empty)'}"
            raise OAuth2Error(f"{answered} with {kind}, where a JSON object was expected{shown_text}")
        source = "id_token" if self.config.token_source == "id_token" else "access_token"
        if not (isinstance(data.get(source), str) and data[source]):
            got = ", ".join(clean(key, 40) for key in data) or "nothing"
            hint = "An ID token needs the scope openid." if source == "id_token" else None
            raise OAuth2Error(f"{answered} without {source}; it holds: {got}.", hint=hint, refused=True)
        if not (data[source].isascii() and data[source].isprintable()):
            raise OAuth2Error(f"{answered} with {source} that no HTTP header can carry.")
        return data

    def _masked(self, values: dict[str, Any]) -> dict[str, Any]:
        secret = _SECRET_FIELDS | {
            p.name for p in (*self.config.additional.token, *self.config.additional.refresh)
        }
        return {
            name: MASKED if name in secret or is_secret(name) else value for name, value in values.items()
        }

    def _words(self, data: dict[str, Any]) -> Mask:
        """The mask for a server's words: this client's own secrets, which some echo, and the answer's tokens.

        To be applied before they are cut: half a secret is not recognised.
        """
        config = self.config
        basic = _basic_value(config.client_id, config.client_secret) if config.client_secret else ""
        return Mask([*config.secrets, *secrets_of(data), basic])


def _answer(response: Response) -> dict[str, Any] | None:
    """The answer's fields: JSON, whatever the content type, or a form, as older servers write it."""
    if isinstance(response.data, dict):
        return response.data
    if str(response.header_map.get("content-type")).partition(";")[0].strip().lower() == _FORM:
        return dict(parse_qsl(response.text)) or None
    return None


def add_parameters(
    additional: Iterable[Parameter], url: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    """Add the additional parameters where each is to be sent.

    As in the reference, a header and a body field replace the one of the same name, the query is added to.
    """
    form = dict(parse_qsl(body, keep_blank_values=True))
    query: list[tuple[str, str]] = []
    for parameter in additional:
        if parameter.send_in == "headers":
            for name in [name for name in headers if name.lower() == parameter.name.lower()]:
                del headers[name]
            headers[parameter.name] = parameter.value
        elif parameter.send_in == "queryparams":
            query.append((parameter.name, parameter.value))
        else:
            form[parameter.name] = parameter.value
    # The reference's form encoding writes a space as %20.
    return with_query(url, query), headers, urlencode(form, quote_via=quote, safe="")


def with_query(url: str, pairs: Sequence[tuple[str, str]]) -> str:
    """`url` with `pairs` after its query, which stays as it was written."""
    if not pairs:
        return url
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(pairs, quote_via=quote, safe="")]))
    return urlunsplit(parts._replace(query=query))


def shown(url: str) -> str:
    """`url` for a message: without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, "", "")) + ("?…" if parts.query else "")
    except ValueError:
        return clean(url)


def _basic_value(client_id: str, client_secret: str) -> str:
    return base64.b64encode(f"{client_id}:{client_secret}".encode()).decode("ascii")


def _basic(
    client: Any, method: str, uri: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    """Client credentials in a header, not form-encoded first and in UTF-8, as the reference sends them."""
    headers["Authorization"] = f"Basic {_basic_value(client.client_id, client.client_secret)}"
    return uri, headers, body


def _post(
    client: Any, method: str, uri: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    """Client credentials in the body; a public client has no secret, and sends none."""
    from authlib.common.urls import add_params_to_qs

    pairs = [("client_id", client.client_id)]
    if client.client_secret.strip():
        pairs.append(("client_secret", client.client_secret))
    return uri, headers, add_params_to_qs(body, pairs)
