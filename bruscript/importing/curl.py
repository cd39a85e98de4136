"""A request from a curl command."""

from __future__ import annotations

import re
from dataclasses import field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from bruscript.errors import ArgumentError, BruscriptError
from bruscript.files import read_file
from bruscript.importing.curl_body import Body, file_body, form_entry
from bruscript.importing.curl_options import Option, read_options
from bruscript.importing.curl_words import split_words
from bruscript.records import record

_REDIRECTS: Final = 50
"""How many redirects `-L` follows at most."""
_UNLIMITED: Final = 1_000_000
"""For `--max-redirs -1`."""
_FLAGS: Final = ("basic", "digest", "ntlm", "get", "head")
_OUTPUT: Final = frozenset(
    (
        *("output", "write-out", "dump-header", "silent", "show-error", "verbose", "include", "remote-name"),
        *(
            "remote-header-name",
            "no-buffer",
            "progress-bar",
            "no-progress-meter",
            "output-dir",
            "create-dirs",
        ),
        *("stderr", "trace", "trace-ascii", "styled-output", "fail", "fail-with-body", "fail-early", "raw"),
        # Things that the client does anyway, or cannot change.
        *("compressed", "globoff", "path-as-is", "disable", "keepalive", "tcp-nodelay", "parallel"),
    )
)
"""Options that do not change the request."""

_INSTEAD: Final = {
    "insecure": "run with --insecure",
    "proxy": "run with HTTPS_PROXY set, or set the collection's proxy",
    "proxy-user": "it belongs to the collection's proxy",
    "cert": "run with --client-cert-config",
    "key": "run with --client-cert-config",
    "cacert": "run with --cacert",
    "cookie-jar": "a run keeps cookies automatically",
    "next": "import the command behind it separately",
    "retry": "run with --retries",
}


@record
class CurlRequest:
    """A request in the app's JSON, and notes on parts of the command that it lacks."""

    item: dict[str, Any]
    notes: list[str] = field(default_factory=list)


def request_of(command: str, name: str | None = None, directory: Path = Path()) -> CurlRequest:
    """Return the request that a curl command sends; `name` is its name in place of one made of the URL.

    Files that the command names are relative to `directory`. Raises BruscriptError.
    """
    words = split_words(re.sub(r"\A\s*[$>%]\s+", "", command))
    program = re.split(r"[/\\]", words.words[0])[-1].lower() if words.words else ""
    if program not in ("curl", "curl.exe"):
        raise ArgumentError(
            f"{words.words[0]!r} is not curl" if words.words else "The command is empty",
            hint="Pass a whole command in quotes: bruscript import curl 'curl https://example.com'",
        )
    parsed_command = _Command(directory)
    for option in read_options(words.words[1:]):
        parsed_command.take(option)
    if words.variables:
        parsed_command.notes.append(f"Set the variables that the shell had: {', '.join(words.variables)}")
    if words.substitutes:
        parsed_command.notes.append("$(…) is not run: put its output in its place")
    if words.rest:
        parsed_command.notes.append(f"Left out: {words.rest}")
    return CurlRequest(parsed_command.item(name), parsed_command.notes)


