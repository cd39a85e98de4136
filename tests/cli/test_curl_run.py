"""The printed command does what a run does: redirects, proxies, rows, variables that are not set."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from apps.echoing import Server, echoing
from cli.invoke import Invoke, Outcome

import bruscript as library
from bruscript.report.console import ConsoleReport


@pytest.fixture
def server() -> Iterator[Server]:
    with echoing() as server:
        yield server


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    monkeypatch.chdir(tmp_path)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path


def write(url: str, method: str = "get", rest: str = "", head: str = "") -> None:
    Path("r.bru").write_text(f"{method} {{\n  url: {url}\n{head}}}\n\n{rest}")


def words(printed: Outcome) -> list[str]:
    return shlex.split(printed.out.replace("\\\n", ""))


BODY = "body:json {\n  {}\n}\n"
JSON = "  body: json\n"


@pytest.mark.parametrize(
    ("method", "head", "rest", "shown"),
    [
        ("get", "", "", None),
        ("post", JSON, BODY, None),
        ("post", "", "", None),
        ("get", JSON, BODY, "GET"),
        ("put", JSON, BODY, "PUT"),
        ("delete", "", "", "DELETE"),
    ],
)
def test_the_method_is_named_only_where_curl_would_take_another(
    bruscript: Invoke, root: Path, method: str, head: str, rest: str, shown: str | None
) -> None:
    write("http://x.test/", method, rest, head)
    printed = bruscript("curl", "r.bru")
    options = words(printed)
    assert (options[options.index("--request") + 1] if "--request" in options else None) == shown
    again = f"a run goes on with a GET; the command sends {shown} again"
    assert (again in printed.err) == (shown is not None)


@pytest.mark.servers
@pytest.mark.parametrize("status", [301, 302, 303, 307])
@pytest.mark.parametrize("body", [True, False])
def test_a_redirected_post_arrives_as_a_run_sends_it(
    bruscript: Invoke, root: Path, server: Server, status: int, body: bool
) -> None:
    write(server.at("127.0.0.1", server.to("/there", status)), "post", BODY * body, JSON * body)
    printed = bruscript("curl", "r.bru").out
    answer = subprocess.run(["sh", "-c", printed], check=True, capture_output=True, timeout=60).stdout
    by_curl, by_us = json.loads(answer), json.loads(bruscript("send", "r.bru").out)
    assert (by_curl["url"], by_curl["body"]) == (by_us["url"], by_us["body"])
    assert "body" in by_us


@pytest.mark.parametrize(("setting", "option"), [("true", "--location-trusted"), ("false", "--location")])
def test_where_authorization_follows_redirects(
    bruscript: Invoke, root: Path, setting: str, option: str
) -> None:
    write("http://x.test/", rest=f"settings {{\n  forwardAuthorizationHeader: {setting}\n}}\n")
    assert option in words(bruscript("curl", "r.bru"))


@pytest.mark.parametrize(
    ("variable", "scheme", "is_printed"),
    [("HTTP_PROXY", "http", True), ("http_proxy", "http", False), ("HTTPS_PROXY", "https", False)],
)
def test_a_proxy_that_curl_does_not_read_is_printed(
    bruscript: Invoke,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    scheme: str,
    is_printed: bool,
) -> None:
    monkeypatch.setenv(variable, "http://me:s3cret-word@proxy.test:3128")
    write(f"{scheme}://x.test/")
    printed = bruscript("curl", "r.bru")
    assert ("--proxy" in words(printed)) == is_printed
    assert ('--proxy-user me:"${PROXY_PASSWORD}"' in printed.out) == is_printed
    assert "s3cret" not in printed.out + printed.err


def test_variables_that_are_not_set(bruscript: Invoke, root: Path) -> None:
    (root / "environments").mkdir()
    (root / "environments/e.bru").write_text("vars {\n  host: http://x.test\n}\n")
    write("{{hots}}/")
    printed = bruscript("curl", "r.bru", "--env", "e")
    assert printed.err.startswith("# Warning: r.bru:2: the variable `{{hots}}` is not set; did you mean")
    strict = bruscript("curl", "r.bru", "--env", "e", "--strict-variables")
    assert (strict.out, "`{{hots}}` is not set" in strict.err, strict.status) == ("", True, 1)
    # A script could set it.
    write("{{hots}}/", rest="script:pre-request {\n  bru.setVar('hots', 'http://x.test')\n}\n")
    printed = bruscript("curl", "r.bru", "--strict-variables")
    assert (printed.status, "`{{hots}}` is not set" in printed.err) == (0, True)


@pytest.mark.parametrize("mode", ["digest", "ntlm"])
def test_a_user_name_with_a_colon_stands_in_the_url(bruscript: Invoke, root: Path, mode: str) -> None:
    domain = "  domain:\n" if mode == "ntlm" else ""
    write(
        "http://x.test/",
        rest=f"auth:{mode} {{\n  username: a:b\n  password: s3 c/r3t\n{domain}}}\n",
        head=f"  auth: {mode}\n",
    )
    printed = bruscript("curl", "r.bru")
    assert "http://a%3Ab:${PASSWORD_PERCENT_ENCODED}@x.test/" in words(printed)
    assert f"--{mode}" in words(printed)
    assert "--user" not in words(printed)
    assert "http://a%3Ab:s3%20c%2Fr3t@x.test/" in words(bruscript("curl", "r.bru", "--reveal"))


def test_one_row_of_a_data_file(bruscript: Invoke, root: Path) -> None:
    (root / "rows.csv").write_text("pid,password\n800,abc-4711-xyz\n900,def-4712-xyz\n")
    write("http://x.test/{{pid}}?p={{password}}")
    for row, pid in (((), "800"), (("--row", "2"), "900")):
        printed = bruscript("curl", "r.bru", "--csv-file-path", "rows.csv", *row)
        assert f"http://x.test/{pid}?p=${{PASSWORD}}" in words(printed)
        assert "xyz" not in printed.out + printed.err
    beyond = bruscript("curl", "r.bru", "--csv-file-path", "rows.csv", "--row", "3")
    assert beyond.err == "rows.csv has 2 rows, so row 3 does not exist\n"
    alone = bruscript("curl", "r.bru", "--row", "3")
    assert alone.err == "--row needs a data file\nAdd --csv-file-path or --json-file-path.\n"


def test_the_hint_under_a_failure_has_what_decides_on_the_request(
    bruscript: Invoke, root: Path, server: Server
) -> None:
    (root / "rows.csv").write_text("pid\n800\n900\n")
    (root / "e nv.bru").write_text(f"vars {{\n  host: {server.at('127.0.0.1')}\n}}\n")
    write(
        "{{host}}{{pid}}/{{a}}/{{token}}",
        rest="assert {\n  res.status: eq 404\n}\n",
    )
    given = ("--env-file", "e nv.bru", "--env-var", "a=x y", "--env-var", "token=s3cret-word")
    failed = bruscript("run", "r.bru", *given, "--csv-file-path", "rows.csv", "--noproxy")
    hints = [line.strip() for line in failed.out.splitlines() if "To send it by hand" in line]
    assert hints == [
        "To send it by hand: bruscript curl r.bru --env-file 'e nv.bru' --env-var 'a=x y' "
        f'--env-var token="$TOKEN" --noproxy --csv-file-path rows.csv --row {row}'
        for row in (1, 2)
    ]
    command = shlex.split(hints[1].partition("bruscript ")[2].replace("$TOKEN", "s3cret-word"))
    printed = bruscript(*command)
    assert any(word.endswith("/900/x%20y/${TOKEN}") for word in words(printed))
    assert os.sep not in hints[0].partition("curl")[2]


APP = """
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["query_string"]})

