"""The `auth:oauth2` block, read into a type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bruscript.auth.oauth2.credentials import is_secret
from bruscript.auth.oauth2.errors import OAuth2Error
from bruscript.auth.oauth2.store import TokenKey

if TYPE_CHECKING:
    from bruscript.http import Fence

GRANTS = ("client_credentials", "password", "authorization_code", "implicit")
"""The grant types that a block may name."""

_FLAT = {
    ("authorization", "headers"): "auth_req_headers",
    ("authorization", "queryparams"): "auth_req_queryparams",
    ("token", "headers"): "access_token_req_headers",
    ("token", "queryparams"): "access_token_req_queryparams",
    ("token", "body"): "access_token_req_bodyvalues",
    ("refresh", "headers"): "refresh_token_req_headers",
    ("refresh", "queryparams"): "refresh_token_req_queryparams",
    ("refresh", "body"): "refresh_token_req_bodyvalues",
}
_FLAT_PREFIX = "oauth2_additional_parameters_"


@dataclass(frozen=True)
class Parameter:
    """One enabled entry of an `additional_params` block; `send_in` is "headers", "queryparams" or "body"."""

    name: str
    value: str = field(repr=False)
    send_in: str


@dataclass(frozen=True)
class Additional:
    """The additional parameters of the authorization, the token and the refresh request."""

    authorization: tuple[Parameter, ...] = ()
    token: tuple[Parameter, ...] = ()
    refresh: tuple[Parameter, ...] = ()

    @classmethod
    def of(cls, block: Mapping[str, Any]) -> Additional:
        """From `additionalParameters`, or from the parser's flat keys; disabled entries are left out."""
        nested = block.get("additionalParameters") or {}
        found: dict[str, list[Parameter]] = {"authorization": [], "token": [], "refresh": []}
        for request, parameters in found.items():
            for entry in nested.get(request) or ():
                parameters.extend(_parameters([entry], str(entry.get("sendIn", ""))))
        for (request, place), key in _FLAT.items():
            found[request].extend(_parameters(block.get(_FLAT_PREFIX + key) or (), place))
        return cls(**{request: tuple(parameters) for request, parameters in found.items()})


@dataclass(frozen=True)
class Config:
    """One OAuth 2.0 configuration, its templates resolved. The fields are the keys of the `.bru` block.

    `credentials_in_header` is `credentials_placement: basic_auth_header`. Empty fields are the empty string.
    `fences` say, for those of the URLs that a script has had a hand in, which hosts are in reach.
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
    additional: Additional = Additional()
    fences: Mapping[str, Fence] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_block(cls, block: Mapping[str, Any]) -> Config:
        """From the JSON of the block (the reference parser's `auth.oauth2`), templates resolved.

        Additional parameters are taken from its `additionalParameters`, or from the parser's
        `oauth2_additional_parameters_…` keys laid beside the others. Nothing is checked here: what is missing
        shows when a token is fetched.
        """

        def text(key: str, default: str = "") -> str:
            value = block.get(key)
            return default if value is None else str(value)

        return cls(
            grant_type=text("grantType"),
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
            credentials_in_header=text("credentialsPlacement") == "basic_auth_header",
            credentials_id=text("credentialsId", "credentials"),
            token_source=text("tokenSource") or "access_token",
            token_placement=text("tokenPlacement") or "header",
            token_header_prefix=text("tokenHeaderPrefix"),
            token_query_key=text("tokenQueryKey") or "access_token",
            auto_fetch=_flag(block.get("autoFetchToken"), True),
            auto_refresh=_flag(block.get("autoRefreshToken"), False),
            additional=Additional.of(block),
        )

    @property
    def key(self) -> TokenKey:
        """What the token is kept by: requests with the same credentials id and token URL share it."""
        return TokenKey(self.credentials_id, self.access_token_url or self.authorization_url)

    @property
    def interactive(self) -> bool:
        """Whether a human, or what stands for one, has to consent at the authorization URL."""
        return self.grant_type in ("authorization_code", "implicit")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values in it that no output may show."""
        additional = self.additional
        values = [self.client_secret, self.password]
        values += [
            parameter.value
            for parameter in (*additional.authorization, *additional.token, *additional.refresh)
            if is_secret(parameter.name) or parameter.name.lower() == "authorization"
        ]
        return tuple(value for value in values if value)

    @property
    def unresolved(self) -> tuple[str, ...]:
        """The keys of the block whose values still hold a template: its variable is not set."""
        names = (item.name for item in fields(self))
        texts = [(name, getattr(self, name)) for name in names]
        return tuple(name for name, value in texts if isinstance(value, str) and "{{" in value)

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


def check_url(key: str, url: str) -> None:
    """Raise OAuth2Error unless `url`, the value of `key`, is an http(s) URL."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        good = False
    # It is shown on terminals, where control characters would act.
    if good and url.isprintable() and "{{" not in url:
        return
    hint = "Its variable is not set." if "{{" in url else None
    raise OAuth2Error(
        f"OAuth 2.0: {key} is {url!r}, not a URL that starts with http:// or https://.", hint=hint
    )


def _parameters(entries: Iterable[Mapping[str, Any]], place: str) -> list[Parameter]:
    return [
        Parameter(str(entry["name"]), "" if entry.get("value") is None else str(entry["value"]), place)
        for entry in entries
        if entry.get("enabled", True) and entry.get("name")
    ]


def _flag(value: Any, default: bool) -> bool:
    if isinstance(value, str):
        return default if not value.strip() else value.strip().lower() not in ("false", "0", "null")
    return default if value is None else bool(value)
