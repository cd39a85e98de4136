"""Explains why the automaton rejected a text."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from bruscript.lang.bru import blocks
from bruscript.lang.bru.automaton import Many, Token, Unexpected
from bruscript.lang.bru.build import Rejected, whole_block
from bruscript.lang.errors import HIDDEN, BruSyntaxError
from bruscript.lang.nodes import Pair
from bruscript.lang.redaction import veiled
from bruscript.near import near_word

_OPENERS = {"DICTIONARY", "ASSERT", "TEXT_NAME", "SECRETS"}
_SPACE = re.compile(r"[\x00-\x20]*")
_BLANKS = re.compile(r"[ \t]*")
_LINE_END = re.compile(r"\r?\n")
_BLANK_LINE = re.compile(r"\n[ \t]+\r?\n")
_WORD = re.compile(r"[^\s{\[]+")
_KEY = re.compile(r'(?:~?"(?:[^"\\\r\n]|\\["]|\\(?!["]))*")|[^ \t\r\n:]*')
_BLOCK = re.compile(r"([a-z][\w:-]*)[ \t]*\{", re.ASCII)
_ANNOTATION = re.compile(r"@[^() \t\r\n:]+")
_KIND_NAMES = {
    "request": "a request file",
    "collection": "collection.bru and folder.bru",
    "environment": "an environment file",
}
_NO_COMMENTS = "A .bru file has no comments; `~` before a key switches it off."


class _Finding(NamedTuple):
    position: int
    found: str
    expected: str
    hint: str | None = None


def syntax_error(
    text: str, kind: str, failure: Unexpected | Rejected, filename: str | None
) -> BruSyntaxError:
    """Make the error for the place where the automaton stopped; it shows no secrets of the text."""
    text = veiled(text, "bru", broken=True)
    if isinstance(failure, Rejected):
        return _error(text, failure.position, failure.message, filename, failure.hint)
    finding = _find(text, "collection" if kind == "folder" else kind, failure)
    message = f"found {finding.found}, expected {finding.expected}"
    return _error(text, finding.position, message, filename, finding.hint, finding.found, finding.expected)


def _error(
    text: str,
    position: int,
    message: str,
    filename: str | None,
    hint: str | None,
    found: str | None = None,
    expected: str | None = None,
) -> BruSyntaxError:
    begin = text.rfind("\n", 0, position) + 1
    end = text.find("\n", begin)
    source = text[begin : end if end >= 0 else len(text)].rstrip("\r")
    return BruSyntaxError(
        message,
        line=text.count("\n", 0, position) + 1,
        column=position - begin + 1,
        # A line of a body can be megabytes long.
        source_line=source if len(source) <= 500 else source[: max(500, position - begin + 1)][:2000],
        filename=filename,
        found=found,
        expected=expected,
        hint=hint,
    )


def _find(text: str, kind: str, failure: Unexpected) -> _Finding:
    position = failure.position
    if "\r" in text and "\n" not in text:
        hint = "Save the file with the line ends of Unix or Windows."
        return _Finding(text.index("\r"), "a lone carriage return", "a line end", hint)
    opener = next((v for v in reversed(failure.stack) if isinstance(v, Token) and v.kind in _OPENERS), None)
    if opener is None:
        return _at_top(text, kind, position, failure.stack)
    closing = f"to close `{opener.text}`, opened on line {opener.line}"
    if opener.kind == "SECRETS":
        return _in_secrets(text, position, closing)
    if opener.kind == "TEXT_NAME":
        return _in_text(text, opener, closing)
    if any(name.startswith(("OPEN", "EMPTY")) for name in failure.expected):
        return _at_brace(text, failure, opener, closing)
    return _in_pairs(text, kind, failure, closing)


def _past(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return the offset after what `pattern`, which may match nothing, matches at `position`."""
    match = pattern.match(text, position)
    return match.end() if match else position


def _quote_at(text: str, position: int) -> str:
    """Name the text at `position`."""
    if position >= len(text):
        return "the end of the file"
    rest = text[position : position + 60].split("\n")[0].rstrip("\r")
    if not rest:
        return "the end of the line"
    if rest[0] == "\ufeff":
        return "a byte order mark (U+FEFF)"
    if not rest.strip():
        return "blanks"
    words = rest.split(" ")
    return f"`{words[0] if words[0] else rest.strip()}`"


# -- between blocks -------------------------------------------------------------------------------


