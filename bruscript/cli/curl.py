"""`bruscript curl`."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import click

from bruscript.cli.run_options import Option, RunCommand
from bruscript.cli.single import options_of, request_at, run_options
from bruscript.errors import ArgumentError
from bruscript.masking.words import is_distinct, is_meaningless, stands_alone
from bruscript.report.output import StandardOutput
from bruscript.runner.by_hand import shell_variable

if TYPE_CHECKING:
    from bruscript.http import AuthConfig, OutgoingRequest
    from bruscript.masking import Mask
    from bruscript.runner.outgoing import Route

EXAMPLES = """Examples:
  bruscript curl users/list.bru --env local
  bruscript curl users/list.bru --reveal | sh
"""
_NO_WORD_BEFORE = re.compile(r"(?<![\w/])")
_NO_WORD_AFTER = re.compile(r"""(?!\w|=(?!=)|\\?["']\s?:|: |/)""")
"""Neither part of a word, nor a word of a path, nor the name of a field."""
_READ_BY_FORM = re.compile(r"\A[@<(=\s]|[;,\"\\]|\s\Z")
"""What `--form` would take for its own syntax in a value or a file name."""


class _Shell:
    """Quotes texts for a POSIX shell; secrets in them become variables, the rest is masked."""

    def __init__(self, secrets: dict[str, str], mask: Mask | None) -> None:
        self._mask = mask
        self._names: dict[str, str] = {}
        self._distinct: set[str] = set()
        for value, name in secrets.items():
            if is_meaningless(value):
                continue
            variable = shell_variable(name)
            self._names[value] = variable
            encodings = {
                quote_plus(value): "FORM_ENCODED",
                quote(value, safe=""): "PERCENT_ENCODED",
                _sent_path(value): "PATH_ENCODED",
                _sent_query(value): "ENCODED",
            }
            for encoded, suffix in encodings.items():
                self._names.setdefault(encoded, f"{variable}_{suffix}")
            if is_distinct(value):
                self._distinct.update((value, *encodings))
        self._longest_first = sorted(self._names, key=len, reverse=True)
        inside = map(re.escape, self._longest_first)
        self._inside = re.compile("|".join(inside)) if self._names else None
        self.used: dict[str, None] = {}
        self.masked = False
        """Whether the command has stars in place of a secret that no variable holds."""

    def word(self, text: str) -> str:
        if self._mask is None:
            return shlex.quote(text)
        if text in self._names:
            return self._reference(text)
        parts, at = [], 0
        for start, value in self._secrets_in(text):
            parts += [self._plain(text[at:start]), self._reference(value)]
            at = start + len(value)
        return "".join([*parts, self._plain(text[at:])]) or "''"

    def _secrets_in(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield the secrets in a text with their offsets: those that any text may have only as own words."""
        at = 0
        while self._inside is not None and (match := self._inside.search(text, at)):
            start = match.start()
            value = next((each for each in self._longest_first if self._is_at(start, each, text)), None)
            if value is not None:
                yield start, value
            at = start + (len(value) if value else 1)

    def _is_at(self, start: int, value: str, text: str) -> bool:
        end = start + len(value)
        return text.startswith(value, start) and (
            value in self._distinct
            or stands_alone(text, start, end)
            or bool(_NO_WORD_BEFORE.match(text, start) and _NO_WORD_AFTER.match(text, end))
        )

    def _reference(self, value: str) -> str:
        name = self._names[value]
        self.used[name] = None
        return f'"${{{name}}}"'

    def _plain(self, text: str) -> str:
        assert self._mask is not None
        masked = self._mask.mask(text)
        self.masked = self.masked or masked != text
        return shlex.quote(masked) if text else ""


def curl(*, file: str, reveal: bool, row: int | None, **params: Any) -> int:
    """Print the curl command that sends the same request.

    Secrets are variables of the shell, unless --reveal. Scripts do not run, and neither the request nor one
    for a token is sent. A proxy auto-config file and a secret manager's secrets are fetched if needed.
    """
    from bruscript.cli import curl_auth
    from bruscript.runner.outgoing import rehearse
    from bruscript.terminal import plain

    if params.pop("app"):
        raise ArgumentError(
            "--app: curl cannot reach an application in this process",
            hint="Use `bruscript send`, which takes --app.",
        )
    collection, request = request_at(file)
    if row is not None and not (params["csv_file_path"] or params["json_file_path"]):
        raise ArgumentError("--row needs a data file", hint="Add --csv-file-path or --json-file-path.")
    rehearsed = rehearse(collection, request, options_of(params, collection, request), row=row)
    shell = _Shell({} if reveal else rehearsed.secrets, None if reveal else rehearsed.mask)
    options = list(_options(rehearsed.outgoing, rehearsed.route, shell, insecure=bool(params["insecure"])))
    notes = [f"Warning: {rehearsed.mask.mask(text, prose=True)}" for text in rehearsed.warnings]
    notes += [*curl_auth.notes(rehearsed.outgoing), *_redirect_notes(rehearsed.outgoing)]
    if rehearsed.outgoing.method == "HEAD" and rehearsed.outgoing.body:
        notes.append("curl sends no body with HEAD, so the command lacks it.")
    if rehearsed.has_scripts:
        notes.append("Pre-request scripts did not run, so the command lacks their changes.")
    if shell.used:
        notes.append(f"Set these variables first: {', '.join(shell.used)} (or use --reveal).")
    if any(name.endswith("ENCODED") for name in shell.used):
        notes.append("A variable called …_ENCODED has its value as it goes into a URL or a form.")
    if shell.masked:
        notes.append("******** stands for a secret that is not a variable's value (--reveal prints it).")
    for note in notes:
        print(f"# {plain(note)}", file=sys.stderr)
    StandardOutput().write(" \\\n  ".join([f"curl {options[0]}", *options[1:]]) + "\n")
    return 0


def _options(request: OutgoingRequest, route: Route, shell: _Shell, *, insecure: bool) -> Iterator[str]:
    from bruscript.cli import curl_auth, curl_connection
    from bruscript.http import MultipartBody
    from bruscript.http.headers import ACCEPT

    auth = request.auth
    url, host = _sent(request.url, auth)
    # Brackets and braces in the URL mean themselves.
    target = f"--globoff {shell.word(url)}{curl_auth.url_suffix(auth, url, shell)}"
    yield " ".join(filter(None, [_method(request, shell), target]))
    if request.header("accept") is None:
        yield f"--header {shell.word('Accept:' if 'accept' in request.omit_headers else f'Accept: {ACCEPT}')}"
    for name, value in curl_auth.headers(request):
        # curl completes the type with the boundary that it chooses.
        if isinstance(request.body, MultipartBody) and name.lower() == "content-type":
            continue
        yield f"--header {shell.word(f'{name}: {value}' if value else f'{name};')}"
    yield from curl_auth.options(auth, host, shell)
    yield from _body(request, shell)
    if request.follow_redirects and request.max_redirects:
        trusted = "-trusted" if request.forward_authorization else ""
        yield f"--location{trusted} --max-redirs {request.max_redirects}"
    if request.timeout_ms:
        yield f"--max-time {request.timeout_ms / 1000:g}"
    yield from curl_connection.options(route, shell)
    if insecure:
        yield "--insecure"
    yield "--compressed"


def _method(request: OutgoingRequest, shell: _Shell) -> str:
    """Return the option for the method; none for the method that curl takes by itself.

    A method that an option names is sent again after every redirect.
    """
    if request.method == "HEAD":
        # Of another HEAD curl would wait for a body.
        return "--head"
    if request.method == ("POST" if _has_data(request) else "GET"):
        return ""
    return f"--request {shell.word(request.method)}"


def _has_data(request: OutgoingRequest) -> bool:
    return bool(request.body) or request.method == "POST"


def _redirect_notes(request: OutgoingRequest) -> Iterator[str]:
    """Yield what the command does differently when it is redirected."""
    if not (request.follow_redirects and request.max_redirects):
        return
    if request.method not in ("GET", "HEAD", "POST") or (request.method == "GET" and request.body):
        yield (
            f"Redirected by 301, 302 or 303, a run goes on with a GET; the command sends {request.method} "
            "again (curl 8.16 and above: put --follow in place of --location)."
        )


def _sent(url: str, auth: AuthConfig) -> tuple[str, str]:
    """Return the URL as it goes over the wire, and its host: curl refuses blanks, and encodes nothing."""
    from bruscript.cli import curl_auth
    from bruscript.http import RequestError
    from bruscript.http.url import parse_url

    try:
        address = parse_url(url)
    except RequestError:
        return url, ""
    credentials = ""
    if not curl_auth.replaces_authorization(auth):
        credentials = _credentials(address.username, address.password)
    elif curl_auth.in_url(auth):
        credentials = _credentials(*curl_auth.user_of(auth))
    target = curl_auth.with_key(auth, address.target)
    return f"{address.scheme}://{credentials}{address.netloc}{target}", address.host


def _credentials(username: str, password: str) -> str:
    if not username:
        return ""
    return f"{quote(username, safe='')}{':' + quote(password, safe='') if password else ''}@"


def _sent_query(value: str) -> str:
    """Return a value as it goes over the wire in a query."""
    from bruscript.http.url import parse_url

    return parse_url(f"http://h/?{value}").target.partition("?")[2]


def _sent_path(value: str) -> str:
    """Return a value as it goes over the wire in a path."""
    from bruscript.http.url import parse_url

    # Dots alone would be taken for a parent directory.
    return parse_url(f"http://h/-{value.replace('?', '%3F').replace('#', '%23')}").target[2:]


def _form_word(text: str) -> str:
    """Return a value or a file name for `--form`, quoted where it has the option's own syntax in it."""
    if not _READ_BY_FORM.search(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _body(request: OutgoingRequest, shell: _Shell) -> Iterator[str]:
    from bruscript.http import FileBody, MultipartBody
    from bruscript.http.headers import BODILESS

    body = request.body
    if request.method == "HEAD":
        return
    if not body:
        if request.method == "POST":
            yield "--data-raw ''"
            yield from _without_type(request)
        elif request.method not in BODILESS:
            yield "--header 'Content-Length: 0'"
    elif isinstance(body, bytes):
        yield f"--data-raw {shell.word(body.decode('utf-8', 'replace'))}"
        yield from _without_type(request)
    elif isinstance(body, FileBody):
        yield f"--data-binary {shell.word(f'@{body.path}')}"
        yield from _without_type(request)
    elif isinstance(body, MultipartBody):
        for part in body.parts:
            kind = f";type={part.content_type}" if part.content_type else ""
            if isinstance(part.value, FileBody):
                yield f"--form {shell.word(f'{part.name}=@{_form_word(str(part.value.path))}{kind}')}"
                continue
            value = part.value if isinstance(part.value, str) else part.value.decode("utf-8", "replace")
            option, value = ("--form", _form_word(value)) if kind else ("--form-string", value)
            yield f"{option} {shell.word(f'{part.name}={value}{kind}')}"


def _without_type(request: OutgoingRequest) -> Iterator[str]:
    """Yield what keeps curl from calling a body a form where a run sends no content type."""
    from bruscript.http.headers import FORM_METHODS

    sends_default = request.method in FORM_METHODS and "content-type" not in request.omit_headers
    if request.header("content-type") is None and not sends_default:
        yield "--header 'Content-Type:'"


def _data_file(name: str, **settings: Any) -> Option:
    return Option([name], section="Data files", **settings)


command = RunCommand(
    "curl",
    callback=curl,
    params=[
        click.Argument(["file"], type=click.Path(), metavar="FILE"),
        click.Option(["--reveal"], is_flag=True, help="Print secrets as they are."),
        _data_file("--csv-file-path", metavar="FILE", help="Use the values of one row of a CSV file."),
        _data_file("--json-file-path", metavar="FILE", help="Use the values of one object of a JSON file."),
        _data_file("--row", metavar="N", type=click.IntRange(min=1), help="Which one, from 1 (default: 1)."),
        click.Option(["--app"], hidden=True),
        *run_options(names=frozenset({"--app"})),
    ],
    help=curl.__doc__,
    epilog=EXAMPLES,
)
