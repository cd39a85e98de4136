"""From a prepared request's data to the bytes, file or parts that are sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, quote_plus

from bruscript.errors import BruscriptError
from bruscript.http.request import FileBody, MultipartBody, Part
from bruscript.lang.js import parse_json, stringify, to_string, trim
from bruscript.unicode import utf8, well_formed

_BOUNDARY: Final = re.compile(r'boundary=(?:"([^"]+)"|([^;\s]+))', re.IGNORECASE)
_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"


class BodyError(BruscriptError):
    """A request's body cannot be built."""

    exit_code = 1


def build_body(data: Any, content_type: str, base_dir: Path) -> bytes | FileBody | MultipartBody | None:
    """Return the body for `data` under that content type; relative files are looked for in `base_dir`.

    The fields of an object are named as the reference's HTTP client names them: `list[]`, `object[key]`.
    Raises BodyError for a file that is not there.
    """
    if data is None or isinstance(data, bytes):
        return data
    if isinstance(data, FileBody):
        _check_file(data.path)
        return data
    if content_type.startswith("multipart/") and not isinstance(data, str):
        match = _BOUNDARY.search(content_type)
        return MultipartBody(tuple(_parts(data, base_dir)), (match[1] or match[2]) if match else None)
    return utf8(_text(data, content_type))


def url_encoded(data: Any) -> str:
    """Make a form body (application/x-www-form-urlencoded) from a list of fields, or a script's dict.

    Repeated names stay repeated; a list as a dict's value repeats its name. As in the reference spaces become
    `+` in a list's fields, and `%20` in a dict's.
    """
    if isinstance(data, str):
        return data
    if isinstance(data, list):
        return "&".join(f"{_form_quote(name)}={_form_quote(value)}" for name, value in _fields(data))
    return "&".join(f"{_quote(name)}={_quote(value)}" for name, value in _items(data))


def graphql_variables(text: Any) -> Any:
    """Return the variables of a GraphQL request as JSON; raises BodyError if `text` is not JSON."""
    if not isinstance(text, str):
        return text
    try:
        return parse_json(text)
    except ValueError as error:
        raise BodyError(f"Failed to parse GraphQL variables: {error}") from None


def _text(data: Any, content_type: str) -> str:
    if _FORM in content_type and isinstance(data, (list, dict)):
        return url_encoded(data if isinstance(data, list) else _entries(data))
    if _JSON not in content_type:
        return stringify(data, None) if isinstance(data, (list, dict)) else to_string(data)
    if isinstance(data, str):
        try:
            parse_json(data)
        except ValueError:
            # The reference's client turns anything else into a JSON string.
            return stringify(data, None)
        return trim(data)
    return stringify(data, None)


def _fields(data: list[Any]) -> Iterator[tuple[str, str]]:
    for entry in data:
        if isinstance(entry, Mapping) and "name" in entry:
            value = entry.get("value")
            yield to_string(entry["name"]), "" if value is None else to_string(value)


def _items(data: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(data, Mapping):
        return
    for name, value in data.items():
        yield from _flat(name, value)


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _flat(name, item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(f"{name}[{key}]", item)
    else:
        yield name, "" if value is None else to_string(value)


def _entries(data: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for key, item in data.items() for name, value in _names(key, item)]


def _names(key: str, value: Any) -> Iterator[tuple[str, str]]:
    bare = key.removesuffix("[]")
    if not isinstance(value, list) or any(isinstance(item, (list, dict)) for item in value):
        yield from _nested(bare if isinstance(value, (list, dict)) else key, value)
        return
    for item in value:
        yield from _nested(f"{bare}[]", item)


def _nested(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, (list, dict)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _nested(f"{name}[{key}]", item)
    elif value is not None:
        yield name, to_string(value)


def _form_quote(text: str) -> str:
    return quote_plus(well_formed(text), safe="*").replace("~", "%7E")


def _quote(text: str) -> str:
    return quote(well_formed(text), safe="")


def _parts(data: Any, base_dir: Path) -> Iterator[Part]:
    if isinstance(data, Mapping):
        data = _entries(data)
    for entry in data if isinstance(data, list) else ():
        if not isinstance(entry, Mapping):
            continue
        name, value = to_string(entry.get("name")), entry.get("value")
        content_type = entry.get("contentType") or None
        if entry.get("type") == "file":
            for path in value if isinstance(value, list) else [value] if value else []:
                file = base_dir / trim(to_string(path))
                _check_file(file, name)
                yield Part(name, FileBody(file), filename=file.name, content_type=content_type)
        else:
            for item in value if isinstance(value, list) else [value]:
                yield Part(name, "" if item is None else to_string(item), content_type=content_type)


def _check_file(path: Path, part: str | None = None) -> None:
    try:
        exists = path.is_file()
    except (OSError, ValueError):
        # A name that no file can have.
        exists = False
    if not exists:
        where = f"the part {part!r} of the body" if part is not None else "the body"
        raise BodyError(
            f"File not found for {where}: {path}",
            hint="Relative paths are looked for in the collection's directory.",
        )
