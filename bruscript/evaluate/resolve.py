"""The last step before the wire: every template resolved, the URL and the body built."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from bruscript.errors import BruscriptError
from bruscript.evaluate.body import build_body, graphql_variables, url_encoded
from bruscript.evaluate.dependence import depends_on
from bruscript.evaluate.fresh import mark_lasting_values
from bruscript.evaluate.interpolate import interpolate, interpolate_all
from bruscript.evaluate.prepared import PreparedRequest
from bruscript.evaluate.provenance import Authored, Withheld
from bruscript.evaluate.scopes import Scopes
from bruscript.evaluate.url import PathParams, encode_url, with_path_params, with_scheme
from bruscript.evaluate.url_values import resolve_url
from bruscript.http.request import AuthConfig, FileBody, MultipartBody, OutgoingRequest
from bruscript.http.wire import sendable
from bruscript.lang.js import parse_json, stringify, to_string

_FORM = "application/x-www-form-urlencoded"
_FORMS = {"formUrlEncoded": _FORM, "multipartForm": "multipart/form-data"}
_NUMBER = re.compile(r"\s*\+?(\d+)")
_KEPT = frozenset({"host", "connection"})
_DEFAULT_REDIRECTS = 5
_OAUTH2_URLS = ("accessTokenUrl", "refreshTokenUrl", "authorizationUrl", "callbackUrl")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[/\\]*")
_ORIGIN_END = re.compile(r"[/?#\\]|\{\{")


def resolve(prepared: PreparedRequest, scopes: Scopes) -> OutgoingRequest:
    """Return the request to send. `prepared` is resolved too, so later scripts and reports see what was sent.

    Raises BruscriptError (InvalidUrlError, BodyError, TemplateError) where no request can be made of it.
    """
    variables = _variables(prepared, scopes)
    if isinstance(variables, Withheld):
        variables.filled_in = prepared.withheld
    warnings = _fill_in(prepared, variables)
    return _outgoing(prepared, warnings)


def resolve_for_scripts(prepared: PreparedRequest, scopes: Scopes) -> None:
    """Resolve `prepared` without the process's variables that scripts may not see: they stay templates."""
    with suppress(BruscriptError):
        _fill_in(prepared, scopes.as_scripts_see())


def resolve_auth(prepared: PreparedRequest, scopes: Scopes) -> AuthConfig:
    """Return the auth that `resolve` will give, before it: for a token that has to be there first."""
    variables = scopes.for_sending()
    urls = [prepared.auth.config.get(key) for key in _OAUTH2_URLS]
    if isinstance(variables, Withheld) and depends_on(urls, variables, variables.touched):
        variables = scopes.as_scripts_see()
    if isinstance(variables, Withheld):
        variables.filled_in = prepared.withheld
    return _settings(prepared.auth, scopes, variables)


def resolve_settings(auth: AuthConfig, scopes: Scopes) -> AuthConfig:
    """Return `auth` with its templates resolved."""
    return _settings(auth, scopes, scopes.combined())


def _settings(auth: AuthConfig, scopes: Scopes, variables: Mapping[str, Any]) -> AuthConfig:
    if auth.mode == "oauth2":
        auth = mark_lasting_values(auth, scopes)
    return AuthConfig(auth.mode, interpolate_all(auth.config, variables), auth.source)


def _variables(prepared: PreparedRequest, scopes: Scopes) -> Mapping[str, Any]:
    """Return what the templates of the request see: what is withheld from scripts goes where its author says.

    A script that leads the request to another host would have it sent there.
    """
    if not scopes.withholds:
        return scopes.combined()
    origin = _origin(prepared.url)
    visible = scopes.as_scripts_see()
    if origin != _origin(prepared.authored_url) or depends_on(origin, visible, scopes.touched_names()):
        return visible
    return scopes.for_sending()


def _origin(url: str) -> str:
    """Return the part of a URL that says where it goes; templates in it count as they are written."""
    scheme = _SCHEME.match(url)
    at = scheme.end() if scheme else 0
    while match := _ORIGIN_END.search(url, at):
        if match[0] != "{{":
            return url[: match.start()]
        at = url.find("}}", match.end()) + 2
        if at < 2:
            # It is not closed, and neither is one that follows.
            return url
    return url


