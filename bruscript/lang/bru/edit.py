"""Edits that leave every byte alone that they are not about: each gives the new text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, TypeVar

from bruscript.lang import js
from bruscript.lang.bru.printing import indent, key_text
from bruscript.lang.errors import BruSyntaxError
from bruscript.lang.nodes import Block, Dictionary, Item, Pair, Secrets, Text
from bruscript.lang.values import DATA_TYPES, data_type, reads_as, variable_text

VARIABLE_BLOCKS = frozenset({"vars", "vars:pre-request"})
"""The blocks whose values have types, which annotations declare."""


class Editable(Protocol):
    """The parts of a document that an edit needs."""

    @property
    def text(self) -> str:
        """The file's text."""

    @property
    def kind(self) -> str:
        """The kind of file."""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The tree."""

    def block(self, name: str) -> Block | None:
        """Return the last block of this name."""

    def with_text(self: Document, text: str) -> Document:
        """Return the document of another text. Raises BruSyntaxError."""


Document = TypeVar("Document", bound=Editable)


def set_value(document: Document, block: str, key: str, value: Any) -> Document:
    """Return the document with `key: value` in a block of this name; see Document.set."""
    typed = block in VARIABLE_BLOCKS
    if not typed and not isinstance(value, str):
        raise TypeError(f"a value of `{block}` is text, not {type(value).__name__}")
    if not isinstance(value, (str, bool, int, float, dict, list, type(None))):
        raise TypeError(f"a value of `{block}` cannot be of the type {type(value).__name__}")
    target = _dictionary(document, block)
    kind = data_type(value) if typed else None
    pair = _find(document, block, key)
    refusal = None
    for written in _forms(document, value):
        if target is None:
            text = _with_block(document, block, _entry(document, key, written, kind))
        elif pair is None:
            text = _with_pair(document, target, _entry(document, key, written, kind))
        else:
            unchanged = pair.value == variable_text(value)
            text = _with_value(document, pair, None if unchanged else written, kind, typed=typed)
        try:
            edited = _checked(document, text, f"`{key}` cannot be written with this value in `{block}`")
        except ValueError as error:
            refusal = refusal or error
            continue
        if edited is document or _is_written(document, edited, block, key, value):
            return edited
    reason = _loss(value)
    if refusal and not reason:
        raise refusal
    raise ValueError(
        f"the value of `{key}` cannot be written in `{block}`: {reason or 'it does not read back as it is'}"
    )


def _is_written(before: Document, after: Document, block: str, key: str, value: Any) -> bool:
    """Return whether the pair reads back as `value`, and nothing came with it, as quotes could bring it."""
    pair = _find(after, block, key)
    added = len(_pairs(after)) - len(_pairs(before))
    if pair is None or not isinstance(pair.value, str) or added != (_find(before, block, key) is None):
        return False
    return reads_as(pair.value, value)


def _loss(value: Any) -> str | None:
    """Return what a text would lose in every form, or None."""
    if not isinstance(value, str):
        return None
    if js.trim(value) != value:
        return "blanks and line ends at its start or end would be lost"
    if "\r" in value:
        return "its carriage returns would be lost"
    return "the three quotes in it would end it" if "'''" in value else None


def _pairs(document: Editable) -> list[Pair]:
    return [pair for block in document.blocks if isinstance(block, Dictionary) for pair in block.pairs]


def remove_pairs(document: Document, block: str, key: str) -> Document:
    """Return the document without the pairs of this key in any block of this name; see Document.remove."""
    text = document.text
    for target in reversed(document.blocks):
        if isinstance(target, Dictionary) and target.name == block:
            remaining = [pair for pair in target.pairs if not _is(pair, key, block)]
            if not remaining and target.pairs:
                brace = text.index("{", target.start + len(target.name))
                text = text[: brace + 1] + _line_end(text) + "}" + text[target.end :]
            elif len(remaining) < len(target.pairs):
                text = _without(text, target, [pair for pair in target.pairs if _is(pair, key, block)])
    return _checked(document, text, f"`{key}` cannot be removed from `{block}`")


def set_text(document: Document, block: str, content: str) -> Document:
    """Return the document with `content` as the text of the last block of this name.

    See Document.set_text.
    """
    if not content:
        raise ValueError(f"`{block}` cannot be empty: the language has no empty block of text")
    target = document.block(block)
    if target is not None and not isinstance(target, Text):
        raise ValueError(f"`{block}` is not a block of text")
    newline = _line_end(document.text)
    written = indent(content).replace("\n", newline)
    if target is None:
        text = _with_block(document, block, written)
    else:
        end = target.content_start + len(target.source)
        text = document.text[: target.content_start] + written + document.text[end:]
    edited = _checked(document, text, f"the text cannot be written in `{block}`")
    if len(edited.blocks) - len(document.blocks) != (target is None):
        raise ValueError(f"`{block}` is not a block of text")
    return edited


def add_secret(document: Document, name: str) -> Document:
    """Return the document with `name` in its list of secret variables."""
    lists = [block for block in document.blocks if isinstance(block, Secrets)]
    if any(item.name == name for block in lists for item in block.items):
        return document
    newline = _line_end(document.text)
    if not lists:
        text = _append(document, f"vars:secret [{newline}  {name}{newline}]")
    elif lists[-1].items:
        end = lists[-1].items[-1].end
        text = f"{document.text[:end]},{newline}  {name}{document.text[end:]}"
    else:
        block = lists[-1]
        written = f"vars:secret [{newline}  {name}{newline}]"
        text = document.text[: block.start] + written + document.text[block.end :]
    edited = _checked(document, text, f"`{name}` cannot be written in `vars:secret`")
    if [*_secret_names(document), name] != _secret_names(edited):
        raise ValueError(
            f"`{name}` cannot be written in `vars:secret`: a name has no blanks, commas or brackets"
        )
    return edited


def _secret_names(document: Editable) -> list[str]:
    return [item.name for block in document.blocks if isinstance(block, Secrets) for item in block.items]


def remove_secret(document: Document, name: str) -> Document:
    """Return the document without `name` in its list of secret variables."""
    text = document.text
    for block in reversed(document.blocks):
        if isinstance(block, Secrets):
            items = block.items
            for at in reversed([at for at, item in enumerate(items) if item.name == name]):
                text = _without_item(text, items, at)
                items = items[:at] + items[at + 1 :]
    return _checked(document, text, f"`{name}` cannot be removed from `vars:secret`")


# -- where things are -----------------------------------------------------------------------------


def _dictionary(document: Editable, name: str) -> Dictionary | None:
    block = document.block(name)
    if block is not None and not isinstance(block, Dictionary):
        raise ValueError(f"`{name}` is not a block of pairs")
    return block


def _is(pair: Pair, key: str, block: str) -> bool:
    return pair.key == key or (block in VARIABLE_BLOCKS and pair.key == f"@{key}")


def _find(document: Editable, block: str, key: str) -> Pair | None:
    """Return the pair that counts: the last of this key in all blocks of this name."""
    for target in reversed(document.blocks):
        if isinstance(target, Dictionary) and target.name == block:
            for pair in reversed(target.pairs):
                if _is(pair, key, block):
                    return pair
    return None


def _line_end(text: str) -> str:
    at = text.find("\n")
    return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"


def _line_start(text: str, position: int) -> int:
    return text.rfind("\n", 0, position) + 1


# -- what is written ------------------------------------------------------------------------------


def _forms(document: Editable, value: Any) -> Iterator[str]:
    """Yield the texts after `key: ` that may read back as `value`; the one that Bruno writes comes first."""
    text = variable_text(value)
    if "\n" not in text:
        yield text
    # Only environments take a "\r" inside quotes for part of a line end.
    newline = _line_end(document.text) if document.kind == "environment" else "\n"
    # Reading removes four blanks, whatever the margin.
    yield newline.join(["'''", *[f"    {line}" for line in text.split("\n")], "  '''"])
    if isinstance(value, (dict, list)):
        yield js.stringify(value, None)


def _key(document: Editable, key: str) -> str:
    if document.kind == "environment":
        return key
    mark = "~" if key.startswith("~") else ""
    return mark + key_text(key[len(mark) :])


def _entry(document: Editable, key: str, written: str, kind: str | None) -> str:
    annotation = f"  @{kind}{_line_end(document.text)}" if kind else ""
    return f"{annotation}  {_key(document, key)}: {written}"


def _with_block(document: Editable, name: str, content: str) -> str:
    newline = _line_end(document.text)
    written = f"{name} {{{newline}{content}{newline}}}"
    return _append(document, written, first=name == "vars")


def _append(document: Editable, block: str, *, first: bool = False) -> str:
    """Put a block at the end, or, in an environment, where the app would: before secrets and the colour."""
    text, newline = document.text, _line_end(document.text)
    later: tuple[Block, ...] = ()
    if document.kind == "environment":
        # A colour takes the rest of the file.
        later = document.blocks if first else tuple(b for b in document.blocks if b.name == "color")
    if later:
        at = later[0].start
        return f"{text[:at]}{block}{newline}{text[at:]}"
    head = text if not text or text.endswith("\n") else text + newline
    gap = newline if head and document.kind != "environment" else ""
    return f"{head}{gap}{block}{newline}"


def _with_pair(document: Editable, block: Dictionary, entry: str) -> str:
    text, newline = document.text, _line_end(document.text)
    # Only blanks can follow the last pair on its line.
    at = block.pairs[-1].end if block.pairs else text.index("{", block.start + len(block.name)) + 1
    return f"{text[:at]}{newline}{entry}{text[at:]}"


def _with_value(document: Editable, pair: Pair, written: str | None, kind: str | None, *, typed: bool) -> str:
    """Return the text with `written` in place of the pair's value, which stays for None."""
    text = document.text
    line_start = _line_start(text, pair.key_start)
    margin = text[line_start : pair.key_start]
    if margin.strip(" \t"):
        margin = "  "
    if written is not None:
        separator = " " if text[pair.value_start - 1] == ":" else ""
        text = text[: pair.value_start] + separator + written + text[pair.end :]
    if not typed:
        return text
    types = [annotation for annotation in pair.annotations if annotation.name in DATA_TYPES]
    if (types[-1].name if types and types[-1].name != "string" else None) == kind:
        return text
    for annotation in reversed(types):
        begin = _line_start(text, annotation.start)
        if text[begin : annotation.start].strip(" \t"):
            begin = annotation.start
        text = text[:begin] + text[text.index("\n", annotation.end) + 1 :]
    if kind:
        newline = _line_end(document.text)
        begin = _line_start(text, pair.start)
        if text[begin : pair.start].strip(" \t"):
            # The pair shares its line with the brace: the annotation and the pair get separate lines.
            annotated = f"{newline}{margin}@{kind}{newline}{margin}"
            return text[: pair.start].rstrip(" ") + annotated + text[pair.start :]
        text = f"{text[:begin]}{margin}@{kind}{newline}{text[begin:]}"
    return text


def _without(text: str, block: Dictionary, removed: list[Pair]) -> str:
    pairs = block.pairs
    for at in reversed(range(len(pairs))):
        if pairs[at] not in removed:
            continue
        if at + 1 < len(pairs):
            # Up to the next pair, so that no line of blanks is left at the start of the block.
            text = text[: pairs[at].start] + text[pairs[at + 1].start :]
        else:
            text = text[: pairs[at - 1].end] + text[pairs[at].end :]
        pairs = pairs[:at] + pairs[at + 1 :]
    return text


def _without_item(text: str, items: tuple[Item, ...], at: int) -> str:
    if at + 1 < len(items):
        return text[: items[at].start] + text[items[at + 1].start :]
    start = items[at - 1].end if at else items[at].start
    return text[:start] + text[items[at].end :]


def _checked(document: Document, text: str, message: str) -> Document:
    """Parse the new text; an edit must not make a file that cannot be read."""
    if text == document.text:
        return document
    try:
        return document.with_text(text)
    except BruSyntaxError as error:
        raise ValueError(f"{message}: {error.message}") from error
