"""Where in a line of a file a secret value is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

from bruscript.lang.secret_names import Rule, is_setting
from bruscript.masking.names import PASSWORD_IN_URL, is_opaque, looks_secret
from bruscript.masking.words import is_distinct, is_meaningless

Part: TypeAlias = tuple[int, int]
"""Where a secret begins and ends in a line."""


class Pair(NamedTuple):
    """A line that has a key and a value: whether that is secret, what to hide of the line, and the value."""

    secret: bool
    parts: list[Part]
    value: str = ""


_PAIR: Final = re.compile(
    r"[ \t]*(?:- +)*(?!- )(?P<whole>~?[\"']?(?P<key>[^\s:=;\uff1a\"'{}\[\],@#][^\s:=;\uff1a\"']*)[\"']?)"
    r"(?P<separator>[ \t]*(?:=>|[:=;\uff1a~]+)[ \t]*|[ \t]+|$)(?P<value>.*)$"
)
_INNER: Final = re.compile(r"(?<![\w.$-])([A-Za-z_$][\w.$-]*)[\"']?[ \t]*(?:=>|:(?!//)|=(?!=))[ \t]*(?=\S)")
_WITHOUT_COLON: Final = re.compile(r"[\"']([\w.$-]+)[\"'][ \t]*[;\uff1a~]*:?[ \t]+(?=\S)")
_FLOW: Final = re.compile(r"(?<![\w.$-])([A-Za-z_$][\w.$-]*)[\"']?[ \t]*:[ \t]+(?=\S)")
_LITERAL: Final = re.compile(
    r"(?:(?<![\w.$-])(?P<key>[A-Za-z_$][\w.$-]*)[\"'`]?\]?\s*(?::|={1,3})"
    r"|[\"'`](?P<argument>[\w.$-]+)[\"'`]\s*,)"
    r"\s*(?P<quote>[\"'`])(?P<value>(?:\\.|(?!(?P=quote)).)*)"
)
_ELEMENT: Final = re.compile(r"<(?:\w+:)?([\w.-]+)(?:\s[^<>]*)?>([^<]+)")
_NAME: Final = re.compile(r"(?<![\w.$-])name[\"']?\s*:\s*[\"']?([\w.$-]+)")
_VALUE: Final = re.compile(r"(?<![\w.$-])(?:value|data)[\"']?\s*:\s*(?=\S)")
_QUERY_END: Final = re.compile(r"[&#\s\"'`]|$")
_WHOLE: Final = re.compile(r"(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\{\{[^{}]*\}\})(?=\s*(?:[,}\]]|$))")
"""A value in quotes, or a template, after which a pair ends."""
_TEMPLATE: Final = re.compile(r"\{\{[^{}]*\}\}")
_STRUCTURE: Final = re.compile(r"(?:basic|bearer|token)?[\s\"'`,;{}\[\]()|>+-]*", re.IGNORECASE)
"""What of a value is left to be shown when its templates are taken out."""
_KEYED: Final = re.compile(r"\s*(?:- +)*(?!- )~?[\"']?[\w.$-]+[\"']?\s*:")
_WORD: Final = re.compile(r"(?<![\w.$+/-])[A-Za-z0-9+/_-]{9,}(?![\w.($+/-])")
_LEAST_DIGITS: Final = 2
_LIKE_TOKEN: Final = re.compile(r"(?<![\w.+/-])[A-Za-z0-9+/_.-]{9,}=*")
_QUOTES: Final = "'''"


def in_pairs(line: str, rule: Rule) -> Pair:
    """Return the pair in a line of a block of pairs; its colon may be missing, or another sign."""
    match = _PAIR.match(line.rstrip())
    if match is None:
        return Pair(False, in_line(line, rule))
    key, value = match["key"], match["value"]
    if rule is Rule.AUTH and not match["separator"].strip():
        # Without a colon the line may be a value itself.
        if not is_setting(key):
            return Pair(True, hidden(line, match.start("whole"), len(line.rstrip())))
        if not value:
            return Pair(False, [])
    if not match["separator"] and not value:
        # The name of a secret, or of one whose value is missing.
        return Pair(False, [])
    # As in a `.env` file.
    like_one = match["separator"].strip() == "=" and looks_secret(value.strip("\"'"))
    is_value = key in ("value", "data") and ":" not in match["separator"]
    if not (like_one or is_value or rule.is_secret(key)):
        return Pair(False, in_line(line, rule, match.start("value")))
    return Pair(True, hidden(line, match.start("value"), match.end("value")), value)


def in_line(line: str, rule: Rule, start: int = 0) -> list[Part]:
    """Return the secrets of a line from `start` on, wherever in it their keys are, and those in URLs."""
    parts = [match.span(2) for match in PASSWORD_IN_URL.finditer(line, start)]
    if rule is Rule.AUTH or rule is Rule.PARAMETERS:
        parts += _of_keys(line, _FLOW, rule, start)
    elif rule is Rule.ALL:
        parts += _of_keys(line, _INNER, rule, start)
    by_name = rule not in (Rule.URLS, Rule.AUTH)
    parts += _of_keys(line, _INNER, Rule.NAMES if by_name else Rule.URLS, start)
    if by_name:
        parts += _of_entry(line, start)
    return parts


def _of_keys(line: str, pattern: re.Pattern[str], rule: Rule, start: int) -> Iterator[Part]:
    for match in pattern.finditer(line, start):
        if not rule.is_secret(match[1]):
            continue
        if line[match.start() - 1 : match.start()] in ("?", "&"):
            end = _QUERY_END.search(line, match.end())
            yield from hidden(line, match.end(), end.start() if end else len(line))
        elif rule is not Rule.URLS:
            whole = _WHOLE.match(line, match.end())
            yield from hidden(line, match.end(), whole.end() if whole else len(line.rstrip()))
            if whole is None:
                return


def _of_entry(line: str, start: int) -> Iterator[Part]:
    """Yield the value of an entry that is in one line: `{name: token, value: …}`."""
    name, value = _NAME.search(line), _VALUE.search(line, start)
    if name and value and Rule.NAMES.is_secret(name[1]):
        yield from hidden(line, value.end(), len(line.rstrip()))


_FLOWS = frozenset({"client_credentials", "authorization_code", "resource_owner_password_credentials"})
"""Flows of OAuth 2.0, which messages list: they are no secrets, though they are named after some."""


def in_code(line: str, *, strict: bool = False) -> list[Part]:
    """Return the secrets in a line of code: literals of keys that are named like one, and could not be words.

    `strict` is for data: there they are secret whatever they are.
    """
    if strict:
        parts = [match.span(2) for match in _ELEMENT.finditer(line) if Rule.NAMES.is_secret(match[1])]
        for pattern in (_INNER, _WITHOUT_COLON):
            parts += _of_keys(line, pattern, Rule.NAMES, 0)
        return [*parts, *_of_entry(line, 0)]
    parts = []
    for match in _LITERAL.finditer(line):
        if Rule.NAMES.is_secret(match["key"] or match["argument"]):
            value = _TEMPLATE.sub("", match["value"])
            if value not in _FLOWS and any(is_distinct(word) for word in (value, *value.split())):
                parts += hidden(line, *match.span("value"))
    for match in _INNER.finditer(line):
        if Rule.NAMES.is_secret(match[1]):
            words = _WORD.finditer(line, match.end())
            parts += [word.span() for word in words if sum(map(str.isdigit, word[0])) >= _LEAST_DIGITS]
            break
    return parts


def like_tokens(line: str) -> list[Part]:
    """Return the words of a line that mix letters and digits, as tokens do; not hosts, dates and the like."""
    return [
        word.span()
        for word in _LIKE_TOKEN.finditer(line)
        if sum(map(str.isdigit, word[0])) >= _LEAST_DIGITS
        and any(map(str.isalpha, word[0]))
        and is_opaque(word[0])
    ]


def is_continuation(line: str) -> bool:
    """Return whether a line may go on with the value of the line above: it has no key of its own."""
    text = line.strip()
    return bool(text) and text[0] not in "}]@#" and _KEYED.match(line) is None


def hidden(line: str, start: int, end: int) -> list[Part]:
    """Return a value as a part, unless it gives nothing away: templates, `null`, what only begins a value."""
    value = line[start:end]
    text = value.strip().strip("\"'`,;")
    if not text or is_meaningless(text) or text == _QUOTES or text in ("[", "{", "|", ">"):
        return []
    without = _TEMPLATE.sub("", text)
    if without != text and _STRUCTURE.fullmatch(without.strip()):
        return []
    return [(start, end)]
