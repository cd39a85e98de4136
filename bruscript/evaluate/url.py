"""URLs of requests: path parameters, encoding, and the scheme that may be missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from bruscript.errors import BruscriptError
from bruscript.evaluate.url_values import plain, protect
from bruscript.http.errors import RequestError
from bruscript.http.url import PATH_SAFE, parse_url
from bruscript.lang.js import to_string, trim

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_ORIGIN: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)?")
_ODATA: Final = re.compile(r"[A-Za-z0-9_.-]+\([^)]*\)")
_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ASCII: Final = re.compile(r"%(?!25)([0-7][0-9A-Fa-f])")
_COMPONENT_SAFE: Final = "!~*'()"


class InvalidUrlError(BruscriptError):
    """A request's URL, its templates resolved, is not a URL."""

    exit_code = 1


def with_scheme(url: str) -> str:
    """Return `url`, with `http://` before it if it has no scheme; `localhost:80` has none."""
    return url if _SCHEME.match(url) else f"http://{url}"


class PathParams:
    """The values for the `:name` parts of a path; of a name that repeats, the first counts.

    A parameter without a value, or disabled, leaves its name where it is.
    """

    def __init__(self, params: Iterable[Mapping[str, Any]]) -> None:
        self._values: dict[str, str | None] = {}
        self._expected: set[str] = set()
        for param in params:
            name = param.get("name")
            if isinstance(name, str) and name and name not in self._values:
                self._values[name] = _value(param)
                if param.get("enabled") is not False:
                    self._expected.add(name)
        self.unused = set(self._expected)
        """The enabled names that no segment has used so far."""

    def __bool__(self) -> bool:
        return bool(self._values)

    def fill(self, segment: str) -> str:
        """Put values into a segment of a path: `:id`, `:id.json`, `:id:verb`, or OData's `Items(:id)`."""
        if segment.startswith(":"):
            if name := self._spellings.get(segment[1:]):
                return self._take(name, segment)
            return self._names.sub(self._match, segment)
        return self._names.sub(self._match, segment) if _ODATA.fullmatch(segment) else segment

    @cached_property
    def _spellings(self) -> dict[str, str]:
        """The names as they are, and as a URL that was parsed has them."""
        return {quote(name, safe=PATH_SAFE, errors="replace"): name for name in self._values} | {
            name: name for name in self._values
        }

    @cached_property
    def _names(self) -> re.Pattern[str]:
        """The names where they are part of a segment; of two that fit, the longer one."""
        names = "|".join(map(re.escape, sorted(self._spellings, key=len, reverse=True)))
        return re.compile(rf":({names})(?!\w|%[89A-Fa-f])")

    def _match(self, match: re.Match[str]) -> str:
        return self._take(self._spellings[match[1]], match[0])

    def _take(self, name: str, otherwise: str) -> str:
        self.unused.discard(name)
        value = self._values.get(name)
        return otherwise if value is None else value


def with_path_params(url: str, params: PathParams) -> str:
    """Return `url` with the values of `params`, which go in as they are.

    The path is normalised: empty and dot segments vanish, credentials and fragment too. Raises
    InvalidUrlError.
    """
    if not url.startswith(("http://", "https://")):
        url = f"http://{url}"
    try:
        address = parse_url(url)
    except RequestError as error:
        raise InvalidUrlError(f"Invalid URL format: {error.message}") from None
    path, question, query = address.target.partition("?")
    return address.origin + _filled(path, params) + question + query


def encode_url(url: str, params: PathParams | None = None) -> str:
    """Percent-encode path segments, and names and values of the query, once; origin and `?` stay.

    What is encoded already stays as it is. Values of `params` stay inside of their segments, and values of
    templates (see `bruscript.evaluate.url_values`) inside of their places. `#` is data, except that with
    `params` the fragment is cut off and the path normalised, as by `with_path_params`.
    """
    before, question, query = url.partition("?")
    origin = _ORIGIN.match(before)
    assert origin is not None
    path = before[origin.end() :]
    if params:
        path, fragment, _ = path.partition("#")
        question, query = ("", "") if fragment else (question, query.partition("#")[0])
        path = _filled(path, params, protected=True)
    path = "/".join(map(_segment, path.split("/")))
    return origin[0] + path + question + "&".join(_pairs(query))


def _filled(path: str, params: PathParams, *, protected: bool = False) -> str:
    filled = []
    for segment in _segments(path):
        value = params.fill(segment)
        filled.append(protect(value) if protected and value != segment else value)
    trailing = "/" if path.rpartition("/")[2] in ("", ".", "..") else ""
    return "".join(f"/{segment}" for segment in filled) + trailing


def _segments(path: str) -> list[str]:
    """Return the segments of a path but for empty ones, `.` and what `..` takes back."""
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment and segment != ".":
            segments.append(segment)
    return segments


def _pairs(query: str) -> Iterator[str]:
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        if name:
            yield _once(name) + equals + _once(value)


def _value(param: Mapping[str, Any]) -> str | None:
    value = param.get("value")
    if param.get("enabled") is False or value is None or (isinstance(value, str) and not trim(value)):
        return None
    return to_string(value)


def _segment(text: str) -> str:
    """Return a segment of a path; escapes in it stay, those that need none are undone."""
    if "%" not in text:
        return quote(plain(text), safe=_COMPONENT_SAFE, errors="replace")
    try:
        if _ESCAPE.search(text):
            raise ValueError
        return quote(plain(unquote_to_bytes(text).decode("utf-8")), safe=_COMPONENT_SAFE, errors="replace")
    except ValueError:
        # It has an invalid escape: the others are decoded one by one, if each is a whole character.
        return _once(_ASCII.sub(lambda match: chr(int(match[1], 16)), text))


def _once(text: str) -> str:
    """Return a name or value of a query; escapes in it stay."""
    return quote(_ESCAPE.sub("%25", plain(text)), safe=_COMPONENT_SAFE + "%", errors="replace")
