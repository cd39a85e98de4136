"""Token requests, and what their answers mean (RFC 6749 sections 3.2, 5.1, 5.2 and 6)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, quote_plus, urlencode

from bruscript.auth.oauth2.answer import FORM, Answer, place_of, with_token_as_text
from bruscript.auth.oauth2.client_authentication import authentication, basic_values, method_of
from bruscript.auth.oauth2.credentials import is_secret, secrets_of
from bruscript.auth.oauth2.errors import OAuth2Error, clean, describe
from bruscript.auth.oauth2.form import add_parameters, by_name
from bruscript.auth.oauth2.parameters import Parameter
from bruscript.auth.oauth2.proof_key import NONCES
from bruscript.auth.oauth2.urls import check_url, redacted_url
from bruscript.masking import MASKED
from bruscript.records import record

if TYPE_CHECKING:
    from bruscript.auth.oauth2.config import Config
    from bruscript.auth.oauth2.consent import Consent
    from bruscript.auth.oauth2.proof_key import ProofKey
    from bruscript.auth.oauth2.shared_renewal import Waiters
    from bruscript.http import Fence, OutgoingRequest, Response
    from bruscript.masking import Mask

_SECRET_FIELDS = frozenset(
    {
        *("client_secret", "password", "code", "code_verifier", "refresh_token", "assertion"),
        *("client_assertion", "device_code", "user_code", "verification_uri_complete", "request_uri"),
    }
)
_MAX_ANSWER = 16 << 20
"""Bytes, decoded; a token response has a few thousand."""
_REDIRECTS = (301, 302, 303, 307, 308)
_TOO_MANY_REQUESTS = 429
_TRANSIENT = frozenset({"ECONNRESET", "ECONNREFUSED", "ETIMEDOUT", "EPIPE", "EAI_AGAIN", "ENETUNREACH"})
"""Failures of connections that may be over with the next one."""
_MALFORMED_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class _Post(NamedTuple):
    """A request to one of the server's endpoints, before the client authenticates."""

    url: str
    fields: dict[str, str]
    additional: Sequence[Parameter]
    fence: Fence | None


