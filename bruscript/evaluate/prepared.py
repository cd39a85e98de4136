"""A request as scripts see and change it before and after it is sent."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from bruscript.evaluate.body import BodyError
from bruscript.evaluate.provenance import authored, retained
from bruscript.files import read_file
from bruscript.http.request import AuthConfig, FileBody
from bruscript.records import record

_STATE_KEYS: Final = {
    "method": "method",
    "url": "url",
    "headers": "headers",
    "disabledHeaders": "disabled_headers",
    "data": "data",
    "name": "name",
    "pathParams": "path_params",
    "tags": "tags",
    "settings": "settings",
    "timeout": "timeout",
    "maxRedirects": "max_redirects",
    "mode": "mode",
    "pathname": "pathname",
    "apiKeyHeaderName": "api_key_header_name",
    "headersToDelete": "headers_to_delete",
    "disableParsingResponseJson": "disable_parsing_response_json",
}
_MOST_READ: Final = 20 << 20
_READ_ONLY: Final = frozenset({"name", "tags", "mode", "pathname", "settings"})


@record
class PreparedRequest:
    """A request merged with what it inherits. `resolve` resolves its templates in place.

    `data` is the body: a text, the fields of a form, query and variables of GraphQL, a file, bytes, or
    whatever JSON value a script set; None is none. A header whose value is None keeps a default of that name
    from being sent. `timeout` is in milliseconds, None where no script set one. `script_texts` is what
    prompts are looked for in. `authored_url` is the URL as its author wrote it; `changed` says whether a
    script has changed anything, and `marked` whether the author's texts are marked. `withheld` has
    the values withheld from scripts that were filled in, each with its template.
    """

    name: str
    method: str
    url: str = field(repr=False)
    headers: dict[str, Any] = field(default_factory=dict, repr=False)
    disabled_headers: list[dict[str, Any]] = field(default_factory=list, repr=False)
    data: Any = field(default=None, repr=False)
    mode: str = "none"
    path_params: list[dict[str, Any]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    timeout: int | float | None = None
    max_redirects: int | float | None = None
    headers_to_delete: list[str] = field(default_factory=list)
    auth: AuthConfig = field(default_factory=AuthConfig)
    pathname: str = ""
    api_key_header_name: str | None = None
    disable_parsing_response_json: bool = False
    base_dir: Path = field(default_factory=Path)
    placed_auth: tuple[str, Any] | None = field(default=None, repr=False)
    script_texts: tuple[str, ...] = field(default=(), repr=False)
    authored_url: str = field(default="", repr=False)
    changed: bool = False
    marked: bool = False
    withheld: dict[str, str] = field(default_factory=dict, repr=False)

    def mark_authored(self) -> None:
        """Mark every text as its author's; texts that scripts set from now on are not marked."""
        self.marked = True
        for name in ("url", "headers", "data", "path_params"):
            setattr(self, name, authored(getattr(self, name)))
        self.auth.config = authored(self.auth.config)

    def to_state(self) -> dict[str, Any]:
        """Return the request as the sandbox takes it.

        A file or bytes as body are asked for, see `body_bytes`.
        """
        state = {key: getattr(self, name) for key, name in _STATE_KEYS.items()}
        if isinstance(self.data, (FileBody, bytes)):
            state |= {"data": None, "bodyElsewhere": True}
        return {**state, "authMode": self.auth.mode, "auth": self.auth.config}

    def body_bytes(self) -> bytes | None:
        """Return the body that `to_state` leaves out, for a script that reads it; None if it is too long.

        Raises BodyError for a file that cannot be read.
        """
        if isinstance(self.data, bytes):
            return self.data
        if not isinstance(self.data, FileBody):
            return None
        path = self.base_dir / self.data.path
        try:
            return read_file(path) if path.stat().st_size <= _MOST_READ else None
        except OSError as error:
            raise BodyError(f"Cannot read {path} for the request's body: {error.strerror}") from None

    def apply_state(self, state: dict[str, Any]) -> None:
        """Take over the request as scripts left it."""
        self.changed = True
        for key, name in _STATE_KEYS.items():
            if key not in state or key in _READ_ONLY:
                continue
            value = state[key]
            if key == "data" and value is None and isinstance(self.data, (FileBody, bytes)):
                continue
            setattr(self, name, retained(getattr(self, name), value) if self.marked else value)
        if "dataBase64" in state:
            self.data = b64decode(state["dataBase64"])
        self.method = str(self.method)
        self.url = self.url if isinstance(self.url, str) else str(self.url)
        self.headers = dict(self.headers) if isinstance(self.headers, dict) else {}
        self.headers_to_delete = [str(name) for name in self.headers_to_delete or ()]

    def set_header(self, name: str, value: str) -> None:
        """Set the header, under its existing name if it has one."""
        lower = name.lower()
        self.headers[next((key for key in self.headers if key.lower() == lower), name)] = value

    def to_report(self) -> dict[str, Any]:
        """Method, URL, headers and body, if there is one, under the keys of the JSON report."""
        data = self.data
        if isinstance(data, FileBody):
            data = str(data.path)
        elif isinstance(data, bytes):
            data = data.decode("utf-8", "replace")
        report = {"method": self.method, "url": self.url, "headers": dict(self.headers)}
        return report if data is None else {**report, "data": data}
