"""OAuth 1.0 against a server that checks signatures with another library, oauthlib."""

from __future__ import annotations

import pytest
from apps.serving import serve_wsgi
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, request
from oauthlib.oauth1 import RequestValidator, SignatureOnlyEndpoint

from bruscript.auth import build_auth
from bruscript.http import AuthConfig, Client, ClientConfig, OutgoingRequest

FORM = [("Content-Type", "application/x-www-form-urlencoded")]
# oauthlib decodes a PLAINTEXT signature twice outside the header, so that its secret must be plain there.
SECRETS = {
    "consumer-key-of-twenty": "con/sumer & secret of 30 chars",
    "consumer-that-is-plain": "plain-secret-of-thirty-characters",
}


class Validator(RequestValidator):
    enforce_ssl = False
    safe_characters = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")

    def __init__(self, public_key):
        super().__init__()
        self.public_key = public_key
        self.nonces = set()

    @property
    def nonce_length(self):
        return 20, 40

    @property
    def dummy_client(self):
        return "dummy"

    allowed_signature_methods = (
        *("HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512"),
        *("RSA-SHA1", "RSA-SHA256", "RSA-SHA512", "PLAINTEXT"),
    )

    def validate_client_key(self, client_key, request):
        return client_key in SECRETS

    def get_client_secret(self, client_key, request):
        return SECRETS.get(client_key, "dummy-secret")

    def get_rsa_key(self, client_key, request):
        return self.public_key

    def validate_timestamp_and_nonce(self, client_key, timestamp, nonce, request, **tokens):
        fresh = nonce not in self.nonces
        self.nonces.add(nonce)
        return fresh


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def url(key):
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    endpoint = SignatureOnlyEndpoint(Validator(public.decode()))
    app = Flask(__name__)

    @app.route("/", defaults={"path": ""})
    @app.route("/<path:path>", methods=["GET", "POST", "PUT"])
    def check(path):
        # As it arrived: Flask decodes the URL.
        uri = request.host_url.rstrip("/") + request.environ["RAW_URI"]
        body = request.get_data(as_text=True)
        valid, _ = endpoint.validate_request(uri, request.method, body, dict(request.headers))
        return ("valid", 200) if valid else ("invalid", 401)

    with serve_wsgi(app) as base:
        yield base


@pytest.mark.parametrize("placement", ["header", "query", "body"])
@pytest.mark.parametrize("method", Validator.allowed_signature_methods)
async def test_every_method_in_every_place(url, key, method, placement):
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    consumer, plain = SECRETS
    consumer = plain if method == "PLAINTEXT" and placement != "header" else consumer
    keys = {"consumerKey": consumer, "consumerSecret": SECRETS[consumer]}
    settings = {**keys, "signatureMethod": method, "placement": placement, "privateKey": private.decode()}
    auth = build_auth(AuthConfig("oauth1", settings))
    client = Client(ClientConfig(noproxy=True))
    target = f"{url}/a%20b/c;d?x=1&x=%2F%2B&y=a%20b&z=%C3%BC"
    form = OutgoingRequest("POST", target, FORM, b"f=1+2&f=%2B&empty=&u=%C3%BC")
    assert (await client.send(form, auth)).text == "valid"
    if placement != "body":
        text = OutgoingRequest("PUT", target, [("Content-Type", "text/plain")], b"a=b&c")
        assert (await client.send(text, auth)).text == "valid"
        assert (await client.send(OutgoingRequest("GET", url + "/"), auth)).text == "valid"
    wrong = build_auth(AuthConfig("oauth1", {**settings, "consumerKey": "nobody-of-this-name-here"}))
    assert (await client.send(form, wrong)).text == "invalid"
    await client.aclose()
