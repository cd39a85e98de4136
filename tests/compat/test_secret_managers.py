"""Secret managers, asked by the reference and by us: what requests are sent with, what is asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apps.managers import Managers, secret_managers
from apps.secret_collections import VAULT, accounts, write_account, write_collection
from compat.reference import run_in_place

pytestmark = pytest.mark.reference

STORES = {
    "hashicorp-vault-server": "db: {{mount}}/data/db\n  one: kv/one\n  ~off: kv/off\n  no: kv/no\n  empty:",
    "hashicorp-vault-cloud": "db: shop\n  none: missing",
    "aws-secrets-manager": "db: prod/db\n  plain: plain\n  truth: truth\n  pin: pin\n  none: none",
    "azure-key-vault": "db: shop-vault\n  bad: not_a_vault\n  none: no-vault",
    "gcp-secrets-manager": "db: shop-project\n  bad: ../x\n  none: no-project",
}
TEMPLATES = {
    "user": "db.user",
    "legacy": "$secrets.db.user",
    "password": "db.pass-word",
    "port": "db.port",
    "list": "db.list",
    "inner": "db.list.0",
    "null": "db.null",
    "one": "one.user",
    "off": "off.user",
    "plain": "plain",
    "truth": "truth",
    "pin": "$secrets.pin",
    "none": "none.user",
    "whole": "db",
}


@pytest.fixture(scope="module")
def managers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Managers]:
    with secret_managers(tmp_path_factory.mktemp("managers")) as managers:
        data = {"user": "ann", "pass-word": "p w", "port": 5432, "list": ["a", {"b": 1}], "null": None}
        texts = {"user": "ann", "pass-word": "p w", "port": "5432"}
        managers.kv2["secret/data/db"] = [{"user": "old"}, data]
        managers.kv1["kv/one"] = {"user": "bob"}
        managers.apps["shop"] = texts
        managers.aws |= {"prod/db": json.dumps(data), "plain": "text", "truth": "true", "pin": "4711"}
        managers.azure["shop-vault"] = {**texts, "off": None, "closed": "forbidden"}
        managers.google["shop-project"] = {**texts, "list": '["a"]', "old": None}
        yield managers


def environment(managers: Managers) -> dict[str, str]:
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().endswith("_PROXY") and not name.startswith(("AWS_", "AZURE_", "VAULT_"))
    }
    trusted = str(managers.authority.path)
    # The reference's own option does not reach every library that it asks with.
    return {**ours, "HTTPS_PROXY": managers.url, "NODE_EXTRA_CA_CERTS": trusted, "NO_COLOR": "1"}


def both(
    managers: Managers, tmp_path: Path, *args: str
) -> tuple[subprocess.CompletedProcess[str], subprocess.CompletedProcess[str], list[Any]]:
    """Both runs of the collection in `tmp_path`, and what each sent and saw, by request."""
    options = [*args, "--cacert", str(managers.authority.path)]
    variables = environment(managers)
    seen: list[Any] = []
    runs = []
    for report in (tmp_path / "theirs.json", tmp_path / "ours.json"):
        given = [*options, "--reporter-json", str(report)]
        if report.stem == "theirs":
            done = run_in_place(tmp_path / "shop", *given, env=variables)
        else:
            done = subprocess.run(
                [sys.executable, "-m", "bruscript", "run", *given],
                cwd=tmp_path / "shop",
                env=variables,
                capture_output=True,
                text=True,
            )
        runs.append(done)
        if report.exists():
            results = json.loads(report.read_text())[0]["results"]
            seen.append(
                {
                    item["name"]: (
                        item["response"]["data"],
                        # The type. That bru.interpolate knows these secrets is ours alone.
                        item["postResponseTestResults"][0]["description"],
                    )
                    for item in results
                }
            )
    return runs[0], runs[1], seen


@pytest.mark.parametrize("store", STORES)
def test_the_same_variables(managers: Managers, tmp_path: Path, store: str) -> None:
    block = f"vars:externalsecrets:{store} {{\n  {STORES[store]}\n}}\n"
    write_collection(tmp_path / "shop", managers.url, block, **TEMPLATES)
    file = write_account(tmp_path / "account.env", accounts(managers)[store])
    args = ("--env", "prod", "--env-var", "mount=secret", "--secrets-env-file", str(file))
    theirs, ours, seen = both(managers, tmp_path, *args)
    assert len(seen) == 2, theirs.stdout + theirs.stderr + ours.stdout + ours.stderr
    if store == "aws-secrets-manager":
        # The reference masks every `true` of the report then.
        assert (seen[0].pop("truth"), seen[1].pop("truth")) == (
            ({"got": "********", "body": "<********>"}, "boolean"),
            ({"got": "true", "body": "<true>"}, "boolean"),
        )
    assert seen[1] == seen[0]
    # It is no agreement on nothing.
    assert "********" in json.dumps(seen[0]["user"])
    assert ours.returncode == theirs.returncode == 0


@pytest.mark.parametrize(
    ("settings", "args"),
    [
        ({f"{VAULT}AUTH_METHOD": "app_role", f"{VAULT}APPROLE_ROLE_ID": "{{role}}"}, ()),
        ({f"{VAULT}AUTH_METHOD": "ldap", f"{VAULT}LDAP_USERNAME": "ann@shop"}, ()),
        ({f"{VAULT}TOKEN": "expired"}, ()),
        ({f"{VAULT}AUTH_METHOD": "github"}, ()),
        ({f"{VAULT}NAMESPACE": "team"}, ()),
        ({}, ("--env-file", "environments/prod.bru")),
    ],
)
def test_the_same_with_vault(
    managers: Managers, tmp_path: Path, settings: dict[str, str], args: tuple[str, ...]
) -> None:
    block = "vars:externalsecrets:hashicorp-vault-server {\n  db: secret/data/db\n}\n"
    write_collection(tmp_path / "shop", managers.url, block, user="db.user", above="db.port")
    given = {
        **accounts(managers)["hashicorp-vault-server"],
        f"{VAULT}APPROLE_SECRET_ID": "role-secret",
        f"{VAULT}LDAP_PASSWORD": "'ldap-password' # a comment",
        **settings,
    }
    file = write_account(tmp_path / "account.env", given)
    chosen = args or ("--env", "prod")
    overrides = ("--env-var", "role=the-role", "--env-var", "db.port=1")
    theirs, ours, seen = both(managers, tmp_path, *chosen, *overrides, "--secrets-env-file", str(file))
    assert len(seen) == 2, theirs.stdout + theirs.stderr + ours.stdout + ours.stderr
    assert seen[1] == seen[0]
    assert ours.returncode == theirs.returncode == 0


def test_no_file(managers: Managers, tmp_path: Path) -> None:
    write_collection(tmp_path / "shop", managers.url, "", user="db.user")
    theirs, ours, _ = both(managers, tmp_path, "--env", "prod", "--secrets-env-file", "none.env")
    assert ours.returncode == theirs.returncode == 6
    assert "Secrets env file not found" in theirs.stderr
    assert "Secrets env file not found" in ours.stderr


def test_json_environment(managers: Managers, tmp_path: Path) -> None:
    write_collection(tmp_path / "shop", managers.url, "", user="db.user", off="off.user")
    entries = [
        {"name": "db", "secretName": "prod/db"},
        {"name": "off", "secretName": "prod/db", "enabled": False},
    ]
    data = {
        "name": "json",
        "variables": [{"name": "url", "value": managers.url}],
        "externalSecrets": {"type": "aws-secrets-manager", "variables": entries},
    }
    (tmp_path / "env.json").write_text(json.dumps(data))
    file = write_account(tmp_path / "account.env", accounts(managers)["aws-secrets-manager"])
    args = ("--env-file", str(tmp_path / "env.json"), "--secrets-env-file", str(file))
    _, _, seen = both(managers, tmp_path, *args)
    assert seen[1] == seen[0]
    assert "********" in json.dumps(seen[0]["user"])
