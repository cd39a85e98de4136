"""`send` and `curl`: one request for pipes, and as a command of curl's."""

from __future__ import annotations

import base64
import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from apps.echoing import Server, echoing
from cli.invoke import Invoke

REQUEST = """meta {
  name: a b
  type: http
  seq: 1
}

post {
  url: {{host}}/x?key={{process.env.API_KEY}}&n=[1]
  body: json
  auth: basic
}

headers {
  x-token: tok {{token}} end's
}

auth:basic {
  username: me
  password: pa$$ word
}

body:json {
  { "t": "{{token}}" }
}

script:pre-request {
  req.setHeader("x-script", "ran");
  console.log("hello");
}
"""
TOKEN, KEY = "s3cret-tok-1", "k3y-of-4-dotenv-9999"


@pytest.fixture
def server() -> Iterator[Server]:
    with echoing() as server:
        yield server


@pytest.fixture
def file(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    root = tmp_path / "c (1)"
    (root / "environments").mkdir(parents=True)
    (root / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    (root / ".env").write_text(f"API_KEY={KEY}\n")
    (root / "environments" / "e.bru").write_text(
        f"vars {{\n  host: {server.at('127.0.0.1')[:-1]}\n}}\nvars:secret [\n  token\n]\n"
    )
    (root / "a b.bru").write_text(REQUEST)
    monkeypatch.chdir(root)
    return "a b.bru"


ENV = ("--env", "e", "--env-var", f"token={TOKEN}")


def test_send_prints_the_body_alone(bruscript: Invoke, file: str) -> None:
    done = bruscript("send", file, *ENV)
    assert done.status == 0
    seen = json.loads(done.out)
    assert seen["headers"]["x-script"] == "ran"
    assert seen["headers"]["x-token"] == f"tok {TOKEN} end's"
    assert "hello" in done.err


def test_send_includes_headers_and_writes_to_a_file(bruscript: Invoke, file: str, tmp_path: Path) -> None:
    done = bruscript("send", file, "-i", "-o", str(tmp_path / "out"), *ENV)
    assert (done.status, done.out) == (0, "")
    head, _, body = (tmp_path / "out").read_bytes().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\ncontent-type: application/json" in head
    assert json.loads(body)["url"].startswith("/x?key=")


def test_send_looks_first_where_the_body_goes(bruscript: Invoke, file: str, tmp_path: Path) -> None:
    for target, why in (
        (tmp_path, "it is a directory\nName a file in it."),
        (tmp_path / "none" / "out", "its directory does not exist\nCreate it first, or name another file."),
    ):
        done = bruscript("send", file, "-o", str(target), *ENV)
        # The script would have printed something.
        assert (done.status, done.out, done.err) == (2, "", f"Cannot write {target}: {why}\n")


@pytest.mark.parametrize(("status", "expected"), [(404, 4), (503, 5), (302, 0)])
def test_the_status_says_what_was_answered(
    status: int, expected: int, bruscript: Invoke, server: Server, file: str
) -> None:
    settings = "\nsettings {\n  followRedirects: false\n}\n"
    text = REQUEST.replace("/x?key={{process.env.API_KEY}}&n=[1]", server.to("/x", status)) + settings
    Path(file).write_text(text)
    assert bruscript("send", file, *ENV).status == expected


def test_a_failed_test_and_no_response_are_failures(bruscript: Invoke, file: str) -> None:
    Path(file).write_text(REQUEST + "\nassert {\n  res.status: eq 201\n}\n")
    done = bruscript("send", file, *ENV)
    assert done.status == 1
    assert json.loads(done.out)["url"]
    assert "✕ res.status: eq 201" in done.err
    Path(file).write_text(REQUEST.replace("{{host}}", "http://127.0.0.1:1"))
    done = bruscript("send", file, *ENV)
    assert (done.status, done.out) == (1, "")
    assert "connection refused" in done.err


def test_what_is_not_a_request_is_named(bruscript: Invoke, file: str) -> None:
    done = bruscript("send", "environments/e.bru")
    assert done.status != 0
    assert "environments/e.bru is not a request file" in done.err
    Path("broken.bru").write_text("get {")
    assert "broken.bru" in bruscript("curl", "broken.bru").err


def test_curl_has_secrets_as_variables(bruscript: Invoke, file: str) -> None:
    done = bruscript("curl", file, *ENV)
    assert done.status == 0
    assert TOKEN not in done.out + done.err
    assert KEY not in done.out + done.err
    assert "pa$$" not in done.out
    assert """--header 'x-token: tok '"${TOKEN}"' end'""" in done.out
    assert '--basic --user me:"${PASSWORD}"' in done.out
    assert """/x?key='"${API_KEY}"'&n=""" in done.out
    assert "Set these variables first: API_KEY, TOKEN, PASSWORD" in done.err
    assert "scripts did not run" in done.err


def test_curl_reveals_them_when_asked(bruscript: Invoke, server: Server, file: str) -> None:
    done = bruscript("curl", file, "--reveal", *ENV)
    words = shlex.split(done.out.replace("\\\n", ""))
    assert words[:2] == ["curl", "--globoff"]
    assert words[2].startswith(server.at("127.0.0.1", f"/x?key={KEY}&n="))
    assert words[words.index("--user") + 1] == "me:pa$$ word"
    assert f"x-token: tok {TOKEN} end's" in words
    assert json.loads(words[words.index("--data-raw") + 1]) == {"t": TOKEN}
    assert server.arrived == []


ODD = """post {
  url: {{host}}/a b?q=c d&k="{{process.env.ODD_SECRET}}"&p={{process.env.A_TOKEN}}
  body: multipartForm
}

headers {
  x-short: {{process.env.A_TOKEN}}
}

body:multipart-form {
  text: @no "file" of that name @contentType(text/x)
  short: in-{{process.env.A_TOKEN}}
  file: @file(odd; "name",.txt) @contentType(text/y)
}
"""


@pytest.fixture
def odd_file(file: str) -> str:
    """Blanks in the URL, values that curl would read as its own syntax, a short secret."""
    Path(file).write_text(ODD)
    Path('odd; "name",.txt').write_text("of the file")
    Path(".env").write_text("ODD_SECRET='k3y of \"9999\" <more>'\nA_TOKEN=ab\n")
    return file


def test_curl_quotes_what_would_mean_something_else(bruscript: Invoke, odd_file: str) -> None:
    done = bruscript("curl", odd_file, *ENV)
    words = shlex.split(done.out.replace("\\\n", ""))
    assert words[2].endswith("/a%20b?q=c%20d&k=%22${ODD_SECRET_ENCODED}%22&p=${A_TOKEN}")
    assert "x-short: ${A_TOKEN}" in words
    assert r'text="@no \"file\" of that name";type=text/x' in words
    assert "short=in-${A_TOKEN}" in words
    assert any(word.endswith(r'/odd; \"name\",.txt";type=text/y') for word in words)
    assert "9999" not in done.out
    assert "Set these variables first: ODD_SECRET_ENCODED, A_TOKEN" in done.err


WORDS = """post {
  url: {{host}}/login/pass/7781?debug=true&pass={{process.env.DB_PASSWORD}}&pin={{process.env.DB_PIN}}
  body: json
  auth: none
}

headers {
  x-pass: {{process.env.DB_PASSWORD}}
  x-bool: {{process.env.BOOL_SECRET}}
}

body:json {
  {"pass": "passed, compass, pass", "pin": {{process.env.DB_PIN}}, "ok": true, "sum": 57781}
}
"""


def test_curl_puts_variables_into_no_other_words(bruscript: Invoke, file: str) -> None:
    """Values that any text may have are only replaced as separate words, and `true` never."""
    Path(file).write_text(WORDS)
    Path(".env").write_text("DB_PASSWORD=pass\nBOOL_SECRET=true\nDB_PIN=7781\n")
    done = bruscript("curl", file, *ENV)
    words = shlex.split(done.out.replace("\\\n", ""))
    assert words[2].endswith("/login/pass/${DB_PIN}?debug=true&pass=${DB_PASSWORD}&pin=${DB_PIN}")
    assert "x-pass: ${DB_PASSWORD}" in words
    assert "x-bool: true" in words
    assert words[words.index("--data-raw") + 1] == (
        '{"pass": "passed, compass, ${DB_PASSWORD}", "pin": ${DB_PIN}, "ok": true, "sum": 57781}'
    )
    assert "Set these variables first: DB_PIN, DB_PASSWORD (" in done.err


@pytest.mark.parametrize("command", ["curl", "send"])
@pytest.mark.parametrize(
    ("replaced", "by", "message"),
    [
        ("body: json", "body: jsonn", "The body mode 'jsonn' does not exist: did you mean 'json'?"),
        ("auth: basic", "auth: oauth", "Unknown auth mode 'oauth': did you mean 'oauth2'?"),
        ("auth: basic", "auth: Basic", "Unknown auth mode 'Basic': did you mean 'basic'?"),
        ("n=[1]", "n={{?Id}}", "Answer it with --prompt Id=VALUE"),
    ],
)
def test_what_is_not_sent_is_not_printed(
    bruscript: Invoke, server: Server, file: str, command: str, replaced: str, by: str, message: str
) -> None:
    Path(file).write_text(REQUEST.replace(replaced, by))
    done = bruscript(command, file, *ENV)
    assert done.status != 0
    assert done.out == ""
    assert message in done.err
    if command == "curl":
        assert done.err.startswith(file)
    assert server.arrived == []


def test_curl_of_another_protocol(bruscript: Invoke, file: str) -> None:
    Path(file).write_text("meta {\n  name: a\n  type: ws\n}\n\nws {\n  url: ws://h/\n}\n")
    done = bruscript("curl", file)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"{file} is not an HTTP request")


@pytest.mark.parametrize(("url", "query"), [("/x", "k+y=v+w%26"), ("/x?a=1&k%20y=2", "a=1&k+y=v+w%26")])
def test_an_api_key_in_the_query_is_spelt_as_it_is_sent(
    bruscript: Invoke, server: Server, file: str, url: str, query: str
) -> None:
    key = "auth:apikey {\n  key: k y\n  value: v w&\n  placement: queryparams\n}\n"
    Path(file).write_text(f"get {{\n  url: {{{{host}}}}{url}\n  auth: apikey\n}}\n\n{key}")
    word = shlex.split(bruscript("curl", file, "--reveal", *ENV).out.replace("\\\n", ""))[2]
    assert word.partition("?")[2] == query
    assert json.loads(bruscript("send", file, *ENV).out)["url"].partition("?")[2] == query
    hidden = shlex.split(bruscript("curl", file, *ENV).out.replace("\\\n", ""))[2]
    assert hidden.partition("?")[2] == query.replace("v+w%26", "${API_KEY_FORM_ENCODED}")


@pytest.mark.servers
@pytest.mark.parametrize("reveal", [[], ["--reveal"]])
def test_curl_sends_what_we_send(bruscript: Invoke, odd_file: str, reveal: list[str]) -> None:
    printed = bruscript("curl", odd_file, *reveal, *ENV).out
    variables = {"A_TOKEN": "ab", "ODD_SECRET_ENCODED": "k3y%20of%20%229999%22%20%3Cmore%3E"}
    answer = subprocess.run(
        ["sh", "-c", printed], env={**os.environ, **variables}, check=True, capture_output=True, timeout=60
    ).stdout
    by_curl, by_us = json.loads(answer), json.loads(bruscript("send", odd_file, *ENV).out)
    assert by_curl["url"] == by_us["url"]
    for answer in (by_curl, by_us):
        assert answer["headers"]["x-short"] == "ab"
        for text in ('@no "file" of that name', "in-ab", "of the file", "text/x", "text/y"):
            assert text in answer["body"]


def test_a_secret_without_a_variable_is_pointed_out(bruscript: Invoke, file: str) -> None:
    encoded = base64.b64encode(KEY.encode()).decode()
    Path(file).write_text(REQUEST.replace("tok {{token}} end's", encoded))
    done = bruscript("curl", file, *ENV)
    assert "--header 'x-token: ********'" in done.out
    assert "# ******** stands for a secret that is not a variable's value" in done.err
