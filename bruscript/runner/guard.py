"""Applies scripts' permissions to the requests that they influence.

Requests of the collection's files alone are sent unchanged. A request that a script influenced, by `req` or
by a variable that the request depends on, is held to the permissions of scripts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bruscript.evaluate.dependence import dependencies, depends_on
from bruscript.evaluate.interpolate import interpolate
from bruscript.evaluate.provenance import Authored
from bruscript.http import FileBody, MultipartBody, RequestError
from bruscript.http.url import parse_url
from bruscript.lang.js import to_string, trim
from bruscript.lang.oauth2 import camel_case
from bruscript.option_names import option
from bruscript.records import record
from bruscript.sandbox import PermissionRefused

if TYPE_CHECKING:
    from bruscript.evaluate import PreparedRequest, Scopes
    from bruscript.http import Fence, OutgoingRequest, Part
    from bruscript.sandbox import Policy


_URLS = (
    *("issuer", "device_authorization_url", "pushed_authorization_url", "revocation_url"),
    "introspection_url",
)


class Guard:
    """Guards one request. Takes it before any script has seen it, and the state shared with others."""

    def __init__(self, prepared: PreparedRequest, scopes: Scopes, policy: Policy) -> None:
        self._prepared = prepared
        self._scopes = scopes
        self._policy = policy
        self._matters = policy.hosts.restricted or scopes.withholds
        self._path_params = deepcopy(prepared.path_params) if self._matters else []
        self._own_values = [entry.get("value") for entry in _file_fields(prepared.data)]
        self._own_files: set[Path] = set()
        self._file_touched = False
        self._sent = prepared
        self.influences: frozenset[str] = frozenset()
        """The variables set by scripts that the request depends on, where its permissions matter."""

    def look(self) -> None:
        """Find scripts' changes to the request, before its templates are resolved.

        Raises PermissionRefused for a file that scripts may not send, whether it exists or not.
        """
        hand = _Hand(self._scopes)
        try:
            self._look(hand)
        except PermissionRefused:
            self.influences = self._influences(hand)
            raise
        if self._touched:
            self.influences = self._influences(hand)

    def _influences(self, hand: _Hand) -> frozenset[str]:
        prepared = self._prepared
        texts = [prepared.url, prepared.path_params, prepared.headers, list(prepared.headers)]
        data = Authored(prepared.data.path) if isinstance(prepared.data, FileBody) else prepared.data
        return hand.influences([*texts, data, prepared.auth.config])

    def _look(self, hand: _Hand) -> None:
        self._url_touched = self._touched = False
        if self._matters:
            prepared = self._prepared
            same = prepared.url == prepared.authored_url and prepared.path_params == self._path_params
            query = prepared.auth.config if prepared.auth.mode == "apikey" else None
            self._url_touched = not same or hand.is_in([prepared.url, prepared.path_params, query])
            data = prepared.data if not isinstance(prepared.data, (FileBody, bytes)) else None
            others = [prepared.headers, list(prepared.headers), data, prepared.auth.config]
            self._touched = self._url_touched or prepared.changed or hand.is_in(others)
        for path, touched in self._files(hand):
            if touched:
                self._policy.check_file(path)
            else:
                self._own_files.add(path)
        auth = self._prepared.auth.config
        key = trim(to_string(hand.text(auth.get("privateKey") or "")))
        if key.startswith("@file(") and hand.is_in(auth["privateKey"]):
            self._policy.check_file(self._prepared.base_dir / key.removeprefix("@file(").rstrip(")").strip())
        if auth.get("privateKeyType") == "file" and hand.is_in(auth.get("privateKey")):
            self._policy.check_file(self._prepared.base_dir / to_string(hand.text(auth["privateKey"])))

    def token_fences(self) -> dict[str, Fence]:
        """Return the fences for those URLs of an `auth:oauth2` block that a script influences, by their keys.

        The variables from a token obtained with a script's help are the script's, too.
        """
        hosts, config = self._policy.hosts, self._prepared.auth.config
        hand = _Hand(self._scopes)
        if not hosts.restricted or not hand.is_in(config):
            return {}
        self._scopes.touched_credentials.add(
            to_string(hand.text(config.get("credentialsId") or "credentials"))
        )
        more = config.get("additionalParameters") or {}
        queries = {
            name: [entry for entry in more.get(name) or () if entry.get("sendIn") == "queryparams"]
            for name in ("authorization", "token", "refresh")
        }
        url_keys = ("authorizationUrl", "callbackUrl", "clientId", "scope", "state")
        parts = {
            "access_token_url": [config.get("accessTokenUrl"), queries["token"]],
            "refresh_token_url": [
                config.get("refreshTokenUrl") or config.get("accessTokenUrl"),
                queries["refresh"],
            ],
            "authorization_url": [*(config.get(key) for key in url_keys), queries["authorization"]],
            "callback_url": [config.get("callbackUrl")],
            **{key: [config.get(camel_case(key))] for key in _URLS},
        }
        return {key: hosts for key, texts in parts.items() if hand.is_in(texts)}

    def copy_to_send(self) -> PreparedRequest:
        """Return the request to resolve and send: the one scripts see, unless they must not see all of it."""
        if self._scopes.withholds:
            self._sent = deepcopy(self._prepared)
        return self._sent

    def show(self, header: tuple[str, str], *, derived: bool = True) -> None:
        """Have scripts and reports see a header that is sent beside the request's own.

        One that is `derived` from the auth settings is kept from scripts if these hold what is withheld.
        """
        self._sent.set_header(*header)
        prepared = self._prepared
        if self._sent is not prepared and not (derived and self._sent.auth.config != prepared.auth.config):
            name, value = header
            prepared.set_header(name, self.conceal(value))

    def conceal(self, value: Any) -> Any:
        """Return a JSON value as scripts may see it: without what the author's templates were filled with."""
        if not self._sent.withheld:
            return value
        if isinstance(value, str):
            for text, template in sorted(self._sent.withheld.items(), key=lambda item: -len(item[0])):
                for form in filter(None, (text, quote(text, safe=""), quote(text), text.lower())):
                    value = value.replace(form, template)
            return value
        if isinstance(value, dict):
            return {key: self.conceal(item) for key, item in value.items()}
        return [self.conceal(item) for item in value] if isinstance(value, list) else value

    def check(self, outgoing: OutgoingRequest) -> None:
        """Apply scripts' permissions to a request that a script influenced.

        Raises PermissionRefused for a file; hosts are checked hop by hop, as the client gets there.
        """
        hosts = self._policy.hosts if self._policy.hosts.restricted else None
        outgoing.fence = _Home(hosts, *_place(outgoing.url)) if self._sent.withheld else hosts
        if outgoing.fence is not None:
            outgoing.fenced = "hops" if self._url_touched else "redirects" if self._touched else "cookies"
        if isinstance(outgoing.body, FileBody):
            outgoing.body = self._fenced(outgoing.body)
        elif isinstance(outgoing.body, MultipartBody):
            outgoing.body = replace(outgoing.body, parts=tuple(map(self._part, outgoing.body.parts)))

    def check_seen(self) -> None:
        """Raise PermissionRefused for a file as body whose bytes a script must not be given."""
        for path, touched in self._files(_Hand(self._scopes)):
            if touched or self._file_touched:
                self._policy.check_file(path)
            else:
                self._policy.check_not_denied("read", path)

    def _files(self, hand: _Hand) -> Iterator[tuple[Path, bool]]:
        """Yield the files that the request will send, and whether a script influenced the path."""
        prepared = self._prepared
        if isinstance(prepared.data, FileBody):
            path = Authored(prepared.data.path)
            self._file_touched = self._file_touched or hand.is_in(path)
            yield prepared.base_dir / hand.text(path), self._file_touched
        for entry in _file_fields(prepared.data):
            value = entry.get("value")
            authored = value in self._own_values
            for path in value if isinstance(value, list) else [value] if value else []:
                file = prepared.base_dir / trim(to_string(hand.text(path)))
                yield file, not authored or hand.is_in(path)

    def _part(self, part: Part) -> Part:
        return replace(part, value=self._fenced(part.value)) if isinstance(part.value, FileBody) else part

    def _fenced(self, body: FileBody) -> FileBody:
        if body.path in self._own_files:
            return body
        root, real = self._policy.check_file(body.path)
        return FileBody(Path(real), Path(root))