def _fill_in(prepared: PreparedRequest, variables: Mapping[str, Any]) -> list[str]:
    """Resolve the templates of the request, and return warnings about it."""
    encode = bool(prepared.settings.get("encodeUrl"))
    prepared.url = resolve_url(prepared.url, variables) if encode else interpolate(prepared.url, variables)
    prepared.headers = {
        interpolate(name, variables): interpolate_all(value, variables)
        for name, value in prepared.headers.items()
    }
    if prepared.api_key_header_name:
        prepared.api_key_header_name = interpolate(prepared.api_key_header_name, variables)
    if prepared.mode == "none" and isinstance(prepared.data, (dict, list)):
        _declare_json(prepared.headers)
    prepared.data = _data(prepared, variables)
    for param in prepared.path_params:
        param["value"] = interpolate(param.get("value"), variables)
    params = PathParams(prepared.path_params)
    if encode:
        prepared.url = encode_url(with_scheme(prepared.url), params)
    elif params:
        prepared.url = with_path_params(prepared.url, params)
    if prepared.mode == "graphql" and isinstance(prepared.data, dict) and "variables" in prepared.data:
        prepared.data["variables"] = graphql_variables(prepared.data["variables"])
    prepared.url = with_scheme(prepared.url)
    prepared.auth = _auth(prepared, variables)
    return [*_unused(params), *_unplaced(prepared.auth)]


def _auth(prepared: PreparedRequest, variables: Mapping[str, Any]) -> AuthConfig:
    auth = prepared.auth
    return AuthConfig(auth.mode, interpolate_all(auth.config, variables), auth.source)


def _data(prepared: PreparedRequest, variables: Mapping[str, Any]) -> Any:
    data = prepared.data
    if isinstance(data, FileBody):
        # Joined only now: the path may be a variable's, and absolute.
        return FileBody(prepared.base_dir / interpolate(Authored(data.path), variables))
    if data is None or isinstance(data, bytes):
        return data
    content_type = _encoding(prepared)
    if prepared.mode == "graphql" and isinstance(data, dict):
        # One by one: `variables` is JSON in a text, and must not be escaped once more in the text of all.
        return {key: _json_data(value, variables) for key, value in data.items()}
    if "json" in content_type:
        return _json_data(data, variables)
    if isinstance(data, str):
        return interpolate(data, variables)
    multipart = content_type.startswith("multipart/")
    if not multipart and _media_type(content_type) != _FORM:
        return _json_data(data, variables)
    if isinstance(data, list):
        data = [_field(entry, variables) for entry in data]
    else:
        data = _json_data(data, variables)
        if not _is_just_a_form(prepared.headers):
            # Scripts and reports see the object as it was set; its fields get other names, see build_body.
            return data
    declared = _content_type(prepared.headers)
    if multipart or (declared and _media_type(declared) != _FORM):
        return data
    return url_encoded(data)


def _declare_json(headers: dict[str, Any]) -> None:
    """Set a content type for an object that a script made the body, if the file has no body."""
    for name, value in headers.items():
        if value is None and name.lower() == "content-type":
            headers[name] = "application/json"


def _json_data(data: Any, variables: Mapping[str, Any]) -> Any:
    if isinstance(data, str):
        return interpolate(data, variables, escape_json_strings=True)
    if not isinstance(data, (dict, list)):
        return data
    text = stringify(data, None)
    if "{{" not in text:
        return data
    try:
        return parse_json(interpolate(text, variables, escape_json_strings=True))
    except ValueError:
        # A value, such as one with quotes, breaks the JSON around it. Each text alone can be resolved.
        return interpolate_all(data, variables)


def _field(entry: Any, variables: Mapping[str, Any]) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    value = entry.get("value")
    if isinstance(value, list):
        return {**entry, "value": [interpolate(item, variables) for item in value]}
    return {**entry, "value": interpolate(value, variables)}


def _unused(params: PathParams) -> Iterator[str]:
    for name in sorted(params.unused):
        yield f"`params:path` has `{name}`, but the path of the URL has no `:{name}`."


def _unplaced(auth: AuthConfig) -> Iterator[str]:
    if auth.mode == "apikey" and auth.config.get("key") and not auth.config.get("placement"):
        yield "The API key is not sent, since `auth:apikey` has no `placement`: write header or queryparams."


def _outgoing(prepared: PreparedRequest, warnings: list[str]) -> OutgoingRequest:
    settings = prepared.settings
    deleted = frozenset(name.lower() for name in prepared.headers_to_delete) - _KEPT
    headers, absent = _headers(prepared.headers, deleted)
    encoding = _encoding(prepared)
    body = build_body(prepared.data, encoding, prepared.base_dir)
    if isinstance(body, MultipartBody) and not _content_type(prepared.headers).startswith("multipart/"):
        # The client adds that of a multipart body, with the boundary.
        headers = [line for line in headers if line[0].lower() != "content-type"]
    is_object = isinstance(prepared.data, (dict, list)) and not isinstance(body, MultipartBody)
    if is_object and "content-type" not in deleted and not _has_content_type(prepared.headers):
        headers.append(("content-type", encoding or "application/json"))
    return OutgoingRequest(
        method=prepared.method,
        url=prepared.url,
        headers=headers,
        body=body,
        timeout_ms=timeout_ms(prepared),
        follow_redirects=_setting(settings.get("followRedirects"), True),
        max_redirects=_max_redirects(prepared),
        forward_authorization=settings.get("forwardAuthorizationHeader"),
        auth=_effective_auth(prepared, deleted),
        omit_headers=deleted | absent,
        parse_json=not prepared.disable_parsing_response_json,
        warnings=(*warnings, *_lossy_header_warnings(headers)),
    )


