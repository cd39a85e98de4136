"""Which variables of `.env` and of the process are secrets."""

from __future__ import annotations

import pytest

from bruscript.masking.names import is_secret_name, looks_secret
from bruscript.masking.words import is_distinct, is_host, is_path

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "name",
    [
        "KEY",
        "SHOP_TOKEN",
        "TOKEN_2",
        "DB_PASSWORD",
        "PGPASSWORD",
        "MYSQL_PWD",
        "DBPWD",
        "PASS",
        "GIT_PAT",
        "PASSPHRASE",
        "AWS_SECRET_ACCESS_KEY",
        "apiKey",
        "dbPassword",
        "client-secret",
        "CREDENTIALS",
        "GOOGLE_CREDENTIAL",
        "SECRET",
        "KEY1",
        "TOKEN_PROD",
        "APIKEY",
        "AUTHTOKEN",
        "OAuthToken",
        "STRIPE_SECRET_KEY_TEST",
        "app.token",
        "JWT",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "STAGE",
        "MONKEY",
        "KEYBOARD",
        "PATH",
        "PATTERN",
        "PASSENGER",
        "COMPASS",
        "BYPASS",
        "TOKENIZERS_PARALLELISM",
        "ACCESS_TOKEN_URL",
        "SECRETS_DIR",
        "TOKEN_TTL",
        "PUBLIC_KEY",
        "KEY_ID",
        "SSH_KEY_PATH",
        "TOKEN_TYPE",
        "PWD",
        "OLDPWD",
        "USER",
        "KEYCLOAK_HOST",
        "SECRETARY",
        "_",
        "123",
        "",
    ],
)
def test_names_of_others(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "value",
    [
        "a1b2c3d4e5f6g7h8",
        "4eC39HqLyjWDarjtT1zdp7dc",
        "93aab1c2-7f0e-4c1d-9b3a-0a1b2c3d4e5f",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "abc+def/ghi123jkl==",
        "/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "abc123-def456-ghi789",
        PEM,
        PEM.replace("\n", "\\n"),
        "postgres://ann:pw@db/shop",
        "redis://:pw@localhost:6379/0",
    ],
)
def test_values_that_look_secret(value: str) -> None:
    assert looks_secret(value)


@pytest.mark.parametrize(
    "value",
    [
        "a1b2c3d4e5f6g7h",
        "abcdefghijklmnopqrstuvwxyz",
        "12345678901234567890",
        "http://localhost:8080/api/v1/users",
        "https://ann@example.com/path/to/thing1",
        "db1.staging.eu-west-1.example.com",
        "db1.staging.example.com:5432",
        "/usr/lib/python3.11/site-packages",
        "./fixtures/data-2024.json",
        "C:\\Users\\ann\\file1.txt",
        "a sentence with 16 characters and more",
        "2024-01-31T10:20:30Z",
        "1.2.3-beta.4+build.567",
        "ann.smith42@example.com",
        "fe80::1ff:fe23:4567:890a",
        "rs=0:di=01;34:ln=01;36",
        "refs/heads/feature-1234",
        "acme/shop-tests-2024",
        "/home/runner/work/_temp/set_env_8f3e2b1a-7c5d-4e6f-8a9b-0c1d2e3f4a5b",
        "/tmp/ssh-XXXXXXabc123/agent.1234",
        "true",
    ],
)
def test_values_that_do_not(value: str) -> None:
    assert not looks_secret(value)


@pytest.mark.parametrize(
    ("value", "distinct"),
    [
        ("hunter2", False),
        ("hunter2x", True),
        ("password", False),
        ("Password", False),
        ("PASSWORD", False),
        ("camelCaseWord", False),
        ("internationally", False),
        ("qwhdkzmpxvtrbnla", True),
        ("/K7MDENG/bPxRfiCYzz", True),
        ("/run/secrets/0a1b2c3d4e5f/key", False),
        ("ab/cd12345.Xy9", True),
        ("m/s+cr et:ü", True),
        ("QWxhZGRpbjpvcGVu", True),
        ("Österreich", False),
        ("staging-eu", False),
        ("correct horse battery", True),
        ("1234567890", False),
        ("4111 1111 1111", False),
        ("4111111111111111", True),
        ("shop.example.com", False),
        ("192.168.100.200", False),
        ("/etc/ssl/private.key", False),
        ("certs/client-2024.pem", False),
        ("p@ssw0rd", True),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", True),
    ],
)
def test_which_values_are_told_from_ordinary_text(value: str, distinct: bool) -> None:
    assert is_distinct(value) is distinct


def test_hosts_and_paths() -> None:
    assert is_host("localhost")
    assert is_host("localhost:8080")
    assert not is_host("word")
    assert not is_host("eyJh.eyJz.c2ln1")
    assert is_path("~/key")
    assert not is_path("abc/def+ghi=")
