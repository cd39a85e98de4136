"""Values that mean something else than they seem: a run and `check` say the same of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli.invoke import Invoke, invoker

import bruscript

URL = "http://h"
TOKEN = f"\n  access_token_url: {URL}/token\n  client_id: a\n  token_header_prefix: Bearer\n}}"
SENT: list[dict[str, str]] = []
"""The headers of each request that came, with its path and query."""


async def app(scope: Any, receive: Any, send: Any) -> None:
    """A server that knows only one answer."""
    if scope["type"] != "http":
        raise NotImplementedError
    await receive()
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    SENT.append({**headers, "path": scope["path"], "query": scope["query_string"].decode()})
    start = {"type": "http.response.start", "status": 200}
    await send({**start, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b'{"access_token": "the-access-token"}'})


def bru(block: str) -> str:
    """A request file, its second block on line 12."""
    mode = block.split()[0].removeprefix("auth:") if block.startswith("auth:") else "none"
    meta = "meta {\n  name: a\n  type: http\n  seq: 1\n}\n\n"
    return f"{meta}get {{\n  url: {URL}/\n  auth: {mode}\n}}\n\n{block}\n"


def yml(auth: dict[str, Any]) -> str:
    """A request file, its auth on line 5 with a key on each line."""
    rows = "".join(f"    {key}: {json.dumps(value)}\n" for key, value in auth.items())
    return f"info: {{name: a, type: http}}\nhttp:\n  url: {URL}/\n  auth:\n{rows}"


def yml_settings(line: str) -> str:
    """A request file, its settings on line 5."""
    return f"info: {{name: a, type: http}}\nhttp:\n  url: {URL}/\nsettings:\n  {line}\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    SENT.clear()

    async def run(text: str, **variables: str) -> tuple[str, list[str]]:
        """What a run says of a request: its error, and its warnings."""
        name = "a.yml" if text.startswith("info") else "a.bru"
        config = "opencollection: 1.0.0\ninfo: {name: c}\n" if name == "a.yml" else '{"name": "c"}'
        Path("opencollection.yml" if name == "a.yml" else "bruno.json").write_text(config)
        Path(name).write_text(text)
        result = await bruscript.arun(".", app=app, env_vars=variables)
        [item] = result.results
        return item.error or item.skip_reason or "", item.warnings

    return run


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str]) -> Invoke:
    return invoker(capsys)


OAUTH2 = {"type": "oauth2", "flow": "client_credentials", "accessTokenUrl": f"{URL}/token"}
EDGE = "auth:akamai-edgegrid {\n  accessToken: a\n  clientToken: b\n  clientSecret: c\n  maxBodySize: "
PLACED = {"tokenConfig": {"placement": {"header": "Bearer"}}}
CREDENTIALS = {"credentials": {"clientId": "a"}}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (bru("settings {\n  encodeUrl: no\n}"), 13, "`encodeUrl` is `no`, expected true or false; did"),
        (bru("settings {\n  followRedirects: True\n}"), 13, "`followRedirects` is `True`, expected true"),
        (bru("settings {\n  forwardAuthorizationHeader: {{x}}\n}"), 13, "`forwardAuthorizationHeader` is"),
        (bru("settings {\n  maxRedirects: x\n}"), 13, "`maxRedirects` is `x`, expected a whole number"),
        (bru("settings {\n  encodeUrl: true\n  timeout: abc\n}"), 14, "`timeout` is `abc`, expected a whole"),
        (bru("settings {\n  timeout: 1s\n}"), 13, "milliseconds or `inherit`"),
        (bru("settings {\n  retries: twice\n}"), 13, "`retries` is `twice`, expected a whole number"),
        (bru("settings {\n  retries: 1.5\n}"), 13, "`retries` is `1.5`, expected a whole number"),
        (bru("settings {\n  retries: -1\n}"), 13, "`retries` is `-1`, expected a whole number"),
        (yml_settings("retries: twice"), 5, "`retries` is `twice`, expected a"),
        (yml_settings("retries: -1"), 5, "`retries` is `-1`, expected a"),
        (yml_settings("retryDelay: .inf"), 5, "`retryDelay` is `.inf`, expected a number"),
        (bru("settings {\n  retryDelay: 1s\n}"), 13, "`retryDelay` is `1s`, expected a number of milli"),
        (bru("auth:apikey {\n  key: k\n  placement: query\n}"), 14, "did you mean `queryparams`?"),
        (bru("auth:apikey {\n  key: k\n  placement: Header\n}"), 14, "did you mean `header`?"),
        (bru("auth:apikey {\n  key: k\n  placement: body\n}"), 14, "expected header or queryparams"),
        (bru("auth:oauth1 {\n  include_body_hash: yes\n}"), 13, "did you mean `true`?"),
        (bru("auth:oauth1 {\n  signature_method: HMAC-SHA3\n}"), 13, "did you mean `HMAC-SHA1`?"),
        (bru("auth:oauth1 {\n  placement: Query\n}"), 13, "expected header, query or body"),
        (bru(f"{EDGE}2k\n}}"), 16, "`maxBodySize` is `2k`, expected a number of bytes"),
        (bru(f"{EDGE}-1\n}}"), 16, "`maxBodySize` is `-1`, expected a number of bytes"),
        (bru("auth:oauth2 {\n}"), 12, "`grant_type`"),
        (bru(f"auth:oauth2 {{{TOKEN}"), 13, "`grant_type`"),
        (
            bru(f"auth:oauth2 {{\n  grant_type: authorization_code\n  pkce: null{TOKEN}"),
            14,
            "`pkce` is `null`",
        ),
        (yml({**OAUTH2, "tokenConfig": {"placement": {"cookie": "x"}}}), 8, "It is `header` or `query`."),
        (yml({"type": "oauth1", "signatureMethod": "HMAC-SHA3"}), 6, "Did you mean `HMAC-SHA1`?"),
        (yml({"type": "apikey", "key": "k", "placement": "Header"}), 7, "Did you mean `header`?"),
    ],
)
async def test_a_request_that_would_be_sent_otherwise_is_an_error(
    run: Any, invoke: Invoke, text: str, line: int, message: str
) -> None:
    error, _ = await run(text)
    assert message in error
    assert SENT == []
    found = [text for text in invoke("check", ".").out.splitlines() if message in text]
    assert len(found) == 1
    assert found[0].startswith(f"a.{'yml' if text.startswith('info') else 'bru'}:{line}:")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (bru("auth:apikey {\n  key: k\n  value: v\n}"), 12, "has no `placement`"),
        (bru("auth:apikey {\n  key: k\n  placement:\n}"), 12, "has no `placement`"),
        (
            bru(f"auth:oauth2 {{\n  grant_type: client_credentials\n  audience: x{TOKEN}"),
            14,
            "parameters for the server go into auth:oauth2:additional_params:access_token_req:body",
        ),
        (
            bru(f"auth:oauth2 {{\n  grant_type: client_credentials\n  prompt: x{TOKEN}"),
            14,
            "parameters for the server go into auth:oauth2:additional_params:auth_req:queryparams",
        ),
        (
            yml({**OAUTH2, **CREDENTIALS, **PLACED, "audience": "x"}),
            10,
            "Parameters for the server go into `additionalParameters: accessTokenRequest:`.",
        ),
        (
            yml({**OAUTH2, **PLACED, "credentials": {"clientId": "a", "secret": "b"}}),
            9,
            "`secret` is not a key of `credentials`",
        ),
    ],
)
async def test_what_has_no_effect_is_a_warning(
    run: Any, invoke: Invoke, text: str, line: int, message: str
) -> None:
    error, warnings = await run(text)
    assert error == ""
    assert any(message in warning for warning in warnings)
    assert len(SENT) == (1 if "apikey" in text else 2)
    found = [text for text in invoke("check", ".").out.splitlines() if message in text]
    assert len(found) == 1
    assert found[0].startswith(f"a.{'yml' if text.startswith('info') else 'bru'}:{line}:")


async def test_another_method_of_pkce_is_a_warning_even_if_the_sign_in_fails(
    run: Any, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115
    code = {**OAUTH2, **CREDENTIALS, **PLACED, "flow": "authorization_code"}
    text = yml({**code, "authorizationUrl": f"{URL}/a", "pkce": {"method": "plain"}})
    error, warnings = await run(text)
    assert "no terminal" in error
    assert warnings == ["a.yml:11: `method` is `plain`, expected `S256`"]
    assert "a.yml:11:22: `method` is `plain`, expected `S256`" in invoke("check", ".").out
    _, warnings = await run(text.replace("plain", "S256"))
    assert warnings == []


@pytest.mark.parametrize(
    "text",
    [
        bru("settings {\n  encodeUrl: true\n  timeout: inherit\n  followRedirects: false\n  retries: 0\n}"),
        yml_settings("retries: 1"),
        yml_settings("retryDelay: 1.5"),
        yml_settings("retries:"),
        bru(
            "settings {\n  encodeUrl:\n  timeout: -1\n  maxRedirects: undefined\n  keepAliveInterval: null\n}"
        ),
        bru("settings {\n\n  timeout:   3000\n}"),
        bru("docs {\n  settings {\n    timeout: x\n  }\n}"),
        bru("auth:apikey {\n  key: k\n  value: v\n  placement: queryparams\n}"),
        bru("auth:apikey {\n  key:\n  placement:\n}"),
        bru("auth:apikey {\n  key: k\n  value: v\n  placement: {{place}}\n}"),
        bru("auth:oauth1 {\n  include_body_hash: TRUE\n}"),
        bru(f"{EDGE}{{{{size}}}}\n}}"),
        bru(f"{EDGE}\n}}"),
        bru(f"{EDGE}0x800\n}}"),
        bru("auth:oauth1 {\n  include_body_hash: {{yes}}\n  signature_method: {{method}}\n}"),
        bru(f"auth:oauth2 {{\n  grant_type: client_credentials\n  token_placement: query{TOKEN}"),
        yml({**OAUTH2, **CREDENTIALS, "tokenConfig": {"placement": {"query": "x"}}}),
        yml({**OAUTH2, **CREDENTIALS, **PLACED, "settings": {"autoFetchToken": True}}),
    ],
)
async def test_neither_says_anything_of_what_is_right(run: Any, invoke: Invoke, text: str) -> None:
    error, warnings = await run(text, place="queryparams", yes="True", method="PLAINTEXT", size="9")
    assert error == ""
    assert [warning for warning in warnings if "masked only" not in warning] == []
    assert SENT
    assert invoke("check", ".").status == 0
    if "include_body_hash" in text:
        assert "oauth_body_hash" in SENT[0]["authorization"]
    if "{{place}}" in text:
        assert SENT[0]["query"] == "k=v"


async def test_a_grant_from_bruscript_toml_is_enough(run: Any, invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "bruscript.toml").write_text('[oauth2.credentials]\ngrant_type = "client_credentials"\n')
    assert await run(bru(f"auth:oauth2 {{{TOKEN}")) == ("", [])
    assert invoke("check", ".").status == 0
