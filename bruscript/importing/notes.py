"""What a user should know about an imported collection, with the requests that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from bruscript.lang.choices import IMPORTED_PLACEMENT
from bruscript.lang.errors import visible

# Comments and texts come first, so that what is in them is not found.
_POSTMAN: Final = re.compile(r"""//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|(?<![\w.])(pm\.\w+)""")
_GET: Final = re.compile(r"""\bbru\.getVar\(\s*(["'`])([^"'`\n]+)\1""")
_SET: Final = re.compile(r"""\bbru\.setVar\(\s*(["'`])([^"'`\n]+)\1""")
_REQUIRE: Final = re.compile(r"""\brequire\(\s*(["'`])([^"'`\n]+)\1""")
_MOST_PLACES: Final = 10


def notes_of(outcome: dict[str, Any]) -> list[str]:
    """Return the notes on what the converter made."""
    collection = outcome["collection"]
    items = [*_requests(collection.get("root"), collection["items"])]
    notes = [*_packages(outcome.get("packages") or {}, items)]
    if places := [place for place, request in items if _misplaces(request)]:
        count = "1 request" if len(places) == 1 else f"{len(places)} requests"
        notes.append(
            f"OAuth 2.0: `credentials_placement` is `{IMPORTED_PLACEMENT}` in {count}, which does not run: "
            f"set `body` or `basic_auth_header` in {_listed(places)}"
        )
    for mode, places in (outcome.get("unknownAuth") or {}).items():
        notes.append(f"Left out: auth of type `{mode}`, which Bruno does not have, in {_listed(places)}")
    for feature, places in _places_of(_POSTMAN, items).items():
        notes.append(f"Scripts use {feature}, which only Postman has, in {_listed(places)}")
    being_set = _places_of(_SET, items)
    for name, places in _places_of(_GET, items).items():
        if name not in being_set:
            notes.append(
                "`bru.getVar`, unlike `pm.variables.get`, sees only what scripts set: use "
                f"`bru.getCollectionVar` or `bru.getEnvVar` for {visible(name)}, in {_listed(places)}"
            )
    return notes


def _packages(report: dict[str, list[str]], items: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """Yield notes on packages that scripts require and that bruscript does not have."""
    required = _places_of(_REQUIRE, items)
    for kind, what in (
        ("needsInstall", "which npm has to install"),
        ("unsupported", "which exists only in Postman"),
    ):
        for package in report.get(kind) or ():
            places = f", in {_listed(required[package])}" if package in required else ""
            yield f"Scripts require the package {package}, {what}{places}"


def _places_of(pattern: re.Pattern[str], items: list[tuple[str, dict[str, Any]]]) -> dict[str, list[str]]:
    """Return what the last group of `pattern` finds in scripts, with the places of each."""
    places: dict[str, dict[str, None]] = {}
    for place, request in items:
        script = request.get("script") or {}
        for text in (script.get("req"), script.get("res"), request.get("tests")):
            for match in pattern.finditer(text or ""):
                if word := match[pattern.groups]:
                    places.setdefault(word, {})[place] = None
    return {word: [*found] for word, found in places.items()}


def _misplaces(request: dict[str, Any]) -> bool:
    """Return whether the request places the client's credentials where nothing can be placed."""
    oauth2 = (request.get("auth") or {}).get("oauth2") or {}
    return bool(oauth2.get("credentialsPlacement") == IMPORTED_PLACEMENT)


def _requests(
    root: dict[str, Any] | None, items: list[dict[str, Any]], path: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the settings of a collection, its folders and requests, each with what messages call it."""
    if root:
        yield f"the folder {path}" if path else "the collection", root.get("request") or {}
    for item in items:
        inner = f"{path}/{item['name']}" if path else str(item["name"])
        if item["type"] == "folder":
            yield from _requests(item.get("root"), item.get("items") or [], inner)
        else:
            yield inner, item.get("request") or {}


def _listed(places: list[str]) -> str:
    more = len(places) - _MOST_PLACES
    return visible(", ".join(places[:_MOST_PLACES])) + (f" and {more} more" if more > 0 else "")