class _Command:
    """The request that a command's options describe."""

    def __init__(self, directory: Path) -> None:
        self.notes: list[str] = []
        self._directory = directory
        self._urls: list[str] = []
        self._method: str | None = None
        self._headers: list[dict[str, Any]] = []
        self._cookies: list[str] = []
        self._body = Body(self._read)
        self._form: list[dict[str, Any]] = []
        self._query: list[str] = []
        self._file: str | None = None
        self._user: str | None = None
        self._bearer: str | None = None
        self._aws: str | None = None
        self._flags: set[str] = set()
        self._settings: dict[str, Any] = {"encodeUrl": False, "followRedirects": False}

    def take(self, option: Option) -> None:
        """Add an option."""
        name, value = option
        handler = getattr(self, f"_take_{name.replace('-', '_')}", None)
        if name.startswith("data") or name == "json":
            self._body.add(name, value or "")
        elif name in _FLAGS:
            self._flags.add(name)
        elif handler is not None:
            handler(value)
        elif name not in _OUTPUT and name.removeprefix("no-") not in _OUTPUT:
            instead = _INSTEAD.get(name)
            self.notes.append(f"--{name} is left out" + (f": {instead}" if instead else ""))

    def _take_url(self, value: str) -> None:
        self._urls.append(value)

    def _take_request(self, value: str) -> None:
        self._method = value

    def _take_header(self, value: str) -> None:
        if value.startswith("@"):
            for line in self._read(value[1:]).decode("utf-8", "replace").splitlines():
                if line.strip():
                    self._take_header(line.strip())
            return
        name, colon, content = value.partition(":")
        if not colon and value.rstrip().endswith(";"):
            self._header(value.rstrip()[:-1], "")
        elif not colon:
            self.notes.append(f"-H {value} is left out: it is not a header")
        elif not content.strip():
            self.notes.append(f"-H '{value}' is left out: curl's default headers cannot be removed")
        else:
            self._header(name.strip(), content.strip())

    def _header(self, name: str, value: str) -> None:
        self._headers.append({"name": name, "value": value, "enabled": True})

    def _take_user_agent(self, value: str) -> None:
        self._header("User-Agent", value)

    def _take_referer(self, value: str) -> None:
        if address := value.removesuffix(";auto"):
            self._header("Referer", address)

    def _take_range(self, value: str) -> None:
        self._header("Range", f"bytes={value}")

    def _take_cookie(self, value: str) -> None:
        if "=" in value:
            self._cookies.append(value.strip())
        else:
            self.notes.append(f"-b {value} is left out: cookies are not read from files")

    def _take_user(self, value: str) -> None:
        self._user = value

    def _take_oauth2_bearer(self, value: str) -> None:
        self._bearer = value

    def _take_aws_sigv4(self, value: str) -> None:
        self._aws = value

    def _take_form(self, value: str) -> None:
        self._form.append(form_entry(value, self._read, self.notes))

    def _take_form_string(self, value: str) -> None:
        self._form.append(form_entry(value, None, self.notes))

    def _take_upload_file(self, value: str) -> None:
        self._file = value

    def _take_url_query(self, value: str) -> None:
        body = Body(self._read)
        self._query.append(value[1:] if value.startswith("+") else body.urlencoded(value))

    def _take_location(self, _: None) -> None:
        self._settings["followRedirects"] = True
        self._settings.setdefault("forwardAuthorizationHeader", False)

    def _take_no_location(self, _: None) -> None:
        self._settings["followRedirects"] = False

    def _take_location_trusted(self, _: None) -> None:
        self._settings |= {"followRedirects": True, "forwardAuthorizationHeader": True}

    def _take_no_location_trusted(self, _: None) -> None:
        self._settings |= {"followRedirects": False, "forwardAuthorizationHeader": False}

    def _take_max_redirs(self, value: str) -> None:
        try:
            number = int(value)
        except ValueError:
            raise ArgumentError(f"--max-redirs {value} is not a number") from None
        self._settings["maxRedirects"] = number if number >= 0 else _UNLIMITED

    def _take_max_time(self, value: str) -> None:
        try:
            self._settings["timeout"] = round(float(value) * 1000)
        except (ValueError, OverflowError):
            raise ArgumentError(f"--max-time {value} is not a number of seconds") from None

    def _read(self, name: str) -> bytes:
        if name == "-":
            raise ArgumentError("The command reads its standard input, which an import does not have")
        try:
            return read_file(self._directory / name)
        except OSError as error:
            raise BruscriptError(f"Cannot read {name}: {error.strerror}") from None

    def item(self, name: str | None) -> dict[str, Any]:
        """Return the request. Raises BruscriptError where the command has no URL."""
        if not self._urls:
            raise ArgumentError("The command has no URL")
        if len(self._urls) > 1:
            self.notes.append(f"Only the first URL is imported; left out: {', '.join(self._urls[1:])}")
        url = self._url()
        body, method = self._payload()
        if self._cookies:
            self._header("Cookie", "; ".join(self._cookies))
        if self._settings["followRedirects"]:
            self._settings.setdefault("maxRedirects", _REDIRECTS)
        method = (self._method or method).upper() if (self._method or method).isascii() else method
        return {
            "type": "http-request",
            "name": name or _name(method, url),
            "seq": 1,
            "settings": self._settings,
            "request": {
                "method": method,
                "url": url,
                "headers": self._headers,
                "params": _params(url),
                "auth": self._auth(),
                "body": body,
            },
        }

    def _url(self) -> str:
        url = self._urls[0]
        if "://" not in url and not url.startswith("{{"):
            url = f"http://{url}"
        scheme, separator, rest = url.partition("://")
        authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
        if separator and "@" in authority:
            account, _, _ = authority.rpartition("@")
            self._user = self._user if self._user is not None else unquote(account)
            url = f"{scheme}://{rest[len(account) + 1 :]}"
        if self._file is not None:
            url = _with_file_name(url, self._file)
        query = [*self._query, *([self._body.text()] if "get" in self._flags and self._body else [])]
        if query := [part for part in query if part]:
            bare, hash_, fragment = url.partition("#")
            joint = "" if bare.endswith(("?", "&")) else "&" if "?" in bare else "?"
            if joint == "?" and "/" not in bare.partition("://")[2]:
                bare += "/"
            url = f"{bare}{joint}{'&'.join(query)}{hash_}{fragment}"
        return url

    def _payload(self) -> tuple[dict[str, Any], str]:
        """Return the body and the method that goes with it."""
        if self._file is not None:
            return file_body(self._file, self._headers), "PUT"
        if "head" in self._flags:
            return {"mode": "none"}, "HEAD"
        if self._form:
            if self._body:
                raise ArgumentError("-d and -F cannot be used together")
            return {"mode": "multipartForm", "multipartForm": self._form}, "POST"
        if not self._body or "get" in self._flags:
            return {"mode": "none"}, "GET"
        return self._body.json(self._headers), "POST"

    def _auth(self) -> dict[str, Any]:
        if self._bearer is not None:
            return {"mode": "bearer", "bearer": {"token": self._bearer}}
        if self._user is None:
            return {"mode": "none"}
        name, colon, password = self._user.partition(":")
        if self._aws is not None:
            region, service = [*self._aws.split(":"), "", "", "", ""][2:4]
            keys = {"accessKeyId": name, "secretAccessKey": password, "sessionToken": "", "profileName": ""}
            return {"mode": "awsv4", "awsv4": {**keys, "service": service, "region": region}}
        if not colon:
            self.notes.append("curl asks for the password of -u: set it in the file")
        account = {"username": name, "password": password}
        if "ntlm" in self._flags:
            domain, slash, user = name.rpartition("\\")
            return {
                "mode": "ntlm",
                "ntlm": {**account, "username": user if slash else name, "domain": domain},
            }
        mode = "digest" if "digest" in self._flags else "basic"
        return {"mode": mode, mode: account}


