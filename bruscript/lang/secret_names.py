"""Which keys of a file have secret values, by the block that they are in."""

from __future__ import annotations

import re
from enum import Enum
from functools import cache, lru_cache
from typing import Final

from bruscript.lang.auth_modes import MODES
from bruscript.masking.mask import SENSITIVE_HEADERS
from bruscript.masking.names import is_secret_name, is_secret_setting

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_AUTH: Final = frozenset(
    {"auth", "authentication", *(word for mode in MODES for word in _WORD.findall(mode))}
)
"""Words in the name of an auth block, misspelt or not."""
_TEXTS: Final = ("script", "tests", "docs", "assert", "vars:post-response", "code")
_BODIES: Final = ("body:json", "body:text", "body:xml", "body:sparql", "body:graphql")
_BEYOND_SETTINGS: Final = frozenset({"assertion", "subjecttoken", "actortoken"})
"""Secret settings that only OAuth 2.0 has."""
_OFTEN: Final = (
    "authorization",
    "cookie",
    "password",
    "passphrase",
    "secret",
    "token",
    "credentials",
    "apikey",
)
"""Words that are recognised where they are misspelt."""
_SHORTEST_MISSPELT: Final = 5
_STRAY: Final = re.compile(r"[^\w.$-]+")
_NESTED_TEXT: Final = """
type flow credentials resourceOwner pkce disabled method tokenConfig id source placement header query settings
additionalParameters authorizationRequest accessTokenRequest refreshTokenRequest name mode grantType
"""
"""The keys of an auth block that only YAML has."""


class Rule(Enum):
    """Which keys' values are secret: by name, by what an auth mode has, or all of them."""

    NAMES = "names"
    AUTH = "auth"
    PARAMETERS = "parameters"
    """Additional parameters of OAuth 2.0 in YAML: entries whose values are secret."""
    ALL = "all"
    CODE = "code"
    BODY = "body"
    URLS = "urls"

    def is_secret(self, key: str) -> bool:
        """Return whether the value of `key` is secret."""
        if self is Rule.ALL:
            return True
        if self is Rule.AUTH:
            return plain_setting(key) not in _readable_settings()
        if self is Rule.PARAMETERS and key in ("value", "data"):
            return True
        return _named_like_one(key)


def rule_of(block: str) -> Rule:
    """Return the rule of a block of a `.bru` file, or of a key of a YAML file, by its name."""
    name = block.lower()
    if name == "vars:secret" or "additional_params" in name:
        return Rule.ALL
    if name.startswith(_BODIES):
        return Rule.BODY
    if name.startswith(_TEXTS):
        return Rule.CODE
    words = map(str.lower, _WORD.findall(block))
    return Rule.AUTH if any(word in _AUTH or sorted(word) == sorted("auth") for word in words) else Rule.NAMES


@lru_cache(maxsize=1024)
def _named_like_one(key: str) -> bool:
    """Return whether a key is named like a secret, also where it is misspelt."""
    name = _STRAY.sub("", key)
    if name.lower() in SENSITIVE_HEADERS or is_secret_name(name):
        return True
    import difflib

    words = (word.lower() for word in _WORD.findall(name) if len(word) >= _SHORTEST_MISSPELT)
    near = any(difflib.get_close_matches(word, _OFTEN, 1, 0.85) for word in words)
    # What is about a secret is spelt as it should be.
    return near and is_secret_name(f"secret_{name}")


def is_setting(word: str) -> bool:
    """Return whether `word` is a key of an auth block, or nearly one."""
    import difflib

    settings = _settings()
    name = plain_setting(word)
    return name in settings or bool(difflib.get_close_matches(name, settings, 1, 0.75))


def plain_setting(key: str) -> str:
    """Return a setting's name in the spelling that `.bru`, YAML and JSON share."""
    return key.replace("_", "").replace("-", "").lower()


@cache
def _settings() -> frozenset[str]:
    from bruscript.lang.bru.auth import AUTH_KEYS

    keys = [key for names in AUTH_KEYS.values() for key in names]
    return frozenset(map(plain_setting, [*keys, *_NESTED_TEXT.split()]))


@cache
def _readable_settings() -> frozenset[str]:
    settings = (name for name in _settings() if not is_secret_setting(name))
    return frozenset(settings) - _BEYOND_SETTINGS
