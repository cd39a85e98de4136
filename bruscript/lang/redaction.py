"""Texts of files without the secrets that are written in them, whether or not the files can be read.

A value is secret if the block, the key or the header says so; docs/secrets.md has the names. The text is read
line by line, since a file that is shown is often one that cannot be parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

from bruscript.lang.errors import HIDDEN, unveiled
from bruscript.lang.secret_lines import (
    Part,
    hidden,
    in_code,
    in_line,
    in_pairs,
    is_continuation,
    like_tokens,
)
from bruscript.lang.secret_names import Rule, rule_of

Source = Literal["bru", "yml", "js"]
"""How a text is laid out: as a `.bru` file, by indentation (YAML, JSON), or as JavaScript."""

_KEPT: Final = frozenset(" \t\r\n:{}[]'\"@,()~\\=*&!|>%`#-")
"""What explains a mistake in a secret's spelling: quotes, colons, brackets, blanks."""
_OPEN: Final = re.compile(r"([A-Za-z][\w:-]*)[ \t]*([{\[])(.*)$")
_INDENTED_OPEN: Final = re.compile(r"\s+([a-z][\w:-]*\w)[ \t]*[{\[]\s*$")
_KEY_BEGIN: Final = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY")
_KEY_END: Final = re.compile(r"-----END [A-Z0-9 ]+-----")
_ITEM: Final = re.compile(
    r"(?P<indent>[ \t]*)(?P<dash>(?:- +)*)(?!- )(?:(?P<quote>[\"'])(?P<quoted>[^\"']*)(?P=quote)"
    r"|(?P<plain>[^\s:\"'{}\[\],#][^:\"']*))[ \t]*:(?:[ \t]+(?P<value>\S.*))?$"
)
_BLOCK_TEXT: Final = re.compile(r"[|>][-+\d]*\s*(?:#.*)?$")
_QUOTES: Final = "'''"
_VALUES: Final = ("value", "data", "default")
_QUOTED: Final = re.compile(r"'([^']{9,})'")
_TRUE: Final = re.compile(r"true\b")


def redacted(text: str, source: Source, *, broken: bool = False) -> str:
    """Return `text` with `********` for each secret in it; see `veiled`."""
    return unveiled(veiled(text, source, broken=broken))


def redacted_message(message: str) -> str:
    """Return a message about a file, which may quote values of it, without what looks like a token."""
    return redacted(message, "js", broken=True)


def quoted_secrets(message: str, code: str, line: int) -> list[str]:
    """Return the secret words of `line`, 1-based, of a script that V8's message about it quotes."""
    lines = code.split("\n")
    if not 0 < line <= len(lines):
        return []
    shown = redacted(lines[line - 1], "js")
    return [word for word in _QUOTED.findall(message) if word in lines[line - 1] and word not in shown]


def veiled(text: str, source: Source, *, broken: bool = False) -> str:
    """Return `text` in its length, secrets replaced by a character that `unveiled` turns into `********`.

    Blanks and punctuation inside a secret stay, so that the veiled text still shows what is wrong.
    In a `broken` text keys may be what is wrong, so words that look like tokens are secret under any key.
    """
    lines = text.split("\n")
    spans = {"bru": _in_bru, "yml": _in_yml, "js": _in_js}[source](lines)
    result = []
    for line, parts in zip(lines, _with_keys(lines, spans), strict=True):
        for start, end in [*parts, *(like_tokens(line) if broken else ())]:
            line = line[:start] + _veil(line[start:end]) + line[end:]
        result.append(line)
    return "\n".join(result)


def _veil(secret: str) -> str:
    hidden = "".join(char if char in _KEPT else HIDDEN for char in secret)
    return hidden if HIDDEN in hidden else HIDDEN * len(secret)


def _with_keys(lines: list[str], spans: Iterator[list[Part]]) -> Iterator[list[Part]]:
    """Yield the parts of each line, and as a whole those of a private key in PEM form."""
    inside = False
    for line, parts in zip(lines, spans, strict=True):
        begin = _KEY_BEGIN.search(line)
        if begin or inside:
            parts = [*parts, (begin.start() if begin else _indent(line), len(line))]
            inside = not _KEY_END.search(line)
        yield parts


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _in_js(lines: list[str]) -> Iterator[list[Part]]:
    for line in lines:
        yield [*in_code(line), *in_line(line, Rule.URLS)]


# -- .bru -----------------------------------------------------------------------------------------


def _in_bru(lines: list[str]) -> Iterator[list[Part]]:
    rule, quoted, secret_before = Rule.NAMES, False, False
    for line in lines:
        if quoted:
            # A value of several lines goes on.
            end = line.find(_QUOTES)
            quoted = end < 0
            yield [(_indent(line), len(line) if quoted else end)]
            continue
        if opened := _opened(line, rule):
            rule, start = opened
            secret_before = False
            yield in_line(line, rule, start) if line[start:].strip(" \t\r}") else []
            continue
        if line.startswith(("}", "]")):
            rule, secret_before = Rule.NAMES, False
            yield in_line(line, rule)
            continue
        if rule in (Rule.CODE, Rule.BODY):
            yield [*in_code(line, strict=rule is Rule.BODY), *in_line(line, Rule.URLS)]
            continue
        if secret_before and is_continuation(line):
            yield [(_indent(line), len(line))]
            continue
        pair = in_pairs(line, rule)
        secret_before = pair.secret
        quoted = pair.secret and pair.value.startswith(_QUOTES) and _QUOTES not in pair.value[3:]
        yield pair.parts


