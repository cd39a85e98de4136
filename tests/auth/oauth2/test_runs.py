"""OAuth 2.0 in whole runs: the collections of fixtures/oauth2 against Authlib's provider."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from apps.serving import serve_canned

import bruscript

ROOT = Path(__file__).parents[3]
FIXTURES = ROOT / "fixtures" / "oauth2"
SECRET = "m/s+cr et:ü"
CURL = "curl -sLo /dev/null %s"


def run(folder: str, url: str, **options: Any) -> bruscript.RunResult:
    collection = bruscript.load(FIXTURES / folder.partition("/")[0])
    variables = {"idp": url, "machineSecret": SECRET, **options.pop("variables", {})}
    return collection.run(
        paths=(FIXTURES / folder,), recursive=True, env="local", env_vars=variables, persist=False, **options
    )


def command(folder: str, url: str, *args: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "bruscript", "run", "-r", "--no-persist", "--env", "local"),
            *(
                "--env-var",
                f"idp={url}",
                "--env-var",
                f"machineSecret={SECRET}",
                *args,
                str(FIXTURES / folder),
            ),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
    )


def problems(result: bruscript.RunResult) -> list[Any]:
    failed = [check for item in result.results for check in item.checks if check["status"] != "pass"]
    return failed + [item.error for item in result.results if item.error]


def outcomes(result: bruscript.RunResult) -> list[str]:
    return [entry["outcome"] for item in result.results for entry in item.oauth2]


def test_every_grant(idp):
    result = run("grants", idp.url, authorize=lambda url: httpx.get(url).headers["location"])
    assert problems(result) == []
    assert result.ok
    assert outcomes(result) == ["fetched"] * 5
    assert idp.grants == ["client_credentials", "client_credentials", "password", "authorization_code"]
    assert idp.token_requests[1]["form"]["audience"] == "api"
    assert "off" not in idp.token_requests[1]["form"]
    assert idp.authorizations[0]["query"]["prompt"] == ["login"]
    assert "ui_locales" not in idp.authorizations[0]["query"]


def test_templates_inheritance_and_recovery_by_script(idp):
    idp.extra = {"account": {"id": 7, "roles": ["a"]}}
    result = run("life", idp.url)
    assert problems(result) == []
    by_name = {item.name: [entry["outcome"] for entry in item.oauth2] for item in result.results}
    assert by_name["Templates see the token"] == ["fetched"]
    assert by_name["The token is shared"] == ["reused"]
    assert by_name["A templated id has a token of its own"] == ["fetched"]
    assert by_name["None stops it"] == []
    assert [item.name for item in result.results].count("Reset from a script") == 2
    assert len(idp.token_requests) == 4


def test_retry_unauthorized(idp, tmp_path):
    idp.extra = {"account": {"id": 7, "roles": ["a"]}}
    idp.revoke_at = 2
    refused = run("life/shared", idp.url)
    assert [item.response["status"] for item in refused.results] == [200, 401]

    idp.api_requests.clear()
    report = tmp_path / "report.json"
    process = command("life/shared", idp.url, "--retry-unauthorized", "--reporter-json", str(report))
    out, err = process.communicate()
    items = json.loads(report.read_text())[0]["results"]
    assert [item["response"]["status"] for item in items] == [200, 200], out + err
    assert [[entry["outcome"] for entry in item["oauth2"]] for item in items] == [["fetched"], ["retried"]]
    assert len(idp.api_requests) == 3


def test_the_command_signs_in_with_a_browser(idp, tmp_path):
    report = tmp_path / "report.json"
    process = command(
        "grants/authorization-code", idp.url, "--reporter-json", str(report), env={"BROWSER": CURL}
    )
    out, err = process.communicate()
    assert process.returncode == 0, out + err
    [item] = json.loads(report.read_text())[0]["results"]
    assert [entry["outcome"] for entry in item["oauth2"]] == ["fetched"]
    for token in (*idp.access, *idp.refresh):
        assert token not in report.read_text() + out + err


def test_without_a_browser_the_error_is_at_once(idp):
    process = command("grants/implicit", idp.url)
    out, err = process.communicate()
    assert process.returncode == 1
    assert "--token-store FILE" in out + err


def test_two_runs_share_one_store(idp, tmp_path):
    idp.delay = 1.0
    store = tmp_path / "tokens.json"
    runs = [command("grants/password", idp.url, "--token-store", str(store)) for _ in range(2)]
    for process in runs:
        out, err = process.communicate()
        assert process.returncode == 0, out + err
    assert idp.grants == ["password"]
    assert "access_token" in store.read_text()
    third = command("grants/password", idp.url, "--token-store", str(store))
    third.communicate()
    assert third.returncode == 0
    assert len(idp.token_requests) == 1


def test_a_foreign_store_ends_the_run_before_it_begins(idp, tmp_path):
    store = tmp_path / "notes.txt"
    store.write_text("my notes")
    process = command("grants/password", idp.url, "--token-store", str(store))
    out, err = process.communicate()
    assert process.returncode != 0
    assert "is not a token store" in out + err
    assert "Traceback" not in err
    assert store.read_text() == "my notes"
    assert idp.token_requests == []


def test_verbose_shows_token_requests_without_secrets(idp):
    process = command("grants/client-credentials", idp.url, "-v")
    out, err = process.communicate()
    assert process.returncode == 0, out + err
    assert f"{idp.url}/token" in out
    for secret in (SECRET, *idp.access):
        assert secret not in out + err


def test_a_token_endpoint_that_fails_is_the_requests_error_and_the_run_goes_on():
    with serve_canned(503, b"<html>Maintenance</html>", {"Content-Type": "text/html"}) as (url, _):
        result = run("life", url)
    assert not result.ok
    first = result.results[0]
    assert first.status == "error"
    assert first.error is not None
    assert f"POST {url}/token answered 503 Service Unavailable: Maintenance" in first.error
    assert len(result.results) == 7 - 1
    assert result.results[3].response["status"] == 503


def test_fifty_parallel_iterations_need_one_token_request(idp):
    idp.delay = 0.2
    result = run(
        "life/shared/The token is shared.bru",
        idp.url,
        iteration_count=50,
        parallel=50,
        variables={"seen": "x"},
    )
    assert {item.response["status"] for item in result.results} == {200}
    assert len(result.results) == 50
    assert idp.grants == ["client_credentials"]
    assert sorted(set(outcomes(result))) == ["fetched", "reused"]
    assert outcomes(result).count("fetched") == 1
