"""The code blocks of README.md and of the pages in docs/."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))]
_FENCED = re.compile(r"^( *)```(.*)\n((?:.*\n)*?)\1```$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block: its page, the line of its fence, its language, its text."""

    page: str
    line: int
    language: str
    text: str

    @property
    def start(self) -> str:
        """Its first line, by which setups and exceptions know it."""
        return self.text.partition("\n")[0].strip()

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    text = (ROOT / page).read_text("utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, match.start()) + 1,
            match[2].strip(),
            re.sub(f"^{match[1]}", "", match[3], flags=re.M),
        )
        for match in _FENCED.finditer(text)
    ]


def indented(page: str) -> list[int]:
    """Return the lines of a page where a block begins that is indented, not fenced."""
    text = (ROOT / page).read_text("utf-8")
    lines = _FENCED.sub(lambda match: "x\n" * match[0].count("\n") + "x", text).split("\n")
    starts, in_list = [], False
    for number, line in enumerate(lines, 1):
        if re.match(r"\s*([-*]|\d+\.) ", line):
            in_list = True
        elif line and not line.startswith(" "):
            in_list = False
        if line.startswith("    ") and not in_list and not lines[number - 2].strip():
            starts.append(number)
    return starts


def read_toml(text: str) -> dict[str, Any]:
    """Read TOML. Raises ValueError."""
    toml: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    content: dict[str, Any] = toml.loads(text)
    return content
