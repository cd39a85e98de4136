"""A variable of the process that options hide is out of reach of scripts; its author may still send it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from runner.small_requests import POST, PRE, console, errors, get, script

HIDDEN = {
    "by name": "bru.getProcessEnv('SECRETX')",
    "by a template": "bru.interpolate('{{process.env.SECRETX}}')",
    "by a template in an object": "bru.interpolate({ a: '{{process.env.SECRETX}}' })",
    "by another spelling": 'bru.interpolate(\'{{process.env["SECRETX"]}}{{process["env"].SECRETX}}\')',
    "by all of it": "bru.interpolate('{{process.env}}')",
    "by a variable of the script's": "(bru.setVar('v', '{{process.env.SECRETX}}'), bru.getVar('v'))",
    "by a variable of the author's": "bru.getEnvVar('authors')",
    "by the undocumented properties": "bru.processEnvVars",
    "by Node's process": "globalThis.process && process.env.SECRETX",
    "by a copy": "globalThis.process && { ...process.env }",
    "by asking whether it is there": "globalThis.process && String('SECRETX' in process.env)",
    "by the request that was sent": "[req.getUrl(), req.getHeaders(), req.getBody(), req.req]",
    "by the answer": "globalThis.res ? [res.getUrl(), res.url] : 0",
}
ENVIRONMENT = "vars {\n  authors: {{process.env.SECRETX}}\n}\n"
LOOK = "console.log(JSON.stringify(%s) ?? 'undefined');"


@pytest.mark.parametrize("isolation", ["process", "thread"])
@pytest.mark.parametrize("mode", ["safe", "developer"])
@pytest.mark.parametrize("options", [{"deny_env": ["SECRETX"]}, {"allow_env": ["HOME"]}])
def test_a_hidden_variable_reads_as_if_it_were_not_set(
    make: Any, echo: Any, monkeypatch: pytest.MonkeyPatch, mode: str, isolation: str, options: Any
) -> None:
    monkeypatch.setenv("SECRETX", "forbidden")
    looks = "\n  ".join(
        f"try {{ {LOOK % each} }} catch (e) {{ console.log(e.stack) }}" for each in HIDDEN.values()
    )
    url = "http://app.test/{{process.env.SECRETX}}?a={{process.env.SECRETX}}"
    block = (
        "headers {\n  x-own: {{process.env.SECRETX}}\n  x-by: {{authors}}\n"
        "  cookie: own={{process.env.SECRETX}}\n}\n\n"
    )
    mine = "bru.cookies.jar().setCookie('http://app.test/', 'mine', '1');"
    basic = "auth:basic {\n  username: u\n  password: {{process.env.SECRETX}}\n}\n\n"
    text = (
        get(url, block, script(PRE, mine + looks), script(POST, looks)).replace("url:", "auth: basic\n  url:")
        + basic
    )
    collection = make({"a.bru": text, "environments/e.bru": ENVIRONMENT})
    result = collection.run(app=echo, env="e", sandbox=mode, isolation=isolation, **options)
    assert errors(result) == [None]
    assert len(console(result)) == 2 * len(HIDDEN)
    assert [line for line in console(result) if "forbidden" in line or "ZvcmJpZGRlbg" in line] == []
    # What the author wrote is sent, to the last place.
    [seen] = echo.requests
    assert (seen["path"], seen["query"]) == ("/forbidden", "a=forbidden")
    assert (seen["headers"]["x-own"], seen["headers"]["x-by"]) == ("forbidden", "forbidden")
    assert seen["headers"]["authorization"] == "Basic dTpmb3JiaWRkZW4="
    assert sorted(seen["headers"]["cookie"].split("; ")) == ["mine=1", "own=forbidden"]


PUTS = {
    "in a header": "req.setHeader('x-a', '{{process.env.SECRETX}}')",
    "in the URL": "req.setUrl(req.getUrl() + '?a={{process.env.SECRETX}}')",
    "in the body": "req.setBody('{{process.env.SECRETX}}')",
    "in a variable": "bru.setVar('v', '{{process.env.SECRETX}}')",
    "in a variable of the environment": "bru.setEnvVar('v', '{{process.env.SECRETX}}', { persist: false })",
    "in a variable by way of another": "bru.setVar('w', '{{process.env.SECRETX}}'); bru.setVar('v', '{{w}}')",
    "by way of the author's variable": "bru.setVar('v', '{{authors}}')",
    "in pieces": "bru.setVar('v', '{{process.'); bru.setVar('w', 'env.SECRETX}}')",
    "in pieces around the author's": "bru.setVar('v', '{{proc'); bru.setVar('w', 'ess.env.SECRETX}}')",
    "in an object": "bru.setVar('v', { a: '{{process.env.SECRETX}}' })",
    "as all of it": "bru.setVar('v', '{{process.env}}')",
    "in the author's words": "req.setHeader('x-b', req.getHeader('x-own')); req.deleteHeader('x-own')",
}


@pytest.mark.parametrize("put", PUTS)
def test_a_template_that_a_script_puts_somewhere_does_not_lead_to_a_hidden_variable(
    make: Any, echo: Any, monkeypatch: pytest.MonkeyPatch, put: str
) -> None:
    monkeypatch.setenv("SECRETX", "forbidden")
    text = (
        "post {\n  url: http://app.test/x\n  body: text\n}\n\nbody:text {\n  {{v}}\n}\n\n"
        "headers {\n  x-own: {{process.env.SECRETX}}\n  x-v: {{v}}{{w}}\n}\n\n"
    )
    files = {"a.bru": text + script(PRE, PUTS[put]), "environments/e.bru": ENVIRONMENT}
    result = make(files).run(app=echo, env="e", deny_env=["SECRETX"])
    assert errors(result) == [None]
    [seen] = echo.requests
    own = seen["headers"].pop("x-own", "forbidden")
    assert own == "forbidden"
    assert "forbidden" not in json.dumps(seen)


def test_a_hidden_variable_of_the_env_file_is_hidden_too(make: Any, echo: Any) -> None:
    look = LOOK % "[bru.getProcessEnv('DOT'), bru.getProcessEnv('SEEN')]"
    block = "headers {\n  x-own: {{process.env.DOT}}\n}\n\n"
    files = {".env": "DOT=forbidden\nSEEN=seen\n", "a.bru": block + script(PRE, look)}
    result = make(files).run(app=echo, deny_env=["DOT"])
    assert console(result) == ['[null,"seen"]']
    assert echo.requests[0]["headers"]["x-own"] == "forbidden"


def test_what_is_hidden_from_scripts_goes_to_no_host_that_a_script_has_chosen(
    make: Any, echo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRETX", "forbidden")
    block = "headers {\n  x-own: {{process.env.SECRETX}}\n}\n\n"
    files = {
        "a.bru": get("http://app.test/x", block, script(PRE, "req.setUrl('http://other.test/a')")),
        "b.bru": get("http://{{h}}/x", block, script(PRE, "bru.setVar('h', 'other.test')")),
        "c.bru": get("http://app.test/x", block, script(PRE, "req.setUrl('http://app.test/c')")),
        "d.bru": get("http://app.test/{{h}}", block),
    }
    make(files).run(app=echo, deny_env=["SECRETX"])
    withheld = "{{process.env.SECRETX}}"
    sent = [seen["headers"]["x-own"] for seen in echo.requests]
    assert sent == [withheld, withheld, "forbidden", "forbidden"]


def test_an_error_tells_a_script_nothing_that_is_hidden_from_it(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRETX", "127.0.0.1:1")
    look = "req.onFail((error) => console.log(error.message, JSON.stringify(error)))"
    result = make({"a.bru": get("http://{{process.env.SECRETX}}/x", script(PRE, look))}).run(
        deny_env=["SECRETX"]
    )
    [line] = console(result)
    assert "ECONNREFUSED" in line
    assert "127.0.0.1:1" not in line


HOLDER = "{{process.env.SECRETX}}"
AUTHORED = {
    "form": "post {\n  url: http://app.test/\n  body: formUrlEncoded\n}\n\n"
    f"body:form-urlencoded {{\n  a: {HOLDER}\n  b: {{{{v}}}}\n}}\n\n",
    "json": "post {\n  url: http://app.test/\n  body: json\n}\n\n"
    f'body:json {{\n  {{"a": "{HOLDER}", "b": "{{{{v}}}}"}}\n}}\n\n',
    "graphql": "post {\n  url: http://app.test/\n  body: graphql\n}\n\n"
    f'body:graphql {{\n  {{ a(b: "{HOLDER}", c: "{{{{v}}}}") }}\n}}\n\n',
    "parts": "post {\n  url: http://app.test/\n  body: multipartForm\n}\n\n"
    f"body:multipart-form {{\n  a: {HOLDER}\n  b: {{{{v}}}}\n}}\n\n",
    "key": "get {\n  url: http://app.test/{{v}}\n  auth: apikey\n}\n\n"
    f"auth:apikey {{\n  key: x-key\n  value: {HOLDER}\n  placement: header\n}}\n\n",
    "token": "get {\n  url: http://app.test/{{v}}\n  auth: bearer\n}\n\n"
    f"auth:bearer {{\n  token: {HOLDER}\n}}\n\n",
    "path": "get {\n  url: http://app.test/:p/{{v}}\n}\n\n" + f"params:path {{\n  p: {HOLDER}\n}}\n\n",
    "variables": "get {\n  url: http://app.test/{{a}}/{{v}}\n}\n\n"
    f"vars:pre-request {{\n  a: {{{{b}}}}-{{{{v}}}}\n  b: {HOLDER}\n}}\n\n",
}


def test_what_the_author_wrote_is_sent_wherever_it_stands_and_scripts_see_the_template(
    make: Any, echo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRETX", "forbidden")
    put = script(PRE, f"bru.setVar('v', '{HOLDER}|' + (req.getMethod() === 'GET' ? '' : '{{{{b}}}}'))")
    seen = script(POST, LOOK % "[req.getUrl(), req.getHeaders(), req.getBody()]")
    files = {f"{name}.bru": text + put + seen for name, text in AUTHORED.items()}
    result = make(files).run(app=echo, deny_env=["SECRETX"])
    assert errors(result) == [None] * len(AUTHORED)
    assert [json.dumps(each).count("forbidden") for each in echo.requests] == [1] * len(AUTHORED)
    assert [line for line in console(result) if "forbidden" in line or "SECRETX" not in line] == []
