"""The secrets of auth blocks are known before the first request, whichever request uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from masking.leaky import leaks

from bruscript import RunOptions
from bruscript.report.ndjson import NdjsonReport
from bruscript.runner import run_collection
from bruscript.runner.stepwise import StepwiseRun

SECRET = "cliSecretValue-aa77bb88"
OTHER = "passWordValue-cc99dd11"
OAUTH = (
    "auth {\n  mode: oauth2\n}\n\nauth:oauth2 {\n  grant_type: password\n  client_id: shop\n"
    "  access_token_url: http://app.test/token\n  client_secret: %s\n  username: bob\n  password: %s\n"
    "  credentials_placement: body\n}\n"
)
FORM = (
    "post {\n  url: http://app.test/echo\n  body: formUrlEncoded\n  auth: none\n}\n\n"
    "body:form-urlencoded {\n  sent: {{sent}}\n}\n\n"
    "tests {\n  console.log(res.body);\n"
    '  test("x", () => expect(JSON.stringify(res.body)).to.equal("no"));\n}\n'
)
INHERITS = "get {\n  url: http://app.test/echo\n  auth: inherit\n}\n"


class Server:
    """Gives tokens, and answers all else with what it got."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        answer: dict[str, Any] = {"body": body.decode()}
        if scope["path"] == "/token":
            answer = {"access_token": "tk-58f1-93aa-77c0", "token_type": "Bearer", "expires_in": 300}
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


def written(collection: Any, path: Path, **options: Any) -> str:
    reporter = NdjsonReport(str(path))
    run_collection(collection, RunOptions(app=Server(), isolation="thread", **options), [reporter])
    reporter.close()
    text = path.read_text()
    assert text.count('"/echo') + text.count("app.test/echo") > 0
    return text


BLOCKS = {
    "literal": OAUTH % (SECRET, OTHER),
    "variable of the collection": f"vars:pre-request {{\n  cs: {SECRET}\n  pw: {OTHER}\n}}\n\n"
    + OAUTH % ("{{cs}}", "{{pw}}"),
    "basic": f"auth {{\n  mode: basic\n}}\n\nauth:basic {{\n  username: ann\n  password: {SECRET}\n}}\n",
    "parts": OAUTH % ("{{half}}bb88", f"{OTHER}"),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_those_of_the_collection(make: Any, tmp_path: Path, name: str) -> None:
    collection = make({"a.bru": FORM, "b.bru": INHERITS, "collection.bru": BLOCKS[name]})
    given = {"sent": f"{SECRET} {OTHER if 'oauth2' in BLOCKS[name] else ''}", "half": SECRET[:-4]}
    text = written(collection, tmp_path / "out", env_vars=given)
    assert "sent=" in text
    assert not leaks(SECRET, text)
    assert not leaks(OTHER, text)


@pytest.mark.parametrize("place", ["request", "folder", "environment"])
def test_those_of_a_later_request(make: Any, tmp_path: Path, place: str) -> None:
    block = f"auth:bearer {{\n  token: {SECRET if place != 'environment' else '{{cs}}'}\n}}\n"
    own = "get {\n  url: http://app.test/echo\n  auth: bearer\n}\n\n"
    files = {"a.bru": FORM, "z.bru": own + block}
    if place == "folder":
        files = {
            "1/a.bru": FORM,
            "2/folder.bru": f"meta {{\n  name: 2\n}}\n\nauth {{\n  mode: bearer\n}}\n\n{block}",
            "2/z.bru": INHERITS,
        }
    if place == "environment":
        files["environments/e.bru"] = f"vars {{\n  cs: {SECRET}\n}}\n"
    options = {"env": "e"} if place == "environment" else {}
    text = written(make(files), tmp_path / "out", recursive=True, env_vars={"sent": SECRET}, **options)
    assert "sent=" in text
    assert not leaks(SECRET, text)


def test_those_of_a_row(make: Any, tmp_path: Path) -> None:
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([{"cs": SECRET, "sent": SECRET}, {"cs": OTHER, "sent": OTHER}]))
    collection = make({"a.bru": FORM, "b.bru": INHERITS, "collection.bru": OAUTH % ("{{cs}}", "x")})
    text = written(collection, tmp_path / "out", json_file=rows)
    assert not leaks(SECRET, text)
    assert not leaks(OTHER, text)


def test_with_a_token_from_the_store(make: Any, tmp_path: Path) -> None:
    collection = make({"a.bru": INHERITS, "b.bru": FORM, "collection.bru": OAUTH % (SECRET, OTHER)})
    for _ in range(2):
        text = written(
            collection,
            tmp_path / "out",
            token_store=tmp_path / "tokens.json",
            env_vars={"sent": f"client_secret={SECRET}&password={OTHER}"},
        )
        assert not leaks(SECRET, text)
        assert not leaks(OTHER, text)


def test_one_that_may_be_shown_is(make: Any, tmp_path: Path) -> None:
    block = f"vars:pre-request {{\n  cs: {SECRET}\n}}\n\n" + OAUTH % ("{{cs}}", "x")
    collection = make({"a.bru": FORM, "b.bru": INHERITS, "collection.bru": block})
    assert SECRET in written(collection, tmp_path / "out", env_vars={"sent": SECRET}, no_mask=("cs",))


def test_a_message_about_a_setting_shows_none(make: Any, tmp_path: Path) -> None:
    block = OAUTH % ("{{cs}}", OTHER)
    block = block.replace("credentials_placement: body", "token_placement: {{cs}}\n  token_source: {{cs}}")
    text = written(
        make({"a.bru": INHERITS, "collection.bru": block}), tmp_path / "out", env_vars={"cs": SECRET}
    )
    assert "token_placement" in text
    assert not leaks(SECRET, text)


async def test_in_a_run_step_by_step(make: Any) -> None:
    collection = make({"a.bru": FORM, "b.bru": INHERITS, "collection.bru": OAUTH % (SECRET, OTHER)})
    async with StepwiseRun(collection, RunOptions(app=Server(), isolation="thread")) as run:
        assert run.mask.mask(f"{SECRET} {OTHER}") == "******** ********"


@pytest.mark.parametrize("block", ["tests", "script:pre-request"])
def test_a_script_that_does_not_compile_is_not_quoted_with_one(make: Any, tmp_path: Path, block: str) -> None:
    script = f"{block} {{\n  const headers = {{ Authorization: Bearer {SECRET.replace('-', '')} }};\n}}\n"
    request = f"get {{\n  url: http://app.test/echo\n  auth: none\n}}\n\n{script}"
    text = written(make({"a.bru": request}), tmp_path / "out")
    assert "Unexpected identifier '********'" in text
    assert not leaks(SECRET.replace("-", ""), text)
