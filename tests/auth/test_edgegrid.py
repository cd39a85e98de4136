"""The test data that Akamai publishes with its own EdgeGrid clients."""

import re

import pytest
from apps.signing import authorised, outgoing

from bruscript.http import RequestError

TOKENS = {
    "clientToken": "akab-client-token-xxx-xxxxxxxxxxxxxxxx",
    "accessToken": "akab-access-token-xxx-xxxxxxxxxxxxxxxx",
    "clientSecret": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=",
    "nonce": "nonce-xx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
    "timestamp": "20140321T19:34:21+0000",
    "headersToSign": "X-Test1,X-Test2, X-Test3",
    "maxBodySize": 2048,
}
HOST = "https://akaa-baseurl-xxxxxxxxxxx-xxxxxxxxxxxxx.luna.akamaiapis.net"


def signature(method, url, headers=None, body=None, **settings):
    request = authorised("akamai-edgegrid", {**TOKENS, **settings}, outgoing(method, url, headers, body))
    return request.headers["authorization"].rpartition("signature=")[2]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "expected"),
    [
        ("GET", "/", {}, None, "tL+y4hxyHxgWVD30X3pWnGKHcPzmrIF+LThiAOhMxYU="),
        ("GET", "/testapi/v1/t1?p1=1&p2=2", {}, None, "hKDH1UlnQySSHjvIcZpDMbQHihTQ0XyVAKZaApabdeA="),
        ("POST", "/testapi/v1/t3", {}, b"data" * 8, "hXm4iCxtpN22m4cbZb4lVLW5rhX8Ca82vCFqXzSTPe4="),
        ("POST", "/testapi/v1/t3", {}, b"d" * 2048, "6Q6PiTipLae6n4GsSIDTCJ54bEbHUBp+4MUXrbQCBoY="),
        ("POST", "/testapi/v1/t3", {}, b"d" * 2049, "6Q6PiTipLae6n4GsSIDTCJ54bEbHUBp+4MUXrbQCBoY="),
        ("POST", "/testapi/v1/t6", {}, b"", "1gEDxeQGD5GovIkJJGcBaKnZ+VaPtrc4qBUHixjsPCQ="),
        ("PUT", "/testapi/v1/t6", {}, b"P" * 31, "GNBWEYSEWOLtu+7dD52da2C39aX/Jchpon3K/AmBqBU="),
        (
            "GET",
            "/testapi/v1/t4",
            {"X-Test1": "test-simple-header"},
            None,
            "8F9AybcRw+PLxnvT+H0JRkjROrrUgsxJTnRXMzqvcwY=",
        ),
        (
            "GET",
            "/testapi/v1/t4",
            {"X-Test1": "     first-thing      second-thing"},
            None,
            "WtnneL539UadAAOJwnsXvPqT4Kt6z7HMgBEwAFpt3+c=",
        ),
        (
            "GET",
            "/testapi/v1/t5",
            {"X-Test2": "t2", "X-Test1": "t1", "X-Test3": "t3", "X-Extra": "not signed"},
            None,
            "Knd/jc0A5Ghhizjayr0AUUvl2MZjBpS3FDSzvtq4Ixc=",
        ),
    ],
)
def test_akamai_s_vectors(method, path, headers, body, expected):
    assert signature(method, HOST + path, headers, body) == expected


@pytest.mark.parametrize("base_url", [HOST, HOST + "/", HOST.removeprefix("https://")])
def test_the_base_url_stands_for_the_host(base_url):
    scheme = "https"
    assert signature("GET", f"{scheme}://localhost:1/p?q", baseURL=base_url) == signature(
        "GET", HOST + "/p?q"
    )


def test_nonce_and_time_are_made_where_none_are_given():
    settings = {key: value for key, value in TOKENS.items() if key not in ("nonce", "timestamp")}
    header = authorised("akamai-edgegrid", settings, outgoing("GET", HOST)).headers["authorization"]
    assert re.search(r"timestamp=\d{8}T\d\d:\d\d:\d\d\+0000;nonce=[0-9a-f-]{36};signature=", header)


@pytest.mark.parametrize("key", ["accessToken", "clientToken", "clientSecret"])
def test_a_missing_token_is_named(key):
    with pytest.raises(RequestError, match=key):
        signature("GET", HOST, **{key: " "})
