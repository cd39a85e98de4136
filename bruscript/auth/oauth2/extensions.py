"""The settings of `auth:oauth2` that Bruno does not have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field, fields
from pathlib import Path
from typing import Any

from bruscript.files import read_file
from bruscript.lang.oauth2 import camel_case
from bruscript.records import record

_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
_FILE = re.compile(r"@file\((.*)\)", re.DOTALL)
_DERIVED = ("dpop", "subject", "known_issuer", "names_issuer", "base_dir")


@record(frozen=True)
class Extensions:
    """Those settings, under their keys; empty ones are the empty string.

    `base_dir` is the directory from which `private_key: @file(…)` is read. `subject` is the identity
    whose token is exchanged, where that is known; `known_issuer` and `names_issuer` (RFC 9207) are what the
    issuer's metadata says.
    """

    issuer: str = ""
    client_authentication: str = ""
    private_key: str = field(default="", repr=False)
    private_key_id: str = ""
    signing_algorithm: str = ""
    client_assertion_audience: str = ""
    device_authorization_url: str = ""
    pushed_authorization_url: str = ""
    revocation_url: str = ""
    introspection_url: str = ""
    assertion: str = field(default="", repr=False)
    assertion_issuer: str = ""
    assertion_subject: str = ""
    assertion_audience: str = ""
    assertion_claims: str = ""
    subject_credentials_id: str = ""
    subject_token: str = field(default="", repr=False)
    subject_token_type: str = ""
    actor_token: str = field(default="", repr=False)
    actor_token_type: str = ""
    requested_token_type: str = ""
    dpop: bool = False
    subject: str = ""
    known_issuer: str = ""
    names_issuer: bool = False
    base_dir: str = ""

    @classmethod
    def from_block(cls, block: Mapping[str, Any]) -> Extensions:
        """Return the settings of a block, its keys in camel case."""
        values: dict[str, Any] = {}
        for item in fields(cls):
            value = block.get(camel_case(item.name))
            if value is not None and item.name not in _DERIVED:
                values[item.name] = str(value).strip()
        return cls(**values, dpop=str(block.get("dpop") or "").strip().lower() == "true")

    @property
    def token_types(self) -> dict[str, str]:
        """The types of an exchange's tokens, as they are sent; "" if none is (RFC 8693 section 3)."""
        return {
            "subject_token_type": _urn(self.subject_token_type) or _ACCESS_TOKEN,
            "actor_token_type": (_urn(self.actor_token_type) or _ACCESS_TOKEN) if self.actor_token else "",
            "requested_token_type": _urn(self.requested_token_type),
        }

    @property
    def private_key_file(self) -> Path | None:
        """The file that has the private key, None where the setting is the key itself."""
        match = _FILE.fullmatch(self.private_key)
        return Path(self.base_dir, match[1].strip()) if match else None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values in it that no output may show."""
        key: str | None = self.private_key
        if (path := self.private_key_file) is not None:
            key = None
            # Signing reports what is wrong with the file.
            with suppress(OSError, ValueError):
                key = read_file(path).decode("utf-8")
        return tuple(filter(None, (key, self.assertion, self.subject_token, self.actor_token)))


def _urn(token_type: str) -> str:
    """Return the URN of a token type; a short name is its last part."""
    if not token_type or ":" in token_type:
        return token_type
    return f"urn:ietf:params:oauth:token-type:{token_type}"
