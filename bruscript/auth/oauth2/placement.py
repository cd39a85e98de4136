"""Puts the token into the request, and a new one after a refusal (RFC 6750)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from urllib.parse import quote, unquote_plus

import httpx

from bruscript.auth.oauth2.config import Config
from bruscript.auth.oauth2.errors import OAuth2Error
from bruscript.auth.oauth2.proof_key import NONCES, ProofKey
from bruscript.http.wire import set_target, target_of
from bruscript.masking import Mask

Renew = Callable[[str], Awaitable["str | None"]]
"""Takes the refused token, returns another one, or None."""


class TokenAuth(httpx.Auth):
    """Sends a token in the header `Authorization`, or in the query, as the configuration says.

    With `renew` a request that is answered 401 is sent once more, with another token. A token that is bound
    to `proof_key` goes with a proof (RFC 9449), which `mask` learns; if the server wants a nonce in it, the
    request is repeated.
    """

    def __init__(
        self,
        config: Config,
        token: str,
        renew: Renew | None = None,
        proof_key: ProofKey | None = None,
        mask: Mask | None = None,
    ) -> None:
        self._config = config
        self._token = token
        self._renew = renew
        self._proof_key = proof_key
        self._mask = mask
        # How far the client takes this scheme along on redirects: the URL it leads to is the server's own.
        self.redirects = "first" if in_query(config) or proof_key else "forward"

    def __repr__(self) -> str:
        return f"<TokenAuth of {self._config.credentials_id!r}>"

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Yield the request with the token; on 401, once more with another."""
        token: str | None = self._token
        while token is not None:
            self._token = token
            self._place(request, token)
            response = yield request
            nonces = NONCES
            while (nonce := self._wanted_nonce(request, response)) and nonces:
                nonces -= 1
                self._place(request, token, nonce)
                response = yield request
            if response.status_code != 401 or self._renew is None:
                return
            renew, self._renew = self._renew, None
            token = await renew(token)

    def _wanted_nonce(self, request: httpx.Request, response: httpx.Response) -> str:
        """Return the nonce that a 401 wants in the proof (RFC 9449 section 9); "" if it is about another."""
        if self._proof_key is None:
            return ""
        nonce = self._proof_key.learn(str(request.url), response.headers, request.headers["DPoP"])
        return nonce if response.status_code == 401 else ""

    def _place(self, request: httpx.Request, token: str, nonce: str = "") -> None:
        if in_query(self._config):
            path, _, query = target_of(request).partition("?")
            set_target(request, f"{path}?{with_token(query, self._config.token_query_key, token)}")
        else:
            request.headers["Authorization"] = header_value(self._config, token)
        if self._proof_key is not None:
            proof = self._proof_key.proof(request.method, str(request.url), token, nonce)
            if self._mask is not None:
                self._mask.learn(proof, "A DPoP proof", transient=True)
            request.headers["DPoP"] = proof


def in_query(config: Config) -> bool:
    """Return whether the token goes into the query (`token_placement: url`).

    OAuth2Error for an unknown place.
    """
    if config.token_placement in ("url", "query", "queryparams"):
        return True
    if config.token_placement != "header":
        raise OAuth2Error(
            f"OAuth 2.0: token_placement is {config.token_placement!r}; it is header, or url for a query "
            "parameter."
        )
    return False


def header_value(config: Config, token: str) -> str:
    """Return the value of `Authorization`: the prefix, if there is one, and the token."""
    value = f"{config.token_header_prefix} {token}".strip()
    if not (value.isascii() and value.isprintable()):
        raise OAuth2Error(
            "OAuth 2.0: the token, or token_header_prefix, has characters that no header can carry."
        )
    return value


def with_token(query: str, key: str, token: str) -> str:
    """Return `query` with the parameter `key` set to `token`; all others stay as they are written."""
    other_pairs = [pair for pair in query.split("&") if pair and unquote_plus(pair.partition("=")[0]) != key]
    return "&".join([*other_pairs, f"{quote(key, safe='')}={quote(token, safe='')}"])
