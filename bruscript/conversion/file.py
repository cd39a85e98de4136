"""One file in the other format, and what of it that cannot hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from bruscript.conversion import to_bru, to_yml
from bruscript.conversion.fixed_values import take_fixed_values
from bruscript.conversion.losses import (
    JsonPath,
    Loss,
    auth_mode,
    described,
    differences,
    differing_paths,
    is_used,
    normal,
    pruned,
)
from bruscript.conversion.places import place_of
from bruscript.conversion.refusal import RefusedError, located, refusal
from bruscript.conversion.spelling import UnwritableError, bru_text
from bruscript.conversion.unread import missing_keys, unread_keys
from bruscript.lang import BruSyntaxError, Document, Kind
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.bru.example import example_json
from bruscript.lang.nodes import Dictionary, Text
from bruscript.lang.oauth2 import EXTENSION_KEYS
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.emit import QuotedText, emit
from bruscript.lang.yml.items import item_document

_COMMENT: Final = re.compile(r"(?:^|(?<=[ \t\n]))(?P<text>#[^\n]*)", re.MULTILINE)
_NEEDED_CONFIG: Final = ("proxy", "clientCertificates", "protobuf")
"""Sections of bruno.json that change how requests are sent."""

Rewrite = Callable[[dict[str, Any]], dict[str, Any]]


class ConvertedFile(NamedTuple):
    """A file's text in the other format, None for a file that is copied, and its losses."""

    text: str | None
    losses: list[Loss]


# -- to YAML --------------------------------------------------------------------------------------


def bru_file(text: str, kind: Kind, path: Path, rewrite: Rewrite) -> ConvertedFile:
    """Return a `.bru` file as YAML. Raises BruSyntaxError, and RefusedError for values without a form."""
    document = BruDocument.parsed(text, kind, str(path))
    data = rewrite(document.content())
    meta = data.setdefault("meta", {}) if kind in ("request", "folder") else {}
    if kind == "request" and not meta.get("name"):
        # Reports use this name for such a request.
        meta["name"] = path.stem
    if kind == "folder" and not meta.get("name"):
        meta["name"] = path.parent.name
    if kind == "request" and not any(data.get(name) for name in ("http", "grpc", "ws", "app")):
        raise RefusedError([located(document, ("meta",), "it has neither a method nor a URL")])
    losses = [*unread_keys(document), *_broken_examples(document, data)]
    mode = auth_mode(data)
    _refuse_extensions(document, mode)
    take_fixed_values(document, data, mode)
    yaml = _as_yaml(document, data, _yml_values(data, kind, path), lambda yml: _bru_json(yml, kind, path))
    return ConvertedFile(yaml.text, sorted(losses + yaml.losses, key=_by_line))


def _yml_values(data: dict[str, Any], kind: Kind, path: Path) -> dict[str, Any]:
    if kind == "environment":
        return to_yml.environment_values(data, path.stem)
    return to_yml.folder_values(data) if kind == "folder" else to_yml.request_values(data)


def collection_to_yml(
    text: str, filename: str, config: dict[str, Any], rewrite: Rewrite
) -> tuple[ConvertedFile, list[JsonPath]]:
    """Return collection.bru and bruno.json as opencollection.yml, and what of bruno.json it cannot hold.

    Raises BruSyntaxError, RefusedError.
    """
    document = BruDocument.parsed(text, "collection", filename)
    data = rewrite({key: value for key, value in document.content().items() if key != "meta"})
    if (data.get("auth") or {}).get("mode") == "none":
        # There is nothing that a collection could inherit.
        del data["auth"]["mode"]
    mode = auth_mode(data)
    _refuse_extensions(document, mode)
    take_fixed_values(document, data, mode)
    configs: list[dict[str, Any]] = []

    def read(yml: YmlDocument) -> dict[str, Any]:
        result, config_result = to_bru.collection_json(yml)
        configs.append(config_result)
        return result

    yaml = _as_yaml(document, data, to_yml.collection_values(data, config), read)
    paths = list(differences(_config(config), _config(configs[-1])))
    needed = [path for path in paths if path[0] in _NEEDED_CONFIG]
    if needed:
        file = Path(filename).parent / "bruno.json"
        raise RefusedError(f"{file}: `{'.'.join(path)}` has no form in YAML" for path in needed)
    return ConvertedFile(yaml.text, [*unread_keys(document), *yaml.losses]), paths


def _as_yaml(
    document: BruDocument,
    data: dict[str, Any],
    values: dict[str, Any],
    read: Callable[[YmlDocument], dict[str, Any]],
) -> ConvertedFile:
    """Return the text of a YAML file, with quoted texts if the printer's do not read back."""
    used: list[JsonPath] = [()]
    for tree in (values, _quoted(values)):
        text = emit(tree)
        try:
            result = normal(to_bru.flat(read(YmlDocument.parsed(text, document.kind))))
        except BruSyntaxError:
            continue
        paths = list(differing_paths(normal(data), result))
        used = [path for path in paths if is_used(path, data)]
        if not used:
            losses = [Loss(described(path, "yml"), _line(document, path)) for path in paths]
            return ConvertedFile(text, losses)
    raise refusal(document, data, used, "yml")


def _quoted(value: Any) -> Any:
    """Return values with every text of several lines in quotes."""
    if isinstance(value, dict):
        return {key: _quoted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_quoted(item) for item in value]
    return QuotedText(value) if isinstance(value, str) and len(value.splitlines()) > 1 else value


