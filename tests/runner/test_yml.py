"""Runs of YAML collections: what arrives at a server, and what scripts and reports see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apps.echoing import Server, echoing

from bruscript import load
from bruscript.runner.results import RequestResult
from bruscript.runner.run_result import RunResult


@pytest.fixture
def server() -> Iterator[Server]:
    with echoing() as found:
        yield found


@pytest.fixture
def root(tmp_path: Path, server: Server) -> Path:
    (tmp_path / "environments").mkdir()
    host = server.at("127.0.0.1", "")
    write(tmp_path, "environments/local.yml", f"name: Other\nvariables:\n  - name: host\n    value: {host}\n")
    write(tmp_path, "opencollection.yml", "info:\n  name: Shop\n")
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def request(block: str, more: str = "", name: str = "A", url: str = '"{{host}}/a"') -> str:
    return f"info:\n  name: {name}\n  type: http\nhttp:\n  method: POST\n  url: {url}\n{block}{more}"


def run(root: Path, **options: Any) -> RunResult:
    return load(root).run(env="local", noproxy=True, **options)


def only(root: Path, **options: Any) -> RequestResult:
    (result,) = run(root, **options).results
    return result


def sent(root: Path, **options: Any) -> dict[str, Any]:
    result = only(root, **options)
    assert result.status == "pass", result.error
    data: dict[str, Any] = result.response["data"]
    return data


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("{type: json, data: '{\"a\": 1}'}", "application/json", '{"a": 1}'),
        # The reference sends nothing for these two.
        ("{type: json, data: {a: 1, b: [x, null]}}", "application/json", {"a": 1, "b": ["x", None]}),
        ("{type: json, data: [1, {b: '{{host}}'}]}", "application/json", None),
        ("{type: text, data: plain}", "text/plain", "plain"),
        ("{type: text, data: 1.10}", "text/plain", "1.10"),
        ("{type: xml, data: <a/>}", "application/xml", "<a/>"),
        ("{type: sparql, data: ASK}", "application/sparql-query", "ASK"),
        (
            "{type: form-urlencoded, data: [{name: a, value: 1.10}, {name: b, value: x, disabled: true}]}",
            "application/x-www-form-urlencoded",
            "a=1.10",
        ),
        ("{type: file, data: [{filePath: a.txt}, {filePath: b.txt, selected: true}]}", None, "file b"),
    ],
)
def test_bodies(root: Path, body: str, content_type: str | None, expected: Any) -> None:
    write(root, "a.txt", "file a")
    write(root, "b.txt", "file b")
    write(root, "a.yml", request(f"  body: {body}\n"))
    data = sent(root)
    if content_type is not None:
        assert data["headers"]["content-type"] == content_type
    if isinstance(expected, str):
        assert data["body"] == expected
    elif expected is not None:
        assert json.loads(data["body"]) == expected
    else:
        assert "127.0.0.1" in data["body"]


def test_a_multipart_body(root: Path) -> None:
    write(root, "a.txt", "content")
    parts = """  body:
    type: multipart-form
    data:
      - {name: note, type: text, value: hello, contentType: text/markdown}
      - {name: file, type: file, value: [a.txt]}
      - {name: off, type: text, value: x, disabled: true}
