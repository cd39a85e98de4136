"""What scripts and servers may do to a whole run: it goes on, and every report is written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bruscript import load

POST, TESTS = "script:post-response", "tests"


def script(kind: str, source: str) -> str:
    return f"{kind} {{\n  {source}\n}}\n\n"


@pytest.mark.parametrize(
    "source",
    [
        "let a = []; for (let i = 0; i < 900; i += 1) a = [a]; bru.setVar('deep', a)",
        "let a = {}; for (let i = 0; i < 900; i += 1) a = { a }; res.setBody(a)",
        "bru.setNextRequest({ name: 'b' })",
        "bru.setVar('half', '\\ud800'); console.log('\\udfff')",
    ],
)
def test_a_script_costs_its_own_request_at_the_most(make: Any, echo: Any, source: str) -> None:
    result = make({"a.bru": script(POST, source), "b.bru": script(TESTS, "test('t', () => {})")}).run(
        app=echo
    )
    assert len(result.results) == 2
    assert result.results[1].status == "pass"


DEEP = """
async def app(scope, receive, send):
    head = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
    await send(head)
    await send({"type": "http.response.body", "body": b"[" * 900 + b"]" * 900})
"""


def test_an_answer_nested_to_pythons_depth_ends_no_report(make: Any, tmp_path: Path) -> None:
    collection = make({"a.bru": script(TESTS, "test('t', () => expect(res.getBody()).to.have.length(1))")})
    (tmp_path / "deep.py").write_text(DEEP)
    names = {kind: tmp_path / f"report.{kind}" for kind in ("json", "junit", "html", "ndjson", "har")}
    options = [part for kind, name in names.items() for part in (f"--reporter-{kind}", str(name))]
    done = subprocess.run(
        [sys.executable, "-m", "bruscript", "run", str(collection.path), "--app", "deep:app", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert all(name.stat().st_size > 0 for name in names.values())
    # Where it is cut depends on the Python: tests/test_masking.py.
    assert json.loads(names["json"].read_text())[0]["results"][0]["response"]["data"]


MULTIPART = (
    "post {\n  url: http://app.test/\n  body: multipartForm\n}\n\n"
    "body:multipart-form {\n  f: @file(%s)\n}\n\n"
)


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_a_script_has_no_file_from_outside_sent(make: Any, echo: Any, tmp_path: Path, mode: Any) -> None:
    (tmp_path / "outside.txt").write_text("the secret")
    part = "{ name: 'f', type: 'file', value: ['%s'] }"
    paths = (str(tmp_path / "outside.txt"), "../outside.txt", "link.txt", "inside.txt")
    sources = [part % path for path in paths]
    files = {
        f"{name}.bru": MULTIPART % "inside.txt" + script("script:pre-request", f"req.setBody([{source}])")
        for name, source in zip("abcd", sources, strict=True)
    }
    # What the collection's author names is sent wherever it is.
    files["e.bru"] = MULTIPART % "../outside.txt" + script("script:pre-request", "req.setHeader('a', 'b')")
    root = tmp_path / "collection"
    for name, text in files.items():
        make({f"collection/{name}": text})
    (root / "bruno.json").write_text((tmp_path / "bruno.json").read_text())
    (tmp_path / "bruno.json").unlink()
    (root / "inside.txt").write_text("known to all")
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    result = load(root).run(app=echo, sandbox=mode)
    assert [item.status for item in result.results] == ["error", "error", "error", "pass", "pass"]
    assert all("allow_read" in str(item.error) for item in result.results[:3])
    assert [("the secret" in seen["body"]) for seen in echo.requests] == [False, True]


@pytest.mark.parametrize("url", ["http://evil.test/", "http://evil.test\\\\@app.test/", "{{host}}/"])
def test_a_script_sends_its_request_to_no_host_out_of_reach(make: Any, echo: Any, url: str) -> None:
    files = {
        "a.bru": script("script:pre-request", f"bru.setVar('host', 'http://evil.test'); req.setUrl('{url}')"),
        "b.bru": "get {\n  url: http://evil.test/own\n}\n",
    }
    result = make(files).run(app=echo, allow_net=["app.test"])
    assert 'allow_net="evil.test"' in str(result.results[0].error)
    assert [seen["path"] for seen in echo.requests] == ["/own"]


async def endless(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An ASGI app whose answer never ends; it stops when nobody takes it any more."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(1000):
        await send({"type": "http.response.body", "body": bytes(1 << 20), "more_body": True})


def test_a_script_cannot_have_a_response_without_end_read(make: Any) -> None:
    source = "try { await bru.sendRequest('http://app.test/') } catch (e) { bru.setVar('said', e.message) }"
    keep = "; console.log(bru.getVar('said')); bru.runner.skipRequest()"
    result = make({"a.bru": script("script:pre-request", source + keep)}).run(app=endless)
    assert "larger than 64 MiB" in result.results[0].console[0].text


def test_no_repr_of_a_result_shows_what_is_in_it(make: Any, echo: Any) -> None:
    text = "post {\n  url: http://app.test/?t=s3cret\n  body: text\n}\n\nbody:text {\n  s3cret\n}\n\n"
    text += "headers {\n  x-a: s3cret\n}\n\nassert {\n  res.body.body: eq 1\n}\n\n"
    text += script(POST, "console.log('s3cret'); bru.setVar('a', 's3cret'); throw new Error('s3cret')")
    text += script(TESTS, "test('s3cret', () => expect('s3cret').to.equal(1)); req.x = 's3cret'")
    result = make({"a.bru": text, "b.bru": "get {\n  url: nowhere://s3cret/\n}\n"}).run(app=echo)
    assert len(result.results[0].script_failures) == len(result.results[0].console) == 1
    everything = [result, *result.iterations, *result.results]
    for item in result.results:
        everything += [*item.script_failures, *item.console]
    assert [type(item).__name__ for item in everything if "s3cret" in repr(item)] == []


LEAVE = """
    const made = Object.getPrototypeOf(globalThis), stolen = [];
    made.leaked = "of one";
    const set = (value) => { stolen.push(value); };
    Object.defineProperty(made, "token", { configurable: true, set, get: () => "stolen" });
"""
LOOK = """
    test("nothing is left", () => {
      expect(typeof leaked).to.equal("undefined");
      token = "mine";
      expect(token).to.equal("mine");
    });
"""


@pytest.mark.parametrize("isolation", ["process", "thread"])
@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_a_request_finds_nothing_of_the_one_before(make: Any, echo: Any, mode: str, isolation: str) -> None:
    files = {"a.bru": script("script:pre-request", LEAVE), "b.bru": script(TESTS, LOOK)}
    result = make(files).run(app=echo, sandbox=mode, isolation=isolation)
    assert [check["status"] for item in result.results for check in item.tests] == ["pass"]
