"""Edits that leave every byte alone that they are not about: each gives the new text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from bruscript.lang.bru.notation import loss, notations
from bruscript.lang.bru.printing import indent, key_text
from bruscript.lang.edits import Edit, edited_text, removals
from bruscript.lang.errors import BruSyntaxError
from bruscript.lang.nodes import Block, Dictionary, Pair, Secrets, Text
from bruscript.lang.values import DATA_TYPES, data_type, reads_as, variable_text

VARIABLE_BLOCKS = frozenset({"vars", "vars:pre-request"})
"""The blocks whose values have types, which annotations declare."""
_LOCAL = "vars:pre-request"  # only here `@` marks a local variable


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
    _check_type(block, value)
    refusal = None
    for written in _forms(document, value):
        try:
            edited = _with_values(document, block, [(key, value, written)])
        except _Unreadable as error:
            refusal = refusal or error
            continue
        if edited is not None:
            return edited
    reason = loss(value)
    # The mark of a local variable is not part of its name.
    name = key.removeprefix("@") if block == _LOCAL else key
    if refusal and not reason:
        raise ValueError(f"`{name}` cannot be written with this value in `{block}`: {refusal}") from refusal
    raise ValueError(
        f"the value of `{name}` cannot be written in `{block}`: {reason or 'it does not read back as it is'}"
    )


def set_values(document: Document, block: str, values: Sequence[tuple[str, Any]]) -> Document:
    """Return the document with all these pairs, the same as from `set_value` one after the other.

    The file is read again only once or twice. Of several, ValueError is also raised if their order counts.
    """
    if len(values) == 1:
        return set_value(document, block, *values[0])
    # A pair `@key` is found by `key`, too.
    if block == _LOCAL and len({key.lstrip("@") for key, _ in values}) < len(values):
        raise ValueError("two of the keys may be those of the same pair")
    for _, value in values:
        _check_type(block, value)
    pairs = [(key, value, next(_forms(document, value))) for key, value in values]
    with suppress(_Unreadable):
        edited = _with_values(document, block, pairs)
        if edited is not None:
            return edited
    edited = _with_values(
        document, block, [(key, value, _form(document, block, key, value)) for key, value in values]
    )
    if edited is None:
        raise ValueError("a value does not read back as it is")
    return edited


def _form(document: Document, block: str, key: str, value: Any) -> str:
    """Return the first of a value's forms that reads back in a file with nothing else in it."""
    empty = document.with_text("")
    forms = list(_forms(document, value))
    for written in forms:
        with suppress(_Unreadable):
            if _with_values(empty, block, [(key, value, written)]) is not None:
                return written
    return forms[0]


def _with_values(document: Document, block: str, values: Sequence[tuple[str, Any, str]]) -> Document | None:
    """Return the document with these keys and values, of which the third is the text.

    None if they do not read back. Raises _Unreadable if nothing does.
    """
    typed = block in VARIABLE_BLOCKS
    target = _dictionary(document, block)
    present = _by_key(document, block)
    edits: list[Edit] = []
    added = []
    for key, value, written in values:
        kind = data_type(value) if typed else None
        pair = present.get(key)
        if pair is None:
            added.append(_entry(document, key, written, kind))
        else:
            unchanged = pair.value == variable_text(value)
            edits += _value_edits(document.text, pair, None if unchanged else written, kind, typed=typed)
    if added:
        content = _line_end(document.text).join(added)
        if target is None:
            edits.append(_new_block(document, block, content))
        else:
            if len(values) > 1:
                _check_order(document.text, target, present, values)
            edits.append(_new_pairs(document, target, content))
    edited = _parsed(document, edited_text(document.text, edits))
    if edited is document or _are_written(document, edited, block, values, len(added)):
        return edited
    return None


def _check_order(
    text: str, target: Dictionary, present: Mapping[str, Pair], values: Sequence[tuple[str, Any, str]]
) -> None:
    """Raise ValueError if it counts that one pair is added after the other.

    An empty value takes the blanks behind it, which until then stay at the end of the block's last line.
    """
    last = target.pairs[-1] if target.pairs else None
    if last is not None and text[last.end : last.end + 1] in (" ", "\t"):
        for key, _, written in values:
            if not written and present.get(key) in (None, last):
                raise ValueError("an empty value takes the blanks behind it")


