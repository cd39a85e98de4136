"""Writes the arguments in bruscript/runner/arguments.py:  python tests/runner/run_arguments.py"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from bruscript.runner.options import RunOptions

TARGET = Path(__file__).parents[2] / "bruscript" / "runner" / "arguments.py"
FIRST, LAST = "    paths: ", "    reporters: "
ACCEPTED = {
    "Path | None": "FilePath | None",
    "tuple[Path, ...]": "Paths",
    "tuple[str, ...]": "Texts",
    "tuple[str, ...] | None": "Texts | None",
}
"""What an argument may be where the option itself is always of one type."""


def arguments() -> Iterator[str]:
    for option in fields(RunOptions):
        kind = str(option.type)
        yield f"    {option.name}: {ACCEPTED.get(kind, kind)}\n"


def module() -> str:
    """The module with the arguments that the options have now."""
    text = TARGET.read_text("utf-8")
    return text[: text.index(FIRST)] + "".join(arguments()) + text[text.index(LAST) :]


if __name__ == "__main__":
    TARGET.write_text(module(), encoding="utf-8")
