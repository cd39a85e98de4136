"""The credentials of `curl`'s commands: those that a run sends, whatever mode, headers and URL say."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apps.echoing import Server, echoing
from cli.invoke import Invoke, Outcome

BLOCKS = {
    "none": "",
    "basic": "username: me\n  password: pw",
    "bearer": "token: TOK",
    "digest": "username: me\n  password: pw",
    "ntlm": "username: me\n  password: pw\n  domain: WORK",
    "wsse": "username: me\n  password: pw",
    "apikey": "key: X-Key\n  value: v\n  placement: header",
    "apikey as authorization": "key: authorization\n  value: v\n  placement: header",
    "apikey in the query": "key: k 1\n  value: v w\n  placement: queryparams",
    "awsv4": "accessKeyId: AK\n  secretAccessKey: SK\n  service: sqs\n  region: eu",
    "oauth1": "consumer_key: k\n  consumer_secret: s\n  signature_method: HMAC-SHA1\n  placement: header",
    "oauth1 in the query": "consumer_key: k\n  consumer_secret: s\n  placement: query",
    "akamai-edgegrid": "accessToken: a\n  clientToken: b\n  clientSecret: c",
    "oauth2": "{{grant}}\n  token_placement: header\n  token_header_prefix: Token",
    "oauth2 in the query": "{{grant}}\n  token_placement: url\n  token_query_key: t",
}
USERS = {"none": "", "both": "bob:ur%40lp@", "name": "bob@", "password": ":only@"}
HEADERS = {"none": "", "own": "headers {\n  authorization: Own x\n}\n"}
SIGNED = ("OAuth ", "EG1-HMAC-SHA256 ")
"""How credentials begin that curl cannot make."""
GRANT = "grant_type: client_credentials\n  access_token_url: {}\n  client_id: c\n  credentials_id: id"


@pytest.fixture
def server() -> Iterator[Server]:
    with echoing() as server:
        yield server


@pytest.fixture
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(server: Server, mode: str, user: str = "none", headers: str = "none", path: str = "/x?k=1") -> None:
    name = mode.partition(" ")[0]
    url = server.at("127.0.0.1", path).replace("://", f"://{USERS[user]}")
    block = BLOCKS[mode].replace("{{grant}}", GRANT.format(server.at("127.0.0.1", "/token")))
    Path("r.bru").write_text(
        f"get {{\n  url: {url}\n  auth: {name}\n}}\n\n{HEADERS[headers]}\nauth:{name} {{\n  {block}\n}}\n"
        if block
        else f"get {{\n  url: {url}\n  auth: {name}\n}}\n\n{HEADERS[headers]}"
    )


def words(printed: Outcome) -> list[str]:
    return shlex.split(printed.out.replace("\\\n", ""))


def values(printed: Outcome, option: str) -> list[str]:
    split = words(printed)
    return [split[at + 1] for at, word in enumerate(split) if word == option]


def test_credentials_in_the_url_take_the_place_of_a_token(
    bruscript: Invoke, server: Server, collection: Path
) -> None:
    for mode, headers in (("bearer", "none"), ("none", "own"), ("apikey", "own")):
        write(server, mode, "both", headers)
        printed = bruscript("curl", "r.bru", "--reveal")
        assert "://bob:ur%40lp@127.0.0.1" in printed.out
        assert not [header for header in values(printed, "--header") if header.lower().startswith("auth")]


def test_a_mode_takes_the_place_of_headers_and_url(
    bruscript: Invoke, server: Server, collection: Path
) -> None:
    for mode in ("basic", "digest", "ntlm", "awsv4", "oauth1", "akamai-edgegrid", "oauth2"):
        write(server, mode, "both", "own")
        printed = bruscript("curl", "r.bru", "--reveal")
        assert "bob" not in printed.out
        assert "Own x" not in printed.out
        challenged = "A run first sends the credentials of the request's URL, and answers" in printed.err
        assert challenged == (mode in ("digest", "ntlm"))
    write(server, "digest", "none", "own")
    assert "credentials of the request's headers, and" in bruscript("curl", "r.bru").err
    write(server, "digest")
    assert bruscript("curl", "r.bru", "--reveal").err == ""


def test_the_options_of_the_modes(bruscript: Invoke, server: Server, collection: Path) -> None:
    write(server, "ntlm")
    assert values(bruscript("curl", "r.bru", "--reveal"), "--user") == ["WORK\\me:pw"]
    write(server, "awsv4")
    printed = bruscript("curl", "r.bru", "--reveal")
    assert (values(printed, "--aws-sigv4"), values(printed, "--user")) == (["aws:amz:eu:sqs"], ["AK:SK"])
    write(server, "apikey in the query", path="/x?k+1=old&b=2")
    assert words(bruscript("curl", "r.bru", "--reveal"))[2].endswith("/x?b=2&k+1=v+w")
    write(server, "oauth1 in the query", "both")
    printed = bruscript("curl", "r.bru", "--reveal")
    assert "://bob:ur%40lp@" in printed.out
    assert "curl cannot sign requests as auth:oauth1 does" in printed.err


def test_keys_of_aws_from_elsewhere(
    bruscript: Invoke, server: Server, collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(collection / "aws"))
    (collection / "aws").write_text(
        "[prod]\naws_access_key_id = PK\naws_secret_access_key = PS\nregion = af\n"
        "[dev]\naws_access_key_id = DK\naws_secret_access_key = DS\n"
    )
    write(server, "awsv4")
    file = Path("r.bru")
    text = file.read_text()
    file.write_text(text.replace("accessKeyId: AK", "accessKeyId:"))
    printed = bruscript("curl", "r.bru", "--reveal")
    # A run sends such a request unsigned.
    assert "--aws-sigv4" not in printed.out
    file.write_text(text.replace("region: eu", "region:\n  profileName: prod"))
    printed = bruscript("curl", "r.bru", "--reveal")
    assert values(printed, "--user") == ["${AWS_ACCESS_KEY_ID}:${AWS_SECRET_ACCESS_KEY}"]
    assert values(printed, "--aws-sigv4") == ["aws:amz:af:sqs"]
    assert "stand for the keys of the profile 'prod'" in printed.err
    file.write_text(text.replace("region: eu", "region:\n  profileName: dev"))
    assert values(bruscript("curl", "r.bru", "--reveal"), "--aws-sigv4") == ["aws:amz:us-east-1:sqs"]


def test_where_the_token_goes(bruscript: Invoke, server: Server, collection: Path) -> None:
    write(server, "oauth2", headers="own")
    assert "Authorization: Token ${ACCESS_TOKEN}" in values(bruscript("curl", "r.bru"), "--header")
    write(server, "oauth2 in the query", "both")
    printed = bruscript("curl", "r.bru", "--reveal")
    assert words(printed)[2].endswith("/x?k=1&t=${ACCESS_TOKEN}")
    assert "bob:ur%40lp@" in printed.out


def test_headers_that_a_run_adds(bruscript: Invoke, server: Server, collection: Path) -> None:
    write(server, "none")
    printed = bruscript("curl", "r.bru")
    assert values(printed, "--header") == ["Accept: application/json, text/plain, */*"]
    Path("r.bru").write_text(f"post {{\n  url: {server.at('h')}\n}}\n\nheaders {{\n  accept: text/x\n}}\n")
    assert values(bruscript("curl", "r.bru"), "--header") == ["accept: text/x", "Content-Type:"]
    # A run sends a body without a content type where a script or a setting removes it; curl would name one.


def test_a_secret_in_the_query_has_one_variable_per_spelling(
    bruscript: Invoke, server: Server, collection: Path
) -> None:
    (collection / ".env").write_text("A_KEY='a b/c-4711-xyz'\n")
    write(server, "apikey in the query", path="/x?a={{process.env.A_KEY}}")
    file = Path("r.bru")
    file.write_text(file.read_text().replace("v w", "{{process.env.A_KEY}}"))
    printed = bruscript("curl", "r.bru")
    assert words(printed)[2].endswith("/x?a=${A_KEY_ENCODED}&k+1=${A_KEY_FORM_ENCODED}")
    assert "4711" not in printed.out + printed.err


@pytest.mark.servers
@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("mode", BLOCKS)
def test_curl_authorises_as_a_run_does(
    bruscript: Invoke, server: Server, collection: Path, mode: str, user: str, headers: str
) -> None:
    write(server, mode, user, headers)
    printed = bruscript("curl", "r.bru", "--reveal")
    done = subprocess.run(
        ["sh", "-c", printed.out],
        env={**os.environ, "ACCESS_TOKEN": "made"},
        check=True,
        capture_output=True,
        timeout=60,
    )
    by_curl, by_us = _seen(done.stdout), _seen(bruscript("send", "r.bru").out)
    if mode in ("digest", "ntlm"):
        # This server challenges nobody: what a run sends before that is noted, and curl does not send it.
        assert ("A run first sends" in printed.err) == (by_us.pop("authorization", None) is not None)
        by_curl.pop("authorization", None)
    if mode in ("oauth1", "akamai-edgegrid"):
        assert by_us.pop("authorization").startswith(SIGNED)
    assert by_curl == by_us


def _seen(answer: str | bytes) -> dict[str, Any]:
    """Return what arrived: the URL, `Accept`, and what may be credentials, without signatures."""
    seen = json.loads(answer)
    names = ("accept", "authorization", "x-key")
    headers = {name: seen["headers"][name] for name in names if name in seen["headers"]}
    credentials = headers.get("authorization", "")
    if credentials.startswith("AWS4"):
        # The date aside, curl signs more headers.
        headers["authorization"] = re.sub(r"/\d{8}/|, SignedHeaders=.*", "/", credentials)
    return {"url": re.sub(r"&oauth_.*", "", seen["url"]), **headers}