def _at_top(text: str, kind: str, position: int, stack: list[Any]) -> _Finding:
    at = _past(_SPACE, text, position)
    expected = "a block name"
    if text[at : at + 1] == "\ufeff":
        return _Finding(
            at, _quote_at(text, at), expected, "Save the file as UTF-8 without a byte order mark."
        )
    if text[at : at + 1] == "}":
        return _Finding(at, "`}`", expected, _stray_brace(stack))
    if text.startswith(("#", "//"), at):
        return _Finding(
            at, _quote_at(text, at), expected, "A .bru file has no comments; the block `docs` holds text."
        )
    word_match = _WORD.match(text, at)
    if word_match is None:
        return _Finding(at, _quote_at(text, at), expected)
    word = word_match.group()
    names = blocks.NAMES[kind]
    if word in names:
        brace = "[" if word == "vars:secret" else "{"
        after = word_match.end()
        return _Finding(after, _quote_at(text, after), f"`{brace}` after the block name `{word}`")
    elsewhere = [other for other, known in blocks.NAMES.items() if word in known]
    if elsewhere:
        places = " or ".join(_KIND_NAMES[other] for other in elsewhere)
        return _Finding(
            at, f"`{word}`", expected, f"The block `{word}` belongs in {places}, not in {_KIND_NAMES[kind]}."
        )
    near = near_word(word.lower(), names)
    return _Finding(at, f"`{word[:40]}`", expected, f"Did you mean `{near}`?" if near else None)


def _stray_brace(stack: list[Any]) -> str | None:
    closed = next(
        (value for value in reversed(_flat(stack)) if hasattr(value, "end") and hasattr(value, "name")), None
    )
    if closed is None:
        return None
    return (
        f"The block before it, `{closed.name}` on line {closed.line}, ended at the first line that begins "
        "with `}`. Indent what belongs to a block by two blanks."
    )


def _flat(stack: list[Any]) -> list[Any]:
    values = [item for value in stack for item in (value if type(value) is Many else [value])]
    return [whole_block(value) if isinstance(value, Token) else value for value in values]


# -- in a block -----------------------------------------------------------------------------------


def _at_brace(text: str, failure: Unexpected, opener: Token, closing: str) -> _Finding:
    after = text.index("{", failure.position) + 1
    line_end = _past(_BLANKS, text, after)
    if (
        "OPEN_TIGHT" in failure.expected
        and line_end > after
        and text[line_end : line_end + 1] in ("\n", "\r")
    ):
        return _Finding(
            after, "blanks", f"the end of the line after `{opener.text} {{`", "Delete the blanks."
        )
    at = _past(_SPACE, text, after)
    if at >= len(text):
        return _Finding(at, "the end of the file", f"`}}` {closing}")
    if text[at] == "}":
        if text[at - 1] != "\n":
            return _Finding(at, "`}`", f"`}}` at the start of a line {closing}")
        first = text.index("\n", after) + 1
        return _Finding(
            first, "an empty line", f"`}}` {closing}", "Delete the line: a block without pairs has no lines."
        )
    blank = _BLANK_LINE.search(text, after)
    line = blank.start() + 1 if blank else text.index("\n", after) + 1
    hint = "Delete the blanks, or the line: a block may not begin with such a line."
    return _Finding(line, "a line of blanks", f"a key after `{opener.text} {{`", hint)


def _in_text(text: str, opener: Token, closing: str) -> _Finding:
    hint = f"A line that begins with `}}` closes `{opener.text}`."
    after = text.index("{", opener.start) + 1
    if text[after:].lstrip("\r\n")[:1] == "}":
        hint = f"`{opener.text}` is empty, and the language has no empty block of text: delete the block."
    return _Finding(len(text), "the end of the file", f"`}}` {closing}", hint)


def _in_secrets(text: str, position: int, closing: str) -> _Finding:
    at = _past(_SPACE, text, position)
    if text[at : at + 1] == ",":
        return _Finding(
            at, "`,` after a blank", "`,` right after the name", "Write the comma on the name's line."
        )
    return _Finding(at, _quote_at(text, at), f"`,` or `]` {closing}")


def _in_pairs(text: str, kind: str, failure: Unexpected, closing: str) -> _Finding:
    position = failure.position
    at = _past(_SPACE, text, position)
    close = f"`}}` {closing}"
    last = failure.stack[-1]
    previous = _flat(failure.stack)[-1]
    swallowed = _swallowed_block(text, kind, failure.stack)
    if swallowed is not None:
        return _Finding(swallowed, f"the block `{_block_at(text, swallowed)}`", close)
    unclosed = _unclosed_value(text, kind, last if isinstance(last, Token) else previous)
    if unclosed is not None:
        return unclosed
    if isinstance(last, Token) and last.kind in ("MULTILINE", "MULTILINE_PLAIN", "ENV_MULTILINE", "LIST"):
        begin = _past(_BLANKS, text, position)
        if text[begin : begin + 1] not in ("\n", "\r", ""):
            ends = "`]`" if last.kind == "LIST" else "`'''`"
            return _Finding(begin, _quote_at(text, begin), f"the end of the line after {ends}")
    if at >= len(text):
        brace = isinstance(last, Token) and last.kind == "LINE" and last.text.rstrip().endswith("}")
        hint = f"The `}}` at the end of line {last.line} is read as part of the value." if brace else None
        return _Finding(at, "the end of the file", close, hint)
    if text[at - 1] == "\n" and _block_at(text, at) in blocks.NAMES[kind]:
        return _Finding(at, f"the block `{_block_at(text, at)}`", close)
    if text[at] == "}":
        if isinstance(last, Token) and last.kind == "ANNOTATION":
            return _Finding(at, "`}`", f"a key below the annotation `{_first_line(last.text)}`")
        return _Finding(at, "`}`", f"`}}` at the start of a line {closing}")
    if text[at] == "@":
        finding = _annotation(text, at)
        if finding is not None:
            return finding
    return _key(text, at, kind, close)


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:40]