def _params(url: str) -> list[dict[str, Any]]:
    """Return the query as the app lists it: as in the URL."""
    query = url.partition("#")[0].partition("?")[2]
    pairs = [part.partition("=") for part in query.split("&")]
    # A part without a name stays in the URL alone.
    return [
        {"name": name, "value": value, "type": "query", "enabled": True} for name, _, value in pairs if name
    ]


def _with_file_name(url: str, file: str) -> str:
    """Return the URL of an upload as curl completes it: one that names no file gets the name of this one."""
    match = re.match(r"(?P<authority>[^/?#]*//[^/?#]*)?(?P<path>[^?#]*)", url)
    assert match is not None
    name = file.rpartition("/")[2]
    if file in ("-", ".") or (match["path"] and not match["path"].endswith("/")):
        return url
    slash = "" if match["path"] else "/"
    return f"{url[: match.end()]}{slash}{quote(name)}{url[match.end() :]}"


def _name(method: str, url: str) -> str:
    """Return a name for a request: the last parts of its URL that say something."""
    try:
        parts = urlsplit(url.partition("?")[0].partition("#")[0])
    except ValueError:
        return method
    path = "/".join(part for part in unquote(parts.path).split("/") if part)
    return f"{method} {path or parts.netloc or url}"[:80].strip()
