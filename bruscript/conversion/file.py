"""One file in the other format, and what of it that cannot hold."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from bruscript.conversion import to_bru, to_yml
from bruscript.conversion.losses import Loss, differences, lost, normal, pruned, told
from bruscript.lang import Document, Kind
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.lint import lint
from bruscript.lang.nodes import Dictionary
from bruscript.lang.oauth2 import EXTENSION_KEYS
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.emit import emit
from bruscript.lang.yml.items import item_document

_COMMENT: Final = re.compile(r"(?:^|(?<=[ \t\n]))(?P<text>#[^\n]*)", re.MULTILINE)
Rewrite = Callable[[Any], Any]

_IN_VAIN: Final = ("is not a key", "not a key of", "stands in", "unknown")
"""What findings say of keys that no format's reader takes."""


class Made(NamedTuple):
    """A file's text in the other format, and what is lost; None for a file that stays as it is."""

    text: str | None
    losses: list[Loss]


def bru_file(text: str, kind: Kind, path: Path, rewrite: Rewrite) -> Made | None:
    """Return a `.bru` file as YAML. Raises BruSyntaxError, and ValueError for what cannot be written."""
    document = BruDocument.parsed(text, kind, str(path))
    data = rewrite(document.content())
    meta = data.setdefault("meta", {}) if kind in ("request", "folder") else {}
    if kind == "request" and not meta.get("name"):
        # The name that such a request has in reports.
        meta["name"] = path.stem
    if kind == "folder" and not meta.get("name"):
        meta["name"] = path.parent.name
    if kind == "request" and not any(data.get(name) for name in ("http", "grpc", "ws", "app")):
        raise ValueError("it has neither a method nor a URL")
    before = normal(data)
    made = emit(_yml_values(data, kind, path))
    back = normal(flat(_bru_json(YmlDocument.parsed(made, kind, str(path)), kind, path)))
    losses = [*_in_vain(document), *_extensions(document)]
    losses += [Loss(told(found, "yml"), _line(document, found)) for found in lost(before, back)]
    return Made(made, sorted(losses, key=_by_line))


def _yml_values(data: dict[str, Any], kind: Kind, path: Path) -> dict[str, Any]:
    if kind == "environment":
        return to_yml.environment_values(data, path.stem)
    return to_yml.folder_values(data) if kind == "folder" else to_yml.request_values(data)


def _bru_json(document: YmlDocument, kind: Kind, path: Path) -> dict[str, Any]:
    if kind == "environment":
        data = to_bru.environment_json(document)
        # Its file names it, in both formats.
        return {key: value for key, value in data.items() if key != "name" or value != path.stem}
    return to_bru.folder_json(document) if kind == "folder" else to_bru.request_json(document)


