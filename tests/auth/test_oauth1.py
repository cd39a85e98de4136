"""The examples of RFC 5849 and of OAuth Core 1.0, and a server built on another library."""

import base64
import hashlib
import urllib.parse

import pytest
from apps.signing import authorised, outgoing
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bruscript.auth.digest import challenges
from bruscript.auth.oauth1 import OAuth1Auth
from bruscript.http import RequestError

PHOTOS = {
    "consumerKey": "dpf43f3p2l4k3l03",
    "consumerSecret": "kd94hf93k423kf44",
    "accessToken": "nnch734d00sl2jdk",
    "accessTokenSecret": "pfkkdhi9sl3r4s00",
    "timestamp": "1191242096",
    "nonce": "kllo9940pd9333jh",
}
URL = "http://photos.example.net/photos?file=vacation.jpg&size=original"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def header_fields(request):
    ((scheme, fields),) = challenges(request.headers["authorization"])
    assert scheme == "OAuth"
    return {name: urllib.parse.unquote(value) for name, value in fields.items()}


def test_the_example_of_oauth_core():
    fields = header_fields(authorised("oauth1", {**PHOTOS, "realm": 'a "b"'}, outgoing("GET", URL)))
    assert fields["oauth_signature"] == "tR3+Ty81lMeYAr/Fid0kMTYa/WM="
    assert fields["realm"] == 'a "b"'
    assert fields["oauth_version"] == "1.0"


def test_the_base_string_of_rfc_5849(monkeypatch):
    """3.4.1.1: a form body, repeated names, pluses and escapes in the query."""
    bases = []

    def sign(self, base, escape):
        bases.append(base.decode())
        return "sig"

    monkeypatch.setattr(OAuth1Auth, "_sign", sign)
    settings = {
        "consumerKey": "9djdj82h48djs9d2",
        "accessToken": "kkk9d7dh3k39sjv7",
        "timestamp": "137131201",
        "nonce": "7d8f3e4a",
    }
    request = outgoing(
        "POST", "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b", FORM, b"c2&a3=2+q"
    )
    authorised("oauth1", settings, request)
    assert bases == [
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D"
        "%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a"
        "%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
        "%26oauth_version%3D1.0"
    ]


@pytest.mark.parametrize("method", ["HMAC-SHA256", "HMAC-SHA512", "PLAINTEXT"])
def test_every_shared_secret_method_signs(method):
    fields = header_fields(authorised("oauth1", {**PHOTOS, "signatureMethod": method}, outgoing("GET", URL)))
    assert fields["oauth_signature_method"] == method
    if method == "PLAINTEXT":
        assert fields["oauth_signature"] == "kd94hf93k423kf44&pfkkdhi9sl3r4s00"
    else:
        size = hashlib.new(method.rpartition("-")[2].lower()).digest_size
        assert len(base64.b64decode(fields["oauth_signature"])) == size


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.mark.parametrize("name", ["SHA1", "SHA256", "SHA512"])
@pytest.mark.parametrize("form", ["text", "escaped", "file"])
def test_rsa_signatures_verify(key, pem, name, form, tmp_path, monkeypatch):
    bases = []
    sign = OAuth1Auth._sign

    def keep_and_sign(self, base, escape):
        bases.append(base)
        return sign(self, base, escape)

    monkeypatch.setattr(OAuth1Auth, "_sign", keep_and_sign)
    settings = {**PHOTOS, "signatureMethod": f"RSA-{name}", "privateKey": pem, "privateKeyType": "text"}
    if form == "escaped":
        settings["privateKey"] = pem.replace("\n", "\\n")
    if form == "file":
        (tmp_path / "key.pem").write_text(pem)
        settings |= {"privateKey": "key.pem", "privateKeyType": "file"}
    fields = header_fields(authorised("oauth1", settings, outgoing("GET", URL), base_dir=tmp_path))
    signature = base64.b64decode(fields["oauth_signature"])
    key.public_key().verify(signature, bases[0], padding.PKCS1v15(), getattr(hashes, name)())


def test_parameters_in_the_query_join_what_is_there():
    request = authorised("oauth1", {**PHOTOS, "placement": "query"}, outgoing("GET", URL))
    target = request.extensions["target"].decode()
    assert target.startswith("/photos?file=vacation.jpg&size=original&oauth_consumer_key=")
    assert dict(urllib.parse.parse_qsl(target))["oauth_signature"] == "tR3+Ty81lMeYAr/Fid0kMTYa/WM="
    assert "authorization" not in request.headers


def test_parameters_in_the_body_join_the_form():
    request = outgoing("POST", "http://a/x", {**FORM, "Content-Length": "5"}, b"a=1+2")
    authorised("oauth1", {**PHOTOS, "placement": "body"}, request)
    body = b"".join(request.stream)
    assert body.startswith(b"a=1+2&oauth_consumer_key=")
    assert request.headers["content-length"] == str(len(body))


def test_a_body_that_is_no_form_is_not_thrown_away():
    request = outgoing("POST", "http://a/x", {"Content-Type": "application/json"}, b"{}")
    with pytest.raises(RequestError, match="form-urlencoded"):
        authorised("oauth1", {**PHOTOS, "placement": "body"}, request)


@pytest.mark.parametrize(("method", "name"), [("HMAC-SHA1", "sha1"), ("HMAC-SHA256", "sha256")])
def test_the_body_hash_covers_other_bodies(method, name):
    request = outgoing("POST", "http://a/x", {"Content-Type": "text/plain"}, b"Hello World!")
    settings = {**PHOTOS, "signatureMethod": method, "includeBodyHash": True}
    fields = header_fields(authorised("oauth1", settings, request))
    assert fields["oauth_body_hash"] == base64.b64encode(hashlib.new(name, b"Hello World!").digest()).decode()


def test_a_form_has_no_body_hash():
    request = outgoing("POST", "http://a/x", FORM, b"a=1")
    fields = header_fields(authorised("oauth1", {**PHOTOS, "includeBodyHash": True}, request))
    assert "oauth_body_hash" not in fields


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"signatureMethod": "MD5"}, "`MD5`, expected HMAC-SHA1, HMAC-SHA256,"),
        ({"placement": "cookie"}, "`cookie`, expected header, query or body"),
        ({"signatureMethod": "RSA-SHA1"}, "private key"),
        ({"signatureMethod": "RSA-SHA1", "privateKey": "nonsense"}, "private key cannot be used"),
        ({"signatureMethod": "RSA-SHA1", "privateKey": "no.pem", "privateKeyType": "file"}, r"no\.pem"),
    ],
)
def test_what_cannot_be_used_is_told(change, words):
    with pytest.raises(RequestError, match=words):
        authorised("oauth1", {**PHOTOS, **change}, outgoing("GET", URL))
