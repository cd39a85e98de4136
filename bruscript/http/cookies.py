"""Cookies by RFC 6265, kept for a run and open to its scripts."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from datetime import datetime, timezone
from ipaddress import ip_address
from typing import Any

from bruscript.http.url import Address, parse_url
from bruscript.records import record

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE_DELIMITERS = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_CLOCK = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|\Z)")
_FOREVER = float("inf")
# The end of the year 9999, which is as far as dates go here.
_LAST_MOMENT = 253402300799.0


@record
class Cookie:
    """One cookie. `expires` is seconds since 1970, infinite for a cookie of the session (of the run).

    `max_age`, in seconds, is the source of `expires` if it was set; scripts may read it.
    """

    name: str
    value: str = field(repr=False)
    domain: str
    path: str = "/"
    expires: float = _FOREVER
    secure: bool = False
    http_only: bool = False
    host_only: bool = True
    same_site: str | None = None
    max_age: float | None = None
    created: float = field(default_factory=time.time)

    @property
    def pair(self) -> str:
        """Return `name=value`, as in the `Cookie` header; only the value if there is no name."""
        return f"{self.name}={self.value}" if self.name else self.value

    def to_json(self) -> dict[str, Any]:
        """Return the cookie for scripts: key, value, domain, path, expires (ISO 8601), flags, maxAge."""
        session = self.expires == _FOREVER
        age = {} if self.max_age is None else {"maxAge": self.max_age}
        return {
            "key": self.name,
            "value": self.value,
            "expires": None if session else _iso(self.expires),
            "domain": self.domain,
            "path": self.path,
            "secure": self.secure,
            "httpOnly": self.http_only,
            "hostOnly": self.host_only,
            "sameSite": self.same_site,
            "creation": _iso(self.created),
            **age,
        }


class CookieJar:
    """The cookies of a run. A refused cookie raises nothing: it is not kept."""

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, str, str], Cookie] = {}
        self._touched: set[str] = set()

    def __len__(self) -> int:
        return len(self._cookies)

    def __iter__(self) -> Iterator[Cookie]:
        return iter(list(self._cookies.values()))

    @contextmanager
    def touching(self) -> Iterator[None]:
        """Note whose cookies change meanwhile: a script put them in, removed them, or had a server do so."""
        before = {key: cookie.value for key, cookie in self._cookies.items()}
        yield
        after = {key: cookie.value for key, cookie in self._cookies.items()}
        self._touched |= {key[0] for key, _ in before.items() ^ after.items()}

    def is_touched(self, address: Address) -> bool:
        """Return whether a request to `address` carries, or lacks, a cookie because of a script."""
        host = address.host.strip("[]")
        return any(_domain_matches(host, domain) for domain in self._touched)

    def store(self, url: str, header: str) -> Cookie | None:
        """Store the cookie of one `Set-Cookie` header of a response from `url` (RFC 6265, 5.2 and 5.3)."""
        pair, *attributes = header.split(";")
        name, equals, value = pair.partition("=")
        if not equals:
            name, value = "", pair
        name, value = name.strip(), value.strip()
        if not name and not value:
            return None
        by_key: dict[str, str] = {}
        for attribute in attributes:
            key, _, text = attribute.partition("=")
            key, text = key.strip().lower(), text.strip()
            # An invalid value is ignored, not the one before it.
            if not (key == "max-age" and not re.fullmatch(r"-?\d+", text)) and not (
                key == "expires" and _cookie_date(text) == _FOREVER
            ):
                by_key[key] = text
        expires = _cookie_date(by_key["expires"]) if "expires" in by_key else _FOREVER
        max_age = min(float(by_key["max-age"]), _LAST_MOMENT) if "max-age" in by_key else None
        if max_age is not None:
            expires = _after(max_age)
        return self._keep(
            url,
            Cookie(
                name=name,
                value=value,
                domain=by_key.get("domain", ""),
                path=by_key.get("path", ""),
                expires=expires,
                secure="secure" in by_key,
                http_only="httponly" in by_key,
                same_site=by_key.get("samesite", "").lower() or None,
                max_age=max_age,
            ),
        )

    def header_for(self, url: str | Address) -> str:
        """Return the `Cookie` header's value for a request to `url`; "" where no cookie belongs there."""
        return "; ".join([cookie.pair for cookie in self.matching(url)]) if self._cookies else ""

    def matching(self, url: str | Address) -> list[Cookie]:
        """Return the cookies for a request to `url`, longest path and oldest first (RFC 6265, 5.4)."""
        address = parse_url(url) if isinstance(url, str) else url
        now = time.time()
        for key in [key for key, cookie in self._cookies.items() if cookie.expires <= now]:
            del self._cookies[key]
        host, path = address.host.strip("[]"), address.path
        trusted = _is_trusted(address)
        cookies = [
            cookie
            for cookie in self._cookies.values()
            if (host == cookie.domain or (not cookie.host_only and _domain_matches(host, cookie.domain)))
            and _path_matches(path, cookie.path)
            and (trusted or not cookie.secure)
        ]
        return sorted(cookies, key=lambda cookie: (-len(cookie.path), cookie.created))

    def all(self, url: str) -> list[dict[str, Any]]:
        """Return the cookies for `url`, as `Cookie.to_json` gives them."""
        return [cookie.to_json() for cookie in self.matching(url)]

    def get(self, url: str, name: str) -> dict[str, Any] | None:
        """Return the cookie `name` for `url`, or None."""
        return next((cookie.to_json() for cookie in self.matching(url) if cookie.name == name), None)

    def set(self, url: str, cookie: Mapping[str, Any]) -> None:
        """Keep a cookie that a script made: key (or name), value, and any of domain, path, expires, maxAge,
        secure, httpOnly, sameSite. Without a domain it is for the URL's host and those below it.
        """
        name = str(cookie.get("key") or cookie.get("name") or "")
        domain = "" if name.startswith("__Host-") else parse_url(url).host.strip("[]")
        requested_age = cookie.get("maxAge")
        max_age = (
            requested_age
            if isinstance(requested_age, (int, float)) and not isinstance(requested_age, bool)
            else None
        )
        expires = _script_date(cookie.get("expires")) if max_age is None else _after(max_age)
        self._keep(
            url,
            Cookie(
                name=name,
                value=str(cookie.get("value") if cookie.get("value") is not None else ""),
                domain=str(cookie.get("domain") or domain),
                path=str(cookie.get("path") or ""),
                expires=expires,
                secure=bool(cookie.get("secure")),
                http_only=bool(cookie.get("httpOnly")),
                same_site=cookie.get("sameSite"),
                max_age=max_age,
            ),
        )

    def delete(self, url: str, name: str) -> None:
        """Forget the cookie `name` for `url`: the one whose path is the URL's, else the most specific."""
        cookies = [cookie for cookie in self.matching(url) if cookie.name == name]
        path = parse_url(url).path
        cookie_to_delete = next(
            (cookie for cookie in cookies if cookie.path == path), cookies[0] if cookies else None
        )
        if cookie_to_delete:
            del self._cookies[cookie_to_delete.domain, cookie_to_delete.path, cookie_to_delete.name]

    def delete_all(self, url: str) -> None:
        """Forget every cookie that a request to `url` would carry."""
        for cookie in self.matching(url):
            del self._cookies[cookie.domain, cookie.path, cookie.name]

    def clear(self) -> None:
        """Forget every cookie."""
        self._cookies.clear()

    def _keep(self, url: str, cookie: Cookie) -> Cookie | None:
        address = parse_url(url)
        host = address.host.strip("[]")
        domain = cookie.domain.lower().removeprefix(".")
        if not cookie.path.startswith("/"):
            cookie.path = _default_path(address.path)
        # A name without a dot is a registry's, whose cookies would go to all its sites.
        if domain and domain != host and ("." not in domain or not _domain_matches(host, domain)):
            return None
        cookie.domain, cookie.host_only = domain or host, not domain
        # RFC 6265bis: a cookie that is for TLS may be made over TLS only.
        if cookie.secure and not _is_trusted(address):
            return None
        if cookie.name.startswith("__Secure-") and not cookie.secure:
            return None
        if cookie.name.startswith("__Host-") and not (
            cookie.secure and cookie.host_only and cookie.path == "/"
        ):
            return None
        key = (cookie.domain, cookie.path, cookie.name)
        old = self._cookies.pop(key, None)
        if cookie.expires <= time.time():
            return None
        if old:
            cookie.created = old.created
        self._cookies[key] = cookie
        return cookie


