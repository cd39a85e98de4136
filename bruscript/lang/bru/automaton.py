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
                kept if len(kept) < length else None,
                name.startswith("__"),
                actions.get(name, list),
            )
            for name, length, kept in table["rules"]
        ]

    def parse(self, text: str) -> Any:
        """Parse the whole text and give the value of `start`; raises Unexpected."""
        states, scanners = self._states, self._scanners
        stack = [self._start]
        values: list[Any] = []
        position, line, length = 0, 1, len(text)
        while True:
            state = stack[-1]
            match = (scanners[state] or self._scanner(state))(text, position)
            if match is not None:
                kind = match.lastgroup or ""
            elif position == length and "$END" in states[state]:
                kind = "$END"
            else:
                raise Unexpected(position, frozenset(k for k in states[state] if k.isupper()), values)
            action = states[state].get(kind)
            while action is not None and action < 0:
                self._reduce(self._rules[-1 - action], stack, values)
                action = states[stack[-1]].get(kind)
            if match is None:
                if stack[-1] == self._end:
                    return values[-1]
                raise Unexpected(position, frozenset(), values)
            if action is None:
                expected = frozenset(k for k in states[stack[-1]] if k.isupper())
                raise Unexpected(position, expected, values)
            found = match.group()
            line += found.count("\n")
            values.append(Token(kind, found, position, line))
            stack.append(action)
            position = match.end()

    def _reduce(
        self, rule: tuple[str, int, list[int] | None, bool, Action], stack: list[int], values: list[Any]
    ) -> None:
        name, length, kept, repeats, action = rule
        if length:
            taken = values[-length:]
            del values[-length:], stack[-length:]
            if kept is not None:
                taken = [taken[at] for at in kept]
        else:
            taken = []
        if repeats:
            if taken and type(taken[0]) is Many:
                value = taken[0]
                value.extend(taken[1:])
            else:
                value = Many(taken)
        else:
            for item in taken:
                if type(item) is Many:
                    taken = [v for value in taken for v in (value if type(value) is Many else (value,))]
                    break
            value = action(taken)
        values.append(value)
        stack.append(self._states[stack[-1]][name])

    def _scanner(self, state: int) -> Callable[[str, int], re.Match[str] | None]:
        """Give the matcher of the terminals that `state` accepts; equal sets share one."""
        names = tuple(name for name in self._terminals if name in self._states[state])
        scanner = self._shared.get(names)
        if scanner is None:
            pattern = "|".join(f"(?P<{name}>{self._terminals[name]})" for name in names) or "(?!)"
            scanner = self._shared[names] = re.compile(pattern).match
        self._scanners[state] = scanner
        return scanner
