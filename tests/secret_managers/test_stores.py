"""Each store, asked for its secrets over the wire."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from apps.managers import Managers
from apps.secret_collections import AWS, AZURE, GOOGLE, HCP, VAULT, accounts
from secret_managers.conftest import Fetch


def test_vault_key_value_engines(fetch: Fetch, managers: Managers) -> None:
    managers.kv1["kv/db"] = {"user": "ann", "data": "the field", "port": 5432}
    managers.kv2["secret/db"] = []
    managers.kv2["secret/data/db"] = [{"password": "old one"}, {"password": "p@ss word"}]
    run = fetch(
        "hashicorp-vault-server",
        "one: kv/db\n  two: secret/data/db\n  first: /secret/data/db?version=1\n  ~off: kv/off",
        templates={
            "v1": "one.user",
            "field": "one.data",
            "number": "one.port",
            "v2": "two.password",
            "old": "$secrets.first.password",
            "off": "off.user",
        },
    )
    assert run.sent == {
        "v1": "ann",
        "field": "the field",
        "number": "5432",
        "v2": "p@ss word",
        "old": "old one",
        "off": "{{off.user}}",
    }
    assert run.types["v2"] == ["string", "interpolated: true"]
    assert run.types["number"] == ["number", "interpolated: true"]
    assert run.notices == []
    assert sorted(managers.paths) == ["/v1/kv/db", "/v1/secret/data/db", "/v1/secret/data/db"]


@pytest.mark.parametrize(
    "settings",
    [
        {"AUTH_METHOD": "app_role", "APPROLE_ROLE_ID": "the-role", "APPROLE_SECRET_ID": "role-secret"},
        {"AUTH_METHOD": "app_role", "APPROLE_ROLE_ID": "machine-role", "APPROLE_MOUNT_PATH": "/machines/"},
        {"AUTH_METHOD": "ldap", "LDAP_USERNAME": "ann@shop", "LDAP_PASSWORD": "ldap-password"},
    ],
)
def test_vault_logins(fetch: Fetch, managers: Managers, settings: dict[str, str]) -> None:
    managers.kv1["kv/db"] = {"user": "ann"}
    given = {f"{VAULT}URL": managers.url + "/", **{VAULT + name: value for name, value in settings.items()}}
    run = fetch("hashicorp-vault-server", "db: kv/db", given, templates={"user": "db.user"})
    assert run.sent == {"user": "ann"}
    assert run.mask.mask("hvs.1-made") == "********"
    for value in settings.values():
        secret = value in ("role-secret", "ldap-password")
        assert (run.mask.mask(value) == "********") is secret


def test_vault_namespaces(fetch: Fetch, managers: Managers, monkeypatch: pytest.MonkeyPatch) -> None:
    managers.vault_tokens["team-token"] = "team"
    managers.kv1["kv/db"] = {"user": "ann"}
    given = {**accounts(managers)["hashicorp-vault-server"], f"{VAULT}TOKEN": "{{process.env.TEAM_TOKEN}}"}
    monkeypatch.setenv("TEAM_TOKEN", "team-token")
    monkeypatch.setenv("VAULT_NAMESPACE", "elsewhere")
    given[f"{VAULT}NAMESPACE"] = "team"
    run = fetch("hashicorp-vault-server", "db: kv/db", given, templates={"user": "db.user"})
    assert run.sent == {"user": "ann"}


def test_vault_failures_name_file_line_and_reason(fetch: Fetch, managers: Managers) -> None:
    managers.kv2["secret/data/gone"] = [None]
    managers.kv2["secret/data/db"] = [{"user": "ann"}]
    run = fetch(
        "hashicorp-vault-server",
        "gone: secret/data/gone\n  short: secret/db\n  none: kv/none\n  empty:\n  open: kv/{{nothing}}\n"
        "  db: secret/data/{{which}}",
        templates={"still": "db.user", "left": "gone.x"},
        env_vars={"which": "db"},
    )
    assert run.sent == {"still": "ann", "left": "{{gone.x}}"}
    assert [text.splitlines()[0] for _, text in run.notices] == [
        f"environments/prod.bru:5: the secret `gone` was not fetched: GET {managers.url}/v1/secret/data/gone "
        "answered 404 Not Found",
        f"environments/prod.bru:6: the secret `short` was not fetched: GET {managers.url}/v1/secret/db "
        "answered 404 Not Found: Invalid path for a versioned K/V secrets engine.",
        f"environments/prod.bru:7: the secret `none` was not fetched: GET {managers.url}/v1/kv/none answered "
        "404 Not Found",
        "environments/prod.bru:8: the secret `empty` was not fetched: its name in the store is missing",
        "environments/prod.bru:9: the secret `open` was not fetched: no variable of the environment for the "
        "template in kv/{{nothing}}",
    ]
    assert run.status == 0


def test_vault_standby_sends_on(fetch: Fetch, managers: Managers, monkeypatch: pytest.MonkeyPatch) -> None:
    managers.kv1["kv/db"] = {"user": "ann"}
    given = {**accounts(managers)["hashicorp-vault-server"], f"{VAULT}URL": f"{managers.url}/standby"}
    answer = managers.answer

    def standby(asked):
        if asked.path.startswith("/standby"):
            return 307, b"", {"Location": managers.url + asked.path.removeprefix("/standby")}
        return answer(asked)

    monkeypatch.setattr(managers, "answer", standby)
    run = fetch("hashicorp-vault-server", "db: kv/db", given, templates={"user": "db.user"})
    assert run.sent == {"user": "ann"}


def test_hcp_reads_all_pages_of_an_app(fetch: Fetch, managers: Managers) -> None:
    managers.apps["shop"] = {"a": "1.10", "b": "two", "c": "three"}
    run = fetch(
        "hashicorp-vault-cloud",
        "shop: shop/any\n  other: missing",
        templates={"a": "shop.a", "c": "$secrets.shop.c"},
    )
    assert run.sent == {"a": "1.10", "c": "three"}
    assert "the secret `other` was not fetched" in run.text
    assert "apps/missing/open answered 404 Not Found: 5: app not found" in run.text


def test_aws_text_and_json(fetch: Fetch, managers: Managers) -> None:
    managers.aws |= {
        "prod/db": json.dumps({"user": "ann", "roles": ["a"], "none": None}),
        "plain": "s3cret\n",
        "version": "1.10",
        "digits": "12345678901234567890",
        "pin": "4711",
        "word": "null",
        "blob": b"",
    }
    run = fetch(
        "aws-secrets-manager",
        "db: prod/db\n  plain: plain\n  my.v-1: version\n  digits: digits\n  pin: pin\n  word: word\n"
        "  blob: blob\n  lost: lost",
        templates={
            "user": "db.user",
            "roles": "db.roles",
            "none": "db.none",
            "version": "my.v-1",
            "digits": "$secrets.digits",
            "pin": "pin",
            "word": "word",
        },
    )
    assert run.sent == {
        "user": "ann",
        "roles": '["a"]',
        "none": "null",
        "version": "1.10",
        "digits": "12345678901234567890",
        "pin": "4711",
        "word": "null",
    }
    assert (run.types["pin"][0], run.types["version"][0]) == ("number", "string")
    assert "`blob` was not fetched: The secret blob holds no text" in run.text
    assert "ResourceNotFoundException: Secrets Manager can't find the specified secret." in run.text


def test_aws_profile_and_endpoint(
    fetch: Fetch, managers: Managers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    managers.aws["plain"] = "from a profile"
    (tmp_path / "credentials").write_text(
        "[shop]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = aws-secret-key\n"
        "region = eu-central-1\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", managers.url)
    given = {f"{AWS}AUTH_METHOD": "aws-cli", f"{AWS}PROFILE_NAME": "shop"}
    run = fetch("aws-secrets-manager", "plain: plain", given, templates={"plain": "plain"})
    assert run.sent == {"plain": "from a profile"}
    assert run.mask.mask("aws-secret-key") == "********"


def test_azure_reads_all_enabled_secrets_of_a_vault(fetch: Fetch, managers: Managers) -> None:
    managers.azure["shop-vault"] = {"db-user": "ann", "off": None, "number": "1.10", "closed": "forbidden"}
    run = fetch(
        "azure-key-vault",
        "kv: shop-vault\n  evil: a.evil.test#\n  gone: other-vault",
        templates={"user": "kv.db-user", "off": "kv.off", "number": "kv.number"},
    )
    assert run.sent == {"user": "ann", "off": "{{kv.off}}", "number": "1.10"}
    assert "environments/prod.bru:5: closed cannot be read: " in run.text
    assert "answered 403 Forbidden: Forbidden: no permission to get" in run.text
    assert "'a.evil.test#' is not the name of a key vault" in run.text
    assert "VaultNotFound: no such vault" in run.text
    assert {asked.host for asked in managers.asked} == {
        "login.microsoftonline.com",
        "shop-vault.vault.azure.net",
        "other-vault.vault.azure.net",
    }


def test_azure_by_its_own_command(
    fetch: Fetch, managers: Managers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    managers.azure["shop-vault"] = {"db-user": "ann"}
    az = tmp_path / "az"
    az.write_text(
        "#!/bin/sh\nwanted='account get-access-token --output json --resource https://vault.azure.net'\n"
        '[ "$*" = "$wanted" ] || exit 9\n'
        'grep -q CERTIFICATE "$REQUESTS_CA_BUNDLE" || exit 8\n'
        'echo \'{"accessToken": "az-cli-token", "expiresOn": "2099-01-01"}\'\n'
    )
    az.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    run = fetch("azure-key-vault", "kv: shop-vault", templates={"user": "kv.db-user"}, secrets_env_file=None)
    assert run.sent == {"user": "ann"}
    assert run.mask.mask("az-cli-token") == "********"


def test_azure_without_account_or_command(
    fetch: Fetch, managers: Managers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    run = fetch("azure-key-vault", "kv: shop-vault", templates={"user": "kv.db-user"}, secrets_env_file=None)
    assert "the secret `kv` was not fetched: The command `az` is not installed\nSign in with" in run.text


def test_google_reads_all_secrets_of_a_project(fetch: Fetch, managers: Managers) -> None:
    managers.google["shop-project"] = {"db": '{"user": "ann"}', "plain": "text", "none": None, "pin": "0042"}
    run = fetch(
        "gcp-secrets-manager",
        "g: shop-project\n  bad: ../x\n  other: other-project",
        templates={"plain": "g.plain", "pin": "g.pin", "db": "g.db"},
    )
    assert run.sent == {"plain": "text", "pin": "0042", "db": '{"user":"ann"}'}
    assert "environments/prod.bru:5: none cannot be read: " in run.text
    assert "NOT_FOUND: none has no versions" in run.text
    assert "'../x' is not the id of a Google Cloud project" in run.text
    assert "PERMISSION_DENIED: Permission denied on project" in run.text


def test_a_busy_manager_is_asked_again(fetch: Fetch, managers: Managers) -> None:
    managers.aws["plain"] = "a-value-1"
    managers.busy = 2
    run = fetch("aws-secrets-manager", "plain: plain", templates={"plain": "plain"})
    assert (run.sent, run.notices) == ({"plain": "a-value-1"}, [])


@pytest.mark.parametrize(
    ("store", "changed", "message"),
    [
        ("hashicorp-vault-server", {f"{VAULT}TOKEN": ""}, f"has no {VAULT}TOKEN"),
        ("hashicorp-vault-server", {f"{VAULT}TOKEN": "expired-token"}, "403 Forbidden: permission denied"),
        ("hashicorp-vault-server", {f"{VAULT}URL": "vault:8200"}, f"{VAULT}URL in "),
        ("hashicorp-vault-server", {f"{VAULT}AUTH_METHOD": "github"}, "method 'github' in "),
        ("hashicorp-vault-server", {f"{VAULT}URL": "http://127.0.0.1:9"}, "connection refused"),
        ("hashicorp-vault-cloud", {f"{HCP}CLIENT_SECRET": "wrong-secret"}, "access_denied: Unauthorized"),
        ("hashicorp-vault-cloud", {f"{HCP}PROJECT_ID": ""}, f"has no {HCP}PROJECT_ID"),
        ("aws-secrets-manager", {f"{AWS}SECRET_ACCESS_KEY": "wrong-secret"}, "InvalidSignatureException"),
        ("aws-secrets-manager", {f"{AWS}REGION": ""}, f"has no {AWS}REGION"),
        ("aws-secrets-manager", {f"{AWS}REGION": "x.evil.test/#"}, "'x.evil.test/' is not the name of an"),
        ("hashicorp-vault-server", {f"{VAULT}URL": "http://[broken"}, "failed: "),
        ("hashicorp-vault-server", {f"{VAULT}URL": "http://127.0.0.1:99999"}, "failed: "),
        ("azure-key-vault", {f"{AZURE}CLIENT_SECRET": "wrong-secret"}, "invalid_client: AADSTS7000215"),
        ("azure-key-vault", {f"{AZURE}TENANT_ID": ""}, f"has no {AZURE}TENANT_ID"),
        ("gcp-secrets-manager", {f"{GOOGLE}PRIVATE_KEY": "wrong-secret"}, "is not an RSA key in PEM"),
        ("gcp-secrets-manager", {f"{GOOGLE}CLIENT_EMAIL": "other@x"}, "UNAUTHENTICATED: invalid credentials"),
    ],
)
def test_accounts_that_do_not_work(
    fetch: Fetch, managers: Managers, store: str, changed: dict[str, str], message: str
) -> None:
    given = {**accounts(managers)[store], **changed}
    run = fetch(store, "db: shop-project", given, templates={"user": "db.user"})
    assert message in run.text
    assert "environments/prod.bru:5: the secret `db` was not fetched: " in run.text
    assert "wrong-secret" not in run.text
    assert run.sent == {"user": "{{db.user}}"}
    assert run.status == 0
