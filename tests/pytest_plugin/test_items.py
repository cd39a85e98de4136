from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("alone")

APP = """
import json

async def app(scope, receive, send):
    status = 404 if scope["path"] == "/missing" else 200
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"path": scope["path"]}).encode()})
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

%s
"""


@pytest.fixture
def api(pytester: pytest.Pytester) -> Path:
    root = pytester.path / "api"
    (root / "environments").mkdir(parents=True)
    (root / "environments" / "local.bru").write_text("vars {\n  host: http://app\n}\n")
    (root / "bruno.json").write_text('{"version": "1", "name": "api", "type": "collection"}')
    (root / "first.bru").write_text(REQUEST % ("first", 1, "first", "assert {\n  res.status: eq 200\n}"))
    (root / "second.bru").write_text(
        REQUEST
        % (
            "second",
            2,
            "missing",
            'tests {\n  test("is there", function () {\n    expect(res.status).to.equal(200);\n  });\n}',
        )
    )
    (root / "third.bru").write_text(
        REQUEST % ("third", 3, "third", "script:pre-request {\n  bru.runner.skipRequest();\n}")
    )
    (pytester.path / "server.py").write_text(APP)
    return root


def test_requests_are_items(pytester: pytest.Pytester, api: Path) -> None:
    run = pytester.runpytest_inprocess(
        "--bruscript", "--bruscript-env=local", "--bruscript-app=server.py:app", "-rs", "api"
    )
    run.assert_outcomes(passed=1, failed=1, skipped=1)
    run.stdout.fnmatch_lines(
        ["*second.bru*", "*is there*", "*expected 404 to equal 200*", "*skipped via pre-request*"]
    )
    run.stdout.no_fnmatch_line("*Traceback*")
    run.stdout.fnmatch_lines(
        ["*File: second.bru:15*", "*GET http://app/missing*", "*404 Not Found*application/json*"]
    )
    run.stdout.fnmatch_lines(
        ['*"path": "/missing"*', "*bruscript send api/second.bru --app server.py:app --env local*"]
    )


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["api/users"], ["users/a.bru", "users/deep/b.bru"]),
        (["api/users/deep", "api/first.bru"], ["users/deep/b.bru", "first.bru"]),
        (["api/users", "api"], ["users/deep/b.bru", "users/a.bru", "first.bru", "second.bru", "third.bru"]),
        (["api/users/test_python.py"], []),
    ],
)
def test_folders_and_requests_are_arguments(
    pytester: pytest.Pytester, api: Path, arguments: list[str], names: list[str]
) -> None:
    for name in ("users/a", "users/deep/b"):
        (api / name).parent.mkdir()
        (api / f"{name}.bru").write_text(REQUEST % (name[-1], 1, name, ""))
    (api / "users" / "test_python.py").write_text("def test_python():\n    pass\n")
    pytester.makeini("[pytest]\nbruscript = true\nbruscript_env = local\nbruscript_app = server.py:app\n")
    run = pytester.runpytest_inprocess("--collect-only", "-q", *arguments)
    lines = [line for line in run.outlines if "::" in line]
    collected = [line.partition("api/bruno.json::")[2] for line in lines if "bruno.json" in line]
    assert sorted(collected) == sorted(names)
    assert len([line for line in lines if "test_python" in line]) == (
        "api/users/test_python.py" in arguments or {"api/users"} <= set(arguments)
    )


def test_selection_and_configuration(pytester: pytest.Pytester, api: Path) -> None:
    pytester.makeini("[pytest]\nbruscript = true\nbruscript_env = local\nbruscript_app = server.py:app\n")
    run = pytester.runpytest_inprocess("-k", "first", "-v")
    run.assert_outcomes(passed=1, deselected=2)
    run.stdout.fnmatch_lines(["*bruno.json::first.bru PASSED*"])


@pytest.mark.parametrize(
    ("arguments", "status", "what"),
    [
        (["api"], pytest.ExitCode.NO_TESTS_COLLECTED, "api is a Bruno collection"),
        (["api/first.bru"], pytest.ExitCode.USAGE_ERROR, "api/first.bru is in the Bruno collection api"),
        (["api/bruno.json"], pytest.ExitCode.USAGE_ERROR, "api/bruno.json is in the Bruno collection api"),
    ],
)
def test_does_nothing_unless_asked(
    pytester: pytest.Pytester, api: Path, arguments: list[str], status: pytest.ExitCode, what: str
) -> None:
    run = pytester.runpytest_inprocess(*arguments)
    assert run.ret == status
    assert [line for line in run.outlines if line.startswith("bruscript:")] == [
        f"bruscript: {what}: its requests are collected with --bruscript, or with `bruscript = true` in "
        "pytest's configuration file."
    ]