@record(frozen=True)
class _Home:
    """The fence of a request that holds what is withheld from scripts: they must not lead it elsewhere.

    What `hosts` refuse is refused, too.
    """

    hosts: Fence | None
    host: str
    port: int

    @property
    def by_address(self) -> bool:
        """Whether addresses make a difference."""
        return self.hosts is not None and self.hosts.by_address

    def check_host(self, host: str, port: int) -> None:
        """Raise PermissionRefused for another host than the request's own."""
        if self.hosts is not None:
            self.hosts.check_host(host, port)
        if (host, port) != (self.host, self.port):
            raise PermissionRefused(
                "ERR_ACCESS_DENIED: this request would send environment variables that are hidden from "
                f'scripts to "{host}", and a script has influenced it '
                f"(see {option('--deny-env')} and {option('--allow-env')})"
            )

    async def check_address(self, host: str, address: str, port: int) -> None:
        """Raise PermissionRefused for an address that is out of reach."""
        if self.hosts is not None:
            await self.hosts.check_address(host, address, port)


def _place(url: str) -> tuple[str, int]:
    """Return the host and the port of a URL; no host if it is none, which the client says."""
    try:
        address = parse_url(url)
    except RequestError:
        return "", 0
    return address.host, address.port


class _Hand:
    """What scripts influenced, through variables; looked up only if it matters."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    @cached_property
    def _names(self) -> frozenset[str]:
        return self._scopes.touched_names()

    @cached_property
    def _variables(self) -> Mapping[str, Any]:
        return self._scopes.for_sending()

    def is_in(self, value: Any) -> bool:
        """Return whether a template in a JSON value leads to a variable that a script has set."""
        return bool(self._names) and depends_on(value, self._variables, self._names)

    def influences(self, value: Any) -> frozenset[str]:
        """Return the names of the variables set by scripts that templates in a JSON value lead to."""
        return dependencies(value, self._variables, self._names) if self._names else self._names

    def text(self, text: Any) -> Any:
        """Return a text with its templates resolved."""
        return interpolate(text, self._variables) if isinstance(text, str) and "{{" in text else text


def _file_fields(data: Any) -> list[Mapping[str, Any]]:
    """Return the fields of a multipart body that name files."""
    fields = [item for item in data if isinstance(item, Mapping)] if isinstance(data, list) else []
    return [item for item in fields if item.get("type") == "file"]
