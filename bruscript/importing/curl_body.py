"""The body of a request from the data options of a curl command."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

Read = Callable[[str], bytes]

_FORM: Final = "application/x-www-form-urlencoded"
_BROKEN: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Body:
    """Data as curl puts it together: pieces of `-d` joined by `&`, those of `--json` as they are.

    `read` reads the files that are named with `@`.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._pieces: list[str] = []
        self._json = False
        self._file: str | None = None

    def __bool__(self) -> bool:
        return bool(self._pieces) or self._file is not None

    def add(self, option: str, value: str) -> None:
        """Add a data option's value."""
        if option == "json":
            piece = self._text(value[1:]) if value.startswith("@") else value
            # Pieces of JSON follow each other without anything between them.
            if self._pieces and self._json:
                self._pieces[-1] += piece
            else:
                self._pieces.append(piece)
            self._json = True
        elif option == "data-urlencode":
            self._pieces.append(self.urlencoded(value))
        elif value.startswith("@") and option == "data-binary" and not self and value != "@-":
            # A file alone stays one: what is in it may be large, and no text.
            self._file = value[1:]
        elif value.startswith("@") and option != "data-raw":
            text = self._text(value[1:])
            self._pieces.append(text if option == "data-binary" else re.sub("[\r\n\0]", "", text))
        else:
            self._pieces.append(value)

    def _text(self, name: str) -> str:
        return self._read(name).decode("utf-8", "replace")

    def urlencoded(self, value: str) -> str:
        """Return what `--data-urlencode` makes of its value: content, name=content, @file or name@file."""
        match = re.match(r"([^=@]*)([=@])(.*)", value, re.DOTALL)
        if match is None:
            return _quoted(value)
        name, sign, content = match.groups()
        text = _quoted(content if sign == "=" else self._read(content))
        return f"{name}={text}" if name else text

    def text(self) -> str:
        """Return all of it as one text; a file is read."""
        first = [] if self._file is None else [self._text(self._file)]
        return "&".join([*first, *self._pieces])

    def json(self, headers: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the body for the request; adds the headers that curl adds."""
        kind = next((each["value"] for each in headers if each["name"].lower() == "content-type"), None)
        if self._json:
            names = {each["name"].lower() for each in headers}
            missing = (name for name in ("Content-Type", "Accept") if name.lower() not in names)
            headers += [{"name": name, "value": "application/json", "enabled": True} for name in missing]
            return {"mode": "json", "json": self.text()}
        if self._file is not None and not self._pieces:
            return file_body(self._file, headers, _FORM)
        text, media = self.text(), (kind or _FORM).partition(";")[0].strip().lower()
        if media == _FORM and (entries := _entries(text)) is not None:
            return {"mode": "formUrlEncoded", "formUrlEncoded": entries}
        if kind is None:
            # As curl sends it, whatever it is.
            headers.append({"name": "Content-Type", "value": _FORM, "enabled": True})
        if media.endswith(("/json", "+json")):
            return {"mode": "json", "json": text}
        mode = "xml" if media.endswith(("/xml", "+xml")) else "text"
        return {"mode": mode, mode: text}


def file_body(path: str, headers: list[dict[str, Any]], kind: str = "") -> dict[str, Any]:
    """Return a file as a body: its content type is stored with it, not among the headers."""
    for header in [each for each in headers if each["name"].lower() == "content-type"]:
        kind = header["value"]
        headers.remove(header)
    return {"mode": "file", "file": [{"filePath": path, "contentType": kind, "selected": True}]}


def _quoted(text: str | bytes) -> str:
    """Encode a text for a form, but for the templates in it."""
    if isinstance(text, bytes):
        return quote(text, safe="-._~").replace("%20", "+")
    parts = re.split(r"(\{\{[^{}]*\}\})", text)
    return "".join(part if part.startswith("{{") else _quoted(part.encode()) for part in parts)


def _entries(text: str) -> list[dict[str, Any]] | None:
    """Return the fields of a form; None where it would not be sent again as it is."""
    entries = []
    for part in text.split("&"):
        name, equals, value = part.partition("=")
        if not equals or not name or _BROKEN.search(part):
            return None
        try:
            decoded = [unquote_to_bytes(each.replace("+", " ")).decode("utf-8") for each in (name, value)]
        except UnicodeDecodeError:
            return None
        if re.search(r"[\s{}\"]", name):
            # JSON that was sent without its type.
            return None
        entries.append({"name": decoded[0], "value": decoded[1], "enabled": True})
    return entries


def form_entry(value: str, read: Read | None, notes: list[str]) -> dict[str, Any]:
    """Return a field of `-F`: name=text, name=@file, name=<file, with `;type=` and `;filename=`.

    Without `read` the value is taken as it is, as `--form-string` does.
    """
    name, _, content = value.partition("=")
    entry: dict[str, Any] = {"name": name, "type": "text", "value": content, "enabled": True}
    if read is None:
        return entry
    content, kind, filename = _attributes(content)
    if filename is not None:
        notes.append(f"The name of the file in -F {name} is left out: a file is sent by its own")
    if content.startswith("@"):
        entry |= {"type": "file", "value": [_bare(path) for path in content[1:].split(",")]}
    elif content.startswith("<"):
        entry["value"] = read(_bare(content[1:])).decode("utf-8", "replace")
    else:
        entry["value"] = _bare(content)
    return {**entry, "contentType": kind} if kind else entry


def _attributes(content: str) -> tuple[str, str | None, str | None]:
    """Cut `;type=…` and `;filename=…` from the end of a field."""
    kind = filename = None
    while match := re.search(r";\s*(type|filename)=(\"[^\"]*\"|[^;]*(?:;\s*charset=[^;]*)?)\s*\Z", content):
        if match[1] == "type":
            kind = _bare(match[2])
        else:
            filename = _bare(match[2])
        content = content[: match.start()]
    return content, kind, filename


def _bare(text: str) -> str:
    text = text.strip() if text.strip().startswith('"') else text
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    return text
