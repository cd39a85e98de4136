"""URLs as the WHATWG URL standard reads them, which is how the reference turns them into requests.

What is parsed here is sent as it is: httpx would encode anew what the user has encoded already.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import field
from functools import lru_cache
from urllib.parse import quote, unquote, unquote_to_bytes

from bruscript.http.errors import RequestError
from bruscript.records import record
from bruscript.unicode import well_formed

_PORTS = {"http": 80, "https": 443}
_SLASHES = "/\\"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_ALWAYS_SAFE = "!$%&()*+,-./:;=@[]_|~\\"
PATH_SAFE = _ALWAYS_SAFE + "'^"
"""The characters that stay as they are in a path, besides letters and digits of ASCII."""
_QUERY_SAFE = _ALWAYS_SAFE + "?`{}^"
_CLEAN_PATH = re.compile(r"[A-Za-z0-9\^!$%&()*+,\-./:;=@\[\]_|~']*\Z")
_CLEAN_QUERY = re.compile(r"[A-Za-z0-9!$%&()*+,\-./:;=@\[\]_|~\\?`{}^]*\Z")
_DOTS = re.compile(r"/(?:\.|%2[eE]){1,2}(?=/|\Z)")
_FORBIDDEN_HOST = re.compile(r"[\x00-\x20#/:<>?@\[\\\]^|%\x7f]")
_IPV4_LIKE = re.compile(r"(?:.*\.)?(?:\d+|0[xX][0-9A-Fa-f]*)\.?\Z")


@record(frozen=True)
class Address:
    """An http or https URL, taken apart and normalised.

    `host` is ASCII, an IPv6 one in brackets; `port` is a number also where the URL names none. `target` is
    path and query as they go on the request line. The fragment is gone: it is never sent.
    """

    scheme: str
    host: str
    port: int
    target: str = field(repr=False)
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def netloc(self) -> str:
        """Host, and port where it is not the scheme's own: the `Host` header's value."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port (RFC 6454); two URLs with the same belong together."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def __str__(self) -> str:
        return self.origin + self.target


def parse_url(url: str) -> Address:
    """Take `url` apart as the WHATWG URL standard says; credentials in it come out decoded.

    Raises RequestError for anything but an http or https URL.
    """
    url = well_formed(url)
    text = _trimmed(url)
    match = _SCHEME.match(text)
    if not match:
        raise RequestError(
            f"Invalid URL: {_redacted_url(url)!r} has no scheme such as http://", "ERR_INVALID_URL"
        )
    scheme = match[1].lower()
    if scheme not in _PORTS:
        raise RequestError(
            f"Unsupported protocol {scheme}: in {_redacted_url(url)!r}; use http or https", "ERR_BAD_REQUEST"
        )
    rest, _, _ = text[match.end() :].lstrip("/\\").partition("#")
    before_query, question, query = rest.partition("?")
    authority, slash, path = before_query.replace("\\", "/").partition("/")
    credentials, _, hostport = authority.rpartition("@")
    username, _, password = credentials.partition(":")
    if not username:
        # As in Node a password without a user name is not sent.
        password = ""
    try:
        host, port = _kept_host_port(hostport, scheme)
    except RequestError:
        host, port = _host_port(hostport, scheme, _redacted_url(url))
    target = _path(slash + path)
    if question and query:
        target += "?" + (query if _CLEAN_QUERY.match(query) else quote(query, safe=_QUERY_SAFE))
    return Address(scheme, host, port, target, unquote(username), unquote(password))


def resolve(base: str, location: str) -> str:
    """Return the URL that a `Location` header of the response from `base` means, as the URL standard has it.

    Browsers and Node read it so: a backslash is a slash, and any two slashes or more begin a host
    (`http:///host`, `\\\\host`, `/\\host`). An invalid URL is left for `parse_url` to reject. Raises
    RequestError for such a `base`.
    """
    here = parse_url(base)
    rest = _trimmed(location)
    match = _SCHEME.match(rest)
    if match:
        scheme = match[1].lower()
        if scheme not in _PORTS:
            return rest
        rest = rest[match.end() :]
        if scheme != here.scheme:
            return f"{scheme}://{rest.lstrip(_SLASHES)}"
    begin = rest[:2].replace("\\", "/")
    if begin == "//":
        return f"{here.scheme}://{rest.lstrip(_SLASHES)}"
    if not begin or begin[0] == "#":
        return str(here)
    if begin[0] == "/":
        return here.origin + rest
    if begin[0] == "?":
        return here.origin + here.path + rest
    return f"{here.origin}{here.path.rpartition('/')[0]}/{rest}"


