"""The secrets of auth settings are in no output, wherever a server or a script repeats them."""

from __future__ import annotations

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


def written(collection: Any, echo: Any, path: Path) -> str:
    reporter = NdjsonReport(str(path))
    run_collection(collection, RunOptions(app=echo), [reporter])
    reporter.close()
    return path.read_text()


@pytest.mark.parametrize("mode", AUTH)
def test_no_output_has_the_secrets_of_an_auth_mode(mode: str, make: Any, echo: Any, tmp_path: Path) -> None:
    text = (
        f"get {{\n  url: http://app.test/x\n  auth: {mode}\n}}\n\nauth:{mode} {{\n  {AUTH[mode]}\n}}\n\n{SAY}"
    )
    shown = written(make({"a.bru": text}), echo, tmp_path / "out")
    assert "request-start-time" in shown
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


def test_secrets_of_the_process_are_masked_as_those_of_dotenv(
    make: Any, echo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_API_KEY", "S3CRET-a")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")
    monkeypatch.setenv("SHOP_HOST", "app.test")
    text = "get {\n  url: http://{{process.env.SHOP_HOST}}/x?k={{process.env.SHOP_API_KEY}}\n}\n\n" + SAY
    shown = written(make({"a.bru": text}), echo, tmp_path / "out")
    assert "S3CRET" not in shown
    assert "http://app.test/x?k=********" in shown
    assert "false" in shown


@pytest.mark.parametrize("password", ["a", "admin", "password", "environment"])
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


@pytest.mark.parametrize("name", ["ACCESS_TOKEN_URL", "SECRETS_DIR"])
def test_variables_that_are_only_about_secrets_are_shown(
    make: Any, echo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://app.test/token")
    text = "get {\n  url: {{process.env.NAME}}\n}\n".replace("NAME", name)
    assert "http://app.test/token" in written(make({"a.bru": text}), echo, tmp_path / "out")
