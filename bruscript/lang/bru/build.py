"""From the automaton's tokens to the syntax tree, one set of actions a grammar."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from bruscript.lang.bru.automaton import Action, Automaton, Token
from bruscript.lang.js import trim, without_units
from bruscript.lang.nodes import Annotation, Block, Color, Dictionary, Item, Pair, Secrets, Text

_LINE_END = re.compile(r"\r\n|\r|\n")
_ITEMS = re.compile(r"[\w-]+")
_CONTENT_TYPE = re.compile(r"(?s)('''.*?''')[ \t]*(@contentType\(.*)")
_ESCAPE = re.compile(r'\\([rnt"\\])')
_ESCAPES = {"r": "\r", "n": "\n", "t": "\t"}


class Rejected(Exception):
    """The text fits the grammar, but a rule beyond it is broken: where, and what is expected there."""

    def __init__(self, position: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.position = position
        self.message = message
        self.hint = hint


# -- annotations ----------------------------------------------------------------------------------


def annotation(token: Token) -> Annotation:
    """Make the node of `@name` or `@name(argument)`."""
    text = token.text
    body = text.strip(" \t\r\n")
    begin = len(text) - len(text.lstrip(" \t\r\n"))
    line = token.line - text.count("\n") + text.count("\n", 0, begin)
    name, parenthesis, argument = body[1:].partition("(")
    value = _argument(argument[:-1]) if parenthesis else None
    start = token.start + begin
    return Annotation(name, value, line, start, start + len(body))


def _argument(text: str) -> str:
    if text.startswith("'''") and text.endswith("'''") and len(text) >= 6:
        return _dedented(text[3:-3])
    quote = text[:1]
    if len(text) >= 2 and quote == text[-1] and quote in "'\"":
        if quote == "'" and "'" not in text[1:-1]:
            return text[1:-1]
        if quote == '"' and _closes(text):
            return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), text[1:-1])
    return text


def _closes(text: str) -> bool:
    """Return whether the last character of `text` is the quote that closes its first."""
    return re.fullmatch(r'"(?:\\[\s\S]|[^"\\])*"', text) is not None


def _dedented(text: str) -> str:
    if "\n" not in text and "\r" not in text:
        return text
    ending = "\r\n" if "\r\n" in text else "\r" if "\r" in text else "\n"
    lines = _LINE_END.split(text)
    if lines and lines[0] == "":
        del lines[0]
    if lines and not trim(lines[-1]):
        del lines[-1]
    indents = [len(line) - len(line.lstrip(" \t")) for line in lines if trim(line)]
    indent = min(indents, default=0)
    return ending.join(line[indent:] if trim(line) else "" for line in lines)


# -- pairs ----------------------------------------------------------------------------------------


def _key(token: Token) -> tuple[str, int]:
    """Return the key of a token `blanks key blanks : blanks`, and the offset where it begins."""
    text = token.text
    raw = text.lstrip(" \t\r\n") if text[:1] in " \t\r\n" else text
    start = token.start + len(text) - len(raw)
    key = trim(raw.rstrip(" \t")[:-1])
    if token.kind.endswith("QUOTED_KEY"):
        disabled = "~" if key[0] == "~" else ""
        key = disabled + key[len(disabled) + 1 : -1].replace('\\"', '"')
    return key, start


def request_value(token: Token) -> str | tuple[str, ...]:
    """Return the value of a pair as request files have it."""
    text = token.text
    if token.kind == "LINE":
        return trim(text)
    if token.kind == "LIST":
        return _list(token)
    text = text.rstrip(" \t")
    match = _CONTENT_TYPE.fullmatch(text)
    content, suffix = (match[1], " " + match[2]) if match else (text, "")
    return trim(_unindented(content[3:-3]) + suffix)


def _collection_value(token: Token) -> str:
    text = token.text
    if token.kind == "LINE" and not (text.startswith("'''") and text.endswith("'''")):
        return trim(text)
    if token.kind != "LINE":
        text = text.rstrip(" \t")
    # The reference takes the quotes off one end at a time, so that ''' alone loses them once.
    text = text.removeprefix("'''")
    return trim(_unindented(text.removesuffix("'''")))


def _environment_value(token: Token) -> str:
    if token.kind == "ENV_LINE":
        return trim(token.text)
    content = token.text.rstrip(" \t")[3:-3].rstrip(" \t")
    content = content[2:] if content.startswith("\r\n") else content[1:]
    content = content[:-2] if content.endswith("\r\n") else content[:-1]
    return trim("\n".join(without_units(line, 4) for line in _LINE_END.split(content)))


def _unindented(text: str) -> str:
    return "\n".join(without_units(line, 4) for line in text.split("\n"))


def _list(token: Token) -> tuple[str, ...]:
    items = tuple(_ITEMS.findall(token.text))
    for item in items:
        # The pattern's \w holds more than letters and the digits 0 to 9.
        odd = next((c for c in item if not (c.isalpha() or c in "0123456789_-") or ord(c) > 0xFFFF), None)
        if odd is not None:
            raise Rejected(
                token.start + token.text.index(item) + item.index(odd),
                f"found {odd!r}, expected a letter, a digit, `_` or `-` in the list item",
            )
    return items


def pair_action(value_of: Callable[[Token], str | tuple[str, ...]]) -> Action:
    """Return the action that makes pairs whose values `value_of` reads."""

    def build(children: list[Token]) -> Pair:
        annotations: tuple[Annotation, ...] = ()
        at = 0
        if children[0].kind == "ANNOTATION":
            while children[at].kind == "ANNOTATION":
                at += 1
            annotations = tuple([annotation(child) for child in children[:at]])
        token = children[at]
        key, key_start = _key(token)
        value_start = token.start + len(token.text)
        value: str | tuple[str, ...] = ""
        end = value_start
        if at + 1 < len(children):
            last = children[at + 1]
            value = value_of(last)
            end = value_start + len(last.text.rstrip(" \t"))
        start = annotations[0].start if annotations else key_start
        return Pair(key, value, annotations, token.line, start, key_start, value_start, end)

    return build


def _assertion(children: list[Token]) -> Pair:
    pair: Pair = pair_action(request_value)(children)
    if isinstance(pair.value, tuple):
        raise Rejected(pair.value_start, "found a list, expected an operator and a value in `assert`")
    return pair


# -- blocks ---------------------------------------------------------------------------------------


def _dictionary(children: list[Any]) -> Dictionary:
    name, opening, *pairs = children
    last = pairs.pop() if pairs else opening
    end = last.start + len(last.text)
    close = end - 3 if last.text.endswith("\r\n}") else end - 2
    return Dictionary(name.text, tuple(pairs), name.line, name.start, close, end)


_PLAIN_PAIR = re.compile(r"\n[ \t]*(([^\s:]+)[ \t]*:[ \t]*)([^\r\n]*)")
_TEXT_OPEN = re.compile(r"([^ \t{]+)[ \t]*\{(?:\r?\n)*")


def _plain(children: list[Token]) -> Dictionary:
    """Make the node of a whole block of pairs, which is one token; the same as `_dictionary` makes."""
    token = children[0]
    source, start = token.text, token.start
    end = source.rindex("}") + 1
    first = token.line - source.count("\n")
    pairs = []
    for at, match in enumerate(_PLAIN_PAIR.finditer(source), first + 1):
        key_start, value_start = start + match.start(1), start + match.end(1)
        value = match[3]
        pairs.append(
            Pair(
                match[2],
                trim(value),
                (),
                at,
                key_start,
                key_start,
                value_start,
                value_start + len(value.rstrip(" \t")),
            )
        )
    close = end - 3 if source[end - 3] == "\r" else end - 2
    name = source[: source.index("{")].rstrip(" \t")
    return Dictionary(name, tuple(pairs), first, start, start + close, start + end)


def _verbatim(children: list[Token]) -> Text:
    """Make the node of a whole block of text, which is one token; the same as `_text` makes."""
    token = children[0]
    source, start = token.text, token.start
    opening = _TEXT_OPEN.match(source)
    assert opening
    end = source.rindex("\n}")
    content = source[opening.end() : end - 1 if source[end - 1] == "\r" else end]
    first = token.line - source.count("\n")
    line = first + source.count("\n", 0, opening.end())
    return Text(opening[1], content, first, line, start, start + opening.end(), start + end + 2)


def whole_block(token: Token) -> Token | Dictionary | Text:
    """Return the node of a token that is a whole block; another token as it is."""
    if token.kind == "PLAIN":
        return _plain([token])
    return _verbatim([token]) if token.kind == "VERBATIM" else token


def _text(children: list[Token]) -> Text:
    name, opening, content, closing = children
    source = content.text
    end = closing.start + len(closing.text)
    if source.endswith("\r"):
        source = source[:-1]
    return Text(name.text, source, name.line, opening.line, name.start, content.start, end)


def _item(children: list[Token]) -> Item:
    annotations = tuple(annotation(child) for child in children if child.kind == "ITEM_ANNOTATION")
    last = children[-1] if children else None
    if last is None or last.kind != "ITEM":
        end = annotations[-1].end if annotations else -1
        start = annotations[0].start if annotations else -1
        return Item("", annotations, last.line if last else 0, start, end)
    end = last.start + len(last.text)
    name = trim(last.text)
    start = last.start + len(last.text) - len(last.text.lstrip(" \t"))
    return Item(name, annotations, last.line, annotations[0].start if annotations else start, end)


def _secrets(children: list[Any]) -> Secrets:
    name, _, *rest = children
    closing: Token = rest.pop()
    items = tuple(child for child in rest if isinstance(child, Item) and child.name)
    end = closing.start + len(closing.text)
    return Secrets(name.text, items, name.line, name.start, closing.start, end)


def _color(children: list[Token]) -> Color:
    token = children[0]
    line = token.line - token.text.count("\n")
    return Color("color", trim(token.text[6:]), line, token.start, token.start + len(token.text))


def _start(children: list[Block]) -> tuple[Block, ...]:
    return tuple(children)


ACTIONS: dict[str, dict[str, Action]] = {
    "request": {
        "pair": pair_action(request_value),
        "assertion": _assertion,
        "assert_annotation": lambda children: children[0],
        "dictionary": _dictionary,
        "assertions": _dictionary,
        "text": _text,
        "plain": _plain,
        "verbatim": _verbatim,
        "start": _start,
    },
    "collection": {
        "pair": pair_action(_collection_value),
        "dictionary": _dictionary,
        "text": _text,
        "plain": _plain,
        "verbatim": _verbatim,
        "start": _start,
    },
    "environment": {
        "pair": pair_action(_environment_value),
        "dictionary": _dictionary,
        "first_annotation": lambda children: children[0],
        "first_item": _item,
        "item": _item,
        "secrets": _secrets,
        "color": _color,
        "start": _start,
    },
}
"""For each grammar, what makes the value of each of its rules."""


def check_values(tree: tuple[Block, ...], grammar: str) -> None:
    """Raise Rejected for the values that fit the grammar but that the reference's parser fails on."""
    if grammar != "request":
        return
    for block in tree:
        if not isinstance(block, Dictionary):
            continue
        if block.name == "auth:ntlm":
            keys = {pair.key for pair in block.pairs}
            if "password" in keys and "domain" not in keys:
                raise Rejected(
                    block.start,
                    "found `password` without `domain` in `auth:ntlm`",
                    "Add `domain:`; it may be empty.",
                )
        for pair in block.pairs:
            if block.name == "body:file" and pair.key == "__proto__":
                raise Rejected(pair.key_start, "found `__proto__`, expected `file`")
            if isinstance(pair.value, str):
                continue
            if block.name == "body:file" or (block.name, pair.key) == ("auth:oauth1", "private_key"):
                raise Rejected(pair.value_start, f"found a list, expected text as the value of `{pair.key}`")


@cache
def _tables() -> Any:
    from bruscript.lang.bru.tables import load_tables

    return load_tables()


@cache
def automaton(grammar: str) -> Automaton:
    """Return the parser of one grammar; made once in a process."""
    return Automaton(_tables()[grammar], ACTIONS[grammar])
