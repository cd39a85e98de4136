"""Checks names in the URL, headers and tags of a request."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from bruscript.cli.checks.problem import Problem, place_of
from bruscript.evaluate.url import PathParams
from bruscript.lang import Document
from bruscript.lang.lint import value_of
from bruscript.lang.place import Place
from bruscript.lang.tags import TAG, tags_on_a_line

_BEFORE_PATH: Final = re.compile(r"\A(?:[A-Za-z][A-Za-z0-9+.-]*://)?(?:\{\{[^}]+\}\}|[^/?#{])*")
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")


def check_places(document: Document, content: dict[str, Any]) -> Iterator[Problem]:
    """Find path parameters that the URL lacks, and parts that Bruno's own command handles differently."""
    yield from _tags(document)
    yield from _headers(document, content)
    if document.kind != "request":
        return
    http = content.get("http")
    url = http.get("url") if isinstance(http, dict) else None
    if isinstance(url, str):
        yield from _path_params(document, content, url)
        if (content.get("settings") or {}).get("encodeUrl"):
            yield from _escapes(document, content, url)


def url_place(document: Document | None, content: dict[str, Any]) -> Place:
    """Return where the URL is."""
    method = str((content.get("http") or {}).get("method") or "").lower()
    return place_of(document, (method, "url"), ("http", "url"), (method, None))


def _path_params(document: Document, content: dict[str, Any], url: str) -> Iterator[Problem]:
    params = PathParams(each for each in content.get("params") or () if each.get("type") == "path")
    before = _BEFORE_PATH.match(url)
    path = re.split(r"[?#]", url[before.end() if before else 0 :], maxsplit=1)[0]
    if not params or "{{" in path or (not path and "{{" in url):
        # A variable's value is not known.
        return
    for segment in path.split("/"):
        params.fill(segment)
    for name in sorted(params.unused):
        place = place_of(document, ("params:path", name), ("params:path", None))
        yield Problem(place, f"`params:path` has `{name}`, but the path of the URL has no `:{name}`")


def _escapes(document: Document, content: dict[str, Any], url: str) -> Iterator[Problem]:
    escape = _ESCAPE.search(url.partition("?")[2])
    if escape:
        yield Problem(
            url_place(document, content),
            f"`{escape[0]}` in the query is sent as it is; Bruno's own command encodes it once more "
            f"(`%25{escape[0][1:]}`)",
            note=True,
        )


def _tags(document: Document) -> Iterator[Problem]:
    mark = value_of(document, "meta", "tags") if document.kind in ("request", "folder") else None
    tags = tags_on_a_line(mark.value) if mark is not None and document.format == "bru" else ()
    if mark is None or not tags:
        return
    if document.kind == "folder":
        message = "these tags apply to all requests below; Bruno's own command ignores tags of folders"
    else:
        message = "Bruno itself does not read tags on one line; `bruscript fmt` makes a list of them"
        if odd := next((tag for tag in tags if not TAG.fullmatch(tag)), None):
            message = f"Bruno itself does not read tags on one line, and its lists cannot hold `{odd}`"
    yield Problem(mark.place, message, note=True)


def _headers(document: Document, content: dict[str, Any]) -> Iterator[Problem]:
    headers = content.get("headers")
    entries = headers if isinstance(headers, list) else []
    names = Counter(str(each.get("name")).lower() for each in entries if each.get("enabled"))
    for name, count in names.items():
        if count > 1 and name not in ("content-type", "content-length", "host", "cookie", ""):
            written = next(str(each["name"]) for each in entries if str(each.get("name")).lower() == name)
            yield Problem(
                place_of(document, ("headers", written), ("headers", None)),
                f"the header {written} is sent {count} times; Bruno's own command sends only the last one",
                note=True,
            )