@record
class Endpoint:
    """Sends token requests for one configuration.

    `send` carries them: it handles TLS, proxies and certificates. One exchange may take `timeout` seconds, if
    `waiters` does not end it earlier. `mask` learns every secret that is sent or received. `encoded`
    remembers the servers and the credentials of clients that have to be form-encoded in a Basic header there.
    `timeline` collects what was exchanged; `requests` counts it. With `proof_key` every request carries a
    proof (RFC 9449).
    """

    config: Config
    send: Callable[[OutgoingRequest], Awaitable[Response]]
    timeout: float
    waiters: Waiters
    mask: Mask
    encoded: set[tuple[str, str, str]] = field(default_factory=set, repr=False)
    timeline: list[dict[str, Any]] = field(default_factory=list, repr=False)
    requests: int = 0
    proof_key: ProofKey | None = None

    async def fetch(self, **fields: str) -> dict[str, Any]:
        """Ask the token URL; `fields` are the grant's, `grant_type` among them; empty ones are not sent."""
        config = self.config
        fence = self._fence("access_token_url")
        return await self._exchange(config.access_token_url, fields, config.additional.token, fence)

    async def refresh(self, refresh_token: str) -> dict[str, Any]:
        """Ask for a new token at the refresh URL, or else at the token URL."""
        config = self.config
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        url = config.refresh_token_url or config.access_token_url
        check_url("refresh_token_url", url)
        return await self._exchange(url, fields, config.additional.refresh, self._fence("refresh_token_url"))

    async def ask(
        self,
        key: str,
        url: str,
        fields: dict[str, str],
        additional: Sequence[Parameter] = (),
        needed: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Post `fields` with the client's credentials to another endpoint, whose URL is that of `key`.

        Raises OAuth2Error where that refuses, or answers without the `needed` fields.
        """
        check_url(key, url)
        answer = await self._post(_Post(url, fields, additional, self._fence(key)))
        data = self._checked(url, answer) or {}
        if not all(data.get(name) for name in needed):
            names = " and ".join(f"a {name}" for name in needed)
            raise answer.without(names, _prefix(url, answer.response), self.mask)
        return data

    async def read(self, key: str, url: str) -> tuple[dict[str, Any] | None, str]:
        """Return the JSON document at a URL, or None, and what was answered.

        Raises OAuth2Error if nobody answers.
        """
        from bruscript.http import OutgoingRequest

        check_url(key, url)
        request = OutgoingRequest(
            method="GET",
            url=url,
            headers=[("Accept", "application/json")],
            timeout_ms=round(self.timeout * 1000),
            follow_redirects=False,
            cookies=False,
            fence=self._fence(key),
            max_body=_MAX_ANSWER,
        )
        response = await self._send(request)
        if response.status != 200:
            return None, _status(response)
        if isinstance(response.data, dict):
            return response.data, _status(response)
        kind = clean(response.header_map.get("content-type") or "no content type", 80)
        return None, f"{_status(response)} with {kind}"

    def _fence(self, key: str) -> Fence | None:
        # Whoever chooses the issuer chooses all of its URLs.
        fences = self.config.fences
        return fences.get(key) or fences.get("issuer")

    @property
    def encodes(self) -> bool:
        """Whether the client's id and secret are form-encoded in the Basic header (RFC 6749 2.3.1)."""
        return self._basic and self._client in self.encoded

    @property
    def _basic(self) -> bool:
        return method_of(self.config) == "client_secret_basic"

    @property
    def _client(self) -> tuple[str, str, str]:
        return server_of(self.config), self.config.client_id, self.config.client_secret

    async def _exchange(
        self, url: str, fields: dict[str, str], additional: Sequence[Parameter], fence: Fence | None
    ) -> dict[str, Any]:
        return self._understand(url, await self._post(_Post(url, fields, additional, fence)))

    async def _post(self, post: _Post) -> Answer:
        encoded = self.encodes
        answer = await self._post_proven(post, encoded)
        doubt = self._client_doubt(answer)
        # What others have learned since this one was sent does not count: it was refused as it was sent.
        if encoded or not doubt:
            return answer
        # The reference sends id and secret as they are, and so do many servers' own tools; a server
        # that follows the letter decodes them first.
        other = await self._post_proven(post, encoded=True)
        if other.client_doubt < doubt:
            if other.response.status < 500:
                self.encoded.add(self._client)
            return other
        if doubt == other.client_doubt == 2:
            answer.hint = (
                "The client's id and secret were refused as they are and form-encoded (RFC 6749, 2.3.1). "
                "Check them, and whether the server expects them in a Basic header."
            )
        return answer

    def _client_doubt(self, answer: Answer) -> int:
        """Return the answer's `client_doubt`; 0 where form-encoding would change nothing."""
        credentials = self.config.client_id + self.config.client_secret
        if not self._basic or quote_plus(credentials) == credentials:
            return 0
        # Decoding fails at that in some servers, before anything is compared.
        broken = answer.response.status >= 500 and _MALFORMED_ESCAPE.search(credentials) is not None
        return max(answer.client_doubt, int(broken))

    async def _post_proven(self, post: _Post, encoded: bool) -> Answer:
        answer, nonce = await self._post_once(post, encoded)
        for _ in range(NONCES):
            if not nonce or answer.error != "use_dpop_nonce":
                break
            answer, nonce = await self._post_once(post, encoded, nonce)
        return answer

    async def _post_once(self, post: _Post, encoded: bool, nonce: str = "") -> tuple[Answer, str]:
        """Return the answer, and the nonce that it wants in the proof in place of the one that was sent."""
        url = post.url
        request = self._request(post, encoded)
        proof = ""
        if self.proof_key is not None:
            proof = self.proof_key.proof("POST", request.url, nonce=nonce)
            self.mask.learn(proof, "A DPoP proof", transient=True)
            request.headers.append(("DPoP", proof))
        self.requests += 1
        assert isinstance(request.body, bytes)
        sent = by_name(parse_qsl(request.body.decode("ascii"), keep_blank_values=True))
        if assertion := sent.get("client_assertion"):
            self.mask.learn(assertion, "The client's assertion", transient=True)
        self.timeline.append(
            {"event": "token request", "at": 0, "url": redacted_url(url), "parameters": self._masked(sent)}
        )
        response = await self._send(request)
        details = {"status": response.status, "statusText": response.status_text, "url": redacted_url(url)}
        answer = Answer.of(response)
        if answer.data is not None:
            # Before its words are cut for a message.
            for value in secrets_of(answer.data):
                self.mask.learn(value, "A token", transient=True)
            details["answer"] = self.mask.mask(self._masked(answer.data))
        self.timeline.append({"event": "token answer", "at": response.duration_ms, **details})
        wanted = self.proof_key.learn(request.url, response.header_map, proof) if self.proof_key else ""
        return answer, wanted

    async def _send(self, request: OutgoingRequest) -> Response:
        from bruscript.http import RequestError

        what = f"OAuth 2.0: {request.method} {redacted_url(request.url)}"
        try:
            response = await self.waiters.exchange(what, self.send(request))
        except RequestError as error:
            self.timeline.extend(error.timeline)
            if error.code == "ECONNABORTED":
                raise OAuth2Error(
                    f"{what} did not answer within {self.timeout:g} s.", transient=True
                ) from None
            raise OAuth2Error(
                f"{what} failed: {error.message}", hint=error.hint, transient=error.code in _TRANSIENT
            ) from None
        self.timeline.extend(response.timeline)
        return response

    async def push(self, consent: Consent) -> Consent:
        """Push the authorization request, where the server wants that, and return what refers to it.

        RFC 9126. Raises OAuth2Error.
        """
        url = self.config.more.pushed_authorization_url
        if not url:
            return consent
        pushed = [Parameter(name, value, "body") for name, value in consent.parameters]
        answer = await self.ask("pushed_authorization_url", url, {}, pushed, ["request_uri"])
        return consent.referring_to(str(answer["request_uri"]))

    async def check_consent(self, consent: Consent) -> None:
        """Raise a BruscriptError if the user's browser would go to a forbidden host."""
        from bruscript.http.dialling import check_beyond
        from bruscript.http.url import parse_url

        for key, url in (("authorization_url", consent.url), ("callback_url", consent.callback_url)):
            if fence := self._fence(key):
                await check_beyond(fence, parse_url(url))

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
            fence=self._fence("authorization_url"),
            max_body=_MAX_ANSWER,
        )
        response = await self._send(request)
        location = response.header_map.get("location")
        if response.status in _REDIRECTS and isinstance(location, str) and consent.answered_by(location):
            return consent.accept_url(location)
        return None

    def _request(self, post: _Post, encoded: bool) -> OutgoingRequest:
        from authlib.oauth2.auth import ClientAuth
        from authlib.oauth2.rfc6749.parameters import prepare_token_request

        from bruscript.http import OutgoingRequest

        config = self.config
        grant = dict(post.fields)
        if "grant_type" in grant:
            body = prepare_token_request(grant.pop("grant_type"), **grant)
        else:
            body = urlencode([(name, value) for name, value in grant.items() if value])
        headers = {"Content-Type": FORM, "Accept": "application/json"}
        method = authentication(config, encoded=encoded)
        client = ClientAuth(config.client_id, config.client_secret, method)
        url, headers, body = client.prepare("POST", post.url, headers, body)
        url, lines, body = add_parameters(post.additional, url, headers, body)
        self._mask_secrets(post.fields)
        return OutgoingRequest(
            method="POST",
            url=url,
            headers=lines,
            body=body.encode("ascii"),
            timeout_ms=round(self.timeout * 1000),
            # A redirect would take the client's credentials to wherever the answer points (RFC 9700, 4.12).
            follow_redirects=False,
            max_redirects=0,
            forward_authorization=False,
            cookies=False,
            fence=post.fence,
            max_body=_MAX_ANSWER,
        )

    def _mask_secrets(self, fields: dict[str, str]) -> None:
        config = self.config
        config.mask_secrets(self.mask)
        for name in ("code", "code_verifier", "refresh_token", "assertion", "device_code", "token"):
            self.mask.learn(fields.get(name), f"The {name}", transient=True)
        if self._basic and config.client_secret:
            for value in basic_values(config):
                self.mask.learn(value, "The client's credentials")

    def _checked(self, url: str, answer: Answer) -> dict[str, Any] | None:
        """Return the answer's fields, or None; raise OAuth2Error for a refusal (RFC 6749 section 5.2)."""
        response, data = answer.response, answer.data
        prefix = _prefix(url, response)
        if 300 <= response.status < 400:
            target = clean(response.header_map.get("location", "nowhere"))
            raise OAuth2Error(
                f"{prefix}, a redirect to {redacted_url(target)}; it was not followed: "
                "credentials stay here.",
                hint="Set the URL in the auth:oauth2 block to where it points, if you trust it.",
            )
        refused = 400 <= response.status < 500
        transient = response.status >= 500 or response.status == _TOO_MANY_REQUESTS
        if data is not None and data.get("error"):
            code = str(data["error"])
            text = describe(self.mask.mask(data))
            raise OAuth2Error(
                f"{prefix}: {text}",
                hint=answer.hint,
                refused=response.status < 500,
                code=code,
                transient=transient or code == "temporarily_unavailable",
            )
        if response.status >= 400:
            text = clean(answer.text(self.mask), 120) or "(empty)"
            raise OAuth2Error(f"{prefix}: {text}", hint=answer.hint, refused=refused, transient=transient)
        return data

    def _understand(self, url: str, answer: Answer) -> dict[str, Any]:
        response, data = answer.response, self._checked(url, answer)
        source = "id_token" if self.config.token_source == "id_token" else "access_token"
        data = with_token_as_text(data or {}, source)
        if not (isinstance(data.get(source), str) and data[source]):
            hint = "An ID token needs the scope openid." if source == "id_token" else None
            if place := place_of(data, source):
                hint = (
                    f"The answer has a token as {clean(place, 80)}, where OAuth 2.0 does not have it. "
                    "Fetch it with a request of its own, and send it with auth: bearer."
                )
            raise answer.without(source, _prefix(url, response), self.mask, hint)
        if not (data[source].isascii() and data[source].isprintable()):
            raise OAuth2Error(f"{_prefix(url, response)} with {source} that no HTTP header can carry.")
        return data

    def _masked(self, values: dict[str, Any]) -> dict[str, Any]:
        secret = _SECRET_FIELDS | {
            p.name for p in (*self.config.additional.token, *self.config.additional.refresh)
        }
        return {
            name: MASKED if name in secret or is_secret(name) else value for name, value in values.items()
        }


def _prefix(url: str, response: Response) -> str:
    return f"OAuth 2.0: POST {redacted_url(url)} answered {_status(response)}"


def _status(response: Response) -> str:
    return f"{response.status} {clean(response.status_text)}".rstrip()


def server_of(config: Config) -> str:
    """Return the identity of a configuration's authorization server."""
    return config.more.issuer or config.access_token_url