def merge_cookies(own: str, stored: str) -> str:
    """Return the user's own `Cookie` header with the jar's cookies; of two with one name the jar's counts."""
    pairs: dict[str, str] = {}
    for piece in f"{own};{stored}".split(";"):
        name, equals, value = piece.partition("=")
        if name.strip():
            pairs[name.strip()] = equals + value.strip()
    return "; ".join([name + value for name, value in pairs.items()])


def _domain_matches(host: str, domain: str) -> bool:
    """RFC 6265, 5.1.3."""
    return host == domain or (host.endswith("." + domain) and not _is_ip(host))


def _path_matches(path: str, cookie_path: str) -> bool:
    """RFC 6265, 5.1.4."""
    if path == cookie_path or cookie_path == "/":
        return True
    return path.startswith(cookie_path) and (cookie_path.endswith("/") or path[len(cookie_path)] == "/")


def _default_path(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    """Return whether browsers take `host` for as good as https (W3C Secure Contexts)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_ip(host) and ip_address(host).is_loopback


def _is_trusted(address: Address) -> bool:
    return address.scheme == "https" or _is_loopback(address.host.strip("[]"))


def _after(seconds: float) -> float:
    return min(time.time() + min(seconds, _LAST_MOMENT), _LAST_MOMENT) if seconds > 0 else 0.0


def _cookie_date(text: str) -> float:
    """Return the date of an `Expires` attribute by RFC 6265, 5.1.1.

    A session cookie if it is not a date.
    """
    clock: tuple[int, int, int] | None = None
    day = month = year = None
    for token in _DATE_DELIMITERS.split(text):
        if clock is None and (match := _CLOCK.match(token)):
            clock = (int(match[1]), int(match[2]), int(match[3]))
        elif day is None and (match := re.match(r"(\d{1,2})(?:\D|\Z)", token)):
            day = int(match[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (match := re.match(r"(\d{2,4})(?:\D|\Z)", token)):
            year = int(match[1])
    if clock is None or day is None or month is None or year is None:
        return _FOREVER
    if year < 100:
        year += 1900 if year >= 70 else 2000
    try:
        return datetime(year, month, day, *clock, tzinfo=timezone.utc).timestamp()
    except (ValueError, OverflowError):
        return _FOREVER


def _script_date(value: Any) -> float:
    """Return a date as scripts write it: milliseconds since 1970, or text.

    None where it is not understood.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return min(value / 1000, _LAST_MOMENT)
    if not isinstance(value, str) or value == "Infinity":
        return _FOREVER
    try:
        moment = datetime.fromisoformat(re.sub(r"[zZ]\Z", "+00:00", value.strip()))
    except ValueError:
        return _cookie_date(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


def _iso(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
