"""Every option of `run`, beside the reference, on the same collection: outcomes, exit status, report."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from compat.reference import run_in_place, settled

from bruscript.comparison.reports import compare

pytestmark = pytest.mark.reference

VOLATILE = {
    "uid",
    "responseTime",
    "duration",
    "runDuration",
    "suitename",
    "size",
    "stack",
    "errorName",
    "timeline",
}
VOLATILE |= {
    "date",
    "request-start-time",
    "user-agent",
    "accept-encoding",
    "host",
    "connection",
    "keep-alive",
}
# What only our reports say.
VOLATILE |= {"console", "warnings", "place", "iterationData", "nestedResults", "otherRequests"}


class Echo(BaseHTTPRequestHandler):
    """Answers JSON that tells what came; /status/N answers with status N."""

    protocol_version = "HTTP/1.1"
    # Head and body in one packet: a client that waits for the second would be slow for the server's sake.
    wbufsize = -1

    def do_GET(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        sent = self.rfile.read(length).decode()
        status = re.match(r"/status/(\d+)", self.path)
        body = json.dumps({"path": self.path, "sent": sent, "token": self.headers.get("x-token")}).encode()
        self.send_response(int(status[1]) if status else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.send_header("x-kept", "here")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def request(name: str, seq: int, url: str, *blocks: str, tags: str = "") -> str:
    tagged = f"  tags: [\n    {tags}\n  ]\n" if tags else ""
    return "\n\n".join(
        [
            f"meta {{\n  name: {name}\n  type: http\n  seq: {seq}\n{tagged}}}",
            f"post {{\n  url: {url}\n  body: json\n  auth: none\n}}",
            "headers {\n  x-token: {{token}}\n  x-other: 1\n}",
            'body:json {\n  {"who": "{{who}}"}\n}',
            *blocks,
            "",
        ]
    )


@pytest.fixture
def collection(tmp_path: Path, server: str) -> Path:
    root = tmp_path / "workspace" / "shop"
    (root / "environments").mkdir(parents=True)
    (root / "sub" / "deep").mkdir(parents=True)
    (root.parent / "environments").mkdir()
    (root.parent / "workspace.yml").write_text("opencollection: 1.0.0\ninfo:\n  name: w\n  type: workspace\n")
    (root.parent / "environments" / "team.yml").write_text(
        "name: team\nvariables:\n  - name: who\n    value: everybody\n"
    )
    (root / "bruno.json").write_text('{"version": "1", "name": "shop", "type": "collection"}')
    (root / "environments" / "local.bru").write_text(
        f"vars {{\n  host: {server}\n  who: local\n}}\nvars:secret [\n  token\n]\n"
    )
    (root / "env.json").write_text(
        json.dumps(
            {"name": "j", "variables": [{"name": "host", "value": server}, {"name": "who", "value": "file"}]}
        )
    )
    (root / "rows.csv").write_text("who,n\nann,1\nbob,2\n")
    (root / "rows.json").write_text('[{"who": "ann"}, {"who": "bob"}]')
    good = (
        "assert {\n  res.status: eq 200\n}",
        'tests {\n  test("echoes", function () {\n    expect(res.body.sent).to.contain("who");\n  });\n}',
    )
    bad = (
        "assert {\n  res.body.path: eq /elsewhere\n}",
        'tests {\n  test("is found", function () {\n    expect(res.status).to.equal(200);\n  });\n}',
    )
    (root / "a.bru").write_text(request("A", 1, "{{host}}/a", *good, tags="smoke"))
    (root / "b.bru").write_text(request("B", 2, "{{host}}/status/404", *bad, tags="slow"))
    (root / "c.bru").write_text(request("C", 3, "{{host}}/c"))
    skip = "script:pre-request {\n  bru.runner.skipRequest();\n}"
    (root / "sub" / "s.bru").write_text(request("S", 1, "{{host}}/s", skip))
    (root / "sub" / "deep" / "d.bru").write_text(request("D", 1, "{{host}}/d", *good))
    (root / "sub" / "refused.bru").write_text(request("R", 2, "http://127.0.0.1:1/x"))
    return root


@dataclass(frozen=True)
class Done:
    status: int
    report: Any
    text: str


def _finish(done: subprocess.CompletedProcess[str], report: Path) -> Done:
    data = json.loads(report.read_text()) if report.exists() else None
    return Done(done.returncode, data, done.stdout + done.stderr)


def both(root: Path, *args: str, where: str = ".") -> tuple[Done, Done]:
    """The reference's run and ours, each in a copy of the workspace of its own."""
    return one(root, "theirs", *args, where=where), one(root, "ours", *args, where=where)


