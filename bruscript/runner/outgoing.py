"""A request as it would be sent, without sending it or running its scripts."""

from __future__ import annotations

import asyncio
import os
from dataclasses import field
from typing import TYPE_CHECKING, Any

from bruscript.auth import build_auth
from bruscript.errors import ArgumentError
from bruscript.evaluate.merge import merge
from bruscript.evaluate.modes import unknown_mode
from bruscript.evaluate.prepare import prepare
from bruscript.evaluate.resolve import resolve
from bruscript.files import readable_path
from bruscript.http.errors import RequestError
from bruscript.masking.names import is_secret, is_secret_name
from bruscript.records import record
from bruscript.runner.nothing import answers_wanted
from bruscript.runner.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from bruscript.collection import Collection
    from bruscript.collection.tree import Request
    from bruscript.evaluate import Scopes
    from bruscript.http import AuthConfig, ClientConfig, OutgoingRequest
    from bruscript.http.proxy import Proxy
    from bruscript.masking import Mask
    from bruscript.runner.options import RunOptions

_HTTPS_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_SECRET_SETTINGS = ("password", "token", "value", "secretAccessKey", "sessionToken")


@record
class Route:
    """How a request gets to its server: by `proxy`, or `direct`, or as curl itself finds in the environment.

    `certificate` is the entry of the client certificate that is shown, whose files are below `base_dir`.
    """

    base_dir: Path
    proxy: Proxy | None = None
    direct: bool = False
    cacert: Path | None = None
    certificate: dict[str, Any] | None = field(default=None, repr=False)


@record
class Rehearsed:
    """The request that would be sent. `secrets` are its secret values, with their names; `mask` has more.

    `has_scripts` says that scripts, which have not run, could change it; `warnings` name unset variables.
    """

    outgoing: OutgoingRequest
    route: Route
    mask: Mask
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    has_scripts: bool = False
    warnings: list[str] = field(default_factory=list)


def rehearse(
    collection: Collection, request: Request, options: RunOptions, *, row: int | None = None
) -> Rehearsed:
    """Return what a run with these options would send, for one `row` (from 1) of the data file.

    Raises BruscriptError.
    """
    return asyncio.run(_rehearse(collection, request, options, row))


async def _rehearse(
    collection: Collection, request: Request, options: RunOptions, row: int | None
) -> Rehearsed:
    async with Session(collection, options, ()) as session:
        effective = merge(request)
        scopes = session.scopes()
        if session.data_files:
            values = _row(session, row or 1)
            session.secrets.learn_named(values, "the data file")
            scopes = scopes.for_row(values)
        scopes.enter(effective)
        session.secrets.auth(effective.auth)
        prepared, file = prepare(effective, collection, scopes), readable_path(request.path)
        if request.kind not in ("http", "graphql"):
            raise ArgumentError(f"{file} is not an HTTP request, and bruscript sends no others")
        if problem := unknown_mode(prepared.mode):
            raise ArgumentError(f"{file}: {problem}")
        if missing := session.prompts.fill_in(prepared, scopes):
            raise ArgumentError(f"{file}: prompt without an answer", hint=answers_wanted(missing))
        session.secrets.scopes(scopes)
        has_scripts = bool(effective.scripts.pre)
        warnings = session.unset.rehearsed(request, prepared, scopes, scripts=has_scripts)
        outgoing = resolve(prepared, scopes)
        _check_auth(outgoing.auth, collection, request)
        session.secrets.request(outgoing)
        declared = session.secrets.declared
        secrets = dict(_secrets(scopes, declared, options))
        route = await _route(session.client.config, outgoing.url)
        settings = [*_settings(outgoing.auth), *_route_secrets(route)]
        secrets |= {value: name for value, name in settings if value not in secrets}
        return Rehearsed(outgoing, route, session.mask, secrets, has_scripts, warnings)


def _row(session: Session, number: int) -> dict[str, Any]:
    count = session.iterations
    if not 1 <= number <= count:
        files = ", ".join(readable_path(file.path) for file in session.data_files)
        raise ArgumentError(
            f"{files} has {count} row{'' if count == 1 else 's'}, so row {number} does not exist"
        )
    return next(values for index, values in session.rows() if index == number - 1)


async def _route(config: ClientConfig, url: str) -> Route:
    from bruscript.http.proxy import Router
    from bruscript.http.tls import TlsSettings
    from bruscript.http.url import parse_url

    route = Route(config.base_dir, direct=config.noproxy, cacert=config.cacert)
    try:
        address = parse_url(url)
    except RequestError:
        return route
    router = Router(config)
    try:
        if router.is_own:
            route.proxy = await router.route(address)
            route.direct = route.proxy is None
        elif not _curl_finds_proxy(address.scheme):
            route.proxy = await router.route(address)
    finally:
        await router.aclose()
    at = TlsSettings(config).certificate_for(address)
    route.certificate = None if at is None else config.client_certs[at]
    return route


def _curl_finds_proxy(scheme: str) -> bool:
    """Return whether curl has the system's proxy from the environment: it ignores HTTP_PROXY."""
    names = ("http_proxy", "all_proxy", "ALL_PROXY") if scheme == "http" else _HTTPS_PROXIES
    return any(map(os.environ.get, names))


def _route_secrets(route: Route) -> list[tuple[str, str]]:
    passphrase = str((route.certificate or {}).get("passphrase") or "")
    password = route.proxy.password if route.proxy else ""
    pairs = [(passphrase, "CERTIFICATE_PASSPHRASE"), (password, "PROXY_PASSWORD")]
    return [(value, name) for value, name in pairs if value]


def _check_auth(auth: AuthConfig, collection: Collection, request: Request) -> None:
    """Raise BruscriptError for a mode that does not exist or cannot be used, as sending does."""
    try:
        build_auth(auth, collection.path)
    except RequestError as error:
        raise ArgumentError(f"{readable_path(request.path)}: {error.message}", hint=error.hint) from None


def _secrets(scopes: Scopes, declared: set[str], options: RunOptions) -> list[tuple[str, str]]:
    pairs: list[tuple[str, Any]] = [
        (name, value) for name, value in scopes.process_env.items() if is_secret(name, value)
    ]
    values = scopes.combined()
    pairs += [(name, value) for name, value in values.items() if name in declared.union(options.mask)]
    for scope in (scopes.prompt, scopes.iteration, options.env_vars, options.global_env_vars):
        pairs += [(name, value) for name, value in scope.items() if is_secret_name(name)]
    pairs += list(_texts(scopes.external))
    return [
        (str(value), name) for name, value in pairs if value not in (None, "") and name not in options.no_mask
    ]


def _texts(value: Any, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _texts(item, str(key))]
    return [(name, value)] if isinstance(value, str) else []


def _settings(auth: AuthConfig) -> list[tuple[str, str]]:
    settings = [(auth.config.get(name), name) for name in _SECRET_SETTINGS]
    names = {"value": "API_KEY"}
    return [(str(value), names.get(name, name)) for value, name in settings if value]
