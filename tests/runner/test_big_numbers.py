"""Whole numbers beyond 2**53 keep their digits on the way from a response into later requests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ONE, TWO, LONG = 4634343214213523454, 9007199254740993, 123456789012345678901234567890
BODY = {"id": ONE, "n": LONG, "list": [{"id": TWO}, -TWO], "small": 5, "pair": [{"id": 2**60 + 1}, 2**60 + 2]}


class Numbers:
    """Answers everything with BODY, and keeps what was asked."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = (await receive()).get("body", b"")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.seen.append({"query": scope["query_string"].decode(), "headers": headers, "body": body.decode()})
        content = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": content})
        await send({"type": "http.response.body", "body": json.dumps(BODY).encode()})


FIRST = """get {
  url: http://app.test/a
}

vars:post-response {
  id: res.body.id
  long: res("n")
  all: res.body
  inner: res.body.list[0].id
  negative: res.body.list[1]
  small: res.body.small
}

script:post-response {
  bru.setVar("byScript", res.body.id);
  bru.setVar("object", { deep: [res.body.list[0]] });
  bru.setVar("raw", res.getBody({ raw: true }));
  test("a script sees a number", () => expect(typeof res.body.id).to.equal("number"));
}
"""
# `res` and what scripts did meanwhile must not touch the digits.
BETWEEN = """get {
  url: http://app.test/b
}

script:pre-request {
  bru.setVar("other", bru.getVar("id") > 1);
  await bru.runRequest("c");
}
"""
LAST = """post {
  url: http://app.test/c?id={{id}}&long={{long}}
  body: json
}

headers {
  inner: {{inner}} {{negative}} {{small}}
  all: {{all}}
  path: {{all.list[0].id}}
  by-script: {{byScript}} {{object.deep[0].id}}
  in-script: {{set}}
}

body:json {
  {"id": {{id}}, "all": {{all}}}
}

script:pre-request {
  bru.setVar("set", bru.interpolate("{{id}} {{all.n}} {{object}}"));
}
"""


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_from_a_response_into_later_requests(make: Any, mode: Any) -> None:
    app = Numbers()
    result = make({"a.bru": FIRST, "b.bru": BETWEEN, "c.bru": LAST}).run(app=app, sandbox=mode)
    assert result.ok
    for seen in (app.seen[1], app.seen[3]):
        assert seen["query"] == f"id={ONE}&long={LONG}"
        headers = seen["headers"]
        assert headers["inner"] == f"{TWO} {-TWO} 5"
        assert json.loads(headers["all"]) == BODY
        assert headers["path"] == str(TWO)
        assert headers["by-script"] == f"{ONE} {TWO}"
        assert headers["in-script"] == f'{ONE} {LONG} {{"deep":[{{"id":{TWO}}}]}}'
        assert json.loads(seen["body"]) == {"id": ONE, "all": BODY}


def test_a_number_that_cannot_be_told_from_another(make: Any) -> None:
    files = {
        "a.bru": "vars:post-response {\n  one: res.body.pair[0].id\n  two: res.body.pair[1]\n"
        "  rounded: res('pair[0].id')\n}\n",
        "b.bru": "headers {\n  x: {{one}} {{two}}\n}\n",
    }
    app = Numbers()
    result = make(files).run(app=app)
    assert app.seen[1]["headers"]["x"] == f"{2**60 + 1} {2**60 + 2}"
    (line,) = result.results[0].console
    assert line.level == "warn"
    assert line.text.startswith(f"rounded: {2**60 // 1000 + 1}000 is rounded, because several numbers")


def test_from_files(make: Any, echo: Any, tmp_path: Path) -> None:
    collection = make(
        {
            "a.bru": f'vars:pre-request {{\n  @object\n  object: {{"id": {ONE}}}\n}}\n\n'
            "headers {\n  x: {{env}} {{row}} {{deep.id}} {{object.id}}\n  y: {{z}}\n}\n\n"
            "script:pre-request {\n  bru.setVar('z', bru.interpolate('{{env}} {{row}} {{object}}'))\n}\n",
            "environments/e.bru": f"vars {{\n  @number\n  env: {LONG}\n}}\n",
            "rows.json": json.dumps([{"row": ONE, "deep": {"id": TWO}}]),
        }
    )
    assert collection.run(app=echo, env="e", json_file=tmp_path / "rows.json").ok
    headers = echo.requests[0]["headers"]
    assert headers["x"] == f"{LONG} {ONE} {TWO} {ONE}"
    assert headers["y"] == f'{LONG} {ONE} {{"id":{ONE}}}'


def test_a_body_that_a_script_reads_and_sets(make: Any, echo: Any) -> None:
    text = (
        "post {\n  url: http://app.test/a\n  body: json\n}\n\n"
        f'body:json {{\n  {{"id": {ONE}, "n": {{{{n}}}}, "q": "{{{{n}}}}"}}\n}}\n\n'
        f"vars:pre-request {{\n  @number\n  n: {LONG}\n}}\n\n"
        "script:pre-request {\n  const body = req.getBody(); body.more = 1; req.setBody(body);\n}\n"
    )
    assert make({"a.bru": text}).run(app=echo).ok
    assert json.loads(echo.requests[0]["body"]) == {"id": ONE, "n": LONG, "q": str(LONG), "more": 1}