def flat(data: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON for the printer as the parser gives it: OAuth 2.0's parameters in their own lists."""
    config = (data.get("auth") or {}).get("oauth2")
    if isinstance(config, dict) and "additionalParameters" in config:
        for step, entries in config.pop("additionalParameters").items():
            for entry in entries:
                place = {"body": "bodyvalues"}.get(entry["sendIn"], entry["sendIn"])
                name = {
                    "authorization": "auth_req",
                    "token": "access_token_req",
                    "refresh": "refresh_token_req",
                }
                key = f"oauth2_additional_parameters_{name[step]}_{place}"
                kept = {each: value for each, value in entry.items() if each != "sendIn"}
                data.setdefault(key, []).append(kept)
    return data


def yml_file(text: str, kind: Kind, path: Path, rewrite: Rewrite) -> Made | None:
    """Return a YAML file as `.bru`; None for YAML that is no file of Bruno's.

    Raises BruSyntaxError, and ValueError for what cannot be written.
    """
    if kind == "request":
        item = item_document(text, str(path), scripts=True)
        if item is None:
            return None
        if item.value.get("type") == "script" and "info" not in item.value:
            return Made(
                None, [Loss("a script is no request, and has no form in .bru files: it stays as it is")]
            )
    document = YmlDocument.parsed(text, kind, str(path))
    data = rewrite(_bru_json(document, kind, path))
    made = BruDocument.printed(copy.deepcopy(data), kind).text
    back = normal(BruDocument.parsed(made, kind, str(path)).content())
    losses = [*_comments(document), *_in_vain(document)]
    losses += [
        Loss(told(found, "bru"), _yml_line(document, found)) for found in lost(normal(flat(data)), back)
    ]
    return Made(_ended(made), sorted(losses, key=_by_line))


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\n"


def _by_line(loss: Loss) -> int:
    return loss.line or 0


def collection_to_yml(text: str, filename: str, config: dict[str, Any]) -> Made:
    """Return collection.bru and bruno.json as opencollection.yml. Raises BruSyntaxError."""
    document = BruDocument.parsed(text, "collection", filename)
    data = {key: value for key, value in document.content().items() if key != "meta"}
    made = emit(to_yml.collection_values(data, config))
    back, back_config = to_bru.collection_json(YmlDocument.parsed(made, "collection", filename))
    losses = [*_in_vain(document), *_extensions(document)]
    found = lost(normal(data), normal(flat(back)))
    losses += [Loss(told(path, "yml"), _line(document, path)) for path in found]
    found = differences(_config(config), _config(back_config))
    return Made(made, losses + [Loss(f"{told(path, 'yml')} (bruno.json)") for path in found])


def collection_to_bru(document: YmlDocument) -> tuple[Made, dict[str, Any]]:
    """Return opencollection.yml as collection.bru, and the bruno.json."""
    data, config = to_bru.collection_json(document)
    made = BruDocument.printed(copy.deepcopy(data), "collection").text
    back = normal(BruDocument.parsed(made, "collection").content())
    found = lost(normal(flat(data)), back)
    losses = [*_comments(document), *_in_vain(document)]
    losses += [Loss(told(path, "bru"), _yml_line(document, path)) for path in found]
    return Made(_ended(made), sorted(losses, key=_by_line)), config


def _config(config: dict[str, Any]) -> Any:
    """Return a bruno.json without what is the same in every one, and defaults."""
    dropped = ("type", "opencollection", "version")
    plain = {key: value for key, value in to_yml.app_config(config).items() if key not in dropped}
    if version := config.get("collectionVersion"):
        plain["collectionVersion"] = str(version)
    return pruned(plain)


def _line(document: BruDocument, path: tuple[str, ...]) -> int | None:
    """Return the line of the block that a path of the JSON is in."""
    return document.content_line(_block(path))


def _block(path: tuple[str, ...]) -> str:
    first, *rest = path
    if first == "vars":
        return "vars:post-response" if rest[:1] == ["res"] else "vars:pre-request"
    if first in ("body", "auth") and rest:
        return f"{first}:{rest[0]}"
    return {"assertions": "assert", "params": "params:query"}.get(first, first)


def _yml_line(document: YmlDocument, path: tuple[str, ...]) -> int | None:
    return document.content_line(_block(path))


def _in_vain(document: Document) -> Iterator[Loss]:
    """Yield what no reader takes from the file: it would not be there afterwards."""
    for finding in lint(document):
        if any(words in finding.message for words in _IN_VAIN):
            yield Loss(f"{finding.message}: left out", finding.line)


def _extensions(document: BruDocument) -> Iterator[Loss]:
    for block in document.blocks:
        if block.name == "auth:oauth2" and isinstance(block, Dictionary):
            for pair in block.pairs:
                if pair.key in EXTENSION_KEYS:
                    what = f"`{pair.key}` of `auth:oauth2` has no place in YAML: set it in bruscript.toml"
                    yield Loss(what, pair.line)


def _comments(document: YmlDocument) -> Iterator[Loss]:
    """Yield the comments of a YAML file, which `.bru` files cannot have."""
    composed, text = document.composition, document.text
    end, lines = 0, []
    for begin, after in [*_scalars(composed.root, composed.shift), (len(text), len(text))]:
        found = _COMMENT.finditer(text, end, max(begin, end))
        lines += [text.count("\n", 0, comment.start("text")) + 1 for comment in found]
        end = max(end, after)
    if lines:
        more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
        yield Loss(f"this comment{more} cannot be kept in .bru files", lines[0])


def _scalars(node: Any, shift: int) -> Iterator[tuple[int, int]]:
    """Yield where each key and scalar begins and ends."""
    if node is None:
        return
    if node.id == "scalar":
        yield node.start_mark.index + shift, node.end_mark.index + shift
    else:
        for entry in node.value:
            for each in entry if isinstance(entry, tuple) else (entry,):
                yield from _scalars(each, shift)
