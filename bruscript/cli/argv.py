"""The spellings of options that the reference's parser takes and click does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import click

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WHOLE = re.compile(r"[0-9]+")
_TRUTHS = {"true": True, "false": False}
_NUMBER = re.compile(r"-(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


def normalize(args: Iterable[str], options: Iterable[click.Parameter]) -> list[str]:
    """Return `args` as click understands them, taken as the reference takes them.

    `--reporterJson` for `--reporter-json`; `--bail=false`, `--bail false` and `--no-bail`, of which the last
    counts, and the same of `-r`; `-o=FILE`; several values behind an option of type LIST; `--parallel` with
    or without a number. Raises click.UsageError for an option without its value, where click would take the
    option behind it for the value.
    """
    known = {name: option for option in options for name in (*option.opts, *option.secondary_opts)}
    return list(_Reading(list(args), known).rewritten())


class ListType(click.types.StringParamType):
    """Marks a repeatable option that takes all arguments up to the next option."""

    name = "list"


LIST = ListType()


class OptionalNumber(click.IntRange):
    """Marks an option whose number, above 0, may be missing; `missing` is used then."""

    name = "number"

    def __init__(self, missing: int) -> None:
        super().__init__(min=1)
        self.missing = missing


class _Reading:
    """Goes through the arguments once."""

    def __init__(self, args: list[str], known: dict[str, click.Parameter]) -> None:
        self.args = args
        self.known = known
        self.flags: dict[str, int] = {}
        """How often each flag is given; only one that counts more than once."""
        self.position = 0

    def rewritten(self) -> Iterator[str]:
        """Yield the arguments for click, flags behind the rest."""
        while self.position < len(self.args):
            arg = self.args[self.position]
            if arg == "--":
                break
            self.position += 1
            yield from self._one(arg)
        for name, count in self.flags.items():
            yield from [name] * count
        yield from self.args[self.position :]

    def _one(self, arg: str) -> Iterator[str]:
        name, equals, value = arg.partition("=")
        name, negated = self._known_name(name)
        option = self.known.get(name)
        if not isinstance(option, click.Option):
            yield arg
        elif option.is_flag or option.count:
            truth = self._truth(value if equals else None)
            yield from self._flag(arg, name, negated, truth, again=option.count)
        elif isinstance(option.type, OptionalNumber):
            yield from self._number(name, negated, option.type.missing, value if equals else None)
        elif equals:
            yield from (name + "=" + value,) if name.startswith("--") else (name, value)
        elif isinstance(option.type, ListType):
            yield from self._list(name)
        elif self._has_value():
            yield from (name, self.args[self.position])
            self.position += 1
        else:
            raise click.UsageError(f"Option {name!r} requires a value.")

    def _flag(self, arg: str, name: str, negated: bool, wanted: bool | str, *, again: bool) -> Iterator[str]:
        if isinstance(wanted, str):
            yield arg
        else:
            before = self.flags.get(name, 0) if again else 0
            self.flags[name] = before + 1 if wanted is not negated else 0

    def _number(self, name: str, negated: bool, missing: int, value: str | None) -> Iterator[str]:
        if value is None and self._next(_WHOLE.fullmatch):
            value = self.args[self.position]
            self.position += 1
        truth = self._truth(value)
        if isinstance(truth, str):
            yield f"{name}={truth}"
        elif truth is not negated:
            yield f"{name}={missing}"

    def _list(self, name: str) -> Iterator[str]:
        start = self.position
        while self._has_value():
            self.position += 1
        yield from (f"{name}={item}" for item in self.args[start : self.position])

    def _truth(self, value: str | None) -> bool | str:
        """Return what `value` says, or the next argument where it is a truth.

        A text that is neither as it is.
        """
        if value is None and self._next(_TRUTHS.__contains__):
            value = self.args[self.position]
            self.position += 1
        return True if value is None else _TRUTHS.get(value, value)

    def _next(self, accepts: Callable[[str], object]) -> bool:
        return self.position < len(self.args) and bool(accepts(self.args[self.position]))

    def _has_value(self) -> bool:
        """Return whether a value comes next, and no option; `-` and negative numbers are values."""
        return self._next(lambda arg: not arg.startswith("-") or arg == "-" or _NUMBER.fullmatch(arg))

    def _known_name(self, name: str) -> tuple[str, bool]:
        """Return the option that `name` spells, and whether it is negated.

        `name` itself for an unknown option.
        """
        if name in self.known or not name.startswith("--"):
            return name, False
        kebab = _CAMEL.sub("-", name).lower()
        for candidate, negated in ((kebab, False), ("--" + kebab.removeprefix("--no-"), True)):
            # One letter may have two dashes: `--r`.
            short = candidate[1:] if len(candidate) == 3 else candidate
            option = self.known.get(candidate) or self.known.get(short)
            if option is None or (negated and not kebab.startswith("--no-")):
                continue
            if not negated or _is_flag(option):
                return candidate if candidate in self.known else short, negated
        return name, False


def _is_flag(option: click.Parameter) -> bool:
    return isinstance(option, click.Option) and (
        option.is_flag or option.count or isinstance(option.type, OptionalNumber)
    )