def _opened(line: str, rule: Rule) -> tuple[Rule, int] | None:
    """Return the rule of the block that `line` opens, and where its content may begin."""
    if match := _OPEN.match(line):
        return rule_of(match[1]), match.start(3)
    if rule is not Rule.CODE and rule is not Rule.BODY and (match := _INDENTED_OPEN.match(line)):
        return rule_of(match[1]), len(line)
    return None


# -- by indentation -------------------------------------------------------------------------------


class _Row:
    """A line `key: value`; `names` are the short values of its mapping, which its lines share."""

    def __init__(self, match: re.Match[str]) -> None:
        self.key = (match["quoted"] or match["plain"] or "").strip()
        self.value = match["value"] or ""
        self.start = match.start("value")
        self.indent = len(match["indent"])
        self.column = match.end("dash")
        self.is_item = bool(match["dash"])
        self.path: tuple[str, ...] = ()
        self.names: dict[str, str] = {}


def _rows(lines: list[str]) -> list[_Row | None]:
    """Return the pairs of the lines, with the keys above them; None for a line that is not a pair."""
    rows: list[_Row | None] = []
    stack: list[_Row] = []
    fresh = False
    for line in lines:
        match = _ITEM.match(line.rstrip())
        if match is None:
            rows.append(None)
            # In JSON, the next object of a list.
            fresh = fresh or line.strip()[:1] in ("{", "}")
            continue
        row = _Row(match)
        while stack and stack[-1].column > row.column:
            stack.pop()
        if stack and stack[-1].column == row.column:
            before = stack.pop()
            if not (row.is_item or fresh):
                row.names = before.names
        row.path = tuple(above.key for above in stack)
        row.names.setdefault(row.key, row.value.strip("\"', "))
        stack.append(row)
        rows.append(row)
        fresh = False
    return rows


def _in_yml(lines: list[str]) -> Iterator[list[Part]]:
    below = _Below()
    inside, secret_before = Rule.NAMES, False
    for line, row in zip(lines, _rows(lines), strict=True):
        indent = _indent(line)
        if below.holds(line, row):
            yield below.parts(line)
            continue
        if row is None:
            if secret_before and is_continuation(line) and not line.lstrip().startswith("- "):
                yield [(indent, len(line))]
                continue
            pair = in_pairs(line, inside)
            secret_before = pair.secret
            yield pair.parts
            continue
        rule = _rule(row)
        inside = rule_of(row.key) if rule is Rule.NAMES and not row.value else rule
        is_auth = rule_of(row.key) is Rule.AUTH and row.value.startswith("{")
        secret = not is_auth and (rule.is_secret(row.key) or _is_value_of_secret(row))
        secret_before = secret and bool(row.value)
        if secret:
            below.begin(row, Rule.ALL, loose=_is_container(row, rule))
            yield hidden(line, row.start, len(line.rstrip())) if row.value else []
            continue
        if _BLOCK_TEXT.match(row.value):
            below.begin(row, Rule.BODY if row.key == "data" else Rule.CODE)
        yield in_line(line, rule, row.start) if row.value else []


class _Below:
    """The lines that belong to a value of several lines: those that are indented further than its key."""

    def __init__(self) -> None:
        self._indent = self._column = -1
        self._rule = Rule.NAMES
        self._loose = False

    def begin(self, row: _Row, rule: Rule, *, loose: bool = False) -> None:
        """Take what is below `row`; of a `loose` one only the lines that are not pairs themselves."""
        self._indent, self._column, self._rule, self._loose = row.indent, row.column, rule, loose

    def holds(self, line: str, row: _Row | None) -> bool:
        """Return whether the line, which is `row` if it is a pair, belongs to the value."""
        if self._indent < 0:
            return False
        beside = row is not None and row.column == self._column
        if line.strip() and (beside or _indent(line) <= self._indent):
            self._indent = -1
            return False
        return row is None or not self._loose

    def parts(self, line: str) -> list[Part]:
        """Return the secrets of such a line."""
        if self._rule is Rule.ALL:
            return [(_indent(line), len(line))] if line.strip() else []
        return [*in_code(line, strict=self._rule is Rule.BODY), *in_line(line, Rule.URLS)]


def _rule(row: _Row) -> Rule:
    if "additionalParameters" in row.path:
        return Rule.PARAMETERS
    above = (*row.path, row.key) if row.value.startswith("{") else row.path
    return Rule.AUTH if any(rule_of(key) is Rule.AUTH for key in above) else Rule.NAMES


def _is_container(row: _Row, rule: Rule) -> bool:
    """Return whether the key of a row only sounds like that of a secret, as `tokens:` above entries does."""
    return not row.value and rule is not Rule.AUTH and row.key not in _VALUES


def _is_value_of_secret(row: _Row) -> bool:
    """Return whether a row is the value of an entry, `name: …` and `value: …`, that is secret."""
    if row.key not in _VALUES:
        return False
    names = row.names
    if row.key == "value" and not names.keys() & {"name", "expression"}:
        # Its name may be what is broken.
        return True
    return bool(_TRUE.match(names.get("secret", ""))) or Rule.NAMES.is_secret(names.get("name", ""))
