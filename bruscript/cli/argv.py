"""The spellings of options that the reference's parser takes and click does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import click

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WHOLE = re.compile(r"[1-9][0-9]*")
_TRUTHS = {"true": True, "false": False}


def normalize(args: Iterable[str], options: Iterable[click.Parameter]) -> list[str]:
    """`args` as click understands them.

    Taken as the reference takes them: `--reporterJson` for `--reporter-json`; `--bail=false`, `--bail false`
    and `--no-bail`; several values behind an option of type LIST; `--parallel` with or without a number.
    """
    known = {name: option for option in options for name in (*option.opts, *option.secondary_opts)}
    return list(_rewritten(list(args), known))


class ListType(click.types.StringParamType):
    """Marks a repeatable option which takes all arguments up to the next option."""

    name = "list"


LIST = ListType()


class OptionalNumber(click.IntRange):
    """Marks an option whose positive number may be missing; `missing` stands for it then."""

    name = "number"

    def __init__(self, missing: int) -> None:
        super().__init__(min=1)
        self.missing = missing


def _rewritten(args: list[str], known: dict[str, click.Parameter]) -> Iterator[str]:
    position = 0
    while position < len(args):
        arg = args[position]
        position += 1
        if arg == "--":
            yield from args[position - 1 :]
            return
        if not arg.startswith("--"):
            yield arg
            continue
        name, equals, value = arg.partition("=")
        name, negated = _known_name(name, known)
        option = known.get(name)
        if option is None or not isinstance(option, click.Option):
            yield arg
        elif option.is_flag:
            if not equals and position < len(args) and args[position] in _TRUTHS:
                equals, value = "=", args[position]
                position += 1
            wanted = _TRUTHS.get(value) if equals else True
            if wanted is None:
                yield arg
            elif wanted is not negated:
                yield name
        elif isinstance(option.type, ListType) and not equals:
            values = []
            while position < len(args) and not args[position].startswith("-"):
                values.append(args[position])
                position += 1
            yield from (f"{name}={item}" for item in values)
            if not values:
                yield name
        elif isinstance(option.type, OptionalNumber) and (not equals or value in _TRUTHS):
            if not equals and position < len(args) and _WHOLE.fullmatch(args[position]):
                yield f"{name}={args[position]}"
                position += 1
            elif value != "false" and not negated:
                yield f"{name}={option.type.missing}"
        else:
            yield name + equals + value


def _known_name(name: str, known: dict[str, click.Parameter]) -> tuple[str, bool]:
    """The option that `name` spells, and whether it is negated; `name` itself where there is none."""
    if name in known:
        return name, False
    kebab = _CAMEL.sub("-", name).lower()
    if kebab in known:
        return kebab, False
    positive = "--" + kebab.removeprefix("--no-")
    if kebab.startswith("--no-") and positive in known:
        option = known[positive]
        if isinstance(option, click.Option) and (option.is_flag or isinstance(option.type, OptionalNumber)):
            return positive, True
    return name, False
