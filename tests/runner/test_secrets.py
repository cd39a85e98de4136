"""Which values of a run are secret, and that no output has them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from bruscript import RunOptions
from bruscript.report.ndjson import NdjsonReport
from bruscript.runner import run_collection

AUTH = {
    "basic": "username: ann\n  password: S3CRET-a",
    "bearer": "token: S3CRET-a",
    "digest": "username: ann\n  password: S3CRET-a",
    "wsse": "username: ann\n  password: S3CRET-a",
    "apikey": "key: x-mine\n  value: S3CRET-a\n  placement: header",
    "awsv4": (
        "accessKeyId: AK\n  secretAccessKey: S3CRET-a\n  sessionToken: S3CRET-b\n  service: s\n  region: r"
    ),
    "oauth1": (
        "consumer_key: ck\n  consumer_secret: S3CRET-a\n  access_token: S3CRET-b\n"
        "  access_token_secret: S3CRET-c\n  signature_method: PLAINTEXT\n  placement: header"
    ),
}
SAY = "script:post-response {\n  console.log(JSON.stringify(res.getBody()));\n}\n"


def written(collection: Any, echo: Any, path: Path, **options: Any) -> str:
    reporter = NdjsonReport(str(path))
    run_collection(collection, RunOptions(app=echo, **options), [reporter])
    reporter.close()
    return path.read_text()


def test_no_output_has_the_secrets_of_auth_modes(make: Any, echo: Any, tmp_path: Path) -> None:
    files = {
        f"{mode}.bru": f"get {{\n  url: http://app.test/x\n  auth: {mode}\n}}\n\n"
        f"auth:{mode} {{\n  {settings}\n}}\n\n{SAY}"
        for mode, settings in AUTH.items()
    }
    shown = written(make(files), echo, tmp_path / "out")
    assert len(echo.requests) >= len(AUTH)
    assert shown.count("request-start-time") >= len(AUTH)
    assert "S3CRET" not in shown
    # "ann:S3CRET" in base64.
    assert "YW5uOlMzQ1JFV" not in shown


def test_a_key_in_the_query_and_a_password_in_the_url_are_masked(
    make: Any, echo: Any, tmp_path: Path
) -> None:
    auth = "auth:apikey {\n  key: k\n  value: S3CRET-a\n  placement: queryparams\n}\n\n"
    files = {
        "a.bru": f"get {{\n  url: http://app.test/x\n  auth: apikey\n}}\n\n{auth}{SAY}",
        "b.bru": "get {\n  url: http://ann:S3CRET%40b@app.test/x\n  auth: none\n}\n\n" + SAY,
    }
    shown = written(make(files), echo, tmp_path / "out")
    assert "S3CRET" not in shown
    assert "YW5uOlMzQ1JFV" not in shown
    assert "http://ann:********@app.test/x" in shown


def test_settings_are_known_before_anything_is_sent(make: Any, echo: Any, tmp_path: Path) -> None:
    text = (
        "get {\n  url: http://app.test/x\n  auth: basic\n}\n\n"
        "auth:basic {\n  username: ann\n  password: S3CRET-a\n}\n\n"
        'script:pre-request {\n  throw new Error("not with S3CRET-a");\n}\n'
    )
    shown = written(make({"a.bru": text}), echo, tmp_path / "out")
    assert "not with ********" in shown
    assert "S3CRET" not in shown


# --- variables of the process and of .env ---

SECRET = {
    "SHOP_API_KEY": "S3CRET-a",
    "DB_PASS": "S3CRET-b",
    "MYSQL_PWD": "S3CRET-c",
    "GIT_PAT": "S3CRET-d",
    "GPG_PASSPHRASE": "S3CRET-e",
    "CREDENTIAL": "S3CRET-f",
    "SHORT_PASS": "S3CR",
    "DATABASE": "S3CRET-0123456789",
    "DATABASE_URL": "postgres://ann:S3CRET-g@db/shop",
}
READABLE = {
    "STAGE": "orchard",
    "DEBUG": "true",
    "PORT": "98765",
    "HOST": "orchard.example.com",
    "ACCESS_TOKEN_URL": "http://app.test/orchard",
    "SECRETS_DIR": "/var/orchard/secrets",
    "TOKENIZERS_PARALLELISM": "false",
}


@pytest.mark.parametrize("place", [".env", "process"])
def test_variables_of_the_process_and_of_dotenv(
    make: Any, echo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    values = SECRET | READABLE
    if place == "process":
        for name, value in values.items():
            monkeypatch.setenv(name, value)
    else:
        (tmp_path / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in values.items()))
    body = "\n".join(f"  {name} is {{{{process.env.{name}}}}};" for name in values)
    text = f"post {{\n  url: http://app.test/x\n  body: text\n}}\n\nbody:text {{\n{body}\n}}\n\n{SAY}"
    shown = written(make({"a.bru": text}), echo, tmp_path / "out")
    assert "S3CR" not in shown
    for name in SECRET:
        assert (
            f"{name} is {'postgres://ann:********@db/shop' if name == 'DATABASE_URL' else '********'};"
            in shown
        )
    for name, value in READABLE.items():
        assert f"{name} is {value};" in shown


# --- what the user says ---

BODY = "{{ofenv}} {{ofcol}} {{ofreq}} {{ofrun}} {{hidden}} {{process.env.ANY_TOKEN}}"
VARIABLES = {
    "environments/e.bru": "vars {\n  ofenv: APPLE-11a\n}\nvars:secret [\n  hidden\n]\n",
    "collection.bru": "vars:pre-request {\n  ofcol: APPLE-22b\n}\n",
    "a.bru": "post {\n  url: http://app.test/x\n  body: text\n}\n\n"
    "vars:pre-request {\n  ofreq: APPLE-33c\n}\n\n"
    "body:text {\n  " + BODY + "\n}\n\n"
    'script:pre-request {\n  bru.setVar("ofrun", "APPLE-44d");\n}\n\n' + SAY,
    ".env": "ANY_TOKEN=APPLE-66f\n",
}


def test_variables_of_any_scope_are_masked_by_name(make: Any, echo: Any, tmp_path: Path) -> None:
    options = {"env": "e", "env_vars": {"hidden": "APPLE-55e"}}
    shown = written(make(VARIABLES), echo, tmp_path / "out", **options)
    assert "APPLE-11a APPLE-22b APPLE-33c APPLE-44d ******** ********" in shown
    masked = ("ofenv", "ofcol", "ofreq", "ofrun")
    shown = written(make(VARIABLES), echo, tmp_path / "out", mask=masked, **options)
    assert "APPLE" not in shown
    shown = written(make(VARIABLES), echo, tmp_path / "out", no_mask=("hidden", "ANY_TOKEN"), **options)
    assert "APPLE-55e APPLE-66f" in shown
    shown = written(make(VARIABLES), echo, tmp_path / "out", no_mask=("process.env.ANY_TOKEN",), **options)
    assert "******** APPLE-66f" in shown


def test_an_unmasked_variable_is_shown_where_auth_uses_it(make: Any, echo: Any, tmp_path: Path) -> None:
    files = {
        "environments/e.bru": "vars:secret [\n  pw\n]\n",
        "a.bru": "get {\n  url: http://app.test/x?v={{pw}}\n  auth: bearer\n}\n\n"
        "auth:bearer {\n  token: {{pw}}\n}\n",
    }
    options = {"env": "e", "env_vars": {"pw": "APPLE-11a"}}
    assert "x?v=********" in written(make(files), echo, tmp_path / "out", **options)
    assert "x?v=APPLE-11a" in written(make(files), echo, tmp_path / "out", no_mask=("pw",), **options)


def test_columns_of_a_data_file_are_masked_by_name(make: Any, echo: Any, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("user,pin\nann,77-APPLE\nbob,88-APPLE\n")
    text = "get {\n  url: http://app.test/x?u={{user}}&p={{pin}}\n}\n\n" + SAY
    shown = written(
        make({"a.bru": text}), echo, tmp_path / "out", csv_file=tmp_path / "rows.csv", mask=("pin",)
    )
    assert "APPLE" not in shown
    assert "u=ann&p=********" in shown


# --- values that are ordinary text ---


@pytest.mark.parametrize("password", ["a", "password"])
def test_common_passwords_do_not_blank_a_report(make: Any, echo: Any, tmp_path: Path, password: str) -> None:
    url = "http://app.test/admin/password"
    auth = f"auth:basic {{\n  username: u\n  password: {password}\n}}\n"
    files = {
        "a.bru": f"get {{\n  url: {url}\n  auth: basic\n}}\n\n{auth}",
        "b.bru": f"get {{\n  url: http://ann:{password}@app.test/x\n  auth: none\n}}\n",
    }
    shown = written(make(files), echo, tmp_path / "out")
    assert url in shown
    assert f"ann:{password}" not in shown
    assert base64.b64encode(f"u:{password}".encode()).decode() not in shown


def test_an_unset_variable_makes_no_secret_of_what_stands_beside_it(
    make: Any, echo: Any, tmp_path: Path
) -> None:
    files = {
        "user x.bru": "get {\n  url: http://app.test/x?x=xx\n  auth: basic\n}\n\n"
        "auth:basic {\n  username: {{user}}\n  password: {{secret}}x\n}\n\n"
        'tests {\n  test("x marks", () => { expect("x").to.equal("xylophone x"); });\n}\n'
    }
    shown = written(make(files), echo, tmp_path / "out")
    assert "\"expected 'x' to equal 'xylophone x'\"" in shown
    assert '"filename": "user x.bru"' in shown
    files["environments/e.bru"] = "vars:secret [\n  secret\n]\n"
    shown = written(make(files), echo, tmp_path / "out", env="e", env_vars={"secret": ""})
    for own in ('"status": "fail"', '"filename": "user x.bru"', '"description": "x marks"', "x?x=xx"):
        assert own in shown
    assert "expected '********' to equal 'xylophone ********'" in shown


def test_short_secrets_are_warned_about_once(make: Any, echo: Any, tmp_path: Path) -> None:
    from bruscript.runner.events import Notice, RequestFinished

    class Listener:
        def __init__(self) -> None:
            self.notices: list[str] = []
            self.warnings: list[str] = []

        def handle(self, event: Any) -> None:
            if isinstance(event, Notice):
                self.notices.append(event.text)
            elif isinstance(event, RequestFinished):
                self.warnings += event.masked.warnings

        def close(self) -> None:
            pass

    (tmp_path / ".env").write_text("PIN_TOKEN=abc\n")
    auth = (
        "get {\n  url: http://app.test/x\n  auth: basic\n}\n\n"
        "auth:basic {\n  username: ann\n  password: pw\n}\n"
    )
    listener = Listener()
    run_collection(make({"a.bru": auth, "b.bru": auth}), RunOptions(app=echo, iteration_count=3), [listener])
    short = "Too short to distinguish from other text, so masked only where it stands alone: "
    assert listener.notices == [short + "PIN_TOKEN of .env (3 characters)"]
    assert listener.warnings == [short + "The password of auth:basic in a.bru (2 characters)"]


# --- what is learnt on the way ---


def test_secrets_that_scripts_set_are_masked_from_then_on(make: Any, echo: Any, tmp_path: Path) -> None:
    files = {
        "environments/e.bru": "vars:secret [\n  token\n]\n",
        "a.bru": "get {\n  url: http://app.test/APPLE-11a\n}\n\n"
        'script:post-response {\n  bru.setEnvVar("token", res.body.path.slice(1));\n}\n',
    }
    assert "APPLE" not in written(make(files), echo, tmp_path / "out", env="e", persist=False)


def test_session_cookies_are_masked_wherever_they_are_printed(make: Any, tmp_path: Path) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        cookies = [b"sid=APPLE-11a; Path=/", b"theme=orchard; Path=/", b"x=APPLE22b33c44d55e; HttpOnly"]
        headers = [(b"set-cookie", cookie) for cookie in cookies] + [(b"content-type", b"text/plain")]
        sent = dict(scope["headers"]).get(b"cookie", b"")
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"you sent " + sent})

    script = (
        "get {\n  url: http://app.test/x\n}\n\n"
        "script:post-response {\n  console.log(res.getHeaders(), res.body);\n"
        '  const other = await bru.sendRequest({ url: "http://app.test/y" });\n'
        "  console.log(other.headers);\n}\n"
    )
    shown = written(make({"a.bru": script, "b.bru": script}), app, tmp_path / "out", allow_net=("*",))
    assert "APPLE" not in shown
    assert "theme=orchard" in shown
    assert "you sent sid=********; theme=orchard" in shown


def test_passwords_that_differ_from_row_to_row(make: Any, echo: Any, tmp_path: Path) -> None:
    rows = [f'{{"pw": "APPLE-{number:04}"}}' for number in range(60)]
    (tmp_path / "rows.json").write_text(f"[{', '.join(rows)}]")
    text = (
        "get {\n  url: http://app.test/x?p={{pw}}\n  auth: basic\n}\n\n"
        "auth:basic {\n  username: ann\n  password: {{pw}}\n}\n\n" + SAY
    )
    shown = written(make({"a.bru": text}), echo, tmp_path / "out", json_file=tmp_path / "rows.json")
    assert shown.count('"requestFinished"') == 60
    assert "APPLE" not in shown


def test_passwords_deep_inside_of_a_row(make: Any, echo: Any, tmp_path: Path) -> None:
    rows = [{"users": [{"name": "ada", "password": "APPLE-secret-9"}], "n": {"token": {"id": "APPLE-8888"}}}]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    text = "get {\n  url: http://app.test/x?p={{users[0].password}}\n}\n\n" + SAY
    shown = written(make({"a.bru": text}), echo, tmp_path / "out", json_file=tmp_path / "rows.json")
    assert "ada" in shown
    assert "APPLE" not in shown


def test_answers_to_prompts_for_a_secret_and_headers_that_carry_one(
    make: Any, echo: Any, tmp_path: Path
) -> None:
    text = (
        "get {\n  url: http://app.test/x?c={{?your PIN}}&n={{?name}}\n}\n\n"
        "headers {\n  X-Api-Key: APPLE-22b\n  Authorization: Bearer APPLE-33c\n}\n\n" + SAY
    )
    prompts = {"your PIN": "APPLE-11a", "name": "PEAR-11a"}
    shown = written(make({"a.bru": text}), echo, tmp_path / "out", prompts=prompts)
    assert "PEAR-11a" in shown
    assert "APPLE" not in shown


def test_many_values_of_one_secret_leave_memory_as_it_is(
    make: Any, echo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bruscript.runner.events import RunStarted

    class Listener:
        mask: Any = None

        def handle(self, event: Any) -> None:
            self.mask = event.mask if isinstance(event, RunStarted) else self.mask

        def close(self) -> None:
            pass

    monkeypatch.setattr("bruscript.masking.mask.MOST_TRANSIENT", 8)
    files = {
        "environments/e.bru": "vars:secret [\n  token,\n  lasting\n]\n",
        "a.bru": "get {\n  url: http://app.test/x\n}\n\nscript:pre-request {\n"
        '  bru.setEnvVar("token", `PLUM-${bru.runner.iterationIndex}-0a9b`);\n}\n',
    }
    listener = Listener()
    options = RunOptions(
        app=echo,
        env="e",
        env_vars={"lasting": "PEAR-11a22b"},
        iteration_count=20,
        persist=False,
        keep_results=False,
    )
    run_collection(make(files), options, [listener])
    mask = listener.mask
    assert mask.mask("PEAR-11a22b") == "********"
    assert mask.mask("PLUM-19-0a9b") == "********"
    assert mask.mask("PLUM-0-0a9b") != "********"


# --- Python ---


def test_nothing_in_python_shows_secrets_unasked(make: Any, echo: Any, tmp_path: Path) -> None:
    files = {
        "environments/e.bru": "vars:secret [\n  token\n]\n",
        "a.bru": "post {\n  url: http://ann:{{token}}@app.test/{{token}}\n  body: text\n  auth: basic\n}\n\n"
        "auth:basic {\n  username: ann\n  password: {{token}}\n}\n\nbody:text {\n  {{token}}\n}\n\n"
        + SAY
        + 'tests {\n  test("t", () => { throw new Error(bru.getEnvVar("token")); });\n}\n',
    }
    collection = make(files)
    options = RunOptions(app=echo, env="e", env_vars={"token": "APPLE-11a"})
    result = run_collection(collection, options)
    assert "APPLE" in result.results[0].request["url"]
    for value in (
        result,
        result.results,
        result.iterations,
        options,
        collection,
        collection.environment("e"),
    ):
        assert "APPLE" not in repr(value)
        assert "APPLE" not in str(value)


def test_a_name_that_no_variable_has_is_a_warning(make: Any, echo: Any, tmp_path: Path) -> None:
    files = {
        "collection.bru": "vars:pre-request {\n  of_collection: 1\n}\n",
        "d/folder.bru": "meta {\n  name: d\n}\n\nvars:pre-request {\n  of_folder: 1\n}\n",
        "d/a.bru": "get {\n  url: http://app.test/{{?asked}}/{{of_request}}\n}\n\n"
        "vars:pre-request {\n  of_request: 1\n}\n\nvars:post-response {\n  of_answer: res.status\n}\n\n"
        "script:pre-request {\n  bru.setVar('of_script', 1);\n}\n",
        ".env": "OF_DOTENV=1\n",
    }
    (tmp_path / "rows.json").write_text('[{"of_row": 1}]')
    names = [
        *("of_collection", "of_folder", "of_request", "of_answer", "of_script", "of_row", "asked"),
        *("OF_DOTENV", "process.env.OF_DOTENV", "given", "PATH"),
    ]
    options: dict[str, Any] = {
        "env_vars": {"given": "1"},
        "prompts": {"asked": "1"},
        "json_file": tmp_path / "rows.json",
    }
    shown = written(
        make(files), echo, tmp_path / "out", **options, mask=(*names, "of_scirpt"), no_mask="gvien"
    )
    notices = [line["text"] for line in map(json.loads, shown.splitlines()) if line["event"] == "notice"]
    assert [text for text in notices if "no effect" in text] == [
        'mask="of_scirpt" has no effect: no variable was called that.',
        'no_mask="gvien" has no effect: no variable was called that.',
    ]
    shown = written(make(files), echo, tmp_path / "out", **options, no_mask=names)
    assert "no effect" not in shown