"""
    write(root, "a.yml", request(parts))
    body = sent(root)["body"]
    assert 'name="note"\r\nContent-Type: text/markdown\r\n\r\nhello' in body
    assert 'filename="a.txt"' in body
    assert "off" not in body


def test_a_graphql_request(root: Path) -> None:
    text = "info: {name: Q, type: graphql}\ngraphql:\n  url: '{{host}}/q'\n  body:\n    query: '{ a }'\n"
    write(root, "q.yml", text + "    variables: '{\"id\": 1}'\n")
    data = sent(root)
    assert json.loads(data["body"]) == {"query": "{ a }", "variables": {"id": 1}}


@pytest.mark.parametrize(
    ("auth", "header", "expected"),
    [
        ("{type: basic, username: 12, password: 007}", "authorization", "Basic MTI6MDA3"),
        ("{type: bearer, token: abc}", "authorization", "Bearer abc"),
        ("{type: apikey, key: x-key, value: k, placement: header}", "x-key", "k"),
        # The reference sends neither of these.
        ("{type: apikey, key: x-key, value: k}", "x-key", "k"),
        (
            "{type: oauth2, flow: client_credentials, accessTokenUrl: '{{host}}/token', "
            "credentials: {clientId: a, clientSecret: b}}",
            "authorization",
            "Bearer made",
        ),
        (
            "{type: oauth2, flow: client_credentials, accessTokenUrl: '{{host}}/token', "
            'credentials: {clientId: a, clientSecret: b}, tokenConfig: {placement: {header: ""}}}',
            "authorization",
            "made",
        ),
    ],
)
def test_auth(root: Path, auth: str, header: str, expected: str) -> None:
    write(root, "a.yml", request(f"  auth: {auth}\n"))
    assert sent(root)["headers"][header] == expected


def test_a_disabled_parameter_of_oauth2_is_not_sent(root: Path, server: Server) -> None:
    auth = """  auth:
    type: oauth2
    flow: client_credentials
    accessTokenUrl: "{{host}}/token"
    credentials: {clientId: a, clientSecret: b}
    additionalParameters:
      accessTokenRequest:
        - {name: audience, value: api, placement: query}
        - {name: hidden, value: never, placement: query, disabled: true}
    tokenConfig: {placement: {query: key}}
"""
    write(root, "a.yml", request(auth))
    assert sent(root)["url"] == "/a?key=made"
    assert [url for url in server.arrived if "token" in url] == ["/token?audience=api"]


def test_auth_is_inherited_where_the_request_says_so(root: Path) -> None:
    inner = "info: {name: F, type: folder}\nrequest:\n  auth: {type: bearer, token: folder}\n"
    write(root, "opencollection.yml", "info: {name: x}\nrequest: {auth: {type: bearer, token: collection}}\n")
    write(root, "f/folder.yml", inner)
    write(root, "f/a.yml", request("  auth: inherit\n"))
    write(root, "f/b.yml", request(""))
    write(root, "c.yml", request("  auth: inherit\n"))
    headers = [result.response["data"]["headers"] for result in run(root).results]
    assert [each.get("authorization") for each in headers] == ["Bearer folder", None, "Bearer collection"]


def test_urls_are_encoded_where_settings_stand(root: Path) -> None:
    write(root, "a.yml", request("", "", url='"{{host}}/a?q=a b|c"'))
    write(root, "b.yml", request("", "settings: {}\n", url='"{{host}}/a?q=a b|c"'))
    urls = [result.response["data"]["url"] for result in run(root).results]
    assert urls == ["/a?q=a%20b|c", "/a?q=a%20b%7Cc"]


def test_headers_params_and_numbers(root: Path) -> None:
    block = """  headers:
    - {name: x-price, value: 1.10}
    - {name: x-long, value: 12345678901234567890}
    - {name: x-word, value: yes}
    - {name: x-off, value: x, disabled: true}
  params:
    - {name: shop, value: north, type: path}
"""
    write(root, "a.yml", request(block, url='"{{host}}/in/:shop"'))
    data = sent(root)
    assert data["url"] == "/in/north"
    assert [data["headers"].get(f"x-{name}") for name in ("price", "long", "word", "off")] == [
        "1.10",
        "12345678901234567890",
        "yes",
        None,
    ]


SCRIPTS = """runtime:
  variables:
    - name: count
      value: {type: number, data: "2"}
    - name: text
      value: 2.50
  scripts:
    - type: before-request
      code: lost()
    - type: before-request
      code: |-
        bru.setVar("seen", typeof bru.getRequestVar("count") + bru.getRequestVar("text"));
        req.setHeader("x-a", bru.getEnvName());
    - type: after-response
      code: bru.setVar("later", res.body.headers["x-a"]);
    - type: tests
      code: |
        test("sees", () => {
          expect(bru.getVar("seen")).to.equal("number2.50");
          expect(bru.getVar("later")).to.equal("local");
          expect(bru.getVar("status")).to.equal(200);
        });
  assertions:
    - {expression: res.status, operator: eq, value: 200}
    - {expression: res.body.url, operator: isString}
    - {expression: res.status, operator: eq, value: 1, disabled: true}
  actions:
    - type: set-variable
      phase: after-response
      selector: {expression: res.status, method: jsonq}
      variable: {name: status, scope: runtime}