def _refuse_extensions(document: BruDocument, mode: str) -> None:
    """Raise RefusedError for keys of OAuth 2.0 that only bruscript has, where they are used."""
    lines = [
        (pair.key, pair.line)
        for block in document.blocks
        if block.name == "auth:oauth2" and isinstance(block, Dictionary) and mode == "oauth2"
        for pair in block.pairs
        if pair.key in EXTENSION_KEYS
    ]
    if lines:
        raise RefusedError(
            f"{document.filename}:{line}: `{key}` of `auth:oauth2` has no form in YAML: "
            "move it to bruscript.toml"
            for key, line in lines
        )


def _broken_examples(document: BruDocument, data: dict[str, Any]) -> Iterator[Loss]:
    """Take the examples out of `data` that cannot be read, and yield a loss for each."""
    blocks = [block for block in document.blocks if block.name == "example" and isinstance(block, Text)]
    broken = [example_json(block.source).get("error") for block in blocks]
    for block, error in zip(blocks, broken, strict=True):
        if error is not None:
            yield Loss(f"the example is left out, since it is broken: {error}", block.line)
    examples = zip(data.get("examples") or (), broken, strict=True)
    if any(error is not None for error in broken):
        data["examples"] = [example for example, error in examples if error is None]


# -- to .bru --------------------------------------------------------------------------------------


def yml_file(text: str, kind: Kind, path: Path, rewrite: Rewrite) -> ConvertedFile | None:
    """Return a YAML file as `.bru`; None for YAML that Bruno does not read.

    Raises BruSyntaxError, and RefusedError for values that `.bru` files cannot hold.
    """
    if kind == "request":
        item = item_document(text, str(path), scripts=True)
        if item is None:
            return None
        if item.value.get("type") == "script" and "info" not in item.value:
            return ConvertedFile(
                None, [Loss("a script is not a request and has no form in .bru files: it is copied")]
            )
    document = _runnable(YmlDocument.parsed(text, kind, str(path)))
    data = rewrite(_bru_json(document, kind, path))
    losses = [*_comments(document), *unread_keys(document)]
    if (name := data.pop("name", path.stem)) != path.stem and "name" in document.value:
        losses.append(
            Loss(
                f"its `name` is `{name}`; in .bru files an environment is named after its file",
                _line(document, ("name",)),
            )
        )
    if kind == "request" and data.pop("description", None) is not None:
        message = described(("description",), "bru")
        losses.append(Loss(message, _line(document, ("description",))))
    result = _as_bru(document, data, kind)
    back = BruDocument.parsed(str(result.text), kind).content()
    losses = _with_missing_keys(losses + result.losses, document, _yml_values(back, kind, path))
    return ConvertedFile(result.text, losses)


def collection_to_bru(document: YmlDocument, rewrite: Rewrite) -> tuple[ConvertedFile, dict[str, Any]]:
    """Return opencollection.yml as collection.bru, and the bruno.json. Raises RefusedError."""
    data, config = to_bru.collection_json(_runnable(document))
    result = _as_bru(document, rewrite(data), "collection")
    losses = [*_comments(document), *unread_keys(document), *result.losses]
    back = BruDocument.parsed(str(result.text), "collection").content()
    losses = _with_missing_keys(losses, document, to_yml.collection_values(back, config))
    return ConvertedFile(result.text, losses), config


def _runnable(document: YmlDocument) -> YmlDocument:
    """Return the document. Raises BruSyntaxError if a run would reject the file."""
    YmlDocument.parsed(document.text, document.kind, document.filename).content()
    return document


def _with_missing_keys(losses: list[Loss], document: YmlDocument, values: dict[str, Any]) -> list[Loss]:
    """Return the losses, sorted by line, with those of keys that the conversion dropped otherwise."""
    lines = {loss.line for loss in losses}
    return sorted(
        [*losses, *(loss for loss in missing_keys(document, values) if loss.line not in lines)], key=_by_line
    )


def _bru_json(document: YmlDocument, kind: Kind, path: Path) -> dict[str, Any]:
    if kind == "environment":
        data = to_bru.environment_json(document)
        # In both formats an environment is named after its file.
        return {key: value for key, value in data.items() if key != "name" or value != path.stem}
    return to_bru.folder_json(document) if kind == "folder" else to_bru.request_json(document)


def _as_bru(document: YmlDocument, data: dict[str, Any], kind: Kind) -> ConvertedFile:
    try:
        text, absent = bru_text(data, kind)
    except UnwritableError as error:
        raise refusal(document, data, error.paths, "bru") from None
    losses = [Loss(described(path, "bru"), _line(document, path)) for path in absent]
    return ConvertedFile(text if text.endswith("\n") or not text else text + "\n", losses)


# -- losses ---------------------------------------------------------------------------------------


def _config(config: dict[str, Any]) -> Any:
    """Return a bruno.json without defaults and keys that are the same in every one."""
    dropped = ("type", "opencollection", "version")
    plain = {key: value for key, value in to_yml.app_config(config).items() if key not in dropped}
    if version := config.get("collectionVersion"):
        plain["collectionVersion"] = str(version)
    return pruned(plain)


def _line(document: Document, path: JsonPath) -> int | None:
    place = place_of(document, path)
    return None if place is None else place.line


def _by_line(loss: Loss) -> int:
    return loss.line or 0


def _comments(document: YmlDocument) -> Iterator[Loss]:
    """Yield the comments of a YAML file, which `.bru` files cannot have."""
    composed, text = document.composition, document.text
    end, lines = 0, []
    for begin, after in [*_scalars(composed.root, composed.shift), (len(text), len(text))]:
        comments = _COMMENT.finditer(text, end, max(begin, end))
        lines += [text.count("\n", 0, comment.start("text")) + 1 for comment in comments]
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
