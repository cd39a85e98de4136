"""Who authorises the request of a printed curl command, and with which of curl's options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from bruscript.auth.apikey import with_parameter
from bruscript.auth.awsv4 import from_profile, service_of
from bruscript.http.url import parse_url

if TYPE_CHECKING:
    from bruscript.http import AuthConfig, OutgoingRequest

_ANSWERING = ("digest", "ntlm")
"""Modes that answer a server's challenge."""
_PRINTED = ("none", "inherit", "", "basic", "bearer", "apikey", *_ANSWERING, "awsv4", "oauth2")
"""Modes that curl has, or that set only a header; it cannot do what the others do."""
_TOKEN = '"${ACCESS_TOKEN}"'


class Quoting(Protocol):
    """The quotes of a shell."""

    def word(self, text: str) -> str:
        """Return `text` as a word of the shell's."""


def replaces_authorization(auth: AuthConfig) -> bool:
    """Return whether the mode sets `Authorization`, whatever headers and URL say."""
    mode, config = auth.mode, auth.config
    if mode == "awsv4":
        keys = config.get("accessKeyId") and config.get("secretAccessKey")
        return bool(keys or config.get("profileName"))
    if mode == "oauth1":
        return (config.get("placement") or "header") == "header"
    if mode == "oauth2":
        return not _token_in_query(config)
    if mode == "apikey":
        return config.get("placement") == "header" and str(config.get("key")).lower() == "authorization"
    return mode in ("basic", *_ANSWERING, "akamai-edgegrid", "akamaiEdgegrid")


def user_of(auth: AuthConfig) -> tuple[str, str]:
    """Return the user, with the domain in front, and the password."""
    user, domain = str(auth.config.get("username") or ""), auth.config.get("domain")
    user = f"{domain}\\{user}" if domain and auth.mode == "ntlm" else user
    return user, str(auth.config.get("password") or "")


def in_url(auth: AuthConfig) -> bool:
    """Return whether the credentials stand in the URL: in `--user` the name ends at the first colon."""
    return auth.mode in _ANSWERING and ":" in user_of(auth)[0]


def headers(request: OutgoingRequest) -> list[tuple[str, str]]:
    """Return the request's headers without an `Authorization` that a run replaces.

    The user name and password in a URL replace it too. In curl they do so only without that header.
    """
    # A key for this header is among the headers already.
    replaced = replaces_authorization(request.auth) and request.auth.mode != "apikey"
    if not replaced and (replaces_authorization(request.auth) or not _has_user(request.url)):
        return request.headers
    return [header for header in request.headers if header[0].lower() != "authorization"]


def with_key(auth: AuthConfig, target: str) -> str:
    """Return path and query with the API key, if it goes there."""
    key = str(auth.config.get("key") or "")
    if auth.mode != "apikey" or auth.config.get("placement") != "queryparams" or not key:
        return target
    return with_parameter(target, key, str(auth.config.get("value") or ""))


def url_suffix(auth: AuthConfig, url: str, shell: Quoting) -> str:
    """Return what follows the URL's word: the token of OAuth 2.0, if it goes there."""
    if auth.mode != "oauth2" or not _token_in_query(auth.config):
        return ""
    key = auth.config.get("tokenQueryKey") or "access_token"
    return shell.word(f"{'&' if '?' in url else '?'}{key}=") + _TOKEN


def options(auth: AuthConfig, host: str, shell: Quoting) -> Iterator[str]:
    """Yield curl's options for the mode."""
    mode, config = auth.mode, auth.config
    if mode in ("basic", *_ANSWERING):
        if in_url(auth):
            yield f"--{mode}"
            return
        yield f"--{mode} --user {shell.word(user_of(auth)[0])}:{_of(config, 'password', shell)}"
    elif mode == "awsv4" and replaces_authorization(auth):
        profile = str(config.get("profileName") or "")
        service, region = service_of(host)
        service = str(config.get("service") or service)
        region = (
            str(config.get("region") or "") or (profile and from_profile(profile)[1]) or region or "us-east-1"
        )
        yield f"--aws-sigv4 {shell.word(f'aws:amz:{region}:{service}')}"
        if profile:
            yield '--user "${AWS_ACCESS_KEY_ID}":"${AWS_SECRET_ACCESS_KEY}"'
            return
        yield f"--user {_of(config, 'accessKeyId', shell)}:{_of(config, 'secretAccessKey', shell)}"
        if config.get("sessionToken"):
            yield f"--header 'X-Amz-Security-Token: '{_of(config, 'sessionToken', shell)}"
    elif mode == "oauth2" and not _token_in_query(config):
        prefix = str(config.get("tokenHeaderPrefix") or "").strip()
        yield f"--header {shell.word(f'Authorization: {prefix} ' if prefix else 'Authorization: ')}{_TOKEN}"


def notes(request: OutgoingRequest) -> Iterator[str]:
    """Yield what the command's user has to know of its credentials."""
    mode = request.auth.mode
    if mode == "oauth2":
        yield "ACCESS_TOKEN stands for the token: `bruscript auth token` prints it."
    elif mode not in _PRINTED:
        yield f"curl cannot sign requests as auth:{mode} does, so the command lacks the signature."
    elif mode == "awsv4" and (profile := request.auth.config.get("profileName")):
        yield f"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY stand for the keys of the profile {profile!r}."
    elif mode in _ANSWERING:
        place = "URL" if _has_user(request.url) else "headers"
        if place == "URL" or request.header("authorization") is not None:
            yield (
                f"A run first sends the credentials of the request's {place}, and answers the server's "
                f"challenge with those of auth:{mode}; the command sends the latter only."
            )


def _has_user(url: str) -> bool:
    from bruscript.http import RequestError

    try:
        return bool(parse_url(url).username)
    except RequestError:
        return False


def _token_in_query(config: dict[str, Any]) -> bool:
    return str(config.get("tokenPlacement") or "").strip() in ("url", "query", "queryparams")


def _of(config: dict[str, Any], name: str, shell: Quoting) -> str:
    return shell.word(str(config.get(name) or ""))
