"""Modules, built-ins and globals, as Node and the reference have them and as we have them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any, Literal

import pytest
from compat.recorder import recording
from compat.reference import node, run_reference, settled
from sandbox.modules_support import evaluate

from bruscript import load

pytestmark = pytest.mark.reference

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures" / "modules"
EXPRESSIONS = Path(__file__).parent / "modules_expressions.txt"

SHOWN = (Path(__file__).parent / "shown.js").read_text(encoding="utf-8")

ASYNC = "Object.getPrototypeOf(async function () {}).constructor"
RUN_IN_NODE = f"""
const require_ = require('module').createRequire(process.cwd() + '/node_modules/@usebruno/js/src/index.js');
process.on('unhandledRejection', () => {{}});
process.on('uncaughtException', () => {{}});
const alive = setInterval(() => {{}}, 1000);
(async () => {{
  for (const body of JSON.parse(require('fs').readFileSync(0, 'utf8'))) {{
    console.log(JSON.stringify(await new ({ASYNC})('require', body)(require_)));
  }}
  clearInterval(alive);
}})();
"""


def body_of(line: str) -> str:
    """An expression or a function's body as one that gives what it is, or what it throws."""
    body = line if "return " in line else f"return ({line})"
    attempt = f"try {{ return shown(await (async () => {{ {body}\n}})()); }}"
    return f"{SHOWN} {attempt} catch (error) {{ return {{ thrown: shown(error) }}; }}"


def test_expressions_are_what_node_makes_of_them() -> None:
    text = EXPRESSIONS.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("//")]
    bodies = [body_of(line) for line in lines]
    expected = [json.loads(line) for line in node(RUN_IN_NODE, stdin=json.dumps(bodies)).splitlines()]
    different = []
    for line, body, wanted in zip(lines, bodies, expected, strict=True):
        given = evaluate(body, Path("/tmp"), "developer")
        if given != wanted:
            different.append((line, wanted, given))
    assert not different


def outcomes(tests: list[dict[str, Any]], collection: Path) -> list[tuple[str, str, str]]:
    """What of the tests must be equal; places of our own files and the reference's aside."""

    def clean(text: str) -> str:
        text = re.sub(r"\nRequire stack:.*?(?=\n\n|$)", "", text.split("\nStack:")[0], flags=re.DOTALL)
        text = text.replace(str(collection.resolve()), "COLLECTION")
        return re.sub(r"/\S*/collection\b", "COLLECTION", text)

    return [(test["description"], test["status"], clean(test.get("error") or "")) for test in tests]


@pytest.mark.parametrize(
    ("name", "mode"), [("safe", "safe"), ("safe", "developer"), ("developer", "developer")]
)
def test_collections_give_the_same_results(
    name: str, mode: Literal["safe", "developer"], tmp_path: Path
) -> None:
    with recording() as server:
        host = f"host={server.url}"
        collection = tmp_path / "collection"
        shutil.copytree(FIXTURES / name, collection)
        results = load(collection).run(sandbox=mode, recursive=True, env_vars={"host": server.url}).results
        ours = {result.name: outcomes(result.tests, collection) for result in results}

        def ask() -> dict[str, list[tuple[str, str, str]]]:
            report = run_reference(FIXTURES / name, "-r", "--sandbox", mode, "--env-var", host)
            return {each["name"]: outcomes(each["testResults"], collection) for each in report[0]["results"]}

        reference = settled(ask, lambda answer: answer == ours)
    assert ours.keys() == reference.keys()
    for request, given in ours.items():
        # In developer mode the reference cannot load some of its own libraries on some Nodes.
        broken = {case[0] for case in reference[request] if case[2].startswith("Error loading module ")}
        assert not [case for case in given if case[2].startswith("Error loading module ")]
        expected, found = (
            [case for case in cases if case[0] not in broken] for cases in (reference[request], given)
        )
        assert found == expected


SENDING = """
const axios = require('axios');
await axios.get(host + '/a', { params: { q: 'a b', l: [1, 2] }, headers: { 'X-N': 5 } });
await axios.post(host + '/b', { a: 1 });
await axios.post(host + '/c', new URLSearchParams({ a: 'b c' }));
await axios.put(host + '/d', 'text');
await fetch(host + '/e', { method: 'POST', body: 'text' });
await fetch(new Request(host + '/f', { method: 'PUT', body: 'text' }), { headers: { z: '1' } });
await require('node-fetch')(host + '/g', { method: 'POST', body: 'text' });
await new Promise((done, failed) => {
  const sent = require('http').request(host + '/h', { method: 'POST', headers: { q: '1' } }, (answer) => {
    answer.resume();
    answer.on('end', done);
  });
  sent.on('error', failed);
  sent.end('text');
});
"""


def test_scripts_clients_send_what_node_makes_them_send(tmp_path: Path) -> None:
    (tmp_path / "bruno.json").write_text('{"version":"1","name":"sends","type":"collection"}')
    kept = "await bru.cookies.jar().setCookie(host, { key: 'k', value: 'v', path: '/' });"
    script = f"const host = bru.getEnvVar('host');\n{kept}\n{SENDING}".replace("\n", "\n  ")
    (tmp_path / "a.bru").write_text(
        "meta {\n  name: a\n  type: http\n}\n\nget {\n  url: {{host}}/own\n}\n\n"
        f"script:pre-request {{\n  {script}\n}}\n"
    )
    with recording() as ours:
        result = load(tmp_path).run(sandbox="safe", env_vars={"host": ours.url}).results[0]
        assert result.error is None
    with recording() as theirs:
        node(
            "const { createRequire } = require('module');"
            "const require_ = createRequire(process.cwd() + '/node_modules/@usebruno/js/src/x');"
            f"(async (require, host) => {{ {SENDING} }})(require_, {json.dumps(theirs.url)});"
        )

    def told(arrivals: list[Any]) -> list[tuple[str, str, dict[str, str], bytes]]:
        # Connections are ours, and so are the encodings that we can undo.
        varying = {
            "host",
            "connection",
            "user-agent",
            "accept-encoding",
            "content-length",
            "transfer-encoding",
        }
        return [
            (
                one.method,
                one.target,
                {k.lower(): v for k, v in one.headers if k.lower() not in varying},
                one.body,
            )
            for one in arrivals
        ]

    assert told(ours.arrivals)[:-1] == told(theirs.arrivals)
