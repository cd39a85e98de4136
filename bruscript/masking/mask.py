"""The secrets that a run knows of, and their removal from what it shows."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from bruscript.masking.index import Index
from bruscript.masking.names import PASSWORD_IN_URL
from bruscript.masking.ordinary import Ordinary
from bruscript.masking.parts import parts
from bruscript.masking.spellings import Spelling, spellings
from bruscript.masking.words import SHORTEST, is_distinct, is_meaningless

MASKED = "********"

SENSITIVE_HEADERS = frozenset(
    {
        "api-key",
        "authorization",
        "client-secret",
        "cookie",
        "dpop",
        "proxy-authorization",
        "secret-key",
        "session-token",
        "set-cookie",
        "www-authenticate",
        "x-access-token",
        "x-amz-security-token",
        "x-api-key",
        "x-auth-token",
        "x-csrf-token",
        "x-id-token",
        "x-jwt-assertion",
        "x-refresh-token",
        "x-session-token",
        "x-wsse",
        "x-xsrf-token",
    }
)
"""Header names whose values reports never show: the reference's, AWS's session token, proofs (RFC 9449)."""

MOST_TRANSIENT = 256
LONGEST_TRANSIENT = 131_072
"""How many transient secrets are known at a time, and how many characters they have; who sends a request with
one reports on it soon after.
"""

_MOST_NAMES = 1000
"""Names of fields whose masking is remembered: most occur again and again."""
_LONGEST_PASSWORD = 4096
"""Characters of a password in a URL that is cut into pieces."""
_DEEPEST = 100
"""Levels that are left of a value that is nested too deep to be gone through."""
_HEADER_SCHEME = re.compile(r"\s*(Basic|Bearer)\s+.+", re.IGNORECASE | re.DOTALL)

_T = TypeVar("_T")


class Mask:
    """A run's secrets: `learn` is the one way in, `mask` the one way out.

    A secret that is unlike ordinary text is masked wherever it occurs, whatever its case and however
    it is spelt (`spellings.py`), and so are nine and more consecutive characters of it: what was cut or
    broken before it came here shows no more of it. A value that occurs in any text, as short ones, words and
    numbers do, is masked only as a separate word.
    """

    def __init__(self) -> None:
        self._pending: list[str] = []
        self._spellings: dict[str, tuple[Spelling, ...]] = {}
        self._ordinary = Ordinary()
        self._index = Index()
        self._known: set[str] = set()
        self._transient: OrderedDict[str, None] = OrderedDict()
        self._transient_length = 0
        self._exempt: set[str] = set()
        self._names: dict[object, tuple[object, bool]] = {}
        self._short: dict[str, int] = {}
        self._reported = 0

    def __repr__(self) -> str:
        return f"<Mask of {len(self._known)} values>"

    def learn(self, value: object, source: str, *, transient: bool = False) -> None:
        """Mask `value` from now on: a text or number, or all texts and numbers in an object or list.

        `source` says where it is from, in words for the user. A `transient` one is one of many, as those of a
        request that differ from row to row: only the latest of them are masked.
        """
        if isinstance(value, str) and value in self._known:
            self._again(value, transient)
            return
        for part in parts(value):
            if part in self._known:
                self._again(part, transient)
                continue
            if part in self._exempt or is_meaningless(part) or part == MASKED:
                continue
            self._known.add(part)
            # Its spellings are made when the first text is masked.
            self._pending.append(part)
            if transient:
                self._transient[part] = None
                self._transient_length += len(part)
                self._forget_oldest()
            if len(part) < SHORTEST and isinstance(value, str):
                self._short.setdefault(source, len(part))

    def _again(self, value: str, transient: bool) -> None:
        if value in self._transient:
            self._transient.move_to_end(value)
            if not transient:
                self._lasting(value)

    def exempt(self, value: object) -> None:
        """Never mask `value`, even if another source says that it is a secret."""
        for part in parts(value):
            self._exempt.add(part)
            if part in self._known:
                self._forget(part)

    def warnings(self) -> list[str]:
        """Return warnings about values too short to be masked inside other text, once for each source."""
        fresh = list(self._short.items())[self._reported :]
        self._reported = len(self._short)
        if not fresh:
            return []
        sources = [f"{source} ({length} character{'' if length == 1 else 's'})" for source, length in fresh]
        return [
            "Too short to distinguish from other text, so masked only where it stands alone: "
            + ", ".join(sources)
        ]

    def mask(self, value: _T, *, prose: bool = False) -> _T:
        """Return `value` without secrets: a text, or a copy of a JSON value.

        `prose` is text whose words are words (our own messages, names, lines of source): values that could be
        such words are left in it. In an object, the value of a sensitive header's name is masked
        whether it is known as a secret or not; of `Basic …` and `Bearer …` the scheme stays. What is nested
        many hundred levels deep, as only a hostile server's answer is, is cut.
        """
        if self._pending:
            self._catch_up()
        if isinstance(value, str):
            return self._text(value, prose)  # type: ignore[return-value]
        try:
            return self._json(value)  # type: ignore[return-value]
        except RecursionError:
            return self._json(_cut(value, _DEEPEST))  # type: ignore[return-value]

    def stream(self, pieces: Iterable[str]) -> Iterator[str]:
        """Yield a text that comes in pieces without secrets, wherever it is cut; in pieces, too."""
        if self._pending:
            self._catch_up()
        reach = max(self._index.longest, _LONGEST_PASSWORD) + 1
        buffer = ""
        for piece in pieces:
            buffer += piece
            if len(buffer) < 4 * reach:
                continue
            cut = len(buffer) - reach
            spans = sorted(self._spans(buffer, False))
            for start, end in spans:
                if start < cut < end:
                    # A part across the boundary is yielded with the next one, unless it is the last.
                    cut = start or end
            yield _without_spans(buffer[:cut], [span for span in spans if span[0] < cut])
            buffer = buffer[cut:]
        yield self._text(buffer, False)

    def _json(self, value: object) -> object:
        if isinstance(value, str):
            return self._text(value, False)
        if isinstance(value, dict):
            result = {}
            for key, item in value.items():
                name, sensitive = self._names.get(key) or self._name(key)
                result[name] = self._header(item) if sensitive else self._json(item)
            return result
        if isinstance(value, (list, tuple)):
            return [self._json(item) for item in value]
        if isinstance(value, (int, float)) and not isinstance(value, bool) and str(value) in self._known:
            return MASKED
        return value

    def _name(self, key: object) -> tuple[object, bool]:
        """Return what is shown of the name of a field, and whether its value is secret by that."""
        if not isinstance(key, str):
            return key, False
        name = self._text(key, True), key.lower() in SENSITIVE_HEADERS
        if len(self._names) < _MOST_NAMES:
            self._names[key] = name
        return name

    def _header(self, value: object) -> object:
        if isinstance(value, list):
            return [self._header(item) for item in value]
        if not isinstance(value, str):
            return self._json(value)
        if scheme := _HEADER_SCHEME.fullmatch(value):
            return f"{scheme[1]} {MASKED}"
        return MASKED

    def _spans(self, text: str, prose: bool) -> list[tuple[int, int]]:
        spans = self._index.spans(text, prose) if len(text) >= SHORTEST else []
        if "://" in text:
            spans += [match.span(2) for match in PASSWORD_IN_URL.finditer(text)]
        if self._ordinary and not prose:
            spans += self._ordinary.spans(text)
        return spans

    def _text(self, text: str, prose: bool) -> str:
        if len(text) < SHORTEST and (prose or not self._ordinary):
            return text
        spans = self._spans(text, prose)
        return _without_spans(text, sorted(spans)) if spans else text

    def _catch_up(self) -> None:
        for value in self._pending:
            # It may have been forgotten meanwhile, and learnt again.
            if value not in self._known or value in self._spellings:
                continue
            if is_distinct(value):
                self._spellings[value] = forms = tuple(spellings(value))
                self._index.add(forms)
            else:
                self._ordinary.add(value)
        self._pending.clear()
        self._names.clear()

    def _forget_oldest(self) -> None:
        while len(self._transient) > MOST_TRANSIENT or (
            self._transient_length > LONGEST_TRANSIENT and len(self._transient) > 1
        ):
            self._forget(next(iter(self._transient)))

    def _lasting(self, value: str) -> None:
        if value in self._transient:
            del self._transient[value]
            self._transient_length -= len(value)

    def _forget(self, value: str) -> None:
        self._known.discard(value)
        self._lasting(value)
        self._index.remove(self._spellings.pop(value, ()))
        self._ordinary.discard(value)
        self._names.clear()


def _without_spans(text: str, spans: list[tuple[int, int]]) -> str:
    """Return `text` without the parts at `spans`, which are in order."""
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        # Adjacent and overlapping spans are one.
        if start > at or not pieces:
            pieces += text[at:start], MASKED
        at = max(at, end)
    return "".join(pieces) + text[at:]


def _cut(value: object, levels: int) -> object:
    if isinstance(value, dict):
        return {key: _cut(item, levels - 1) for key, item in value.items()} if levels > 0 else "{…}"
    if isinstance(value, (list, tuple)):
        return [_cut(item, levels - 1) for item in value] if levels > 0 else "[…]"
    return value