def _block_at(text: str, at: int) -> str | None:
    match = _BLOCK.match(text, at)
    return match[1] if match else None


def _swallowed_block(text: str, kind: str, stack: list[Any]) -> int | None:
    """Find where a block begins that was read as a pair of the block before it, as `body:json {` can be."""
    for value in _flat(stack):
        if isinstance(value, Pair):
            start = value.key_start
        elif isinstance(value, Token) and value.kind.endswith("KEY"):
            start = value.start + len(value.text) - len(value.text.lstrip(" \t\r\n"))
        else:
            continue
        if text[start - 1] == "\n" and _block_at(text, start) in blocks.NAMES[kind]:
            return start
    return None


def _unclosed_value(text: str, kind: str, last: Any) -> _Finding | None:
    """Find a value that was opened and read as a plain line because it is never closed as it should be."""
    if isinstance(last, Pair):
        value, start, line = last.value, last.value_start, last.line
    elif isinstance(last, Token) and last.kind in ("LINE", "ENV_LINE"):
        value, start, line = last.text.strip(), last.start, last.line
    else:
        return None
    if isinstance(value, str) and text.startswith("'''", start) and text.find("'''", start + 3) < 0:
        return _Finding(
            len(text), "the end of the file", f"`'''` to close the text that was opened on line {line}"
        )
    if value != "[":
        return None
    if kind != "request":
        hint = "Lists of several lines are for request files. Write the items on this line: a, b"
        return _Finding(start, "`[` alone", "a value on the line of its key", hint)
    at = start + 1
    for row in re.compile(r"[^\n]*\n?").findall(text, at):
        content = row.strip()
        if content == "]":
            return _Finding(at + row.index("]"), "`]`", "an item, or two line ends, between `[` and `]`")
        if content and not (re.fullmatch(r"[\w-]+", content) and row[0] in " \t"):
            return _Finding(
                at + len(row) - len(row.lstrip()),
                f"`{content[:40]}`",
                f"an item of the list that was opened on line {line}, or `]`",
                "Each item needs its own indented line, and has only letters, digits, `_` and `-`.",
            )
        at += len(row)
    return _Finding(len(text), "the end of the file", f"`]` to close the list that was opened on line {line}")


def _annotation(text: str, at: int) -> _Finding | None:
    match = _ANNOTATION.match(text, at)
    if match is None:
        return None
    end = match.end()
    if text[end : end + 1] == "(":
        closing = text.find(")", end)
        if closing < 0:
            return _Finding(len(text), "the end of the file", f"`)` to close `{match.group()}(`")
        quote = text[end + 1 : end + 2]
        if quote in ("'", '"') and text[closing - 1] != quote:
            return _Finding(
                end + 1, _quote_at(text, end + 1), f"{quote} and `)` to close `{match.group()}({quote}`"
            )
        end = closing + 1
    rest = _past(_BLANKS, text, end)
    line_end = _LINE_END.match(text, rest)
    if line_end:
        following = line_end.end()
        if not text[following:].split("\n", 1)[0].strip():
            return _Finding(following, "an empty line", f"a key below the annotation `{match.group()}`")
        return None
    if rest == len(text):
        return _Finding(rest, "the end of the file", f"a key below the annotation `{match.group()}`")
    return _Finding(
        rest, _quote_at(text, rest), f"`:`, or the end of the line after the annotation `{match.group()}`"
    )


def _key(text: str, at: int, kind: str, close: str) -> _Finding:
    if kind == "environment" and re.match(r"'''\r?\n", text[at : at + 5]):
        quotes = "Three quotes at the end of a line begin a text: put nothing else after `key:`."
        return _Finding(at, "`'''` at the end of a value", "the end of the line", quotes)
    match = _KEY.match(text, at)
    key = match.group() if match else ""
    end = at + len(key)
    after = _past(_BLANKS, text, end)
    line_end = text.find("\n", after)
    rest = text[after : line_end if line_end >= 0 else len(text)]
    hint = None
    if key.startswith(("#", "//")):
        hint = _NO_COMMENTS
    elif ":" in rest and kind != "environment" and not key.startswith('"'):
        whole = (key + text[end:after] + rest.split(":")[0]).strip().replace('"', "")
        if HIDDEN not in whole:
            hint = f'A key with blanks goes in quotes: "{whole}".'
    elif not key:
        return _Finding(at, _quote_at(text, at), f"a key or {close}")
    return _Finding(
        after if rest.strip() else end,
        _quote_at(text, after if rest.strip() else end),
        f"`:` after the key `{key[:40]}`",
        hint,
    )
