"""No output shows what a configuration, a token response or a key file has in secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from bruscript.auth.oauth2 import Config
from bruscript.auth.oauth2.authorization import Renewal
from bruscript.auth.oauth2.credentials import secrets_of
from bruscript.masking import Mask

SECRET = "Qw3r-Ty78-90Ab-cDeF"


@pytest.mark.parametrize(
    "answer",
    [
        {"access_token": SECRET},
        {"tokens": [{"access_token": SECRET}]},
        {"tokens": [SECRET]},
        {"data": {"items": [[{"refresh_token": SECRET}]]}},
        {"keys": {"signing_key": SECRET}},
    ],
)
def test_tokens_are_secret_at_any_depth_of_an_answer(answer: dict[str, Any]) -> None:
    assert secrets_of({"expires_in": 3, "scope": ["a", "b"], **answer}) == [SECRET]


def test_reprs() -> None:
    config = Config.from_block(
        {
            "grantType": "password",
            "accessTokenUrl": f"http://bob:{SECRET}@idp.test/token?key={SECRET}",
            "clientSecret": SECRET,
            "password": SECRET,
            "revocationUrl": f"http://idp.test/revoke?api_key={SECRET}",
            "accessTokenReq": SECRET,
        }
    )
    shown = repr(config) + repr(Renewal("fetched", {"access_token": SECRET, "tokens": [SECRET]}))
    assert "idp.test/token" in shown
    assert "Ty78" not in shown


@pytest.mark.parametrize("kind", ["jwk", "rsa jwk", "pem"])
@pytest.mark.parametrize("written", ["file", "text"])
def test_a_private_key_is_secret_wherever_it_is(tmp_path: Path, kind: str, written: str) -> None:
    key: Any = RSAKey.generate_key(2048) if kind == "rsa jwk" else ECKey.generate_key("P-256")
    text = key.as_pem(private=True).decode() if kind == "pem" else json.dumps(key.as_dict(private=True))
    (tmp_path / "k.jwk").write_text(text)
    config = Config.from_block(
        {"grantType": "jwt_bearer", "privateKey": "@file(k.jwk)" if written == "file" else text}
    )
    mask = Mask()
    config.based_in(tmp_path).mask_secrets(mask)
    values = text.splitlines()[1:-1] if kind == "pem" else [key.as_dict(private=True)["d"]]
    for value in values:
        assert mask.mask(f"it is {value}") == "it is ********"


def test_a_key_file_that_is_missing_is_reported_by_who_needs_it(tmp_path: Path) -> None:
    config = Config.from_block({"grantType": "jwt_bearer", "privateKey": "@file(none.pem)"})
    config.based_in(tmp_path).mask_secrets(Mask())