def _check_type(block: str, value: Any) -> None:
    if block not in VARIABLE_BLOCKS and not isinstance(value, str):
        raise TypeError(f"a value of `{block}` is text, not {type(value).__name__}")
    if not isinstance(value, (str, bool, int, float, dict, list, type(None))):
        raise TypeError(f"a value of `{block}` cannot be of the type {type(value).__name__}")


def _are_written(
    before: Document, after: Document, block: str, values: Sequence[tuple[str, Any, str]], added: int
) -> bool:
    """Return whether the pairs read back as `values`, and nothing else changed, as quotes could change it."""
    pairs = _by_key(after, block)
    for key, value, _ in values:
        text = pairs[key].value if key in pairs else None
        if not isinstance(text, str) or not reads_as(text, value):
            return False
    keys = {key for key, _, _ in values}
    return len(_pairs(after)) - len(_pairs(before)) == added and _others(after, block, keys) == _others(
        before, block, keys
    )


def _pairs(document: Editable) -> list[Pair]:
    return [pair for block in document.blocks if isinstance(block, Dictionary) for pair in block.pairs]


def _others(document: Editable, block: str, keys: Collection[str]) -> list[tuple[Any, ...]]:
    """Return all pairs but those of the keys in blocks of this name."""
    return [
        (target.name, pair.key, pair.value)
        for target in document.blocks
        if isinstance(target, Dictionary)
        for pair in target.pairs
        if target.name != block or not _is(pair, keys, block)
    ]


def remove_pairs(document: Document, block: str, keys: Collection[str]) -> Document:
    """Return the document without the pairs of these keys in any block of this name; see Document.remove."""
    keys = dict.fromkeys(keys)
    edits: list[Edit] = []
    for target in document.blocks:
        if isinstance(target, Dictionary) and target.name == block:
            removed = {at for at, pair in enumerate(target.pairs) if _is(pair, keys, block)}
            if len(removed) == len(target.pairs) > 0:
                brace = document.text.index("{", target.start + len(target.name))
                edits.append(Edit(brace + 1, target.end, f"{_line_end(document.text)}}}"))
            else:
                edits += removals([(pair.start, pair.end) for pair in target.pairs], removed)
    message = f"`{', '.join(keys)}` cannot be removed from `{block}`"
    edited = _checked(document, edited_text(document.text, edits), message)
    if _others(edited, block, ()) != _others(document, block, keys):
        raise ValueError(f"{message}: others would change")
    return edited


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
        edit = _new_block(document, block, written)
    else:
        edit = Edit(target.content_start, target.content_start + len(target.source), written)
    edited = _checked(
        document, edited_text(document.text, [edit]), f"the text cannot be written in `{block}`"
    )
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
        edit = _appended(document, f"vars:secret [{newline}  {name}{newline}]")
    elif lists[-1].items:
        end = lists[-1].items[-1].end
        edit = Edit(end, end, f",{newline}  {name}")
    else:
        block = lists[-1]
        edit = Edit(block.start, block.end, f"vars:secret [{newline}  {name}{newline}]")
    text = edited_text(document.text, [edit])
    edited = _checked(document, text, f"`{name}` cannot be written in `vars:secret`")
    if [*_secret_names(document), name] != _secret_names(edited):
        raise ValueError(
            f"`{name}` cannot be written in `vars:secret`: a name has no blanks, commas or brackets"
        )
    return edited


def _secret_names(document: Editable) -> list[str]:
    return [item.name for block in document.blocks if isinstance(block, Secrets) for item in block.items]


def remove_secrets(document: Document, names: Collection[str]) -> Document:
    """Return the document without `names` in its list of secret variables."""
    edits: list[Edit] = []
    for block in document.blocks:
        if isinstance(block, Secrets):
            removed = {at for at, item in enumerate(block.items) if item.name in names}
            edits += removals([(item.start, item.end) for item in block.items], removed)
    message = f"`{', '.join(names)}` cannot be removed from `vars:secret`"
    edited = _checked(document, edited_text(document.text, edits), message)
    if _secret_names(edited) != [name for name in _secret_names(document) if name not in names]:
        raise ValueError(f"{message}: others would change")
    return edited


def _dictionary(document: Editable, name: str) -> Dictionary | None:
    block = document.block(name)
    if block is not None and not isinstance(block, Dictionary):
        raise ValueError(f"`{name}` is not a block of pairs")
    return block