_BLANK = "".join(map(chr, range(33)))
_WITHOUT_BREAKS = str.maketrans("", "", "\t\n\r")


def _trimmed(url: str) -> str:
    return url.strip(_BLANK).translate(_WITHOUT_BREAKS)


def _redacted_url(url: str) -> str:
    """Return `url` for an error: without the query, where keys and tokens are, and without credentials.

    What makes it no URL may be a `/`, `?` or `#` in them: they are taken to reach as far as the last `@`.
    """
    return re.sub(r"\A(\w+://)?.*@", r"\1…@", url, flags=re.DOTALL).partition("?")[0]


def _path(path: str) -> str:
    if not _CLEAN_PATH.match(path):
        path = quote(path, safe=PATH_SAFE)
    if not _DOTS.search(path):
        return path or "/"
    segments: list[str] = []
    parts = path.split("/")[1:]
    for index, part in enumerate(parts):
        plain = part.replace("%2e", ".").replace("%2E", ".")
        last = index == len(parts) - 1
        if plain == "..":
            del segments[-1:]
        elif plain != ".":
            segments.append(part)
            continue
        if last:
            segments.append("")
    return "/" + "/".join(segments)


@lru_cache(256)
def _kept_host_port(hostport: str, scheme: str) -> tuple[str, int]:
    """As `_host_port`, once for each server."""
    return _host_port(hostport, scheme, "")


def _host_port(hostport: str, scheme: str, url: str) -> tuple[str, int]:
    host, colon, port_text = hostport.rpartition(":")
    if not colon or port_text.endswith("]") or (host.startswith("[") and "]" not in hostport):
        host, port_text = hostport, ""
    if port_text and not (port_text.isascii() and port_text.isdigit() and int(port_text) < 65536):
        if "…@" in url:
            # The supposed port may be the beginning of a password.
            raise RequestError(
                f"Invalid URL: {url!r} has no valid port",
                "ERR_INVALID_URL",
                hint="In credentials / ? # and @ are written as %2F %3F %23 and %40.",
            )
        raise RequestError(f"Invalid URL: {port_text!r} in {url!r} is not a valid port", "ERR_INVALID_URL")
    port = int(port_text) if port_text else _PORTS[scheme]
    return _host(host, url), port


def _host(host: str, url: str) -> str:
    if not host:
        raise RequestError(f"Invalid URL: {url!r} names no host", "ERR_INVALID_URL")
    try:
        if host.startswith("["):
            return _ipv6(host)
        name = unquote_to_bytes(host).decode("utf-8").lower()
        if not name.isascii():
            # Imported here: names outside ASCII are rare, and the tables are large.
            import idna

            # Browsers map names by UTS 46 and register more than IDNA 2008 allows: emoji, for one.
            mapped = idna.uts46_remap(name, std3_rules=False, transitional=False)
            name = ".".join([_label(label) for label in mapped.split(".")])
        if not name or _FORBIDDEN_HOST.search(name):
            raise ValueError(f"{name!r} has characters that no host name has")
        return _ipv4(name) if _IPV4_LIKE.match(name) else name
    except ValueError as error:
        raise RequestError(
            f"Invalid URL: the host of {url!r} is not valid: {error}", "ERR_INVALID_URL"
        ) from None


def _ipv6(host: str) -> str:
    try:
        if not host.endswith("]"):
            raise ValueError
        return f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
    except ValueError:
        raise ValueError(f"{host!r} is not an IPv6 address in brackets") from None


def _label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def _ipv4(name: str) -> str:
    """Read the short, octal and hexadecimal forms that browsers read too: `127.1` is `127.0.0.1`."""
    numbers = []
    for part in name.removesuffix(".").split("."):
        base = 16 if part[:2].lower() == "0x" else 8 if part.startswith("0") else 10
        numbers.append(int(part[2:] or "0", 16) if base == 16 else int(part, base))
    if len(numbers) > 4 or any(number > 255 for number in numbers[:-1]):
        raise ValueError("not an IPv4 address")
    value = numbers[-1]
    for index, number in enumerate(numbers[:-1]):
        value += number << (8 * (3 - index))
    return str(ipaddress.IPv4Address(value))
