"""The LALR(1) automaton that runs Lark's tables: a contextual lexer and a stack."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bruscript.lang.bru.tables import Table


class Token(NamedTuple):
    """A terminal in the text: its name, what it matched, the offset of its start, the line of its end."""

    kind: str
    text: str
    start: int
    line: int


class Unexpected(Exception):
    """No terminal that may come here fits: `stack` holds the values so far, the innermost last."""

    def __init__(self, position: int, expected: frozenset[str], stack: list[Any]) -> None:
        super().__init__(position)
        self.position = position
        self.expected = expected
        self.stack = stack


class Many(list[Any]):
    """The values of a repetition, which the rule around it takes as its own."""


Action = Callable[[list[Any]], Any]


class Automaton:
    """A parser for one grammar.

    `actions` makes the value of each rule from the values on its right side; repetitions are flattened.
    Values of rules without an action are their list of values.
    """

    def __init__(self, table: Table, actions: Mapping[str, Action]) -> None:
        self._states = table["states"]
        self._start = table["start"]
        self._end = table["end"]
        self._terminals = table["terminals"]
        self._scanners: list[Callable[[str, int], re.Match[str] | None] | None] = [None] * len(self._states)
        self._shared: dict[tuple[str, ...], Callable[[str, int], re.Match[str] | None]] = {}
        # Lark names the rules that it makes for repetitions with two underscores.
        self._rules = [
            (
                name,
                length,
                positions if len(positions) < length else None,
                name.startswith("__"),
                actions.get(name, list),
            )
            for name, length, positions in table["rules"]
        ]

    def parse(self, text: str) -> Any:
        """Parse the whole text and give the value of `start`; raises Unexpected."""
        states, scanners, rules = self._states, self._scanners, self._rules
        stack = [self._start]
        values: list[Any] = []
        state, position, line, length = self._start, 0, 1, len(text)
        while True:
            match = (scanners[state] or self._scanner(state))(text, position)
            if match is not None:
                kind = match.lastgroup or ""
            elif position == length and "$END" in states[state]:
                kind = "$END"
            else:
                raise Unexpected(position, _terminals(states[state]), values)
            action = states[state].get(kind)
            while action is not None and action < 0:
                # A rule's right side is complete: its value takes the place of theirs.
                name, size, positions, repeats, make = rules[-1 - action]
                if size:
                    items = values[-size:]
                    del values[-size:], stack[-size:]
                    if positions is not None:
                        items = [items[at] for at in positions]
                else:
                    items = []
                values.append(_repeated(items) if repeats else make(_flat(items)))
                state = states[stack[-1]][name]
                stack.append(state)
                action = states[state].get(kind)
            if match is None:
                if state == self._end:
                    return values[-1]
                raise Unexpected(position, frozenset(), values)
            if action is None:
                raise Unexpected(position, _terminals(states[state]), values)
            lexeme = match[0]
            line += lexeme.count("\n")
            values.append(Token(kind, lexeme, position, line))
            state = action
            stack.append(state)
            position = match.end()

    def _scanner(self, state: int) -> Callable[[str, int], re.Match[str] | None]:
        """Return the matcher of the terminals that `state` accepts; equal sets share one."""
        names = tuple(name for name in self._terminals if name in self._states[state])
        scanner = self._shared.get(names)
        if scanner is None:
            pattern = "|".join(f"(?P<{name}>{self._terminals[name]})" for name in names) or "(?!)"
            scanner = self._shared[names] = re.compile(pattern).match
        self._scanners[state] = scanner
        return scanner


def _terminals(actions: Mapping[str, int]) -> frozenset[str]:
    return frozenset(name for name in actions if name.isupper())


def _repeated(items: list[Any]) -> Many:
    if items and type(items[0]) is Many:
        items[0].extend(items[1:])
        return items[0]
    return Many(items)


def _flat(items: list[Any]) -> list[Any]:
    for item in items:
        if type(item) is Many:
            return [v for value in items for v in (value if type(value) is Many else (value,))]
    return items
