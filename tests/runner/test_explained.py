"""What a run says of itself: places, nested requests, rows, what was sent and received."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from apps.echoing import Server, echoing

from bruscript import load
from bruscript.report.console import ConsoleReport
from bruscript.report.github import GithubReport
from bruscript.report.har import HarReport
from bruscript.report.json import JsonReport
from bruscript.report.junit import JUnitReport
from bruscript.report.ndjson import NdjsonReport
from bruscript.report.shape import Omit
from bruscript.report.style import Style
from bruscript.runner import RunOptions, run_collection
from bruscript.runner.events import Reporter
from bruscript.runner.results import RequestResult
from bruscript.runner.steps import record_after
from bruscript.sandbox import Step
from bruscript.sandbox.job import StepResult


@pytest.fixture
def server() -> Any:
    with echoing() as server:
        yield server


def request(server: Server, *blocks: str, path: str = "/x", seq: int = 1) -> str:
    url = server.at("127.0.0.1", path)
    head = f"meta {{\n  name: R\n  type: http\n  seq: {seq}\n}}\n\nget {{\n  url: {url}\n"
    return head + "  body: none\n  auth: none\n}\n" + "".join(f"\n{block}\n" for block in blocks)


def write(root: Path, files: dict[str, str]) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


class Outputs:
    """A run of the collection at `root`, and what each report says of it."""

    def __init__(self, root: Path, tmp_path: Path, *, verbosity: int = 0, **options: Any) -> None:
        self._directory = tmp_path
        stream, github = io.StringIO(), io.StringIO()
        reporters: list[Reporter] = [
            ConsoleReport(stream, style=Style(False), verbosity=verbosity),
            GithubReport(github),
            JsonReport(str(tmp_path / "r.json")),
            JUnitReport(str(tmp_path / "r.xml")),
            HarReport(str(tmp_path / "r.har")),
            NdjsonReport(str(tmp_path / "r.ndjson"), Omit(timeline=False)),
        ]
        self.result = run_collection(load(root), RunOptions(**options), reporters=reporters)
        self.terminal, self.github = stream.getvalue(), github.getvalue()

    def text(self, name: str) -> str:
        return (self._directory / name).read_text("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.text("r.json"))

    @property
    def har(self) -> list[Any]:
        entries: list[Any] = json.loads(self.text("r.har"))["log"]["entries"]
        return entries


NAMES = [
    "my products/Get product.bru",
    "Row (v2).bru",
    "a [b] {c}/50% off, x.bru",
    "日本 🎉/naïve.bru",
    "at /x.bru:1/y.bru",
    "it's $& $1.bru",
]


@pytest.mark.parametrize("name", NAMES)
def test_places_are_right_whatever_the_names(
    name: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = [
        "assert {\n  res.status: eq 200\n  ~res.status: eq 1\n  res.status: eq 500\n}",
        "script:post-response {\n  require('./my lib/a (b) [c] 100%.js').fail();\n}",
        "tests {\n  // a comment\n  test('t', () => {\n    expect(res.status).to.equal(5);\n  });\n"
        "  test('thrown', () => { throw 'x'; });\n}",
    ]
    root = write(
        tmp_path / "My API (v2) [x]",
        {
            name: request(server, *blocks),
            "my lib/a (b) [c] 100%.js": "\nexports.fail = () => {\n  throw new Error('in a module');\n};\n",
        },
    )
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(root)
    out = Outputs(root, tmp_path)
    listed = out.terminal.partition("Failures\n")[2].partition("📊")[0]
    assert "my lib/a (b) [c] 100%.js:3 · Post-Response Script Error" in listed
    assert f"{name}:16 · res.status: eq 500" in listed
    assert f"{name}:26 · t" in listed
    assert f"{name} · thrown" in listed
    assert f"File: {name}:26" in out.terminal
    assert ">  3 |   throw new Error" in out.terminal.replace("> 3", ">  3")
    assert "> 26 |     expect(res.status)" in out.terminal
    assert str(tmp_path) not in out.terminal
    assert f">{name.replace('&', '&amp;')}:26\n" in out.text("r.xml")
    shown = name.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    assert f"file=My API (v2) [x]/{shown},line=26,col=" in out.github
    (checked,) = out.json[0]["results"]
    assert checked["testResults"][0]["place"] == {"path": name, "line": 26, "column": 27}
    assert checked["assertionResults"][1]["place"] == {"path": name, "line": 16, "column": 3}


def test_the_message_of_an_error_names_no_place(server: Server, tmp_path: Path) -> None:
    script = (
        "tests {\n  test('t', () => {\n"
        "    throw new Error('x at other.bru:1:1 bruscript:script/1:9:9');\n  });\n}"
    )
    out = Outputs(write(tmp_path / "c", {"a.bru": request(server, script)}), tmp_path)
    assert "a.bru:15 · t\n" in out.terminal


def test_a_place_outside_of_the_collection_is_not_believed(server: Server, tmp_path: Path) -> None:
    request_of = load(write(tmp_path / "c", {"a.bru": request(server)})).requests[0]
    for path in ("/etc/passwd", "../x.bru", "s3cret-value.bru", 5, None):
        step = Step(kind="tests", phase="tests")
        check = {"status": "fail", "description": "t", "place": {"path": path, "line": 1, "more": "s3cret"}}
        result = RequestResult.of(request_of)
        record_after(request_of, result, step, StepResult(results=[check]))
        assert result.tests[0]["place"] == {"path": "a.bru", "line": None, "column": None}


def test_yaml_assertions_have_their_places(server: Server, tmp_path: Path) -> None:
    root = tmp_path / "c"
    root.mkdir()
    (root / "opencollection.yml").write_text("opencollection: 1.0.0\ninfo:\n  name: c\n")
    (root / "a.yml").write_text(
        f"info:\n  name: a\n  type: http\nhttp:\n  method: GET\n  url: {server.at('127.0.0.1')}\n"
        "runtime:\n  assertions:\n    - expression: res.status\n      operator: eq\n      value: '500'\n"
    )
    out = Outputs(root, tmp_path)
    assert "a.yml:9 · res.status: eq 500" in out.terminal


def test_what_scripts_send_is_seen(server: Server, tmp_path: Path) -> None:
    script = (
        "script:pre-request {\n  await bru.runRequest('jobs/login');\n"
        f"  await bru.sendRequest({{ url: '{server.at('127.0.0.1', '/side')}', method: 'POST', "
        "data: { a: 1 } });\n"
        f"  await require('axios').get('{server.at('127.0.0.1', '/axios')}');\n"
        f"  await fetch('{server.at('127.0.0.1', '/fetch')}');\n}}"
    )
    login = request(
        server,
        "assert {\n  res.status: eq 500\n}",
        "tests {\n  test('signed in', () => expect(res.status).to.equal(500));\n}",
        path="/login",
    )
    root = write(tmp_path / "c", {"a.bru": request(server, script), "jobs/login.bru": login})
    out = Outputs(root, tmp_path, verbosity=1, paths=(root / "a.bru",))
    assert "\n   jobs/login (200 OK)" in out.terminal
    assert "\n      ✕ signed in\n" in out.terminal
    listed = out.terminal.partition("Failures\n")[2]
    assert "jobs/login.bru:18 · signed in" in listed
    assert "jobs/login.bru:14 · res.status: eq 500" in listed
    for by, path in (("bru.sendRequest: POST", "/side"), ("axios: GET", "/axios"), ("fetch: GET", "/fetch")):
        assert f"   {by} {server.at('127.0.0.1', path)} (200 OK, " in out.terminal
    assert out.result.exit_code == 1
    summary = out.result.summary
    assert (summary.total_requests, summary.failed_requests, summary.total_tests) == (2, 1, 1)
    (parent,) = out.json[0]["results"]
    (nested,) = parent["nestedResults"]
    assert nested["testResults"][0]["status"] == "fail"
    assert [sent["sentBy"] for sent in parent["otherRequests"]] == ["bru.sendRequest", "axios", "fetch"]
    urls = [entry["request"]["url"].rpartition("/")[2] for entry in out.har]
    assert sorted(urls) == ["axios", "fetch", "login", "side", "x"]
    side = next(entry for entry in out.har if entry["request"]["url"].endswith("/side"))
    assert side["request"]["postData"]["text"] == '{"a":1}'
    assert 'name="R &gt; R"' in out.text("r.xml")
    finished = next(
        line
        for line in map(json.loads, out.text("r.ndjson").splitlines())
        if line["event"] == "requestFinished"
    )
    assert finished["result"]["nestedResults"][0]["assertionResults"][0]["status"] == "fail"
    assert len(finished["result"]["otherRequests"]) == 3


def test_tokens_are_seen_and_show_nothing_secret(server: Server, tmp_path: Path) -> None:
    auth = (
        f"auth:oauth2 {{\n  grant_type: client_credentials\n"
        f"  access_token_url: {server.at('127.0.0.1', '/token')}\n"
        "  client_id: me\n  client_secret: sesame-open-42\n}"
    )
    text = request(server, auth).replace("auth: none", "auth: oauth2")
    out = Outputs(write(tmp_path / "c", {"a.bru": text}), tmp_path, verbosity=2)
    token, own = out.har
    assert token["comment"] == "OAuth 2.0"
    assert token["request"]["method"] == "POST"
    assert "Asked " in out.terminal
    assert "\n   Token `credentials` from " in out.terminal
    assert "event=" not in out.terminal
    assert [sent["sentBy"] for sent in out.json[0]["results"][0]["otherRequests"]] == ["OAuth 2.0"]
    everything = out.terminal + "".join(map(out.text, ("r.json", "r.har", "r.ndjson", "r.xml")))
    assert "sesame-open-42" not in everything
    sent = {header["name"].lower(): header["value"] for header in own["request"]["headers"]}
    assert sent["authorization"].endswith("********")


def test_har_has_all_headers_and_every_hop(server: Server, tmp_path: Path) -> None:
    text = request(server, path=server.to(server.at("127.0.0.1", "/end")))
    out = Outputs(write(tmp_path / "c", {"a.bru": text}), tmp_path)
    first, last = out.har
    assert first["response"]["status"] == 302
    assert last["request"]["url"].endswith("/end")
    names = [header["name"] for header in last["request"]["headers"]]
    seen = json.loads(last["response"]["content"]["text"])["headers"]
    assert sorted(name.lower() for name in names) == sorted(seen)
    assert {"Host", "Connection", "User-Agent", "Accept-Encoding"} <= set(names)


def test_a_failure_shows_what_was_sent_and_received(server: Server, tmp_path: Path) -> None:
    block = "assert {\n  res.status: eq 500\n}"
    text = request(server, "headers {\n  x-secret: {{key}}\n}", block, path="/x?y=1")
    root = write(
        tmp_path / "c (2)",
        {"a b.bru": text, "environments/e.bru": "vars:secret [\n  key\n]\n"},
    )
    out = Outputs(root, tmp_path, env="e", env_vars={"key": "abc-secret-123"})
    url = server.at("127.0.0.1", "/x?y=1")
    assert f"\n   GET {url}\n   200 OK · " in out.terminal
    assert '\n     {\n       "url": "/x?y=1",\n' in out.terminal
    assert '"x-secret": "********"' in out.terminal
    hint = 'a b.bru\' --env e --env-var key="$KEY"'
    assert f"{hint}\n" in out.terminal
    assert f"<system-out>GET {url}\n200 OK · " in out.text("r.xml")
    assert f"{hint}</system-out>" in out.text("r.xml")
    assert "abc-secret-123" not in out.terminal + out.text("r.xml")


def test_a_failure_without_a_token_shows_the_request_for_it(server: Server, tmp_path: Path) -> None:
    block = "auth:oauth2 {\n  grant_type: client_credentials\n  client_id: c\n"
    block += (
        f"  client_secret: s3cret-word-4711\n  access_token_url: {server.at('127.0.0.1', '/no-token')}\n}}"
    )
    out = Outputs(
        write(tmp_path / "c", {"a.bru": request(server, block).replace("auth: none", "auth: oauth2")}),
        tmp_path,
    )
    lines = f"POST {server.at('127.0.0.1', '/no-token')}\n   200 OK · "
    assert f"\n   {lines}" in out.terminal
    assert lines.replace("   ", "") in out.text("r.xml")
    assert "s3cret-word-4711" not in out.terminal + out.text("r.xml")


def test_a_passing_run_shows_no_bodies(server: Server, tmp_path: Path) -> None:
    out = Outputs(write(tmp_path / "c", {"a.bru": request(server)}), tmp_path)
    assert "GET http" not in out.terminal
    assert "system-out" not in out.text("r.xml")


def test_everything_is_shown_with_more_verbosity(server: Server, tmp_path: Path) -> None:
    text = request(server, 'body:json {\n  { "a": 1.10 }\n}').replace("get {", "post {")
    text = text.replace("body: none", "body: json")
    out = Outputs(write(tmp_path / "c", {"a.bru": text}), tmp_path, verbosity=2)
    assert f"   > POST {server.at('127.0.0.1', '/x')} HTTP/1.1\n" in out.terminal
    assert "   > Connection: keep-alive\n" in out.terminal
    # As sent: nothing is laid out, and numbers keep their spelling.
    assert '   > { "a": 1.10 }\n' in out.terminal
    assert "   < HTTP/1.1 200 OK\n" in out.terminal
    assert "   < content-type: application/json\n" in out.terminal


def test_what_was_not_sent_is_not_said_to_be(server: Server, tmp_path: Path) -> None:
    unreadable = request(server, "body:file {\n  file: @file(gone.bin)\n}").replace(
        "body: none", "body: file"
    )
    files = {"a.bru": request(server), "b.bru": unreadable}
    out = Outputs(write(tmp_path / "c", files), tmp_path, verbosity=1)
    url = server.at("127.0.0.1", "/x")
    assert [line for line in out.terminal.splitlines() if line.startswith("   GET")] == [
        f"   GET {url}",
        f"   GET {url} (not sent)",
    ]


def test_rows_are_named_and_equal_failures_gathered(server: Server, tmp_path: Path) -> None:
    block = "assert {\n  res.status: eq 500\n}\n\ntests {\n"
    block += "  test('row', () => expect(bru.runner.iterationData.get('pid')).to.equal('900'));\n}"
    root = write(tmp_path / "c", {"a.bru": request(server, block)})
    rows = tmp_path / "rows.csv"
    rows.write_text("pid\n900\n901\n902\n")
    out = Outputs(root, tmp_path, csv_file=rows)
    listed = out.terminal.partition("Failures\n")[2]
    assert "a.bru:14 · res.status: eq 500 · in iterations 1 to 3\n" in listed
    assert "a.bru:18 · row · #2 pid=901\n" in listed
    assert "a.bru:18 · row · #3 pid=902\n" in listed
    assert [f'name="R #{n} pid={899 + n}"' in out.text("r.xml") for n in (1, 2, 3)] == [True] * 3
    assert [each["results"][0]["iterationData"] for each in out.json] == [
        {"pid": "900"}, {"pid": "901"}, {"pid": "902"},
    ]  # fmt: skip


def test_iterations_without_rows_are_numbered(server: Server, tmp_path: Path) -> None:
    root = write(tmp_path / "c", {"a.bru": request(server)})
    out = Outputs(root, tmp_path, iteration_count=2, parallel=2)
    assert 'name="R #1"' in out.text("r.xml")
    assert 'name="R #2"' in out.text("r.xml")
    assert "iterationData" not in out.json[0]["results"][0]
    (tmp_path / "one").mkdir()
    assert 'name="R"' in Outputs(root, tmp_path / "one").text("r.xml")
