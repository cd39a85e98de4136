"""`bruscript run`, against an application in the same process or a server on loopback."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli.invoke import Invoke

APP = """
import asyncio, json

async def app(scope, receive, send):
    if scope["path"] == "/slow":
        await asyncio.sleep(3600)
    status = int(scope["path"][8:]) if scope["path"].startswith("/status/") else 200
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    body = {"path": scope["path"], "headers": {k.decode(): v.decode() for k, v in scope["headers"]}}
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
"""

REQUEST = """meta {
  name: %s
  type: http
  seq: %d
}

get {
  url: {{host}}/%s
  body: none
  auth: none
}

headers {
  x-token: {{token}}
}

%s
"""

GOOD = """assert {
  res.status: eq 200
}

tests {
  test("has a path", function () {
    expect(res.body.path).to.be.a("string");
  });
}"""

BAD = """tests {
  test("is there", function () {
    console.log("token is", bru.getEnvVar("token"));
    expect(res.status).to.equal(200);
  });
}"""


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "api"
    (root / "environments").mkdir(parents=True)
    (root / "sub").mkdir()
    (root / "bruno.json").write_text('{"version": "1", "name": "api", "type": "collection"}')
    (root / "environments" / "local.bru").write_text(
        "vars {\n  host: http://app\n}\nvars:secret [\n  token\n]\n"
    )
    (root / "good.bru").write_text(REQUEST % ("Good", 1, "good", GOOD))
    (root / "bad.bru").write_text(REQUEST % ("Bad", 2, "status/404", BAD))
    (root / "sub" / "deep.bru").write_text(REQUEST % ("Deep", 1, "deep", GOOD))
    (root / "slow.py").write_text("")
    (tmp_path / "server.py").write_text(APP)
    monkeypatch.chdir(root)
    return root


RUN = ("run", "--app", "../server.py:app", "--env", "local", "--env-var", "token=hush-hush")


def test_a_collection_from_its_root(bruscript: Invoke, api: Path) -> None:
    outcome = bruscript(*RUN)
    assert outcome.status == 1
    assert "sub/deep (200 OK)" in outcome.out
    assert "   ✓ has a path" in outcome.out
    assert "   ✕ is there" in outcome.out
    assert "bad.bru:20" in outcome.out[outcome.out.index("Failures") :]
    assert "3 (2 Passed, 1 Failed)" in outcome.out
    assert "token is ********" in outcome.out
    assert "hush-hush" not in outcome.out + outcome.err


@pytest.mark.parametrize(
    ("paths", "ran"),
    [
        (["good.bru"], ["good.bru"]),
        (["."], ["good.bru", "bad.bru"]),
        ([".", "-r"], ["sub/deep.bru", "good.bru", "bad.bru"]),
        (["sub", "good.bru"], ["sub/deep.bru", "good.bru"]),
    ],
)
def test_paths(bruscript: Invoke, api: Path, paths: list[str], ran: list[str]) -> None:
    bruscript(*RUN, *paths, "--reporter-json", "r.json")
    (iteration,) = json.loads((api / "r.json").read_text())
    assert [result["test"]["filename"] for result in iteration["results"]] == ran


def test_a_collection_from_outside_and_a_folder_from_within(
    bruscript: Invoke, api: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(api.parent)
    common = ["--app", "server.py:app", "--env", "local"]
    assert "3 (2 Passed, 1 Failed)" in bruscript("run", "api", *common).out
    monkeypatch.chdir(api / "sub")
    assert "1 (1 Passed)" in bruscript("run", "--app", "../../server.py:app", "--env", "local").out


def test_every_report_at_once(bruscript: Invoke, api: Path) -> None:
    (api / "out").mkdir()
    names = ["json", "junit", "html", "ndjson", "har"]
    outcome = bruscript(
        *RUN, "--reporter-allure=allure", *(f"--reporter-{name}=out/r.{name}" for name in names)
    )
    assert outcome.status == 1
    assert "Wrote allure results to allure\n" in outcome.out
    for name in names:
        text = (api / "out" / f"r.{name}").read_text()
        assert "hush-hush" not in text
        assert f"Wrote {name} results to out/r.{name}\n" in outcome.out
    hint = "To send it by hand: bruscript send bad.bru --app ../server.py:app --env local"
    assert hint in (api / "out" / "r.html").read_text()
    assert len(ElementTree.parse(api / "out" / "r.junit").getroot()) == 3
    assert json.loads((api / "out" / "r.json").read_text())[0]["summary"]["failedTests"] == 1
    assert len(list((api / "out").iterdir())) == len(names)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")
@pytest.mark.parametrize("name", ["junit", "html", "ndjson", "har"])
def test_a_report_that_cannot_be_written(bruscript: Invoke, api: Path, name: str) -> None:
    outcome = bruscript(*RUN, "good.bru", f"--reporter-{name}=/dev/full", "--reporter-json=r.json")
    assert json.loads((api / "r.json").read_text())[0]["summary"]["passedRequests"] == 1
    assert outcome.status == 2
    assert "Cannot write /dev/full: No space left on device" in outcome.out


def test_variables_that_cannot_be_written_back_fail_the_run(bruscript: Invoke, api: Path) -> None:
    sets = 'script:post-response {\n  bru.setEnvVar("host2", "x")\n}'
    (api / "good.bru").write_text(REQUEST % ("Good", 1, "good", sets))
    (api / "environments" / "local.bru").chmod(0o444)
    for options in ([], ["--quiet"], ["--iteration-count=2"]):
        outcome = bruscript(*RUN, "good.bru", "--reporter-ndjson", "e.ndjson", *options)
        assert outcome.status == 2
        summary = outcome.out[outcome.out.index("Variables that were not written back") :]
        assert "local.bru: the file is read-only" in summary
        assert "--no-persist" in summary
        assert "FAIL" in summary
        (last,) = [json.loads(line) for line in (api / "e.ndjson").read_text().splitlines()[-1:]]
        assert (last["exitCode"], len(last["unwritten"])) == (2, 1)
    assert "::error title=Variables that" in bruscript(*RUN, "good.bru", "--reporter-github").out
    assert bruscript(*RUN, "good.bru", "--no-persist").status == 0


def test_reports_of_a_killed_run_leave_nothing_behind(bruscript: Invoke, api: Path) -> None:
    (api / "out").mkdir()
    (api / "out" / ".r-1.xml.abc.bruscript-tmp").write_text("half")
    bruscript(*RUN, "good.bru", "--reporter-junit", "out/r-2.xml")
    assert os.listdir(api / "out") == ["r-2.xml"]


def test_tags_add_up(bruscript: Invoke, api: Path) -> None:
    for name, tag in (("good", "one"), ("bad", "two")):
        text = (api / f"{name}.bru").read_text()
        (api / f"{name}.bru").write_text(text.replace("  type", f"  tags: [\n    {tag}\n  ]\n  type"))
    assert "2 (1 Passed, 1 Failed)" in bruscript(*RUN, "--tags", "one", "--tags", "two").out


def test_empty_values_from_the_shell(bruscript: Invoke, api: Path) -> None:
    outcome = bruscript(*RUN, "good.bru", "--env-var", "", "--tags", "", "--reporter-json", "")
    assert (outcome.status, outcome.err) == (0, "--reporter-json has no effect: its value is empty.\n")


def test_output_and_format(bruscript: Invoke, api: Path) -> None:
    bruscript(*RUN, "good.bru", "-o", "r.xml", "-f", "junit")
    assert ElementTree.parse(api / "r.xml").getroot().tag == "testsuites"


def test_events_on_the_standard_output_are_alone_there(bruscript: Invoke, api: Path) -> None:
    outcome = bruscript(*RUN, "--reporter-ndjson", "-")
    events = [json.loads(line)["event"] for line in outcome.out.splitlines()]
    assert (events[0], events[-1]) == ("runStarted", "runFinished")
    assert "Execution Summary" in outcome.err


def test_quiet(bruscript: Invoke, api: Path) -> None:
    assert re.fullmatch(r"✓ PASS 1 request, 2/2 .*\n", bruscript(*RUN, "good.bru", "--quiet").out)


def test_github_annotations(bruscript: Invoke, api: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(api.parent))
    out = bruscript(*RUN, "--reporter-github").out
    assert "::error file=api/bad.bru,line=20,col=27,title=Bad%3A is there::expected 404 to equal 200" in out


def test_rows_of_a_file(bruscript: Invoke, api: Path) -> None:
    (api / "rows.csv").write_text("path\none\ntwo\nthree\n")
    (api / "row.bru").write_text(REQUEST % ("Row", 1, "{{path}}", GOOD))
    outcome = bruscript(
        *RUN, "row.bru", "--csv-file-path", "rows.csv", "--reporter-json=r.json", "--parallel", "2"
    )
    assert outcome.status == 0
    iterations = json.loads((api / "r.json").read_text())
    assert [iteration["results"][0]["request"]["url"] for iteration in iterations] == [
        "http://app/one",
        "http://app/two",
        "http://app/three",
    ]
    assert "│ #3 " in outcome.out


def test_bail(bruscript: Invoke, api: Path) -> None:
    (api / "bad.bru").write_text((api / "bad.bru").read_text().replace("seq: 2", "seq: 0"))
    outcome = bruscript(*RUN, ".", "--bail")
    assert 'Bail: Stopping run, test failure in "Bad". Remaining 1 request(s) skipped.' in outcome.out
    assert "2 (1 Failed, 1 Skipped (Bail))" in outcome.out
    outcome = bruscript(*RUN, ".", "--bail", "--iteration-count", "3")
    assert "[iteration 1 of 3]. Remaining 1 request(s) and 2 iteration(s) skipped." in outcome.out
    assert '• Iteration #1 bailed: test failure in "Bad"' in outcome.out
    assert "• Iterations #2\N{EN DASH}#3 skipped because bail halted the run" in outcome.out
    assert "│ #3        │ ⊘ SKIP (Bail) │" in outcome.out
    outcome = bruscript(*RUN, "bad.bru", "--bail", "--iteration-count", "3", "--parallel", "2")
    assert "Executing 3 iterations, 2 at once..." in outcome.out
    assert re.search(r"Bail: Iteration \d of 3 stopped, test failure in \"Bad\"\. Halting", outcome.out)


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        (["missing.bru"], 5, "Path not found: missing.bru\n"),
        (["--env", "nope"], 6, "environments/nope.bru"),
        (["--env-var", "broken"], 8, "name=value"),
        (["--format", "yaml"], 9, '"json", "junit" or "html"'),
        (["--reporter-json", "nowhere/r.json"], 2, "Output directory nowhere does not exist"),
        (["--csv-file-path", "no.csv"], 10, "CSV file no.csv does not exist"),
        (["--json-file-path", "no.json"], 11, "JSON file no.json does not exist"),
        (["--app", "nothing.py:app"], 1, "file not found: nothing.py"),
        (["--delay", "soon"], 1, "soon"),
        (["--nope"], 1, "No such option '--nope'"),
        (["--retries"], 1, "Option '--retries' requires a"),
        (["--secrets-env-file", "none.env"], 6, "none.env"),
        (["--reporter-json", "-", "--reporter-junit", "-"], 1, "Only one report"),
        (["--reporter-json", "-", "--reporter-github"], 1, "Only one report"),
    ],
)
def test_mistakes(bruscript: Invoke, api: Path, args: list[str], status: int, message: str) -> None:
    outcome = bruscript("run", "--env", "local", *args)
    assert outcome.status == status
    assert message in outcome.err
    assert "Traceback" not in outcome.err
    assert "went wrong in bruscript" not in outcome.err
    assert not outcome.err.startswith(("Error", "Usage"))
    assert str(api) not in outcome.err


def test_usage_mistakes_name_the_help(bruscript: Invoke) -> None:
    assert bruscript("run", "--nope").err.endswith("Try 'bruscript run --help' for help.\n")
    assert bruscript("nope").err.endswith("Try 'bruscript --help' for help.\n")


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupt_ends_the_request_and_writes_the_reports(api: Path, number: str) -> None:
    (api / "slow.bru").write_text(REQUEST % ("Slow", 9, "slow", GOOD))
    command = [
        sys.executable,
        "-m",
        "bruscript",
        *RUN,
        ".",
        "--reporter-json=r.json",
        "--reporter-ndjson=e.ndjson",
    ]
    process = subprocess.Popen(
        command,
        cwd=api,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    events = api / "e.ndjson"
    while not (events.exists() and '"name": "Slow"' in events.read_text()):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(getattr(signal, number))
    out, err = process.communicate()
    assert process.returncode == 130, out + err
    assert "Interrupted in slow.bru. What was done until then:" in out
    assert "Traceback" not in out + err
    (iteration,) = json.loads((api / "r.json").read_text())
    assert [result["name"] for result in iteration["results"]][:2] == ["Good", "Bad"]
    assert not [path for path in api.iterdir() if path.name.startswith(".")]


def test_an_interrupt_of_many_rows_at_once(api: Path) -> None:
    (api / "rows.csv").write_text("n\n" + "".join(f"{n}\n" for n in range(5000)))
    report, events = api / "r.json", api / "e.ndjson"
    given = ["good.bru", "--csv-file-path=rows.csv", "--parallel=4", f"--reporter-json={report}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "bruscript", *RUN, *given, f"--reporter-ndjson={events}"],
        cwd=api,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (events.exists() and events.read_text().count("iterationFinished") > 10):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130, out + err
    assert "Traceback" not in out + err
    iterations = json.loads(report.read_text())
    assert 10 < len(iterations) < 5000
    assert {result["status"] for iteration in iterations for result in iteration["results"]} == {"pass"}


@pytest.mark.parametrize("name", ["city", "password"])
def test_an_interrupt_at_a_prompt_ends_the_run(api: Path, name: str) -> None:
    import pty

    (api / "ask.bru").write_text(REQUEST % ("Ask", 1, "{{?" + name + "}}", ""))
    child, terminal = pty.fork()
    if child == 0:
        args = [*RUN, "good.bru", "ask.bru", "--reporter-json=r.json"]
        os.execv(sys.executable, [sys.executable, "-m", "bruscript", *args])
    shown = b""
    while f"{name}: ".encode() not in shown:
        shown += os.read(terminal, 4096)
    with suppress(OSError):
        while True:
            # Again where the first came between the prompt and the wait for its answer.
            os.write(terminal, b"\x03")
            while select.select([terminal], [], [], 20)[0]:
                shown += os.read(terminal, 4096)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 130
    assert b"Interrupted" in shown
    assert b"Traceback" not in shown
    (iteration,) = json.loads((api / "r.json").read_text())
    assert [result["name"] for result in iteration["results"]] == ["Good"]


def test_a_terminal_gets_colours_and_a_bar(api: Path) -> None:
    import pty

    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    environment |= {"TERM": "xterm"}
    (api / "bad.bru").unlink()
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bruscript", *RUN, "--delay", "1200"],
        cwd=api,
        stdout=follower,
        stderr=follower,
        stdin=subprocess.DEVNULL,
        env=environment,
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    os.close(leader)
    assert process.wait() == 0
    text = shown.decode()
    assert "\x1b[32m   ✓ \x1b[0m" in text
    assert "█" in text


def test_a_run_of_nothing_fails_unless_that_is_wanted(bruscript: Invoke, api: Path) -> None:
    outcome = bruscript(*RUN, "--tags", "typo")
    assert outcome.status == 1
    assert "Nothing to run: no request has the tag typo." in outcome.out
    assert bruscript(*RUN, "--tags", "typo", "--pass-with-no-requests").status == 0
