"""A collection that shows its secrets in every way that scripts and servers have, and all outputs of it."""

from __future__ import annotations

import base64
import binascii
import html
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from unittest.mock import patch
from urllib.parse import unquote

from bruscript.cli import main

META = "meta {\n  name: %s\n  type: http\n  seq: %d\n}\n\n"

APP = """
import base64, json
from urllib.parse import quote

async def app(scope, receive, send):
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode()
    secret = body.decode()
    seen = {
        "path": scope["path"], "query": query, "headers": headers, "body": secret,
        "twice": quote(quote(secret, safe=""), safe=""), "hex": body.hex(), "upper": body.hex().upper(),
        "basic": [base64.b64encode(user + b":" + body).decode() for user in (b"", b"a", b"ab", b"abc")],
        "nested": json.dumps({"inner": json.dumps({"it": secret})}), secret or "empty": 1,
    }
    status = 401 if "token" in scope["path"] else 200
    refusal = {"error": "invalid_client", "error_description": "no " + secret}
    content = json.dumps(refusal if status == 401 else seen)
    await send({"type": "http.response.start", "status": status, "headers": [
        (b"content-type", b"application/json"),
        (b"x-echo", quote(secret).encode()),
        (b"set-cookie", b"session=0f1e2d3c4b5a69788796; Path=/"),
        (b"x-screen", b"\\x1b[2J\\x1b[8m"),
    ]})
    await send({"type": "http.response.body", "body": content.encode()})
"""

SHOW = r"""
script:pre-request {
  const key = bru.getEnvVar("key");
  req.setBody(key);
  console.log("sending", key, { key, list: [key], inner: { inner: { key } } });
  console.log(Buffer.from(key), [...key].length);
  console.log("%s and %j and %o", key, { key }, { key });
  console.error(encodeURIComponent(key), encodeURI(key), btoa(unescape(encodeURIComponent(key))));
}

script:post-response {
  console.log(res.getHeaders(), res.getBody());
  bru.setVar("got", res.getBody());
  test(`post ${bru.getEnvVar("key")}`, () => { throw new Error("thrown " + bru.getEnvVar("key")); });
  throw new TypeError(JSON.stringify({ secret: bru.getEnvVar("key") }));
}

assert {
  res.body.body: eq something else
  res.body.headers: eq {{key}}
  res.body.query: contains nothing
}

tests {
  const key = bru.getEnvVar("key");
  for (let size = 1; size <= 12; size += 1) {
    test(`a key after ${size}`, () => { expect("x".repeat(size * 3) + key).to.equal("other"); });
  }
  test("deep", () => { expect({ a: { b: [key, { c: key }] } }).to.deep.equal({ a: 1 }); });
  test("include", () => { expect([key, key, key]).to.include("nothing"); });
  test("match", () => { expect(key).to.match(/^nothing$/); });
  test("keys", () => { expect({ [key]: 1 }).to.have.property("other"); });
  test("length", () => { expect(key).to.have.lengthOf(1000); });
  test("schema", () => { expect({ key }).to.be.jsonSchema({ type: "string" }); });
  test("body", () => { expect(res.getBody()).to.jsonBody({ a: key }); });
  test("custom", () => { expect(1, key).to.equal(2); });
  test("parts", () => { expect(key.slice(3, 14) + "…").to.equal(key.slice(-11)); });
}
"""


