"""RFC 7616's own examples, and a server that challenges."""

import hashlib
from typing import Any

import httpx
import pytest
from apps.raw import raw_server, response
from apps.signing import outgoing

from bruscript.auth import build_auth
from bruscript.auth.digest import Challenge, DigestAuth, challenges, first_challenge
from bruscript.http import AuthConfig, Client, ClientConfig, OutgoingRequest

RFC: dict[str, Any] = {
    "realm": "http-auth@example.org",
    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
    "qop": "auth",
}
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_rfc_s_example(algorithm, expected):
    challenge = Challenge(**RFC, algorithm=algorithm, named_algorithm=True)
    request = outgoing("GET", "http://www.example.org/dir/index.html")
    answer = DigestAuth("Mufasa", "Circle of Life").answer(challenge, request, CNONCE)
    fields = challenges(answer)[0][1]
    assert fields["response"] == expected
    assert fields["uri"] == "/dir/index.html"
    assert fields["algorithm"] == algorithm
    assert (fields["qop"], fields["nc"], fields["cnonce"]) == ("auth", "00000001", CNONCE)
    assert fields["opaque"] == RFC["opaque"]


def test_the_rfc_s_example_of_a_hashed_user_name():
    challenge = Challenge(
        realm="api@example.org",
        nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
        opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS",
        algorithm="SHA-512-256",
        qop="auth",
        userhash=True,
        named_algorithm=True,
    )
    request = outgoing("GET", "http://api.example.org/doe.json")
    answer = DigestAuth("Jäsøn Doe", "Secret, or not?").answer(
        challenge, request, "NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm"
    )
    fields = challenges(answer)[0][1]
    assert fields["userhash"] == "true"
    name = hashlib.new("sha512_256", "Jäsøn Doe:api@example.org".encode()).hexdigest()
    assert fields["username"] == name


def test_a_body_is_part_of_auth_int():
    def answer(body):
        challenge = Challenge(realm="r", nonce="n", qop="auth-int")
        fields = DigestAuth("u", "p").answer(challenge, outgoing("POST", "http://a/x", body=body), "c")
        return challenges(fields)[0][1]["response"]

    def md5(text):
        return hashlib.md5(text.encode()).hexdigest()

    method = md5("POST:/x:" + md5("body"))
    expected = md5(f"{md5('u:r:p')}:n:00000001:c:auth-int:{method}")
    assert answer(b"body") == expected
    assert answer(b"other") != expected


def test_without_qop_the_old_form_is_used():
    challenge = first_challenge(['Digest realm="testrealm@host.com", nonce="abc"'])
    assert challenge is not None
    answer = DigestAuth("u", "p").answer(challenge, outgoing("GET", "http://a/"))
    assert "qop" not in answer
    assert "cnonce" not in answer
    assert "algorithm" not in answer


def test_several_challenges_are_told_apart():
    header = (
        'Basic realm="simple, with \\"quotes\\"", Negotiate, NTLM TlRMTVNTUAAB==, '
        'Digest realm="d", nonce="n", qop="auth,auth-int", algorithm=SHA-256-sess, stale=TRUE'
    )
    assert [scheme for scheme, _ in challenges(header)] == ["Basic", "Negotiate", "NTLM", "Digest"]
    challenge = first_challenge([header])
    assert (challenge.algorithm, challenge.qop, challenge.stale, challenge.session) == (
        *("SHA-256-sess", "auth"),
        *(True, True),
    )


def test_the_first_challenge_that_can_be_answered_is_taken():
    headers = [
        'Digest realm="d", nonce="x", algorithm=FUTURE-1',
        'Digest realm="d", nonce="s", algorithm=SHA-256, Digest realm="d", nonce="m"',
    ]
    assert first_challenge(headers).nonce == "s"
    assert first_challenge(headers[:1]) is None
    assert first_challenge(['Basic realm="x"']) is None


def utf8(text):
    return text.encode("latin-1").decode()


def challenge(nonce, more=""):
    header = f'WWW-Authenticate: Digest realm="r", nonce="{nonce}", qop="auth"{more}'
    return response(b"no", header, status="401 Unauthorized")


@pytest.mark.parametrize(
    ("answers", "nonces", "status"),
    [
        ([response(b"open")], [None], 200),
        ([challenge("1"), response(b"in")], [None, "1"], 200),
        ([challenge("1"), challenge("2", ", stale=true"), response(b"in")], [None, "1", "2"], 200),
        ([challenge("1"), challenge("2")], [None, "1"], 401),
        ([challenge("1"), challenge("2", ", stale=true")], [None, "1", "2"], 401),
        ([challenge("ü☃".encode().decode("latin-1")), response(b"in")], [None, "ü☃"], 200),
        ([response(b"no", status="401 Unauthorized")], [None], 401),
    ],
)
async def test_challenges_are_answered_and_stale_nonces_renewed(answers, nonces, status):
    client = Client(ClientConfig(noproxy=True))
    auth = build_auth(AuthConfig("digest", {"username": "u", "password": "p"}))
    async with raw_server(*answers) as server:
        got = await client.send(OutgoingRequest("POST", server.url + "/a?b=%2f", body=b"body"), auth)
    await client.aclose()
    sent = [arrived.header("authorization") for arrived in server.arrived]
    assert [utf8(challenges(header)[0][1]["nonce"]) if header else None for header in sent] == nonces
    assert all(arrived.body == b"body" for arrived in server.arrived)
    assert got.status == status
    assert [entry for entry in got.timeline if entry["event"] == "auth"] != [] or len(nonces) == 1


def test_httpx_s_own_digest_agrees():
    """A second implementation, for -sess."""
    header = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256-SESS'
    reference = httpx.DigestAuth("u", "p")
    request = httpx.Request("GET", "http://a/x?y=1")
    flow = reference.sync_auth_flow(request)
    next(flow)
    answer = flow.send(httpx.Response(401, headers={"WWW-Authenticate": header}, request=request))
    expected = challenges(answer.headers["authorization"])[0][1]
    challenge = first_challenge([header])
    assert challenge is not None
    ours = DigestAuth("u", "p").answer(challenge, outgoing("GET", "http://a/x?y=1"), expected["cnonce"])
    assert challenges(ours)[0][1]["response"] == expected["response"]