def _is(pair: Pair, keys: Collection[str], block: str) -> bool:
    """Return whether a pair is found by one of the keys; a local variable also without its `@`."""
    key = pair.key
    return key in keys or (block == _LOCAL and key[:1] == "@" and key[1:] in keys)


def _by_key(document: Editable, block: str) -> dict[str, Pair]:
    """Return the pair that counts for each key: the last in all blocks of this name."""
    result = {}
    for target in document.blocks:
        if isinstance(target, Dictionary) and target.name == block:
            for pair in target.pairs:
                result[pair.key] = pair
                if block == _LOCAL and pair.key[:1] == "@":
                    result[pair.key[1:]] = pair
    return result


def _line_end(text: str) -> str:
    at = text.find("\n")
    return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"


def _line_start(text: str, position: int) -> int:
    return text.rfind("\n", 0, position) + 1


def _forms(document: Editable, value: Any) -> Iterator[str]:
    # Only environments take a "\r" inside quotes for part of a line end.
    return notations(value, _line_end(document.text) if document.kind == "environment" else "\n")


def _key(document: Editable, key: str) -> str:
    if document.kind == "environment":
        return key
    mark = "~" if key.startswith("~") else ""
    return mark + key_text(key[len(mark) :])


def _entry(document: Editable, key: str, written: str, kind: str | None) -> str:
    annotation = f"  @{kind}{_line_end(document.text)}" if kind else ""
    return f"{annotation}  {_key(document, key)}: {written}"


def _new_block(document: Editable, name: str, content: str) -> Edit:
    newline = _line_end(document.text)
    return _appended(document, f"{name} {{{newline}{content}{newline}}}", first=name == "vars")


def _appended(document: Editable, block: str, *, first: bool = False) -> Edit:
    """Put a block at the end, or, in an environment, where the app would: before secrets and the colour."""
    text, newline = document.text, _line_end(document.text)
    later: tuple[Block, ...] = ()
    if document.kind == "environment":
        # A colour takes the rest of the file.
        later = document.blocks if first else tuple(b for b in document.blocks if b.name == "color")
    if later:
        return Edit(later[0].start, later[0].start, f"{block}{newline}")
    last = "" if not text or text.endswith("\n") else newline
    gap = newline if text and document.kind != "environment" else ""
    return Edit(len(text), len(text), f"{last}{gap}{block}{newline}")


def _new_pairs(document: Editable, block: Dictionary, entries: str) -> Edit:
    text = document.text
    # Only blanks can follow the last pair on its line.
    at = block.pairs[-1].end if block.pairs else text.index("{", block.start + len(block.name)) + 1
    return Edit(at, at, _line_end(text) + entries)


def _value_edits(
    text: str, pair: Pair, written: str | None, kind: str | None, *, typed: bool
) -> Iterator[Edit]:
    """Yield what puts `written` in place of the pair's value, which stays for None, and sets its type."""
    if written is not None:
        separator = " " if text[pair.value_start - 1] == ":" else ""
        yield Edit(pair.value_start, pair.end, separator + written)
    types = [annotation for annotation in pair.annotations if annotation.name in DATA_TYPES]
    if not typed or (types[-1].name if types and types[-1].name != "string" else None) == kind:
        return
    for annotation in types:
        begin = _line_start(text, annotation.start)
        if text[begin : annotation.start].strip(" \t"):
            begin = annotation.start
        yield Edit(begin, text.index("\n", annotation.end) + 1, "")
    if kind:
        newline = _line_end(text)
        margin = text[_line_start(text, pair.key_start) : pair.key_start]
        if margin.strip(" \t"):
            margin = "  "
        begin = _line_start(text, pair.start)
        before = text[begin : pair.start]
        if before.strip(" \t"):
            # The pair shares its line with the brace: the annotation and the pair get separate lines.
            begin += len(before.rstrip(" "))
            yield Edit(begin, pair.start, f"{newline}{margin}@{kind}{newline}{margin}")
        else:
            yield Edit(begin, begin, f"{margin}@{kind}{newline}")


class _Unreadable(ValueError):
    """An edit would make a file that cannot be read."""


def _parsed(document: Document, text: str) -> Document:
    if text == document.text:
        return document
    try:
        return document.with_text(text)
    except BruSyntaxError as error:
        raise _Unreadable(error.message) from error


def _checked(document: Document, text: str, message: str) -> Document:
    try:
        return _parsed(document, text)
    except _Unreadable as error:
        raise ValueError(f"{message}: {error}") from error
