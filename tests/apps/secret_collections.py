"""Collections whose environments declare secrets, and the files with the accounts."""

from __future__ import annotations

import json
from pathlib import Path

from apps.managers import EMAIL, REGION, TENANT, Managers

VAULT = "BRUNO_HASHICORP_VAULT_SERVER_"
HCP = "BRUNO_HASHICORP_VAULT_CLOUD_"
AWS = "BRUNO_AWS_SECRETS_MANAGER_"
AZURE = "BRUNO_AZURE_KEY_VAULT_"
GOOGLE = "BRUNO_GCP_SECRETS_MANAGER_"


def accounts(managers: Managers) -> dict[str, dict[str, str]]:
    """Settings that work, by store."""
    url = managers.url
    return {
        "hashicorp-vault-server": {
            f"{VAULT}URL": url,
            f"{VAULT}AUTH_METHOD": "token",
            f"{VAULT}TOKEN": "root-token",
        },
        "hashicorp-vault-cloud": {
            f"{HCP}TOKEN_ENDPOINT": f"{url}/hcp/oauth2/token",
            f"{HCP}SECRETS_ENDPOINT": f"{url}/hcp/secrets",
            f"{HCP}CLIENT_ID": "hcp-client",
            f"{HCP}CLIENT_SECRET": "hcp-secret",
            f"{HCP}ORGANIZATION_ID": "org-1",
            f"{HCP}PROJECT_ID": "proj-1",
        },
        "aws-secrets-manager": {
            f"{AWS}ACCESS_KEY_ID": "AKIDEXAMPLE",
            f"{AWS}SECRET_ACCESS_KEY": "aws-secret-key",
            f"{AWS}REGION": REGION,
        },
        "azure-key-vault": {
            f"{AZURE}TENANT_ID": TENANT,
            f"{AZURE}CLIENT_ID": "azure-app",
            f"{AZURE}CLIENT_SECRET": "azure-client-secret",
        },
        "gcp-secrets-manager": {
            f"{GOOGLE}PROJECT_ID": "robot-project",
            f"{GOOGLE}CLIENT_EMAIL": EMAIL,
            f"{GOOGLE}PRIVATE_KEY": '"' + managers.pem.replace("\n", "\\n") + '"',
        },
    }


def write_account(path: Path, *settings: dict[str, str]) -> Path:
    """A secrets env file with these settings."""
    lines = [f"{name}={value}" for group in settings for name, value in group.items()]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_collection(root: Path, url: str, environment: str, **templates: str) -> Path:
    """A collection with one request a template, which sends it as header and body and reads it by script.

    The environment `prod` is the given text, with the variable `url`.
    """
    (root / "environments").mkdir(parents=True)
    (root / "bruno.json").write_text(json.dumps({"version": "1", "name": "shop", "type": "collection"}))
    (root / "environments" / "prod.bru").write_text(f"vars {{\n  url: {url}\n}}\n{environment}")
    for seq, (name, template) in enumerate(templates.items(), 1):
        (root / f"{name}.bru").write_text(
            f"meta {{\n  name: {name}\n  type: http\n  seq: {seq}\n}}\n\n"
            "post {\n  url: {{url}}/echo\n  body: text\n  auth: none\n}\n\n"
            f"headers {{\n  x-got: {{{{{template}}}}}\n}}\n\nbody:text {{\n  <{{{{{template}}}}}>\n}}\n\n"
            "script:post-response {\n"
            f"  const value = bru.getSecretVar({json.dumps(template.removeprefix('$secrets.'))});\n"
            "  test(typeof value, () => {});\n"
            f"  const same = bru.interpolate('{{{{{template}}}}}') === String(value);\n"
            "  test('interpolated: ' + same, () => {});\n"
            "}\n"
        )
    return root