"""


def test_scripts_variables_assertions_and_actions(root: Path) -> None:
    write(root, "a.yml", request("", SCRIPTS))
    result = only(root)
    assert [check["status"] for check in result.checks] == ["pass", "pass", "pass"]


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize(
    ("code", "line", "column"),
    [
        ("|-\n        ok();\n        nope();", 14, 9),
        ("|\n\n          one();\n          nope();", 15, 11),
        ("throw new Error('x')", 12, 19),
        ("\"throw new Error('x')\"", 12, 20),
    ],
)
def test_failures_name_their_place(root: Path, code: str, line: int, column: int, quick: bool) -> None:
    scripts = f"runtime:\n  scripts:\n    - type: tests\n      code: {code}\n"
    scripts = scripts.replace("ok()", "void 0").replace("one()", "void 0")
    # A flow mapping is beyond the quick reader.
    write(
        root, "a.yml", request("  headers:\n    []\n" if quick else "  headers:\n    [{name: a}]\n", scripts)
    )
    (failure,) = only(root).script_failures
    assert failure.path is not None
    assert (Path(failure.path).name, failure.line) == ("a.yml", line)
    assert f"a.yml:{line}:{column}" in failure.stack


NESTED = """runtime:
  scripts:
    - type: before-request
      code: |-
        const first = await bru.runRequest("account/show");
        const second = await bru.runRequest("account/show.yml");
        bru.setVar("both", [first.status, second.status]);
        const third = await bru.runRequest("account/show.bru");
        bru.setVar("other", third.message);
    - type: tests
      code: |-
        test("runs", () => {
          expect(bru.getVar("both")).to.deep.equal([200, 200]);
          expect(bru.getVar("other")).to.contain("account/show.bru.yml");
        });
"""


def test_scripts_run_requests_by_path(root: Path) -> None:
    write(root, "account/show.yml", request("", name="Show"))
    write(root, "a.yml", request("", NESTED))
    result = only(root, paths=(root / "a.yml",))
    assert [check["status"] for check in result.checks] == ["pass"], list(result.checks)


def test_variables_go_back_into_the_files(root: Path) -> None:
    write(
        root,
        "opencollection.yml",
        "info: {name: x} # kept\nrequest:\n  variables:\n    - {name: c, value: 1}\n",
    )
    code = 'bru.setEnvVar("n", 5); bru.setCollectionVar("c", "2"); bru.setEnvVar("host", "http://other");'
    write(
        root,
        "a.yml",
        request("", f"runtime:\n  scripts:\n    - type: after-response\n      code: '{code}'\n"),
    )
    before = (root / "environments/local.yml").read_text()
    assert only(root).status == "pass"
    host = before.rpartition("value: ")[2].strip()
    assert (root / "environments/local.yml").read_text() == before.replace(host, "http://other") + (
        '  - name: n\n    value:\n      type: number\n      data: "5"\n'
    )
    assert (root / "opencollection.yml").read_text() == (
        'info: {name: x} # kept\nrequest:\n  variables:\n    - {name: c, value: "2"}\n'
    )


def test_reports_name_files_as_the_reference_does(root: Path) -> None:
    write(root, "f/a.yml", request(""))
    result = only(root)
    assert (result.path, result.filename) == ("f/a.yml", "f/a.yml")
    assert result.suitename == str(root / "f" / "a")


def test_a_broken_request_fails_the_run(root: Path) -> None:
    write(root, "a.yml", request(""))
    write(root, "b.yml", request("  headers: {a: b}\n"))
    write(root, "app.yml", "info: {name: P, type: app}\n")
    write(root, ".github/x.yml", "on: push\n")
    result = run(root)
    assert not result.ok
    assert {each.filename: each.status for each in result.results} == {
        "a.yml": "pass",
        "b.yml": "skipped",
        "app.yml": "skipped",
    }
    (root / "b.yml").unlink()
    assert run(root).ok