def test_a_run_that_has_tests_gets_no_hint(pytester: pytest.Pytester, api: Path) -> None:
    pytester.makepyfile("def test_python():\n    pass\n")
    run = pytester.runpytest_inprocess("api", ".")
    run.assert_outcomes(passed=1)
    run.stdout.no_fnmatch_line("*--bruscript*")


def test_a_request_outside_collections_gets_a_hint(pytester: pytest.Pytester, alone: None) -> None:
    (pytester.path / "lonely.bru").write_text("meta {\n  name: lonely\n}\n")
    run = pytester.runpytest_inprocess("--bruscript", "lonely.bru")
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stdout.fnmatch_lines(
        ["bruscript: lonely.bru is not in a collection: no directory above it has a bruno.json."]
    )


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["bruscript_tags=nope"], "*Nothing to run: no request has the tag nope.\n*No request has any tag."),
        (["bruscript_paths=api/environments"], "*Nothing to run: no requests in api/environments."),
        (["bruscript_paths=api/empty"], "*Nothing to run: no requests in api/empty."),
        (["bruscript_tests_only=true"], "*Nothing to run: no request has a test or an active assertion*"),
        (["bruscript_csv_file=rows.csv"], "*Nothing to run: no rows in rows.csv."),
    ],
)
def test_a_selection_of_nothing_is_a_warning(
    pytester: pytest.Pytester, make: Callable[..., Path], options: list[str], reason: str
) -> None:
    root = make(a="")
    (root / "empty").mkdir()
    (root / "a.bru").write_text("meta {\n  name: a\n  type: http\n}\n\nget {\n  url: {{host}}/a\n}\n")
    (pytester.path / "rows.csv").write_text("a\n")
    arguments = [word for option in options for word in ("-o", option)]
    run = pytester.runpytest_inprocess(*arguments)
    assert run.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    run.assert_outcomes(warnings=1)
    run.stdout.fnmatch_lines(["api/bruno.json:0", *reason.split("\n")])
    run = pytester.runpytest_inprocess(*arguments, "-o", "bruscript_pass_with_no_requests=true")
    run.assert_outcomes()


def test_the_hint_names_a_wsgi_application_of_an_option(
    pytester: pytest.Pytester, make: Callable[..., Path]
) -> None:
    make(a="")
    app = 'def app(environ, start_response):\n    start_response("404 No", [])\n    return [b""]\n'
    (pytester.path / "wsgi_app.py").write_text(app)
    run = pytester.runpytest_inprocess("--bruscript-app=wsgi_app.py:app")
    run.stdout.fnmatch_lines(["*bruscript send api/a.bru --app wsgi_app.py:app --env local"])


def test_a_path_without_requests_is_a_warning(pytester: pytest.Pytester, make: Callable[..., Path]) -> None:
    root = make(a="")
    (root / "empty").mkdir()
    run = pytester.runpytest_inprocess("-o", "bruscript_paths=api/a.bru\napi/empty")
    run.assert_outcomes(passed=1, warnings=1)
    run.stdout.fnmatch_lines(["*No requests in api/empty."])


def test_a_file_that_does_not_parse_fails(pytester: pytest.Pytester, api: Path) -> None:
    (api / "bad.bru").write_text("meta {\n  name: x\n")
    run = pytester.runpytest_inprocess(
        "--bruscript", "--bruscript-env=local", "--bruscript-app=server.py:app", "-k", "bad or first"
    )
    run.assert_outcomes(passed=1, failed=1, deselected=2)
    run.stdout.fnmatch_lines(["*bad.bru*"])


def test_a_missing_environment_is_a_message(pytester: pytest.Pytester, api: Path) -> None:
    run = pytester.runpytest_inprocess("--bruscript", "--bruscript-env=nope", "-k", "first")
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    assert run.stderr.str().splitlines() == [
        "ERROR: api/bruno.json: Environment file not found: environments/nope.bru",
        "The environments here: local.",
    ]


def test_secrets_that_cannot_be_had_are_in_the_report(pytester: pytest.Pytester, api: Path) -> None:
    environment = api / "environments" / "local.bru"
    environment.write_text(
        environment.read_text() + "vars:externalsecrets:aws-secrets-manager {\n  key: prod/key\n}\n"
    )
    (pytester.path / "account.env").write_text("BRUNO_AWS_SECRETS_MANAGER_REGION=eu-central-1\n")
    run = pytester.runpytest_inprocess(
        "--bruscript",
        "--bruscript-env=local",
        "--bruscript-app=server.py:app",
        "--bruscript-secrets-env-file=account.env",
    )
    run.stdout.fnmatch_lines(
        ["*environments/local.bru:5: the secret `key` was not fetched: *has no *_ACCESS_KEY_ID*"]
    )


@pytest.mark.parametrize("name", ["bruno.json", "collection.bru"])
def test_a_collection_that_cannot_be_read_is_a_message(
    pytester: pytest.Pytester, api: Path, name: str
) -> None:
    (api / name).write_text("{")
    run = pytester.runpytest_inprocess("--bruscript")
    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines([f"{api.name}/{name}:1:*"])
    run.stdout.no_fnmatch_line("*loader.py*")


