"""The authorization request, and the redirect that answers it (RFC 6749 sections 4.1 and 4.2)."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import field, replace
from urllib.parse import SplitResult, parse_qsl, urlsplit

from bruscript.auth.oauth2.config import Config
from bruscript.auth.oauth2.errors import ForeignAnswerError, OAuth2Error, describe, sentence
from bruscript.auth.oauth2.jwt_claims import is_encrypted, payload_of
from bruscript.auth.oauth2.urls import origin_of, redacted_url, with_query
from bruscript.records import record

LOOPBACK = {"127.0.0.1": ("127.0.0.1",), "::1": ("::1",), "localhost": ("127.0.0.1", "::1")}
"""The hosts on which an answer may be listened for (RFC 8252 section 7.3), and their addresses."""

DEFAULT_CALLBACK = "https://oauth.usebruno.com/callback"
"""Where Bruno's app has users sent to if the block has no `callback_url`."""

OUT_OF_BAND = ("urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:oob:auto")
"""Callback URLs for which the server itself shows the code on a page."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]*[?#]")
_ANSWER = frozenset({"code", "access_token", "id_token", "state", "error"})
"""Parameters by which a text is known as an answer (RFC 6749 sections 4.1.2 and 4.2.2)."""
_PORTS = {"http": 80, "https": 443}


@record(frozen=True)
class Consent:
    """One authorization request.

    `wants` is the parameter that a good answer carries: "code", or "access_token" in the implicit grant.
    `parameters` are the query of the authorization request: first `standard` many that the protocol names,
    `state` among them, then the user's own. `request_uri` refers to a request that was pushed. `issuer` is
    who must have answered, where that is known; `names_issuer` is whether its answers say so.
    """

    endpoint: str
    callback_url: str
    wants: str
    parameters: tuple[tuple[str, str], ...] = field(repr=False)
    standard: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    request_uri: str = field(default="", repr=False)
    issuer: str = ""
    names_issuer: bool = False

    @classmethod
    def of(cls, config: Config, response_type: str, more: Mapping[str, str] | None = None) -> Consent:
        """Return the request of `config`; `state` is random if none is configured.

        So is a `nonce` where an ID token is asked for. Additional parameters replace the standard one of
        their name, else they are added.
        """
        parameters = {
            "response_type": response_type,
            "client_id": config.client_id,
            "redirect_uri": config.callback_url or DEFAULT_CALLBACK,
            "scope": config.scope if config.scope.strip() else "",
            "state": config.state or secrets.token_urlsafe(32),
            **(more or {}),
        }
        parameters = {name: value for name, value in parameters.items() if value}
        # With an empty state or nonce any answer would be as good as the one to this request.
        added = [
            (p.name, p.value)
            for p in config.additional.authorization
            if p.send_in == "queryparams" and (p.value or p.name not in ("state", "nonce"))
        ]
        # Of a repeated standard one the first value stands in its place; the others follow.
        first = {name: value for name, value in reversed(added) if name in parameters}
        extra = [pair for pair in added if pair[0] not in first]
        for name, value in first.items():
            parameters[name] = value
            extra += [(name, other) for each, other in added if each == name][1:]
        if _wants_id_token(parameters) and "nonce" not in dict(extra):
            parameters["nonce"] = secrets.token_urlsafe(24)
        headers = [(p.name, p.value) for p in config.additional.authorization if p.send_in == "headers"]
        return cls(
            endpoint=config.authorization_url,
            callback_url=parameters.get("redirect_uri", ""),
            wants="code" if response_type == "code" else "access_token",
            parameters=(*parameters.items(), *extra),
            standard=len(parameters),
            headers=tuple(headers),
            issuer=config.more.known_issuer or config.more.issuer,
            names_issuer=config.more.names_issuer,
        )

    @property
    def url(self) -> str:
        """The authorization URL to visit."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri

        standard = dict(self.parameters[: self.standard])
        if self.request_uri:
            reference = [("client_id", standard["client_id"]), ("request_uri", self.request_uri)]
            return with_query(self.endpoint, reference)
        uri: str = prepare_grant_uri(
            self.endpoint, standard.pop("client_id"), standard.pop("response_type"), **standard
        )
        return with_query(uri, self.parameters[self.standard :])

    @property
    def state(self) -> str:
        """The `state` that the answer must carry."""
        return dict(self.parameters).get("state", "")

    @property
    def nonce(self) -> str:
        """The `nonce` that ID tokens must carry; "" if none was sent."""
        return dict(self.parameters).get("nonce", "")

    @property
    def out_of_band(self) -> bool:
        """Whether the server shows the code on a page, and sends nobody anywhere."""
        return self.callback_url in OUT_OF_BAND

    def referring_to(self, request_uri: str) -> Consent:
        """Return the request as a reference to what was pushed (RFC 9126 section 4)."""
        return replace(self, request_uri=request_uri)

    def at(self, callback_url: str) -> Consent:
        """Return the same request with another callback URL."""
        parameters = tuple(
            (name, callback_url if name == "redirect_uri" else value) for name, value in self.parameters
        )
        return replace(self, callback_url=callback_url, parameters=parameters)

    def accept(self, answer: Mapping[str, str]) -> dict[str, str]:
        """Return the parameters of a redirect, if they answer this request; else OAuth2Error says why not."""
        state = answer.get("state", "")
        if state and not hmac.compare_digest(state.encode(), self.state.encode()):
            raise ForeignAnswerError(
                "OAuth 2.0: the answer has a different state than the authorization request; it belongs to "
                "something else and was refused."
            )
        if not state:
            # Some servers leave the state out of errors: what is wrong is then known only from these words.
            words = f"; its error is {describe(dict(answer))}" if answer.get("error") else ""
            raise ForeignAnswerError(sentence(f"OAuth 2.0: the answer has no state and was refused{words}"))
        self._check_issuer(answer.get("iss", ""))
        if answer.get("error"):
            raise OAuth2Error(
                f"OAuth 2.0: {redacted_url(self.endpoint)} refused the authorization: "
                f"{describe(dict(answer))}",
                refused=True,
            )
        if not answer.get(self.wants):
            fields = ", ".join(answer) or "nothing"
            raise OAuth2Error(
                f"OAuth 2.0: the answer of {redacted_url(self.endpoint)} has no {self.wants}; it has: "
                f"{fields}."
            )
        return {name: value for name, value in answer.items() if name not in ("state", "iss")}

    def _check_issuer(self, issuer: str) -> None:
        """RFC 9207: an answer of another server must not be taken to this one's token endpoint."""
        if self.names_issuer and not issuer:
            raise OAuth2Error(
                f"OAuth 2.0: the answer does not name its issuer, as those of {redacted_url(self.issuer)} "
                "do, and was refused."
            )
        if issuer and self.issuer and issuer.rstrip("/") != self.issuer.rstrip("/"):
            raise OAuth2Error(
                f"OAuth 2.0: the answer comes from the issuer {redacted_url(issuer)}, not from "
                f"{redacted_url(self.issuer)}, and was refused."
            )

    def accept_url(self, url: str) -> dict[str, str]:
        """As `accept`, from the whole URL that the user was redirected to, or from a code shown on a page."""
        url = url.strip()
        if self.out_of_band and not _URL.match(url):
            return self._accept_shown(url)
        if not self.out_of_band and not self.answered_by(url):
            # It may be a bare code, or have one in its path.
            origin = origin_of(url)
            what = f"came to {origin}/…, not to" if origin else "is not a URL that begins with"
            raise ForeignAnswerError(
                f"OAuth 2.0: the answer {what} the callback URL {redacted_url(self.callback_url)}.",
                hint="Its whole URL is needed, since its state shows that it answers this request.",
            )
        parts = urlsplit(url)
        return self.accept(dict(parse_qsl(parts.query) + parse_qsl(parts.fragment)))

    def _accept_shown(self, text: str) -> dict[str, str]:
        """As `accept`, from what a page shows: a code, or the parameters of an answer."""
        parameters = dict(parse_qsl(text.lstrip("?#").replace("#", "&")))
        if _ANSWER.isdisjoint(parameters):
            if self.wants == "code":
                return {"code": text}
            raise ForeignAnswerError(
                f"OAuth 2.0: the answer has no {self.wants}.",
                hint="The whole URL of the page that shows it is needed, with what follows `#`.",
            )
        if self.wants == "code" and parameters.get("code") and not parameters.get("state"):
            # As a code alone has none.
            parameters["state"] = self.state
        return self.accept(parameters)

    def answered_by(self, url: str) -> bool:
        """Return whether `url` is the callback URL, but for its query."""
        try:
            return _place(urlsplit(url)) == _place(urlsplit(self.callback_url))
        except ValueError:
            return False

    def check_id_token(self, token: object) -> None:
        """Raise OAuth2Error if an ID token does not carry the nonce (OpenID Connect Core 3.1.3.7, 3.2.2.11).

        An encrypted one cannot be read, and is not checked.
        """
        if not self.nonce or not token or is_encrypted(token):
            return
        claims = payload_of(token)
        if claims is None:
            raise OAuth2Error(
                f"OAuth 2.0: the ID token from {redacted_url(self.endpoint)} is not a JWT, so its "
                "nonce cannot be compared, and it was refused."
            )
        if claims.get("nonce") == self.nonce:
            return
        what = "a different nonce than was sent" if "nonce" in claims else "no nonce, though one was sent"
        raise OAuth2Error(
            f"OAuth 2.0: the ID token from {redacted_url(self.endpoint)} carries {what}; it answers another "
            "sign-in and was refused."
        )

    def loopback(self) -> tuple[tuple[str, ...], int] | None:
        """Return the addresses and port to listen on for the answer; None if the callback is elsewhere."""
        try:
            parts = urlsplit(self.callback_url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return None
        if parts.scheme != "http" or host not in LOOPBACK:
            return None
        return LOOPBACK[host], _PORTS["http"] if port is None else port


def _wants_id_token(parameters: Mapping[str, str]) -> bool:
    types = parameters.get("response_type", "").split()
    return "id_token" in types or "openid" in parameters.get("scope", "").split()


def _place(parts: SplitResult) -> tuple[str, str | None, int | None, str]:
    return (
        parts.scheme.lower(),
        parts.hostname,
        parts.port or _PORTS.get(parts.scheme.lower()),
        parts.path or "/",
    )
