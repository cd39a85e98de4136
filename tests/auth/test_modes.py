import base64
import hashlib
import re

import pytest
from apps.signing import authorised, outgoing

import bruscript
from bruscript.auth import build_auth
from bruscript.http import AuthConfig, RequestError
from bruscript.lang.auth_modes import MODES, config_key

SETTINGS = {
    "basic": {"username": "u", "password": "s3cret"},
    "bearer": {"token": "s3cret"},
    "apikey": {"key": "X-Key", "value": "s3cret", "placement": "header"},
    "wsse": {"username": "u", "password": "s3cret"},
    "digest": {"username": "u", "password": "s3cret"},
    "ntlm": {"username": "u", "password": "s3cret", "domain": "d"},
    "awsv4": {"accessKeyId": "a", "secretAccessKey": "s3cret", "sessionToken": "s3cret"},
    "oauth1": {"consumerKey": "k", "consumerSecret": "s3cret", "accessTokenSecret": "s3cret"},
    "akamai-edgegrid": {"accessToken": "s3cret", "clientToken": "s3cret", "clientSecret": "s3cret"},
}


@pytest.mark.parametrize("mode", SETTINGS)
def test_no_secret_is_in_a_repr(mode):
    config = AuthConfig(mode, SETTINGS[mode])
    assert "s3cret" not in repr(config) + repr(build_auth(config))


def test_every_mode_is_tested_here():
    assert {*SETTINGS, "oauth2"} == {*MODES}


@pytest.mark.parametrize("kind", ["request", "collection", "folder"])
@pytest.mark.parametrize("mode", MODES)
def test_the_grammars_have_every_mode(mode, kind):
    document = bruscript.parse(f"meta {{\n  name: a\n}}\n\nauth:{mode} {{\n}}\n", kind=kind)
    assert config_key(mode) in document.to_json()["auth"]


@pytest.mark.parametrize("mode", ["none", "inherit", "oauth2", ""])
def test_modes_that_do_nothing_here_are_none(mode):
    assert build_auth(AuthConfig(mode)) is None


def test_an_unknown_mode_is_refused():
    with pytest.raises(RequestError, match="'kerberos'"):
        build_auth(AuthConfig("kerberos"))


def test_basic_is_utf_8():
    request = authorised("basic", {"username": "ü", "password": "p:w"}, outgoing("GET", "http://a/"))
    assert base64.b64decode(request.headers["authorization"][6:]).decode() == "ü:p:w"


def test_basic_replaces_a_header_in_its_place():
    request = outgoing("GET", "http://a/", {"authorization": "old", "x": "y"})
    authorised("basic", {"username": "u", "password": None}, request)
    assert [name for name, _ in request.headers.raw] == [b"Host", b"Authorization", b"x"]
    assert request.headers["authorization"] == "Basic dTo="


def test_bearer():
    request = authorised("bearer", {"token": "abc.def"}, outgoing("GET", "http://a/"))
    assert request.headers["authorization"] == "Bearer abc.def"


def test_what_no_header_can_hold_is_left_out_of_a_token():
    request = authorised("bearer", {"token": "a\u65e5b\r\n"}, outgoing("GET", "http://a/"))
    assert request.headers["authorization"] == "Bearer ab"


@pytest.mark.parametrize("mode", ["Basic", "{{mode}}", "token"])
def test_a_mode_that_does_not_exist_is_an_error(mode):
    with pytest.raises(RequestError, match="Unknown auth mode"):
        build_auth(AuthConfig(mode, {}))


@pytest.mark.parametrize(("key", "placement"), [("", "header"), ("k", ""), ("k", None), ("", "body")])
def test_a_key_without_a_name_or_a_place_is_no_auth(key, placement):
    assert build_auth(AuthConfig("apikey", {"key": key, "value": "v", "placement": placement})) is None


@pytest.mark.parametrize("placement", ["body", "query", "Header"])
def test_a_placement_that_does_not_exist_is_an_error(placement):
    with pytest.raises(RequestError, match="expected header or queryparams"):
        build_auth(AuthConfig("apikey", {"key": "k", "value": "v", "placement": placement}))


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://a/p", "/p?k+1=v%26"),
        ("http://a/p?x=%20&x=+", "/p?x=%20&x=+&k+1=v%26"),
        ("http://a/p?k+1=old&k%201=older&z", "/p?z&k+1=v%26"),
    ],
)
def test_a_key_in_the_query_leaves_the_rest_as_it_is(url, target):
    settings = {"key": "k 1", "value": "v&", "placement": "queryparams"}
    request = authorised("apikey", settings, outgoing("GET", url))
    assert request.extensions["target"].decode() == target


def test_wsse_digests_nonce_time_and_password():
    request = authorised("wsse", {"username": "ann", "password": "pw"}, outgoing("GET", "http://a/"))
    pattern = r'UsernameToken Username="ann", PasswordDigest="(.*)", Nonce="([0-9a-f]{32})", Created="(.*)"'
    digest, nonce, created = re.fullmatch(pattern, request.headers["x-wsse"]).groups()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", created)
    expected = hashlib.sha1(f"{nonce}{created}pw".encode()).hexdigest()
    assert base64.b64decode(digest).decode() == expected


@pytest.mark.parametrize("mode", ["digest", "awsv4"])
def test_without_credentials_a_request_goes_out_with_a_warning(mode):
    auth = build_auth(AuthConfig(mode, {"username": "", "accessKeyId": ""}))
    request = next(auth.sync_auth_flow(outgoing("GET", "http://a/")))
    assert "authorization" not in request.headers
    assert "is empty" in auth.warnings[0]
