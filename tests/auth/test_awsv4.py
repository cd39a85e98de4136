"""The test suite that AWS publishes for Signature Version 4."""

import pytest
from apps.signing import authorised, outgoing

from bruscript.auth.awsv4 import service_of
from bruscript.http import RequestError

KEYS = {
    "accessKeyId": "AKIDEXAMPLE",
    "secretAccessKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "service": "service",
    "region": "us-east-1",
}
DATE = {"X-Amz-Date": "20150830T123600Z"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PLAIN = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
HOST = "https://example.amazonaws.com"


def signed(method, url, headers=None, body=None, **settings):
    request = outgoing(method, url, {**DATE, **(headers or {})}, body)
    return authorised("awsv4", {**KEYS, **settings}, request)


def signature(request):
    return request.headers["authorization"].rpartition("Signature=")[2]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "expected"),
    [
        ("GET", "/", {}, None, PLAIN),
        ("POST", "/", {}, None, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "GET",
            "/?Param2=value2&Param1=value1",
            {},
            None,
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "POST",
            "/",
            FORM,
            b"Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (
            "POST",
            "/?Param1=value1",
            {},
            None,
            "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
        ),
        (
            "GET",
            "/./example/..",
            {},
            None,
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        ("GET", "//", {}, None, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ],
)
def test_aws_s_vectors(method, path, headers, body, expected):
    assert signature(signed(method, HOST + path, headers, body)) == expected


def test_a_session_token_is_sent_and_signed():
    request = signed("GET", HOST + "/", sessionToken="token")
    assert request.headers["x-amz-security-token"] == "token"
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token" in request.headers["authorization"]


def test_the_s3_example_of_aws_s_documentation():
    """Authenticating requests: GET object, with a range (which is not signed here) left out of it."""
    request = outgoing(
        "GET",
        "https://examplebucket.s3.amazonaws.com/?lifecycle",
        {"X-Amz-Date": "20130524T000000Z"},
    )
    settings = {
        "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "secretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    }
    authorised("awsv4", settings, request)
    assert request.headers["x-amz-content-sha256"].startswith("e3b0c442")
    assert signature(request) == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"


def test_s3_paths_are_encoded_once_and_others_twice():
    once = signed("GET", "https://h/a%20b", service="s3")
    literal = signed("GET", "https://h/a b", service="s3")
    assert signature(once) == signature(literal)
    assert signature(signed("GET", "https://h/a%20b")) != signature(signed("GET", "https://h/a%2520b"))


def test_a_payload_hash_of_the_user_s_counts():
    request = signed("PUT", "https://h/", {"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"}, b"x", service="s3")
    same = signed("PUT", "https://h/", {"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"}, b"y", service="s3")
    assert signature(request) == signature(same)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("sqs.eu-west-1.amazonaws.com", ("sqs", "eu-west-1")),
        ("abc.execute-api.eu-central-1.amazonaws.com", ("execute-api", "eu-central-1")),
        ("bucket.s3.amazonaws.com", ("s3", "us-east-1")),
        ("bucket.s3.eu-west-1.amazonaws.com", ("s3", "eu-west-1")),
        ("s3-eu-west-1.amazonaws.com", ("s3", "eu-west-1")),
        ("search-x.us-east-1.es.amazonaws.com", ("es", "us-east-1")),
        ("iam.amazonaws.com", ("iam", "")),
        ("email.us-east-1.amazonaws.com", ("ses", "us-east-1")),
        ("localhost", ("", "")),
    ],
)
def test_service_and_region_are_read_off_the_host(host, expected):
    assert service_of(host) == expected


@pytest.fixture
def aws_files(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    (tmp_path / "credentials").write_text(
        "[work]\naws_access_key_id = AKIDWORK\naws_secret_access_key = se%cret\naws_session_token = tok\n"
    )
    (tmp_path / "config").write_text("[profile work]\nregion = eu-west-3\n[profile sso]\nsso_session = x\n")


def test_a_profile_s_keys_come_before_those_given(aws_files):
    request = authorised(
        "awsv4", {**KEYS, "region": "", "profileName": "work"}, outgoing("GET", HOST + "/", DATE)
    )
    credential = "Credential=AKIDWORK/20150830/eu-west-3/service/aws4_request"
    assert credential in request.headers["authorization"]
    assert request.headers["x-amz-security-token"] == "tok"


@pytest.mark.parametrize("name", ["sso", "nobody"])
def test_a_profile_without_keys_is_named(aws_files, name):
    with pytest.raises(RequestError, match=name):
        authorised("awsv4", {**KEYS, "profileName": name}, outgoing("GET", HOST + "/"))
