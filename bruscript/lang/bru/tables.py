"""Parse tables: made by Lark from the grammars, kept as JSON so that parsing need not import Lark.

Lark takes longer to import than a small collection takes to run, so the tables that it computes are
written down once: into the wheel when that is built, else into the user's cache directory.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any, TypedDict

GRAMMARS = ("request", "collection", "environment", "example", "example_request", "example_response")
"""The grammars that have tables; the `.lark` files of these names, and `common.lark`, define the language."""

_FORMAT = 1  # raised when the shape of Table changes


class Table(TypedDict):
    """One grammar's LALR(1) automaton.

    `states[s][symbol]` is the state to go to, or, negative, `-1 - r` for a reduction by rule r; `terminals`
    are regular expressions in the order in which a lexer tries them; a rule is its name, the length of its
    right side, and the positions there whose values are kept.
    """

    terminals: dict[str, str]
    rules: list[tuple[str, int, list[int]]]
    states: list[dict[str, int]]
    start: int
    end: int


def grammar_directory() -> Path:
    """Return the directory of the `.lark` files: the wheel's, or the checkout's."""
    package = Path(__file__).resolve().parents[2]
    shipped = package / "_grammar"
    return shipped if shipped.is_dir() else package.parent / "grammar"


def load_tables() -> dict[str, Table]:
    """Return the tables of all GRAMMARS, from where they were kept, else newly made and kept."""
    directory = grammar_directory()
    key = _key(directory)
    cached = _cache_directory() / f"tables-{key}.json"
    for place in (directory / "tables.json", cached):
        tables = _read(place, key)
        if tables is not None:
            return tables
    tables = {name: make_table(directory / f"{name}.lark") for name in GRAMMARS}
    _write(cached, key, tables)
    return tables


def build_tables(outdir: str | Path) -> Path:
    """Write the tables as `tables.json` into `outdir`, for the wheel, and give the file's path."""
    directory = grammar_directory()
    place = Path(outdir) / "tables.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    tables = {name: make_table(directory / f"{name}.lark") for name in GRAMMARS}
    place.write_text(json.dumps({"key": _key(directory), "tables": tables}), encoding="utf-8")
    return place


def make_table(grammar: Path) -> Table:
    """Have Lark compute the table of one grammar file."""
    from lark import Lark
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    lark = Lark.open(str(grammar), parser="lalr", lexer="contextual", maybe_placeholders=False)
    data, memo = lark.memo_serialize([TerminalDef, Rule])
    automaton: dict[str, Any] = data["parser"]["parser"]
    symbols: dict[int, str] = automaton["tokens"]

    numbers: dict[int, int] = {}
    rules: list[tuple[str, int, list[int]]] = []
    for number, entry in memo.items():
        if entry["__type__"] == "Rule":
            numbers[number] = len(rules)
            positions = [at for at, symbol in enumerate(entry["expansion"]) if not symbol.get("filter_out")]
            rules.append((str(entry["origin"]["name"]), len(entry["expansion"]), positions))

    states: list[dict[str, int]] = [{} for _ in automaton["states"]]
    for state, actions in automaton["states"].items():
        for symbol, (kind, argument) in actions.items():
            # Lark marks a shift with 0; a reduction refers to its rule in the memo.
            states[state][symbols[symbol]] = argument if kind == 0 else -1 - numbers[argument["@"]]

    ordered = sorted(lark.terminals, key=lambda terminal: (-terminal.priority, terminal.name))
    return {
        "terminals": {terminal.name: terminal.pattern.to_regexp() for terminal in ordered},
        "rules": rules,
        "states": states,
        "start": automaton["start_states"]["start"],
        "end": automaton["end_states"]["start"],
    }


def _key(directory: Path) -> str:
    digest = hashlib.sha256(str(_FORMAT).encode())
    for name in ("common", *GRAMMARS):
        digest.update((directory / f"{name}.lark").read_bytes())
    return digest.hexdigest()[:24]


def _cache_directory() -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    else:
        base = os.environ.get("XDG_CACHE_HOME")
    if base:
        return Path(base) / "bruscript"
    if sys.platform == "darwin":
        return Path("~/Library/Caches/bruscript").expanduser()
    return Path("~/.cache/bruscript").expanduser()


def _read(place: Path, key: str) -> dict[str, Table] | None:
    try:
        cache = json.loads(place.read_bytes())
        if cache["key"] != key:
            return None
        tables: dict[str, Table] = cache["tables"]
    except (OSError, ValueError, KeyError, TypeError):
        # A cache that is missing or damaged is made anew.
        return None
    return tables


def _write(place: Path, key: str, tables: dict[str, Table]) -> None:
    # Imported here: the build reads this file without the package around it.
    from bruscript.files import replace_text, sweep

    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        sweep(place.parent)
        replace_text(place, json.dumps({"key": key, "tables": tables}))
    except OSError:
        # Nothing is lost but time: a read-only home directory only means that the next process computes
        # again.
        return
