"""Which variables of a `.env` file or of the process are secrets: by their names, or by their values."""

from __future__ import annotations

import re

from bruscript.masking.words import is_host, is_path

_SECRET_WORDS_TEXT = """
APIKEY BEARER CREDENTIAL CREDENTIALS CREDS JWT KEY KEYS OTP PASS PASSCODE PASSPHRASE PASSWD PASSWORD
PASSWORDS PAT PIN PW PWD SECRET SECRETS TOKEN TOKENS
"""
_SECRET_WORDS = frozenset(_SECRET_WORDS_TEXT.split())
_SECRET_ENDINGS = ("APIKEY", "CREDENTIALS", "PASSPHRASE", "PASSWD", "PASSWORD", "PWD", "SECRET", "TOKEN")
"""How words run together end that mean a secret: PGPASSWORD, DBPWD, AUTHTOKEN."""

_ABOUT_SECRETS_TEXT = """
ALG ALGORITHM AUDIENCE COUNT DIR DIRECTORY DISABLED ENABLED ENDPOINT EXPIRATION EXPIRES EXPIRY FIELD
FILE FORMAT HEADER HOST ID ISSUER LENGTH LIFETIME LIMIT LOCATION MODE NAME PATH PLACEMENT POLICY
PORT PREFIX PROVIDER REGION REQUIRED SCOPE SCOPES SERVICE SIZE STORE TIMEOUT TTL TYPE URI URL USER
USERNAME VERSION
"""
_ABOUT_SECRETS = frozenset(_ABOUT_SECRETS_TEXT.split())
"""Last words of names that are about a secret and hold none: ACCESS_TOKEN_URL, SECRETS_DIR."""

_SETTINGS_TEXT = """
accesstoken accesstokensecret clientsecret clienttoken consumersecret passphrase password privatekey
secretaccesskey sessiontoken token tokensecret value
"""
_SETTINGS = frozenset(_SETTINGS_TEXT.split())
"""Settings of the auth modes that are secret, in small letters; `value` is an API key's."""

_NEVER = frozenset({"PWD", "OLDPWD", "HOSTNAME", "LS_COLORS"})
"""Variables of the process that a shell sets itself."""

_NAME_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_KEY_IN_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")
PASSWORD_IN_URL = re.compile(r"://([^/?#\s:@\"'<>\\]*):([^/?#\s\"'<>]+)@")
"""The user and the password of a URL."""
_OPAQUE = re.compile(
    r"(?=[^A-Za-z]*[A-Za-z])(?=\D*\d)[A-Za-z0-9_+/.~:$!%^*-]{14,}[A-Za-z0-9_+/.~:$!%^*=-]{2}"
)
_READABLE = re.compile(
    r"[a-z][a-z0-9+.-]*://.*"  # a URL: one with a password was found before
    r"|\d{4}-\d\d-\d\d[T ]?[\d:.,]*(?:Z|[+-]\d\d:?\d\d)?"  # a date
    r"|v?\d+\.\d+[.\w+-]*"  # a version
    r"|[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*",  # an IPv6 address
    re.IGNORECASE,
)


def is_secret(name: str, value: str) -> bool:
    """Return whether a variable of a `.env` file or of the process is secret, by its name or value."""
    return is_secret_name(name) or looks_secret(value)


def is_secret_name(name: str) -> bool:
    """Return whether a word of `name` means a secret: `SHOP_TOKEN`, `dbPassword`, `PASS_2`.

    Not `TOKEN_URL`.
    """
    words = [word.upper() for word in _NAME_WORD.findall(name)]
    if name in _NEVER or not words or words[-1] in _ABOUT_SECRETS:
        return False
    if "PUBLIC" in words or "PUBLISHABLE" in words:
        return False
    return any(word in _SECRET_WORDS or word.endswith(_SECRET_ENDINGS) for word in words)


def is_secret_setting(name: str) -> bool:
    """Return whether the setting `name` of an auth mode, in the spelling of files or of JSON, is secret."""
    return name.replace("_", "").lower() in _SETTINGS


def looks_secret(value: str) -> bool:
    """Return whether `value` is a private key, a URL with a password, or 16 letters and digits mixed."""
    value = value.strip()
    if _KEY_IN_PEM.search(value) or PASSWORD_IN_URL.search(value):
        return True
    return _OPAQUE.fullmatch(value) is not None and is_opaque(value)


def is_opaque(value: str) -> bool:
    """Return whether `value` is not a URL, a date, a version, an address, a host or a path."""
    return not (_READABLE.fullmatch(value) or is_host(value) or is_path(value))
