"""AWS Secrets Manager as moto has it: what Amazon's own client writes, we read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from apps.secret_collections import AWS, write_account, write_collection
from apps.serving import serve_wsgi
from secret_managers.conftest import Run

pytestmark = pytest.mark.servers

KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "aws-secret-key"}


def test_what_amazons_client_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    async def app(scope, receive, send):
        got = dict(scope["headers"])[b"x-got"].decode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps({"got": got}).encode()})

    with serve_wsgi(DomainDispatcherApplication(create_backend_app)) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        amazon = boto3.client("secretsmanager", region_name="eu-central-1", **KEYS)
        arn = amazon.create_secret(Name="prod/db", SecretString='{"user": "old"}')["ARN"]
        amazon.put_secret_value(SecretId="prod/db", SecretString='{"user": "ann", "port": 5432}')
        amazon.create_secret(Name="binary", SecretBinary=b"\x00\x01")
        amazon.create_secret(Name="gone", SecretString="x")
        amazon.delete_secret(SecretId="gone")
        block = (
            "vars:externalsecrets:aws-secrets-manager {\n  db: prod/db\n"
            f"  arn: {arn}\n  binary: binary\n  gone: gone\n}}\n"
        )
        root = write_collection(tmp_path / "shop", "http://app", block, a="db.user", b="arn.port", c="gone")
        file = write_account(
            tmp_path / "account.env",
            {f"{AWS}{name.removeprefix('aws_').upper()}": value for name, value in KEYS.items()},
            {f"{AWS}REGION": "eu-central-1"},
        )
        run = Run(root, env="prod", secrets_env_file=file, app=app, isolation="thread")
    assert run.sent == {"a": "ann", "b": "5432", "c": "{{gone}}"}
    assert "prod.bru:7: the secret `binary` was not fetched: The secret binary holds no text" in run.text
    assert "prod.bru:8: the secret `gone` was not fetched: POST " in run.text
    assert "answered 400 BAD REQUEST: InvalidRequestException: " in run.text
