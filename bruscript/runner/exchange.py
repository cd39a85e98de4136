"""One request's way to the server: its token, its templates, its response."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bruscript.auth import build_auth
from bruscript.auth.oauth2 import OAuth2Error
from bruscript.errors import BruscriptError
from bruscript.evaluate.resolve import resolve, resolve_auth, resolve_for_scripts, timeout_ms
from bruscript.runner.large_body import reported
from bruscript.sandbox import PermissionRefused, current_claim

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from bruscript.auth.oauth2 import Authorization, Config, TokenKey
    from bruscript.collection.tree import Request
    from bruscript.evaluate import PreparedRequest, Scopes
    from bruscript.http import OutgoingRequest, Response
    from bruscript.runner.guard import Guard
    from bruscript.runner.results import RequestResult
    from bruscript.runner.session import Session


class RequestExchange:
    """Sends one request, at most once; `response` or `failure` is its outcome.

    What reports show of it goes to `result`.
    """

    def __init__(
        self,
        session: Session,
        request: Request,
        prepared: PreparedRequest,
        scopes: Scopes,
        guard: Guard,
        result: RequestResult,
    ) -> None:
        self._session = session
        self._request = request
        self._prepared = prepared
        self._scopes = scopes
        self._guard = guard
        self._result = result
        self._own_token: TokenKey | None = None
        self.response: Response | None = None
        self.failure: BruscriptError | None = None

    async def send_once(self) -> None:
        """Send it, unless that was done."""
        if self.response is None and self.failure is None:
            try:
                self.response = await self._send(self._prepared)
            except BruscriptError as error:
                self.failure = error
                if isinstance(error, PermissionRefused):
                    self._session.write_back.take_back(self._scopes, self._guard.influences)

    def see_tokens(self) -> None:
        """Let templates and scripts see the current tokens."""
        self._scopes.oauth2 = self._session.token_variables(self._scopes, self._prepared, self._own_token)

    async def _send(self, prepared: PreparedRequest) -> Response:
        """Get the token, resolve the templates, send; what fails there ends the request."""
        session, result, scopes, guard = self._session, self._result, self._scopes, self._guard
        guard.look()
        if prepared.auth.mode == "oauth2":
            result.warnings += session.unset.check(self._request, prepared, scopes, tokens=False)
        authorization = await self._authorize(prepared)
        result.warnings += session.unset.check(self._request, prepared, scopes)
        if prepared.settings.get("timeout"):
            prepared.timeout = timeout_ms(prepared)
        sent = guard.copy_to_send()
        try:
            outgoing = resolve(sent, scopes)
            session.secrets.request(outgoing)
            guard.check(outgoing)
        finally:
            result.request = sent.to_report()
            if sent is not prepared:
                resolve_for_scripts(prepared, scopes)
        result.warnings += outgoing.warnings
        if authorization is None:
            auth = _auth(outgoing, session.collection.path)
            self._show(sent, getattr(auth, "header", None))
        else:
            auth = authorization.auth
            self._show(sent, authorization.header, derived=False)
        try:
            if cookies := session.client.cookie_header(outgoing):
                session.secrets.cookies(cookies.split(";"))
                self._show(sent, ("Cookie", cookies), derived=False)
            # Where a script has asked for this request (bru.runRequest), the response counts for it.
            outgoing.allowance = current_claim()
            response = await session.client.send(outgoing, auth)
            session.secrets.response(response)
        finally:
            if authorization is not None:
                result.oauth2 = authorization.entries
                result.timeline += authorization.timeline
                result.warnings += authorization.warnings
                self.see_tokens()
                self._show(sent, authorization.header, derived=False)
        result.timeline += response.timeline
        result.warnings += response.warnings
        result.response = reported(response)
        return response

    def _show(self, sent: PreparedRequest, header: tuple[str, str] | None, *, derived: bool = True) -> None:
        """Have scripts and reports see a header that is sent beside the request's own."""
        if header is not None:
            self._guard.show(header, derived=derived)
            self._result.request["headers"] = dict(sent.headers)

    async def _authorize(self, prepared: PreparedRequest) -> Authorization | None:
        if prepared.auth.mode != "oauth2":
            return None
        config = self.token_config(prepared)
        self._result.warnings += self._session.tokens.warnings(config)
        if config.more.subject_credentials_id:
            from bruscript.runner.subject_token import with_subject_token

            config = await with_subject_token(config, self._session, self._scopes, timeout_ms(prepared))
        self._own_token = self._scopes.credentials[config.credentials_id] = config.key
        try:
            authorization = await self._session.tokens.authorize(config, timeout_ms(prepared))
        except OAuth2Error as error:
            self._result.timeline += error.timeline
            raise
        self.see_tokens()
        return authorization

    def token_config(self, prepared: PreparedRequest) -> Config:
        """Return the OAuth 2.0 settings, their templates resolved."""
        # Most collections have no OAuth 2.0, and do not import it.
        from bruscript.auth.oauth2 import Config

        config = Config.from_block(resolve_auth(prepared, self._scopes).config)
        config = config.based_in(self._session.collection.path)
        return replace(config, fences=self._guard.token_fences())


def response_state(response: Response, url: str) -> dict[str, object]:
    """Return the response as the sandbox takes it, without its body; `url` is what scripts see."""
    return {
        "status": response.status,
        "statusText": response.status_text,
        "headers": response.header_map,
        "url": url,
        "responseTime": response.duration_ms,
        "parseJson": response.parse_json,
    }


def _auth(outgoing: OutgoingRequest, base_dir: Path) -> httpx.Auth | None:
    # A bearer token is in its header already, where scripts could see it, and perhaps set another.
    in_header = outgoing.auth.mode == "bearer" and outgoing.header("authorization") is not None
    return None if in_header else build_auth(outgoing.auth, base_dir)
