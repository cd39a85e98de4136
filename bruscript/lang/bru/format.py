"""The canonical form of a .bru text: the same meaning, laid out as Bruno writes it."""

from __future__ import annotations

from typing import Any

from bruscript.lang.bru.document import BruDocument
from bruscript.lang.bru.printer import print_bru
from bruscript.lang.bru.printing import indent, key_text, value_text
from bruscript.lang.document import Kind
from bruscript.lang.errors import BruSyntaxError
from bruscript.lang.nodes import Block, Color, Dictionary, Item, Pair, Secrets, Text
from bruscript.lang.tags import TAG, tags_on_a_line
from bruscript.lang.values import outdent

_STEPS = {"auth_req": "authorization", "access_token_req": "token", "refresh_token_req": "refresh"}


def format_bru(text: str, kind: Kind = "request", *, filename: str | None = None) -> str:
    """Return the canonical form of a .bru text.

    That is the text that Bruno itself would write, if nothing is lost by it: no unknown key, no order of
    pairs. Else blocks and pairs stay in their order and only the layout changes. Formatting its result
    again changes nothing. Tags on one line become a list. Raises BruSyntaxError.
    """
    document = _with_lists(BruDocument.parsed(text, kind, filename))
    meaning = document.to_json()
    for candidate in (_as_written_by_bruno(document), _laid_out(document)):
        try:
            result = BruDocument.parsed(candidate, kind)
        except BruSyntaxError:
            continue
        if result.to_json() == meaning and _content(result) == _content(document):
            return candidate
    return document.text


def _with_lists(document: BruDocument) -> BruDocument:
    """Return the document with tags that are written on one line as the list that they are meant as."""
    meta = document.block("meta")
    for pair in meta.pairs if isinstance(meta, Dictionary) else ():
        if pair.key != "tags" or not isinstance(pair.value, str):
            continue
        tags = tags_on_a_line(pair.value)
        if not tags or not all(map(TAG.fullmatch, tags)):
            continue
        value = "".join(["[\n", *(f"    {tag}\n" for tag in tags), "  ]"])
        text = document.text[: pair.value_start] + value + document.text[pair.end :]
        try:
            return BruDocument.parsed(text, document.kind, document.filename)
        except BruSyntaxError:
            return document
    return document


def _content(document: BruDocument) -> list[Any]:
    """Return every block's pairs, for finding out whether one is missing: JSON does not show unknown keys."""
    pairs = [
        (block.name, pair.key, pair.value, [(a.name, a.value) for a in pair.annotations])
        for block in document.blocks
        if isinstance(block, Dictionary)
        for pair in block.pairs
        # Their keys mean nothing: Bruno writes `file` for each.
        if block.name not in ("body:file", "query")
    ]
    return sorted(pairs, key=repr)


def _as_written_by_bruno(document: BruDocument) -> str:
    data = document.to_json()
    parameters: dict[str, list[dict[str, Any]]] = {}
    for key, items in data.items():
        if key.startswith("oauth2_additional_parameters_"):
            step, _, place = key.removeprefix("oauth2_additional_parameters_").rpartition("_")
            place = "body" if place == "bodyvalues" else place
            parameters.setdefault(_STEPS[step], []).extend({**item, "sendIn": place} for item in items)
    oauth2 = data.get("auth", {}).get("oauth2") if isinstance(data.get("auth"), dict) else None
    if parameters and oauth2:
        oauth2["additionalParameters"] = parameters
    try:
        return print_bru(data, document.kind)
    except ValueError:
        # A pair without a name; what is printed instead is then found to differ.
        return ""


def _laid_out(document: BruDocument) -> str:
    blocks = [_block(block, document) for block in document.blocks]
    return ("" if document.kind == "environment" else "\n").join(f"{block}\n" for block in blocks)


def _block(block: Block, document: BruDocument) -> str:
    if isinstance(block, Color):
        return f"color: {block.value}"
    if isinstance(block, Secrets):
        items = ",\n".join(_item(item, document.text) for item in block.items)
        return f"{block.name} [\n{items}\n]"
    if isinstance(block, Text):
        # An example's indentation is its own affair, and its lines' ends are, too.
        source = block.source if block.name == "example" else indent(outdent(block.source))
        return f"{block.name} {{\n{source}\n}}"
    if not block.pairs:
        return f"{block.name} {{\n}}"
    pairs = "\n".join(_pair(pair, block.name, document) for pair in block.pairs)
    return f"{block.name} {{\n{pairs}\n}}"


def _annotations(node: Pair | Item, text: str) -> str:
    # As they are written: the indentation of a text inside one is taken off by reading, whatever it is.
    return "".join(f"  {text[annotation.start : annotation.end]}\n" for annotation in node.annotations)


def _item(item: Item, text: str) -> str:
    return f"{_annotations(item, text)}  {item.name}"


def _pair(pair: Pair, block: str, document: BruDocument) -> str:
    mark = "~" if pair.key.startswith("~") else ""
    key = pair.key
    if document.kind != "environment" and block != "assert":
        key = mark + key_text(key[len(mark) :])
    if isinstance(pair.value, tuple):
        # A list without items still needs two line ends, the first of them on a line of blanks.
        value = "\n".join(["[", *([f"  {item}" for item in pair.value] or [""]), "]"])
    else:
        value = value_text(pair.value)
    return _annotations(pair, document.text) + indent(f"{key}: {value}")
