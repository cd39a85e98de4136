"""What an environment, the file of accounts and a run make of secrets."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from apps.managers import Managers
from apps.secret_collections import VAULT, accounts, write_account, write_collection
from secret_managers.conftest import Fetch, Run

from bruscript.collection.environment import ExternalSecret, read_environment
from bruscript.errors import EnvironmentNotFoundError, InvalidFileError
from bruscript.secret_managers.exchange import redacted_url
from bruscript.secret_managers.values import read_text, variables_of

AWS_STORE = "aws-secrets-manager"
VAULT_STORE = "hashicorp-vault-server"


def options(managers: Managers, file: Path, **more: Any) -> dict[str, Any]:
    return {"secrets_env_file": file, "cacert": managers.authority.path, "isolation": "thread", **more}


def test_several_stores_in_one_environment(managers: Managers, tmp_path: Path) -> None:
    managers.aws["plain"] = "from aws"
    managers.kv1["kv/db"] = {"user": "from vault"}
    blocks = (
        f"vars:externalsecrets:{AWS_STORE} {{\n  plain: plain\n  same: plain\n}}\n"
        f"vars:externalsecrets:{VAULT_STORE} {{\n  db: kv/db\n}}\n"
        "vars:externalsecrets:gcp-secrets-manager {\n  g: shop-project\n}\n"
    )
    root = write_collection(
        tmp_path / "shop", managers.url, blocks, a="plain", b="db.user", c="same", d="g.x"
    )
    known = accounts(managers)
    file = write_account(tmp_path / "account.env", known[VAULT_STORE], known[AWS_STORE])
    run = Run(root, env="prod", **options(managers, file))
    assert run.sent == {"a": "from aws", "b": "from vault", "c": "from aws", "d": "{{g.x}}"}
    assert run.notices == [
        (
            "error",
            "environments/prod.bru:12: the secret `g` was not fetched: "
            f"{file} has no settings of gcp-secrets-manager (BRUNO_GCP_SECRETS_MANAGER_…), "
            f"only those of {VAULT_STORE} and {AWS_STORE}",
        )
    ]
    assert managers.paths.count("/") == 1


def test_a_secret_beats_every_other_variable(fetch: Fetch, managers: Managers) -> None:
    managers.aws["plain"] = "the secret"
    given = {"env_vars": {"plain": "given"}, "verbose": True}
    run = fetch(AWS_STORE, "plain: plain", templates={"a": "plain"}, **given)
    assert run.sent == {"a": "the secret"}
    assert run.notices == [("info", "environments/prod.bru:5: fetched plain from aws-secrets-manager")]


def test_the_default_environment_has_secrets_too(managers: Managers, tmp_path: Path) -> None:
    managers.aws["plain"] = "value"
    block = f"vars:externalsecrets:{AWS_STORE} {{\n  plain: plain\n}}\n"
    root = write_collection(tmp_path / "shop", managers.url, block, a="plain")
    presets = {"defaultEnvironment": "prod"}
    (root / "bruno.json").write_text(json.dumps({"version": "1", "name": "shop", "presets": presets}))
    file = write_account(tmp_path / "account.env", accounts(managers)[AWS_STORE])
    assert Run(root, **options(managers, file)).sent == {"a": "value"}


def test_what_is_not_used_is_told(managers: Managers, tmp_path: Path) -> None:
    root = write_collection(tmp_path / "shop", managers.url, "", a="plain")
    file = write_account(tmp_path / "account.env", accounts(managers)[AWS_STORE])
    url = {"url": managers.url}
    run = Run(root, env_vars=url, **options(managers, file))
    assert run.notices == [("warning", "No secrets are fetched: no environment is chosen")]
    run = Run(root, env="prod", **options(managers, file))
    assert run.notices == [("warning", "No secrets are fetched: environments/prod.bru declares none")]
    (root / "secrets.json").write_text("{}")
    run = Run(root, env="prod", **options(managers, file))
    assert "secrets.json, where Bruno 3 kept them, is not read: move them to a block" in run.text
    file.write_text("AWS_REGION=eu-central-1\n")
    run = Run(root, env="prod", **options(managers, file))
    assert f"{file} has no settings of a secret manager (BRUNO_HASHICORP_VAULT_SERVER_…, " in run.text
    assert managers.asked == []


def test_without_the_option_nothing_is_asked(managers: Managers, tmp_path: Path) -> None:
    block = f"vars:externalsecrets:{AWS_STORE} {{\n  plain: plain\n}}\n"
    root = write_collection(tmp_path / "shop", managers.url, block, a="plain")
    run = Run(root, env="prod", isolation="thread", env_vars={"plain": "given"})
    assert run.sent == {"a": "given"}
    assert [level for level, _ in run.notices] == ["info"]
    assert managers.asked == []


def test_files_that_cannot_be_read(managers: Managers, tmp_path: Path) -> None:
    root = write_collection(tmp_path / "shop", managers.url, "", a="plain")
    with pytest.raises(EnvironmentNotFoundError, match=r"Secrets env file not found: .*none\.env"):
        Run(root, env="prod", secrets_env_file=tmp_path / "none.env", isolation="thread")
    with pytest.raises(InvalidFileError, match="Cannot read"):
        Run(root, env="prod", secrets_env_file=tmp_path, isolation="thread")


def test_no_report_or_file_shows_a_secret(managers: Managers, tmp_path: Path) -> None:
    managers.kv1["kv/db"] = {"user": "ann-the-admin", "inner": {"deep": "deep-secret"}}
    block = f"vars:externalsecrets:{VAULT_STORE} {{\n  db: kv/db\n  no: kv/no\n}}\n"
    root = write_collection(tmp_path / "shop", managers.url, block, a="db.user", b="db.inner")
    (root / "b.bru").write_text(
        (root / "b.bru").read_text() + "\nscript:pre-request {\n  console.log(bru.getSecretVar('db.user'));\n"
        "  bru.setEnvVar('kept', 'x');\n}\n"
    )
    given = {**accounts(managers)[VAULT_STORE], f"{VAULT}TOKEN": "root-token"}
    file = write_account(tmp_path / "account.env", given)
    reports = {name: tmp_path / f"report.{name}" for name in ("json", "junit", "html", "ndjson", "har")}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bruscript", "run", "--env", "prod", "--secrets-env-file", str(file)),
            *("--verbose", *(f"--reporter-{name}={path}" for name, path in reports.items())),
        ],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written = {path: path.read_text() for path in reports.values()}
    written |= {path: path.read_text() for path in root.rglob("*.bru")}
    written[Path("terminal")] = done.stdout + done.stderr
    for path, text in written.items():
        for secret in ("ann-the-admin", "deep-secret", "root-token"):
            assert secret not in text, path
    assert "kept: x" in written[root / "environments" / "prod.bru"]
    assert "environments/prod.bru:6: the secret `no` was not fetched" in written[Path("terminal")]


def test_an_application_takes_requests_and_no_secrets(fetch: Fetch, managers: Managers) -> None:
    managers.aws["plain"] = "value"

    async def app(scope, receive, send):
        got = dict(scope["headers"])[b"x-got"].decode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps({"got": got}).encode()})

    run = fetch(AWS_STORE, "plain: plain", templates={"a": "plain"}, app=app)
    assert run.sent == {"a": "value"}


def test_bruno_json_may_use_secrets(fetch: Fetch, managers: Managers, tmp_path: Path) -> None:
    """The passphrase of a client certificate is read after the secrets are."""
    managers.aws["plain"] = "value"
    run = fetch(AWS_STORE, "plain: plain", templates={"a": "plain"})
    config = {
        "version": "1",
        "name": "shop",
        "proxy": {"inherit": False, "config": {"protocol": "http", "hostname": "{{plain}}", "port": 1}},
    }
    (tmp_path / "shop" / "bruno.json").write_text(json.dumps(config))
    from bruscript import load

    result = load(tmp_path / "shop").run(env="prod", **options(managers, tmp_path / "account.env"))
    assert run.sent == {"a": "value"}
    error = result.results[0].error
    assert error is not None
    assert "the proxy value:1" in error or "value" in error


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ('{"a": 1}', {"a": 1}),
        ("[1]", [1]),
        ('"quoted"', "quoted"),
        ("12", 12),
        ("12\n", 12),
        ("-1.5", -1.5),
        ("1.10", "1.10"),
        ("1e5", "1e5"),
        ("007", "007"),
        ("12345678901234567890", "12345678901234567890"),
        ("true", True),
        ("null", "null"),
        ("", ""),
        ("{broken", "{broken"),
    ],
)
def test_texts(text: str, value: object) -> None:
    assert read_text(text) == value
    assert type(read_text(text)) is type(value)


def test_variables() -> None:
    assert variables_of("db", {"a.b": 1}) == {"db.a.b": 1, "$secrets.db.a.b": 1}
    assert variables_of("l", ["x"]) == {"l.0": "x", "$secrets.l.0": "x"}
    assert variables_of("s", "x") == {"s": "x", "$secrets.s": "x"}
    assert variables_of("e", {}) == {}


def test_urls_in_messages() -> None:
    assert redacted_url("https://user:pw@host:1/a?token=x#y") == "https://host:1/a"


def test_declarations_in_yaml_and_json(tmp_path: Path) -> None:
    (tmp_path / "e.yml").write_text(
        "name: e\nvariables: []\nexternalSecrets:\n  type: azure-key-vault\n  variables:\n"
        "    - name: kv\n      vaultName: shop\n    - name: off\n      vaultName: x\n      disabled: true\n"
        "    - vaultName: unnamed\n"
    )
    store = "azure-key-vault"
    expected = (
        ExternalSecret(store, "kv", "shop", line=6),
        ExternalSecret(store, "off", "x", enabled=False, line=8),
    )
    assert read_environment(tmp_path / "e.yml").external == expected
    unusable: list[Any] = [{"type": "other", "variables": []}, {"type": store}, [], None, {"variables": [{}]}]
    for declared in unusable:
        (tmp_path / "e.json").write_text(json.dumps({"variables": [], "externalSecrets": declared}))
        assert read_environment(tmp_path / "e.json").external == ()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")
def test_an_interrupt_while_secrets_are_fetched(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        block = f"vars:externalsecrets:{VAULT_STORE} {{\n  db: kv/db\n}}\n"
        root = write_collection(tmp_path / "shop", url, block, a="db.user")
        given = {f"{VAULT}URL": url, f"{VAULT}AUTH_METHOD": "token", f"{VAULT}TOKEN": "root-token"}
        file = write_account(tmp_path / "account.env", given)
        run = subprocess.Popen(
            [
                *(sys.executable, "-m", "bruscript", "run", "--env", "prod", "--secrets-env-file", str(file)),
                *(f"--reporter-{name}=report.{name}" for name in ("json", "junit", "html", "ndjson", "har")),
            ],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = silent.accept()
        with connection:
            connection.recv(1)
            run.send_signal(signal.SIGINT)
            out, err = run.communicate()
    assert (run.returncode, out, err) == (130, "Interrupted before the first request.\n", "")
    assert not (root / "report.json").exists()