def test_a_sandbox_that_does_not_exist_is_a_message(pytester: pytest.Pytester, api: Path) -> None:
    run = pytester.runpytest_inprocess("--bruscript", "--bruscript-sandbox=evil", "-k", "first")
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines(["ERROR: bruscript_sandbox must be safe or developer, not 'evil'"])


def test_items_show_no_secret_and_no_controls(pytester: pytest.Pytester, api: Path) -> None:
    (api / ".env").write_text("PIN_TOKEN=tests\nSTAGE=missing\nBIG_TOKEN=sk_live_4eC39HqLyjWDarjtT1zdp7dc\n")
    (api / "environments" / "local.bru").write_text("vars {\n  host: http://app\n  note: PLUM-11a\n}\n")
    (api / "second.bru").write_text(
        REQUEST
        % (
            "second",
            2,
            "missing",
            "tests {\n"
            '  console.log("\\u001b[8m" + bru.getProcessEnv("BIG_TOKEN") + "\\u001b[2J");\n'
            '  console.log(bru.getEnvVar("note"));\n'
            '  test("has tests", () => { expect(bru.getProcessEnv("BIG_TOKEN")).to.equal(404); });\n}',
        )
    )
    (api / "third.bru").write_text(
        REQUEST % ("third", 3, "third", 'tests {\n  test("note", () => { throw new Error("a tests"); });\n}')
    )
    args = ["--bruscript", "--bruscript-app=server.py:app", "--bruscript-env=local"]
    result = pytester.runpytest_inprocess(*args, "--bruscript-mask=note")
    out = result.stdout.str()
    assert "sk_live_4" not in out
    assert "PLUM" not in out
    assert "\x1b" not in out
    result.stdout.fnmatch_lines(["*has tests*", "*expected '********' to equal 404*", "*a [*][*][*][*]*"])
    result = pytester.runpytest_inprocess(*args, "--bruscript-no-mask=PIN_TOKEN")
    assert "a tests" in result.stdout.str()
    assert "PLUM-11a" in result.stdout.str()


def test_a_collection_of_yaml_files(pytester: pytest.Pytester) -> None:
    root = pytester.path / "api"
    (root / "environments").mkdir(parents=True)
    (root / "environments" / "local.yml").write_text("variables: [{name: host, value: http://app}]\n")
    (root / "opencollection.yml").write_text("info: {name: api}\n")
    (root / "bruno.json").write_text("{}")
    (root / "compose.yml").write_text("services: {}\n")
    (root / "broken.yml").write_text("info: {name: B, type: http}\nhttp: {headers: {a: b}}\n")
    request = "info: {name: %s, type: http}\nhttp: {url: '{{host}}/%s'}\nruntime:\n  assertions:\n"
    request += "    - {expression: res.status, operator: eq, value: 200}\n"
    (root / "first.yml").write_text(request % ("first", "first"))
    (root / "second.yml").write_text(request % ("second", "missing"))
    (pytester.path / "server.py").write_text(APP)
    result = pytester.runpytest_inprocess(
        "--bruscript", "--bruscript-env", "local", "--bruscript-app", "server.py:app", "-v", "api"
    )
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*api/opencollection.yml::first.yml PASSED*", "*`headers` is a mapping*"])


def test_what_was_captured_has_no_secrets(pytester: pytest.Pytester, make: Callable[..., Path]) -> None:
    root = make(missing="headers {\n  x-key: {{key}}\n}")
    (root / "environments/local.bru").write_text("vars {\n  host: http://app\n}\nvars:secret [\n  key\n]\n")
    server = pytester.path / "server.py"
    begin = 'seen.append(scope["path"])'
    logging = 'import logging; logging.getLogger("shop").warning("%s", scope); print(scope["headers"])'
    server.write_text(server.read_text().replace(begin, f"{begin}\n    {logging}"))
    run = pytester.runpytest_inprocess(
        "-o", "bruscript_env_vars=key=s3cret-word-4711", "--junit-xml=j.xml", "-o", "junit_logging=all"
    )
    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines(["*Captured stdout call*", "*x-key*[*][*][*][*]*", "*Captured log call*"])
    assert "s3cret-word" not in run.stdout.str() + (pytester.path / "j.xml").read_text()
    live = pytester.runpytest_inprocess(
        *("-o", "bruscript_env_vars=key=s3cret-word-4711", "-o", "log_cli=1", "--log-file=shop.log")
    )
    logged = (pytester.path / "shop.log").read_text()
    live.stdout.fnmatch_lines(["*live log call*", "WARNING *shop:*x-key*[*][*][*][*]*"])
    assert "x-key" in logged
    assert "s3cret-word" not in live.stdout.str() + logged
