"""An authorization server of few words, for what identity providers ask for and Bruno does not have."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
import time
from typing import Any
from urllib.parse import unquote_plus

import jwt
from flask import Flask, Response, jsonify, redirect, request


class Server:
    """An authorization server of few words; what it wants is switched on by the tests.

    Assertions and proofs are checked by PyJWT, which has nothing in common with what makes them.
    """

    def __init__(self) -> None:
        self.url = ""
        self.forms: list[dict[str, Any]] = []
        self.basic: list[Any] = []
        self.proofs: list[dict[str, Any]] = []
        self.errors: list[dict[str, Any]] = []
        self.error_status = 400
        self.metadata: dict[str, Any] | None = None
        self.more_metadata: dict[str, Any] | None = None
        self.reads: list[str] = []
        self.queries: list[dict[str, Any]] = []
        self.revoked: list[dict[str, Any]] = []
        self.token: dict[str, Any] = {"token_type": "Bearer", "expires_in": 3600}
        self.device: dict[str, Any] = {}
        self.asked: list[tuple[dict[str, list[str]], dict[str, str]]] = []
        self.not_revocable: tuple[str, ...] = ()
        self.introspection: dict[str, Any] = {}
        self.nonce = ""
        self.resource_nonce = ""
        self.replaced_nonces = 0
        self.refused_tokens: set[str] = set()
        self.answer: dict[str, Any] = {}
        self.decoded_secret = ""
        self.refusal: tuple[Any, int] = ({"error": "invalid_client"}, 401)
        self.refusals = 0
        self.posts = 0
        self.count = 0
        self._awaited = 0
        self._arrival = threading.Condition()
        self.app = Flask(__name__)
        self._routes()

    def gather(self, count: int) -> None:
        """Answer none of the next `count` requests before all of them have arrived; 0 answers them now."""
        with self._arrival:
            self._awaited = count
            self._arrival.notify_all()

    def _meet(self) -> None:
        with self._arrival:
            self._awaited -= 1
            self._arrival.notify_all()
            self._arrival.wait_for(lambda: self._awaited <= 0)

    def _replacement(self) -> str:
        """Replace a nonce as soon as it was said, as long as `replaced_nonces` are to be."""
        self.replaced_nonces -= 1
        return "+" if self.replaced_nonces >= 0 else ""

    def proof(self) -> dict[str, Any]:
        """Check the proof of the request at hand, and return its claims with the key's thumbprint."""
        text = request.headers["DPoP"]
        header = jwt.get_unverified_header(text)
        assert header["typ"] == "dpop+jwt"
        assert "d" not in header["jwk"]
        key = jwt.PyJWK(header["jwk"], algorithm="ES256").key
        claims = jwt.decode(text, key, algorithms=["ES256"], options={"require": ["jti", "iat"]})
        assert claims["htm"] == request.method
        assert claims["htu"] == request.base_url
        assert abs(claims["iat"] - time.time()) < 300
        return {**claims, "jwk": json.dumps(header["jwk"], sort_keys=True)}

    def _routes(self) -> None:
        app = self.app

        @app.before_request
        def authenticate() -> Any:
            """Take a secret only as RFC 6749 2.3.1 writes it in a Basic header."""
            self.posts += request.method == "POST"
            self._meet()
            if self.decoded_secret and request.method == "POST":
                given = request.authorization
                if given is None or unquote_plus(str(given.password)) != self.decoded_secret:
                    self.refusals += 1
                    return self.refusal
            return None

        @app.get("/.well-known/openid-configuration")
        @app.get("/.well-known/oauth-authorization-server")
        @app.get("/<path:issuer>/.well-known/openid-configuration")
        @app.get("/<path:issuer>/.well-known/oauth-authorization-server")
        def metadata(issuer: str = "") -> Any:
            self.reads.append(request.path)
            more = request.path.endswith("oauth-authorization-server") and self.more_metadata
            answer = more or self.metadata
            return (jsonify(answer), 200) if answer is not None else ("", 404)

        @app.post("/token")
        def token() -> Any:
            self.forms.append(request.form.to_dict())
            self.basic.append(request.authorization)
            if "DPoP" in request.headers:
                self.proofs.append(claims := self.proof())
                if self.nonce and claims.get("nonce") != self.nonce:
                    answer = jsonify(error="use_dpop_nonce")
                    answer.headers["DPoP-Nonce"] = self.nonce
                    self.nonce += self._replacement()
                    return answer, 400
            if self.errors:
                error = dict(self.errors.pop(0))
                if error.get("error") == "drop":
                    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
                return jsonify(error), error.pop("status", self.error_status)
            self.count += 1
            return jsonify({"access_token": f"token-{self.count}", **self.token})

        @app.post("/device")
        def device() -> Any:
            self.forms.append(request.form.to_dict())
            self.asked.append((request.form.to_dict(flat=False), dict(request.headers)))
            return jsonify(self.device)

        @app.post("/par")
        def par() -> Any:
            self.forms.append(request.form.to_dict())
            return jsonify(request_uri="urn:ietf:params:oauth:request_uri:x", expires_in=60), 201

        @app.get("/authorize")
        def authorize() -> Any:
            self.queries.append(request.args.to_dict())
            asked = request.args if "redirect_uri" in request.args else self.forms[-1]
            query = {"code": "the-code", "state": asked["state"], **self.answer}
            return redirect(f"{asked['redirect_uri']}?" + "&".join(f"{k}={v}" for k, v in query.items()))

        @app.get("/login")
        def login() -> Any:
            return redirect(f"{self.url}/login/page?session=x")

        @app.post("/revoke")
        def revoke() -> Any:
            if request.form["token_type_hint"] in self.not_revocable:
                return jsonify(error="unsupported_token_type"), 400
            self.revoked.append(request.form.to_dict())
            return Response("", 200)

        @app.post("/introspect")
        def introspect() -> Any:
            self.forms.append(request.form.to_dict())
            return jsonify(active=True, sub="ada", scope="read write", **self.introspection)

        @app.get("/api")
        def api() -> Any:
            scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
            seen: dict[str, Any] = {"scheme": scheme, "token": sent}
            if "DPoP" in request.headers:
                claims = self.proof()
                digest = hashlib.sha256(sent.encode()).digest()
                assert claims["ath"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
                self.proofs.append(claims)
                if self.resource_nonce and claims.get("nonce") != self.resource_nonce:
                    answer = jsonify(error="use_dpop_nonce")
                    answer.headers["DPoP-Nonce"] = self.resource_nonce
                    answer.headers["WWW-Authenticate"] = 'DPoP error="use_dpop_nonce"'
                    self.resource_nonce += self._replacement()
                    return answer, 401
            if sent in self.refused_tokens:
                # From now on it wants another nonce, which it does not say yet.
                self.resource_nonce += "+"
                return jsonify(error="invalid_token"), 401
            return jsonify(seen)


def metadata_of(server: Server, **more: Any) -> dict[str, Any]:
    """What the server says of itself where it is asked for that."""
    return {
        "issuer": server.url,
        "token_endpoint": f"{server.url}/token",
        "authorization_endpoint": f"{server.url}/authorize",
        "device_authorization_endpoint": f"{server.url}/device",
        "pushed_authorization_request_endpoint": f"{server.url}/par",
        "revocation_endpoint": f"{server.url}/revoke",
        "introspection_endpoint": f"{server.url}/introspect",
        **more,
    }