def _lossy_header_warnings(headers: list[tuple[str, str]]) -> Iterator[str]:
    """Yield a warning for each header that will be sent without a part of its value."""
    for name, value in headers:
        # The end of a line is lost without loss; and the characters may be those of a secret.
        if sendable(value) != value.strip(" \t\r\n"):
            hint = "encode the value, for instance with encodeURIComponent or as Base64"
            yield f"The header {name} is sent without the characters that no header can carry: {hint}."


def _headers(
    headers: Mapping[str, Any], deleted: frozenset[str]
) -> tuple[list[tuple[str, str]], frozenset[str]]:
    """Return the header lines, and the lower-case names of those that are deliberately not there.

    Names that differ only in case are one header: at the first one's place, with the last one's value.
    """
    first: dict[str, str] = {}
    values: dict[str, Any] = {}
    for name, value in headers.items():
        first.setdefault(name.lower(), name)
        values[name.lower()] = value
    lines = [
        (first[key], to_string(item))
        for key, value in values.items()
        for item in (value if isinstance(value, list) else [value])
        if item is not None and item is not False and key not in deleted
    ]
    return lines, frozenset(key for key, value in values.items() if value is None or value is False)


def _effective_auth(prepared: PreparedRequest, deleted: frozenset[str]) -> AuthConfig:
    """Return the auth, or none where a script changed or removed the header that stood for it."""
    if not prepared.placed_auth:
        return prepared.auth
    name, expected = _placed(prepared.auth)
    if prepared.headers.get(name) == expected and name.lower() not in deleted:
        return prepared.auth
    return AuthConfig("none", source=prepared.auth.source)


def _placed(auth: AuthConfig) -> tuple[str, Any]:
    if auth.mode == "bearer":
        return "Authorization", f"Bearer {auth.config.get('token') or ''}"
    return auth.config["key"], auth.config.get("value")


def _content_type(headers: Mapping[str, Any]) -> str:
    content_type = ""
    for name, value in headers.items():
        if name.lower() == "content-type":
            content_type = value
    return content_type if isinstance(content_type, str) else ""


def _has_content_type(headers: Mapping[str, Any]) -> bool:
    return any(name.lower() == "content-type" for name in headers)


def _encoding(prepared: PreparedRequest) -> str:
    """Return the content type by which the body is encoded, which may differ from the header.

    The fields of a form are encoded as a form, whatever the header says, and without one.
    """
    if isinstance(prepared.data, (dict, list)) and not _has_content_type(prepared.headers):
        return _FORMS.get(prepared.mode, "")
    content_type = _content_type(prepared.headers)
    if content_type.startswith("multipart/") or _FORM in content_type or not _has_fields(prepared):
        return content_type
    return _FORMS[prepared.mode]


def _has_fields(prepared: PreparedRequest) -> bool:
    """Return whether the body is a form's fields, not an array that a script set in their place."""
    data = prepared.data
    if prepared.mode not in _FORMS or not isinstance(data, list) or not data:
        return False
    return all(isinstance(entry, Mapping) and {"name", "value", "enabled"} <= entry.keys() for entry in data)


def _is_just_a_form(headers: Mapping[str, Any]) -> bool:
    """Return whether the first content type, that of the body's mode, is a form's without parameters."""
    return next((value for name, value in headers.items() if name.lower() == "content-type"), None) == _FORM


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def timeout_ms(prepared: PreparedRequest) -> int:
    """Return how long the request may take, by its settings or a script, in milliseconds.

    0 means no limit.
    """
    for value in (prepared.settings.get("timeout"), _milliseconds(prepared.timeout)):
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
            return int(value)
    return 0


def _milliseconds(value: Any) -> Any:
    """Return a script may give the number as a text."""
    match = _NUMBER.match(value) if isinstance(value, str) else None
    return int(match[1]) if match else value


def _max_redirects(prepared: PreparedRequest) -> int:
    value = prepared.settings.get("maxRedirects")
    if value is None:
        value = prepared.max_redirects
    if not isinstance(value, (int, float)) or isinstance(value, bool) or value < 0:
        return _DEFAULT_REDIRECTS
    return int(value)


def _setting(value: Any, default: bool) -> bool:
    return default if value is None else bool(value)