def write(root: Path, secret: str) -> None:
    """Write the collection; `secret` is the variable `key`, which is used everywhere."""
    files = {
        "bruno.json": json.dumps({"version": "1", "name": "leaky", "type": "collection"}),
        "environments/e.bru": "vars:secret [\n  key\n]\n",
        "app.py": APP,
        "a show.bru": META % ("show", 1)
        + "post {\n  url: http://app.test/x?key={{key}}&other=plain\n  body: text\n  auth: none\n}\n\n"
        + "headers {\n  X-Key: {{key}}\n}\n\nbody:text {\n  {{key}}\n}\n"
        + SHOW,
        "b basic.bru": META % ("basic", 2)
        + "get {\n  url: http://app.test/basic\n  body: none\n  auth: basic\n}\n\n"
        + "auth:basic {\n  username: ann\n  password: {{key}}\n}\n\n"
        + 'tests {\n  test("header", () => { expect(res.body.headers).to.equal(1); });\n'
        + "  console.log(JSON.stringify(res.body.headers), res.body.headers);\n}\n",
        "c apikey.bru": META % ("apikey", 3)
        + "get {\n  url: http://app.test/apikey\n  body: none\n  auth: apikey\n}\n\n"
        + "auth:apikey {\n  key: k\n  value: {{key}}\n  placement: queryparams\n}\n\n"
        + "assert {\n  res.body.query: eq 1\n}\n",
        "d token.bru": META % ("token", 4)
        + "get {\n  url: http://app.test/never\n  body: none\n  auth: oauth2\n}\n\nauth:oauth2 {\n"
        + "  grant_type: client_credentials\n  access_token_url: http://app.test/token?client_key={{key}}\n"
        + "  client_id: id\n  client_secret: {{key}}\n  scope: \n  credentials_placement: body\n}\n",
        "g nested.bru": META % ("nested", 7)
        + "get {\n  url: http://app.test/nested\n  body: none\n  auth: none\n}\n\nscript:post-response {\n"
        + '  const key = bru.getEnvVar("key");\n  await bru.runRequest("b basic");\n'
        + '  const url = "http://app.test/sent?k=" + encodeURIComponent(key);\n'
        + '  const headers = { "x-k": encodeURI(key) };\n'
        + '  const sent = await bru.sendRequest({ url, method: "POST", headers, data: key });\n'
        + "  console.log(sent.data, sent.headers);\n"
        + '  await bru.sendRequest({ url: "http://ann:" + key + "@[/" });\n}\n',
        "e refused.bru": META % ("refused", 5)
        + "get {\n  url: http://ann:{{key}}@app.test:99999999/x\n  body: none\n  auth: none\n}\n",
    }
    # As it stands in a file, where no run has learnt it before the failure.
    if secret.isascii() and not set("{}'\" ") & set(secret):
        files["f excerpt.bru"] = (
            META % ("excerpt", 6)
            + "get {\n  url: http://app.test/x\n  body: none\n  auth: none\n}\n\n"
            + f"auth:wsse {{\n  username: ann\n  password: {secret}0\n}}\n\n"
            + "script:pre-request {\n  nothing.here();\n}\n"
        )
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


REPORTS = {"json": "r.json", "junit": "r.xml", "html": "r.html", "har": "r.har", "ndjson": "r.ndjson"}


def outputs(root: Path, *args: str, github: bool = False) -> dict[str, str]:
    """Every output of a run of the collection at `root`, whose app is `app.py`."""
    out, err = io.StringIO(), io.StringIO()
    files = [f"--reporter-{name}={root / file}" for name, file in REPORTS.items()]
    page = root / "summary.md"
    page.unlink(missing_ok=True)
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        patch.dict(os.environ, {"GITHUB_STEP_SUMMARY": str(page)}),
    ):
        main(["run", str(root), "--app", f"{root / 'app.py'}:app", "-vv", *files, "--reporter-github", *args])
    sys.modules.pop("app", None)
    texts = {name: (root / file).read_text() for name, file in [*REPORTS.items(), ("summary", page.name)]}
    return {"terminal": out.getvalue(), "errors": err.getvalue(), **texts}


def views(text: str) -> set[str]:
    """`text` as those read it who undo what formats and encodings do to it."""
    strings = [json.loads(found) for found in re.findall(r'"(?:[^"\\\n]|\\.)*"', text) if _is_json(found)]
    seen = {text, html.unescape(text), "\n".join(strings), *_inner(strings)}
    seen |= {re.sub(r"\\(.)", r"\1", view) for view in seen}
    seen |= {unquote(view) for view in seen}
    seen |= {unquote(view) for view in seen}
    runs = {run for view in seen for run in re.findall(r"[A-Za-z0-9+/_-]{12,}", view)}
    digits = {run for view in seen for run in re.findall(r"(?:[0-9A-Fa-f]{2}[ ]?){9,}", view)}
    return seen | set(_decoded(runs, digits))


def _decoded(runs: set[str], digits: set[str]) -> Iterator[str]:
    for run in runs:
        for start in range(4):
            part = run[start:].replace("-", "+").replace("_", "/")
            with suppress(binascii.Error):
                yield base64.b64decode(part[: len(part) // 4 * 4]).decode("utf-8", "replace")
    for run in digits:
        for start in range(2):
            pairs = run.replace(" ", "")[start:]
            yield bytes.fromhex(pairs[: len(pairs) // 2 * 2]).decode("utf-8", "replace")


def _inner(strings: list[str]) -> Iterator[str]:
    for text in strings:
        if text.startswith("{") and _is_json(text):
            yield json.dumps(json.loads(text), ensure_ascii=False)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def leaks(secret: str, text: str) -> list[str]:
    """The pieces of nine characters of `secret` that can be read in `text`."""
    pieces = {secret[at : at + 9].lower() for at in range(len(secret) - 8)} or {secret.lower()}
    return [piece for seen in map(str.lower, views(text)) for piece in pieces if piece in seen]
