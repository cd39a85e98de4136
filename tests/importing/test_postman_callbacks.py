"""The callback of Postman's `sendRequest` does in the imported collection what it did there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.invoke import Invoke

from bruscript import load

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
CALLBACKS = {
    "an argument": "function (err, r) { pm.test('is answered', () => pm.expect(r.code).to.equal(200)); }",
    "several": "function (err, r) { const all = [r.code, r.json().id]; keep(all[0], String(all[1])); }",
    "arguments": "(err, r) => { keep(r.code, r.json().id); }",
    "an arrow without braces": "(err, r) => keep(r.code, r.json().id)",
    "a function's name": "handle",
}
HEAD = """const keep = (code, id) => pm.test('is answered', () => {
  pm.expect(code).to.equal(200);
  pm.expect(Number(id)).to.equal(7);
});
function handle(err, answer) { keep(answer.status, answer.data.id); }
"""


async def app(scope, receive, send):
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"id": 7}'})


@pytest.mark.parametrize("callback", CALLBACKS)
def test_it_sees_the_response(bruscript: Invoke, tmp_path: Path, callback: str) -> None:
    code = f"{HEAD}pm.sendRequest('http://h/token', {CALLBACKS[callback]});"
    event = {"listen": "test", "script": {"type": "text/javascript", "exec": code.split("\n")}}
    item = {"name": "a", "request": {"method": "GET", "url": {"raw": "http://h/a"}}, "event": [event]}
    source = tmp_path / "p.json"
    source.write_text(json.dumps({"info": {"name": "P", "schema": SCHEMA}, "item": [item]}))
    imported = bruscript("import", "postman", "-s", str(source), "-o", str(tmp_path / "out"))
    assert (imported.status, imported.out) == (0, "")
    result = load(tmp_path / "out").run(app=app)
    assert result.ok, result
    assert result.summary.passed_post_response_tests == 1
