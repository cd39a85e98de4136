"""The `auth:oauth2` block, read into a type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bruscript.auth.oauth2.credentials import is_secret
from bruscript.auth.oauth2.errors import OAuth2Error
from bruscript.auth.oauth2.extensions import Extensions
from bruscript.auth.oauth2.identity import subject, token_key
from bruscript.auth.oauth2.parameters import Additional
from bruscript.auth.oauth2.store import TokenKey
from bruscript.auth.oauth2.urls import check_url
from bruscript.lang.choices import BOOLEANS, CHOICES, canonical, is_valid, wrong_value
from bruscript.lang.oauth2 import camel_case
from bruscript.masking import Mask
from bruscript.masking.parts import passwords, query_secrets
from bruscript.records import record

if TYPE_CHECKING:
    from pathlib import Path

    from bruscript.http import Fence

_BOOLEANS = ("pkce", "auto_fetch_token", "auto_refresh_token", "dpop")
_TEMPLATE = re.compile(r"\{\{([^{}]+)\}\}")
_CHOICES = CHOICES["auth:oauth2"]
_INTERACTIVE = ("authorization_code", "implicit")
_UNUSED = {
    "client_credentials": ("callback_url", "authorization_url", "username", "password", "state", "pkce"),
    "password": ("callback_url", "authorization_url", "state", "pkce"),
    "authorization_code": ("username", "password"),
    "implicit": (
        *("access_token_url", "refresh_token_url", "username", "password", "client_secret", "pkce"),
        *("credentials_placement", "auto_refresh_token"),
    ),
    **dict.fromkeys(
        ("device_code", "jwt_bearer", "token_exchange"),
        ("callback_url", "authorization_url", "username", "password", "state", "pkce"),
    ),
}
"""The keys that a grant does not use; their values are ignored."""


@record(frozen=True)
class Config:
    """One OAuth 2.0 configuration, its templates resolved. The fields are the keys of the `.bru` block.

    `credentials_in_header` is `credentials_placement: basic_auth_header`. Empty fields are the empty string.
    `more` has the keys that Bruno does not know. `unknown` are keys that do not exist, `findings` what else
    has no effect, `problems` what is wrong. `fences` restrict the hosts of those URLs that a script
    influenced.
    """

    grant_type: str
    access_token_url: str = ""
    refresh_token_url: str = ""
    authorization_url: str = ""
    callback_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    scope: str = ""
    state: str = field(default="", repr=False)
    pkce: bool = False
    credentials_in_header: bool = False
    credentials_id: str = "credentials"
    token_source: str = "access_token"
    token_placement: str = "header"
    token_header_prefix: str = ""
    token_query_key: str = "access_token"
    auto_fetch: bool = True
    auto_refresh: bool = False
    additional: Additional = field(default_factory=Additional)
    more: Extensions = field(default_factory=Extensions)
    fences: Mapping[str, Fence] = field(default_factory=dict, repr=False, compare=False)
    unknown: tuple[str, ...] = field(default=(), compare=False)
    findings: tuple[str, ...] = field(default=(), compare=False)
    problems: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def from_block(cls, block: Mapping[str, Any]) -> Config:
        """Return the configuration of a block: the JSON of its keys in camel case, templates resolved.

        Additional parameters are taken from its `additionalParameters`, or from the parser's
        `oauth2_additional_parameters_…` keys laid beside the others. Nothing is raised here: see `check`.
        """
        grant = canonical(_text(block, "grantType").strip())
        unused = {camel_case(key) for key in _UNUSED.get(grant, ())}
        block = {key: value for key, value in block.items() if key not in unused}

        def text(key: str, default: str = "") -> str:
            return _text(block, key) or default

        additional = Additional.of(block)
        if grant and grant not in (*_INTERACTIVE, "device_code"):
            additional = replace(additional, authorization=())
        elif grant == "implicit":
            additional = replace(additional, token=(), refresh=())
        placement = text("credentialsPlacement", "body").strip()
        return cls(
            grant_type=grant,
            access_token_url=text("accessTokenUrl").strip(),
            refresh_token_url=text("refreshTokenUrl").strip(),
            authorization_url=text("authorizationUrl").strip(),
            callback_url=text("callbackUrl").strip(),
            client_id=text("clientId"),
            client_secret=text("clientSecret"),
            username=text("username"),
            password=text("password"),
            scope=text("scope"),
            state=text("state"),
            pkce=_flag(block.get("pkce"), False),
            credentials_in_header=placement == "basic_auth_header",
            credentials_id=text("credentialsId", "credentials"),
            token_source=text("tokenSource", "access_token").strip(),
            token_placement=text("tokenPlacement", "header").strip(),
            token_header_prefix=text("tokenHeaderPrefix"),
            token_query_key=text("tokenQueryKey", "access_token"),
            auto_fetch=_flag(block.get("autoFetchToken"), True),
            auto_refresh=_flag(block.get("autoRefreshToken"), False),
            additional=additional,
            more=Extensions.from_block(block),
            unknown=tuple(map(str, block.get("unknownKeys") or ())),
            findings=tuple(map(str, block.get("findings") or ())),
            problems=tuple(_problems(block)),
        )

    @property
    def key(self) -> TokenKey:
        """The token's key: configurations that request the same token share it."""
        return _key(self)

    @property
    def user(self) -> str:
        """The user whose token it is, where the configuration names one."""
        return self.username or self.more.assertion_subject or self.additional.value_of("login_hint")

    @property
    def interactive(self) -> bool:
        """Whether a user, or a callable in their place, has to consent at the authorization URL."""
        return self.grant_type in _INTERACTIVE

    @property
    def signs_in(self) -> bool:
        """Whether a user has to act to get a token."""
        return self.interactive or self.grant_type == "device_code"

    @property
    def has_user(self) -> bool:
        """Whether the token is that of a user who has signed in, here or by a password."""
        return self.signs_in or self.grant_type == "password"

    def based_in(self, directory: Path) -> Config:
        """Return the configuration with the directory from which files that it names are read."""
        return replace(self, more=replace(self.more, base_dir=str(directory)))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Its secret values."""
        values = [self.client_secret, self.password, *self.more.secrets]
        values += [
            parameter.value
            for parameter in self.additional
            if is_secret(parameter.name) or parameter.name.lower() == "authorization"
        ]
        for url in (self.access_token_url, self.refresh_token_url, self.authorization_url):
            values += [*passwords(url), *query_secrets(url)]
        return tuple(value for value in values if value)

    def mask_secrets(self, mask: Mask) -> None:
        """Add its secret values to `mask`."""
        for value in self.secrets:
            mask.learn(value, f"A secret of the OAuth 2.0 configuration {self.credentials_id}")

    @property
    def unresolved(self) -> dict[str, str]:
        """The variables of unresolved templates, and the first key that has each."""
        texts = [(item.name, getattr(part, item.name)) for part in (self, self.more) for item in fields(part)]
        texts = [(key, value) for key, value in texts if key != "base_dir"]
        texts += [(f"additional parameter {p.name}", f"{p.name}{p.value}") for p in self.additional]
        variables: dict[str, str] = {}
        for key, value in texts:
            if isinstance(value, str) and "{{" in value:
                for variable in _TEMPLATE.findall(value):
                    variables.setdefault(variable.strip(), key)
        return variables

    def check(self) -> None:
        """Raise OAuth2Error for an unresolved template, and for a value outside its fixed set."""
        if self.unresolved:
            places = [f"{{{{{variable}}}}} in {key}" for variable, key in self.unresolved.items()]
            names = ", ".join(self.unresolved)
            raise OAuth2Error(
                f"OAuth 2.0: no value for {', '.join(places)}; nothing was sent.",
                hint=f"Set the variable {names}." if len(places) == 1 else f"Set the variables {names}.",
            )
        problems = list(self.problems)
        for key in ("grant_type", "token_source", "token_placement"):
            value = getattr(self, key)
            if not is_valid(value, _CHOICES[key]):
                problems.append(wrong_value(key, value, _CHOICES[key]))
        for key in ("client_authentication", "signing_algorithm"):
            value = getattr(self.more, key)
            if value and not is_valid(value, _CHOICES[key]):
                problems.append(wrong_value(key, value, _CHOICES[key]))
        if problems:
            text = "; ".join(problems)
            raise OAuth2Error(f"OAuth 2.0: {text}" + ("" if text.endswith("?") else "."))

    def require(self, **values: str) -> None:
        """Raise OAuth2Error naming the first of `values` (key of the block → value) that is empty."""
        for key, value in values.items():
            if not value:
                raise OAuth2Error(
                    f"OAuth 2.0: {key} is empty, and grant_type {self.grant_type} needs it.",
                    hint=f"Set {key} in the auth:oauth2 block, or the variable that it names.",
                )
            if key.endswith("_url"):
                check_url(key, value)


@lru_cache(maxsize=256)
def _key(config: Config) -> TokenKey:
    return token_key(
        credentials_id=config.credentials_id,
        url=config.access_token_url or config.authorization_url or config.more.issuer,
        grant_type=config.grant_type,
        client_id=config.client_id,
        user=config.user,
        scope=config.scope,
        authorization_url=config.authorization_url if config.interactive else "",
        additional=config.additional,
        more=_more(config.grant_type, config.more),
    )


def _more(grant_type: str, more: Extensions) -> Iterator[tuple[str, str]]:
    yield "issuer", more.issuer
    yield "assertion", subject(more.assertion)
    for name in ("assertion_issuer", "assertion_subject", "assertion_audience", "assertion_claims"):
        yield name, getattr(more, name)
    yield "subject_token", more.subject or subject(more.subject_token)
    yield "actor_token", subject(more.actor_token)
    if grant_type == "token_exchange":
        yield from more.token_types.items()
    yield "dpop", "true" if more.dpop else ""


def _text(block: Mapping[str, Any], key: str) -> str:
    value = block.get(key)
    return "" if value is None else str(value)


def _flag(value: Any, default: bool) -> bool:
    if isinstance(value, str):
        return default if value.strip().lower() not in BOOLEANS else value.strip().lower() == "true"
    return default if value is None else bool(value)


def _problems(block: Mapping[str, Any]) -> Iterator[str]:
    """Yield the values that `_flag` and the other readers ignored."""
    for name in _BOOLEANS:
        value = block.get(camel_case(name))
        text = "" if value is None or isinstance(value, bool) else str(value).strip()
        if text and not is_valid(text, BOOLEANS):
            yield wrong_value(name, text, BOOLEANS)
    placement = _text(block, "credentialsPlacement").strip()
    if placement and placement not in _CHOICES["credentials_placement"]:
        yield wrong_value("credentials_placement", placement, _CHOICES["credentials_placement"])