def one(root: Path, name: str, *args: str, where: str = ".") -> Done:
    """The reference's run ("theirs"), or ours, in a copy of the workspace."""
    copy = root.parent.parent / name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root.parent, copy)
    place, report = copy / "shop" / where, copy / "report.json"
    # The reference takes seconds for the scripts of its safe mode, which another test compares.
    mode = [] if "--sandbox" in args else ["--sandbox", "developer"]
    given = [*args, *mode, "--reporter-json", str(report)]
    if name == "theirs":
        return _finish(run_in_place(place, *given), report)
    done = subprocess.run(
        [sys.executable, "-m", "bruscript", "run", *given],
        cwd=place,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return _finish(done, report)


def normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [normal(item) for item in value]
    if not isinstance(value, str):
        return value
    if "127.0.0.1:1" in value and "http" not in value:
        return "refused"
    return re.sub(r"http://127\.0\.0\.1(:\d+)?", "http://host", value)


@pytest.mark.parametrize(
    "args",
    [
        ["--env", "local", "--env-var", "token=hush"],
        ["sub", "-r", "--env", "local"],
        ["c.bru", "sub", "--env-file", "env.json", "--env-var=who=over"],
        ["--env", "local", "--tests-only", "--tags", "smoke,slow", "--exclude-tags=slow"],
        ["a.bru", "b.bru", "--env", "local", "--bail", "--sandbox", "safe"],
        ["a.bru", "--env", "local", "--csv-file-path", "rows.csv"],
        ["a.bru", "b.bru", "--env", "local", "--json-file-path", "rows.json", "--bail"],
        ["a.bru", "--env", "local", "--iteration-count", "2", "--parallel", "--delay", "5"],
        ["a.bru", "--env", "local", "--global-env", "team", "--global-env-var", "token=team-token"],
        ["a.bru", "--env", "local", "--reporter-skip-all-headers", "--reporter-skip-body"],
        [
            "a.bru",
            "--env",
            "local",
            "--reporter-skip-request-body",
            "--reporter-skip-headers",
            "x-kept",
            "X-OTHER",
        ],
        ["a.bru", "--env", "local", "--reporterSkipResponseBody", "--bail=false", "--insecure", "--noproxy"],
    ],
    ids=" ".join,
)
def test_runs_and_reports_alike(collection: Path, args: list[str]) -> None:
    ours = one(collection, "ours", *args)
    assert ours.report is not None, ours.text
    runs: list[Done] = []

    def ask() -> Any:
        runs.append(one(collection, "theirs", *args))
        assert runs[-1].report is not None, runs[-1].text
        return normal(runs[-1].report)

    # On a busy machine an assertion of its safe mode fails now and then.
    assert settled(ask, lambda report: report == normal(ours.report)) == normal(ours.report)
    assert list(compare(runs[-1].report, ours.report)) == []
    assert ours.status == runs[-1].status


@pytest.mark.parametrize(
    "args",
    [
        ["--env", "local", "--env-var", "nothing"],
        ["--global-env", "missing"],
        ["--global-env", "team", "--workspace-path", "missing"],
        ["--csv-file-path", "missing.csv"],
        ["--json-file-path", "missing.json"],
        ["--client-cert-config", "missing.json"],
        ["--client-cert-config", "rows.csv"],
        ["--format", "yaml"],
        ["--no-such-option"],
    ],
    ids=" ".join,
)
def test_mistakes_end_with_the_same_status(collection: Path, args: list[str]) -> None:
    theirs, ours = both(collection, *args)
    assert ours.status == theirs.status != 0
    assert "Traceback" not in ours.text
    assert "Something went wrong" not in ours.text


def test_outside_of_a_collection(tmp_path: Path) -> None:
    ours = subprocess.run(
        [sys.executable, "-m", "bruscript", "run"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run_in_place(tmp_path).returncode == ours.returncode == 4


def test_a_file_that_does_not_parse_is_reported(collection: Path) -> None:
    (collection / "bad.bru").write_text("meta {\n  name: Bad\n")
    theirs, ours = both(collection, "a.bru", "bad.bru", "--env", "local")
    left, right = (done.report[0]["results"][-1] for done in (theirs, ours))
    assert left.keys() == right.keys()
    assert (right["name"], right["status"], right["path"]) == (left["name"], left["status"], left["path"])
    assert ours.report[0]["summary"] == theirs.report[0]["summary"]
    # Where the reference passes: see docs/differences.md.
    assert (theirs.status, ours.status) == (0, 1)


def test_junit_alike_but_for_the_status(collection: Path) -> None:
    """Jenkins' schema has no attribute `status`: see docs/differences.md."""
    both(collection, "--env", "local", "--reporter-junit", "report.xml")
    trees = []
    for name in ("theirs", "ours"):
        tree = ElementTree.parse(collection.parent.parent / name / "shop" / "report.xml").getroot()
        for element in tree.iter():
            element.text = element.tail = None
            # What was sent and answered, and warnings: see docs/differences.md.
            for output in [*element.findall("system-out"), *element.findall("system-err")]:
                element.remove(output)
            for volatile in ("time", "timestamp", "status"):
                element.attrib.pop(volatile, None)
            if "127.0.0.1:1" in element.get("message", ""):
                element.set("message", "refused")
        trees.append(ElementTree.tostring(tree))
    assert trees[0] == trees[1]


def test_the_terminal_shows_what_the_reference_shows(collection: Path) -> None:
    theirs, ours = both(collection, "a.bru", "b.bru", "sub", "--env", "local", "--sandbox", "safe")
    shown = [line for line in ours.text.splitlines() if line]
    for line in theirs.text.splitlines():
        steady = re.sub(r"\d+ ms$", "", line).rstrip()
        steady = steady.replace("connect ECONNREFUSED ", "Could not connect to ")
        steady = steady.removesuffix(")")
        if steady and "(ms)" not in steady and "Wrote" not in steady:
            assert any(other.startswith(steady) for other in shown), line


@pytest.fixture(scope="session")
def jenkins_schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The schema of Jenkins' xUnit plugin, which pytest's source distribution carries for its own tests."""
    import tarfile

    import xmlschema

    directory = tmp_path_factory.mktemp("schema")
    wanted = f"pytest=={pytest.__version__}"
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", "pytest", wanted]
    subprocess.run(pip, cwd=directory, check=True, capture_output=True)
    (archive,) = directory.glob("pytest-*.tar.gz")
    with tarfile.open(archive) as files:
        name = next(name for name in files.getnames() if name.endswith("/junit-10.xsd"))
        source = files.extractfile(name)
        assert source is not None
        return xmlschema.XMLSchema(source.read().decode())


def test_junit_is_valid_by_jenkins_schema(collection: Path, jenkins_schema: Any) -> None:
    subprocess.run(
        [sys.executable, "-m", "bruscript", "run", "--env", "local", "--reporter-junit", "report.xml"],
        cwd=collection,
        capture_output=True,
        check=False,
    )
    errors = [error.reason for error in jenkins_schema.iter_errors(str(collection / "report.xml"))]
    assert errors == []


def test_junit_of_attempts_is_valid_by_jenkins_schema(tmp_path: Path, jenkins_schema: Any) -> None:
    import bruscript
    from bruscript.report.junit import JUnitReport

    asked: list[str] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        ready = environ["PATH_INFO"] == "/flaky" and asked.count("/flaky") > 1
        start_response("200 OK" if ready else "503 Not <yet>", [("content-type", "text/plain")])
        return [b"<&>"]

    (tmp_path / "bruno.json").write_text('{"name": "c"}')
    for name in ("flaky", "down"):
        (tmp_path / f"{name}.bru").write_text(
            f"get {{\n  url: http://h/{name}?{{{{unset}}}}\n}}\n\nassert {{\n  res.status: eq 200\n}}\n\n"
            "script:post-response {\n  if (res.status !== 200) throw new Error('<&>');\n}\n"
        )
    report = tmp_path / "report.xml"
    bruscript.run(tmp_path, app=app, retries=1, reporters=[JUnitReport(str(report))])
    jenkins_schema.validate(str(report))
    text = report.read_text("utf-8")
    assert text.count("<flakyFailure ") == 2
    assert text.count("<rerunFailure ") == 2
    assert text.count("<system-err>") == 2