def make():
    return app
"""


def test_the_hint_for_an_application_sends_to_it(bruscript: Invoke, root: Path) -> None:
    (root / "hinted_app.py").write_text(APP)
    (root / "rows.csv").write_text("pid\n800\n900\n")
    write("http://x.test/?p={{pid}}", rest="assert {\n  res.status: eq 404\n}\n")
    own = ("--app", "hinted_app.py:make()", "--env-var", "pid=7", "--sandbox", "developer", "--allow-net", "")
    failed = bruscript("run", "r.bru", *own)
    (hint,) = [line.strip() for line in failed.out.splitlines() if "To send it by hand" in line]
    command = hint.partition("bruscript ")[2]
    assert command == (
        "send r.bru --app 'hinted_app.py:make()' --env-var pid=7 --sandbox developer --allow-net ''"
    )
    assert bruscript(*shlex.split(command)).out == "p=7"
    # Only `run` has data files.
    rows = bruscript("run", "r.bru", "--app", "hinted_app.py:app", "--csv-file-path", "rows.csv")
    assert (
        rows.out.count("by hand: bruscript run r.bru --app hinted_app.py:app --csv-file-path rows.csv\n") == 2
    )
    refused = bruscript("curl", "r.bru", "--app", "hinted_app.py:app")
    assert (refused.status, refused.err) == (
        1,
        "--app: curl cannot reach an application in this process\nUse `bruscript send`, which takes --app.\n",
    )


def test_the_hint_for_an_application_of_a_program_has_a_place_for_its_name(root: Path) -> None:
    write("http://x.test/", rest="assert {\n  res.status: eq 404\n}\n")
    namespace: dict[str, Any] = {}
    exec(APP, namespace)
    shown = StringIO()
    library.run(root / "r.bru", app=namespace["app"], reporters=[ConsoleReport(shown)])
    assert "by hand: bruscript send r.bru --app MODULE_OR_FILE:ATTRIBUTE\n" in shown.getvalue()


def test_the_help_says_what_is_fetched(bruscript: Invoke) -> None:
    text = bruscript("curl", "--help").out
    assert "nothing is sent" not in text
    assert "A proxy auto-config file" in text
    for command in ("curl", "send"):
        assert "Run once for each row" not in bruscript(command, "--help").out


def test_a_secret_of_the_workspace_is_a_variable_too(bruscript: Invoke, root: Path) -> None:
    (root / "workspace.yml").write_text("info:\n  name: w\n")
    (root / "environments").mkdir()
    secret = "  - name: apikey\n    secret: true\n"
    (root / "environments" / "team.yml").write_text(f"name: team\nvariables:\n{secret}")
    write("http://x.test/?k={{apikey}}")
    options = ("--global-env", "team", "--global-env-var", "apikey=gg-sesame-1")
    printed = bruscript("curl", "r.bru", *options, "--workspace-path", str(root))
    assert printed.status == 0, printed.err
    assert "${APIKEY}" in printed.out
    assert "********" not in printed.out


def test_a_body_of_head_is_left_out(bruscript: Invoke, server: Server, root: Path) -> None:
    write(server.at("127.0.0.1", "/x"), "head", 'body:json {\n  {"a": 1}\n}\n', "  body: json\n")
    printed = bruscript("curl", "r.bru")
    assert "curl sends no body with HEAD, so the command lacks it." in printed.err
    assert "--data" not in printed.out
    done = subprocess.run(["sh", "-c", printed.out], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
