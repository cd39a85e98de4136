"""An authorization server on Authlib's own provider, with an API that takes its tokens."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from apps.serving import serve_wsgi
from authlib.common.security import generate_token
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, jsonify, redirect, request

CALLBACK = "http://127.0.0.1"
SCOPES = ("read", "write", "openid")


class Client(ClientMixin):
    """A registered client; one without a secret is public."""

    def __init__(self, client_id: str, secret: str = "") -> None:
        self.client_id = client_id
        self.secret = secret

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return "https://app.example/callback"

    def get_allowed_scope(self, scope: str | None) -> str:
        return " ".join(word for word in (scope or "").split() if word in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        # RFC 8252: any port on loopback.
        return redirect_uri.startswith((f"{CALLBACK}:", "http://localhost:", "https://app.example/"))

    def check_client_secret(self, client_secret: str) -> bool:
        return self.secret == client_secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "none" if not self.secret else method != "none"

    def check_response_type(self, response_type: str) -> bool:
        return response_type in ("code", "token")

    def check_grant_type(self, grant_type: str) -> bool:
        return True


class Code(AuthorizationCodeMixin):
    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def is_expired(self) -> bool:
        return False


class Token(TokenMixin):
    def __init__(self, client_id: str, user: str | None, fields: dict[str, Any]) -> None:
        self.client_id, self.user, self.fields = client_id, user, fields
        self.created = time.time()

    def check_client(self, client: Client) -> bool:
        return self.client_id == client.client_id

    def get_scope(self) -> str:
        return self.fields.get("scope", "")

    def get_user(self) -> str | None:
        return self.user


class Provider:
    """The server and its switches.

    `token_requests` records every token request. `lifetime` is an access token's, in seconds, 0 for none.
    `rotate` gives a new refresh token with every refresh and revokes the old one. `deny` refuses consent.
    `extra` is merged into every token response; `forge_state` replaces the state of the answer to consent.
    At the API's request number `revoke_at` all access tokens are revoked.
    """

    url: str

    def __init__(self) -> None:
        self.lifetime = 3600.0
        self.rotate = True
        self.deny = False
        self.delay = 0.0
        self.extra: dict[str, Any] = {}
        self.forge_state: str | None = None
        self.revoke_at = 0
        self.token_requests: list[dict[str, Any]] = []
        self.authorizations: list[dict[str, Any]] = []
        self.api_requests: list[dict[str, Any]] = []
        self.clients = {
            "machine": Client("machine", "m/s+cr et:ü"),
            "public": Client("public"),
            "web": Client("web", "web-secret-1"),
        }
        self.users = {"ada": "love&lace 1", "bob": "bob-pass"}
        self.codes: dict[str, Code] = {}
        self.access: dict[str, Token] = {}
        self.refresh: dict[str, Token] = {}
        self.app = Flask(__name__)
        self.server = AuthorizationServer(self.app, self.clients.get, self._save)
        self.server.register_token_generator(
            "default",
            BearerTokenGenerator(
                lambda **_: generate_token(40), lambda **_: generate_token(48), lambda *_: self.lifetime
            ),
        )
        self._register_grants()
        self._register_routes()

    @property
    def grants(self) -> list[str]:
        """The grant types of the token requests, in order."""
        return [sent["form"].get("grant_type", "") for sent in self.token_requests]

    def revoke(self) -> None:
        """Revoke all access tokens."""
        self.access.clear()

    def revoke_all(self) -> None:
        """Revoke all access and refresh tokens."""
        self.access.clear()
        self.refresh.clear()

    def _save(self, fields: dict[str, Any], req: Any) -> None:
        token = Token(req.client.client_id, req.user, fields)
        self.access[fields["access_token"]] = token
        if "refresh_token" in fields:
            self.refresh[fields["refresh_token"]] = token
        fields.update(self.extra)

    def _register_grants(self) -> None:
        provider = self

        class AuthorizationCode(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

            def save_authorization_code(self, code: str, req: Any) -> None:
                payload = req.payload
                provider.codes[code] = Code(
                    code=code,
                    client_id=req.client.client_id,
                    redirect_uri=payload.redirect_uri,
                    scope=payload.scope,
                    user=req.user,
                    code_challenge=payload.data.get("code_challenge"),
                    code_challenge_method=payload.data.get("code_challenge_method"),
                )

            def query_authorization_code(self, code: str, client: Client) -> Code | None:
                found = provider.codes.get(code)
                return found if found and found.client_id == client.client_id else None

            def delete_authorization_code(self, authorization_code: Code) -> None:
                del provider.codes[authorization_code.code]

            def authenticate_user(self, authorization_code: Code) -> str:
                return authorization_code.user

        class Password(grants.ResourceOwnerPasswordCredentialsGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

            def authenticate_user(self, username: str, password: str) -> str | None:
                return username if provider.users.get(username) == password else None

        class ClientCredentials(grants.ClientCredentialsGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

        class Refresh(grants.RefreshTokenGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

            @property
            def INCLUDE_NEW_REFRESH_TOKEN(self) -> bool:
                return provider.rotate

            def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
                return provider.refresh.get(refresh_token)

            def authenticate_user(self, refresh_token: Token) -> str | None:
                return refresh_token.user or "machine"

            def revoke_old_credential(self, refresh_token: Token) -> None:
                if provider.rotate:
                    del provider.refresh[refresh_token.fields["refresh_token"]]

        self.server.register_grant(AuthorizationCode, [CodeChallenge(required=True)])
        for grant in (Password, ClientCredentials, Refresh, grants.ImplicitGrant):
            self.server.register_grant(grant)

    def _register_routes(self) -> None:
        app = self.app

        @app.get("/authorize")
        def authorize() -> Any:
            self.authorizations.append(
                {"query": request.args.to_dict(flat=False), "headers": dict(request.headers)}
            )
            try:
                grant = self.server.get_consent_grant(end_user="ada")
            except OAuth2Error as error:
                return jsonify(dict(error.get_body())), 400
            answer = self.server.create_authorization_response(
                grant_user=None if self.deny else "ada", grant=grant
            )
            if self.forge_state is not None:
                target = answer.headers["location"]
                return redirect(target.replace(request.args["state"], self.forge_state))
            return answer

        @app.post("/token")
        def token() -> Any:
            body = request.get_data(as_text=True)
            self.token_requests.append(
                {
                    "form": request.form.to_dict(),
                    "body": body,
                    "query": request.args.to_dict(flat=False),
                    "headers": {name.lower(): value for name, value in request.headers},
                }
            )
            time.sleep(self.delay)
            answer = self.server.create_token_response()
            answer.set_cookie("idp", "session")
            return answer

        @app.route("/api", methods=["GET", "POST"])
        def api() -> Any:
            if len(self.api_requests) + 1 == self.revoke_at:
                self.revoke()
            self.api_requests.append({"headers": dict(request.headers), "query": request.args.to_dict()})
            header = request.headers.get("authorization", "").removeprefix("Bearer ")
            sent = request.args.get("access_token") or header
            known = self.access.get(sent)
            if known is None or (self.lifetime and time.time() > known.created + self.lifetime):
                return {"error": "invalid_token"}, 401
            return {
                "user": known.user,
                "client": known.client_id,
                "scope": known.get_scope(),
                "token": sent,
                "body": request.get_data(as_text=True),
                "headers": {name.lower(): value for name, value in request.headers},
                "query": request.args.to_dict(),
            }


@contextmanager
def running_provider() -> Iterator[tuple[Provider, str]]:
    """A provider on loopback, and its base URL."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    provider = Provider()
    with serve_wsgi(provider.app) as url:
        yield provider, url
