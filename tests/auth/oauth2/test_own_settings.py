"""Settings beside the block: a file and the environment."""

from __future__ import annotations

import jwt
from apps.bru_text import get_request, oauth2_block
from auth.oauth2.keys import RSA, pem


def test_settings_from_a_file_and_from_the_environment(server, collection, monkeypatch):
    block = oauth2_block(
        grant_type="client_credentials",
        access_token_url=f"{server.url}/token",
        client_id="client",
        credentials_id="my-id",
    )
    files = {
        "collection.bru": block,
        "r.bru": get_request(f"{server.url}/api"),
        "bruscript.toml": '[oauth2.my-id]\nclient_authentication = "private_key_jwt"\nscope = "{{which}}"\n'
        'private_key_id = "of the file"\nprivate_key = "@file(key.pem)"\nscop = "x"\n',
        "key.pem": pem(RSA),
    }
    monkeypatch.setenv("BRUSCRIPT_OAUTH2_MY_ID_PRIVATE_KEY_ID", "of the environment")
    [result] = collection(files).run(env_vars={"which": "read"}).results
    assert result.error is None
    [form] = server.forms
    assert form["scope"] == "read"
    assert jwt.get_unverified_header(form["client_assertion"])["kid"] == "of the environment"
    assert any("`scop` is not a key" in warning for warning in result.warnings)


def test_a_file_that_is_not_toml(server, collection):
    files = {
        "collection.bru": oauth2_block(grant_type="client_credentials"),
        "r.bru": get_request(f"{server.url}/api"),
        "bruscript.toml": "oauth2 = [",
    }
    [result] = collection(files).run(retries=2).results
    assert "bruscript.toml is not valid TOML" in result.error
    assert result.earlier == []
