"""Runs the commands of a page: bruscript's in this process, pytest's in one of its own."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from cli.invoke import Invoke
from pages.blocks import ROOT, read_toml
from pages.stage import LIMIT, READ, SPECIFICATION, Stage

from bruscript.cli.root import COMMANDS

OTHERS = {
    "cd": "changes the directory for the next line",
    "jq": "not ours: it reads what a command of ours printed",
    "sh": "not ours: it runs what a command of ours printed",
    "locust": "tests/servers/test_locust.py",
    "python": "tests/cli/test_getting_started.py",
}
"""Commands that are not run here, and why or where they are."""

PARSED = {
    "auth": "needs a provider; tests/cli/test_auth.py has one",
    "compare --reference": "needs the reference; tests/compat/test_compare.py has it",
    "import --check": "what it says is compared where the page shows it",
}
"""Commands of ours of which only the arguments are read, and why."""


class Shell:
    """Runs lines of a shell; what they print is in `output`."""

    def __init__(self, stage: Stage, bruscript: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stage = stage
        self.bruscript = bruscript
        self.monkeypatch = monkeypatch
        self.output = ""
        self.imported = False
        self.parses_only = False

    def run(self, text: str, statuses: tuple[int, ...] = (0,), *, parses_only: bool = False) -> None:
        """Run each line, or read its arguments; every command has to end with one of the statuses."""
        self.output = ""
        self.parses_only = parses_only
        for line in text.splitlines():
            for words in commands(line):
                self._command(words, statuses)

    def _command(self, words: list[str], statuses: tuple[int, ...]) -> None:
        while "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            self.monkeypatch.setenv(name, value)
        program, args = words[0], [os.path.expandvars(word) for word in words[1:]]
        if program == "bru":
            # The same arguments are ours.
            program = "bruscript"
        if program == "bruscript":
            self._ours(args, statuses)
        elif program == "pip":
            check_pip(args)
        elif program == "pytest":
            self._pytest(args)
        else:
            assert program in OTHERS, f"{program}: run it in tests/pages/shell.py, or give a reason in OTHERS"

    def _ours(self, args: list[str], statuses: tuple[int, ...]) -> None:
        args, source, target = redirections(args)
        if self.parses_only:
            parse(args)
            return
        args = [re.sub(r"^https://example\.com", self.stage.url, arg) for arg in args]
        if self.imported and args[0] != "import":
            self.stage.renew()
        self.imported = args[0] == "import"
        self.monkeypatch.chdir(self._directory(args))
        if source:
            (file,) = self.stage.shop.rglob(source)
            content = file.read_text("utf-8")
            self.monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
        self._prepare(args)
        if only_parsed(args):
            parse(args)
            return
        outcome = self.bruscript(*args)
        if target:
            path = Path(os.path.expanduser(target))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(outcome.out, encoding="utf-8")
        self.output += outcome.out + outcome.err
        assert outcome.status in statuses, f"{shlex.join(args)}\n{outcome.out}{outcome.err}"

    def _directory(self, args: list[str]) -> Path:
        """Where the command finds what it names: the repository, beside the collections, or in one."""
        named = [Path(re.split("[:/]", arg)[0]) for arg in args[1:] if not arg.startswith("-")]
        for directory in (self.stage.root, ROOT):
            if any(name.name and (directory / name).is_dir() for name in named):
                return directory
        return self.stage.root if args[0] in ("import", "init") else self.stage.shop

    def _prepare(self, args: list[str]) -> None:
        """Make or remove what the command expects to be there or not."""
        target = args[args.index("-o") + 1] if "-o" in args else ""
        if args[0] == "init":
            empty = self.stage.root / "empty"
            self.stage.write("empty/x", "")
            (empty / "x").unlink()
            self.monkeypatch.chdir(empty)
            if (empty / args[1]).exists() and args[1] != ".":
                self.stage.remove(f"empty/{args[1]}")
        elif args[0] == "convert" or (args[:1] == ["import"] and args[1] != "curl" and "--check" not in args):
            self.stage.remove(target)
        if args[0] == "import" and "--update" in args:
            source = "api.yml"
            self.stage.write(source, SPECIFICATION % ("", READ))
            assert self.bruscript("import", "openapi", "-s", source, "-o", target).status == 0
            self.stage.write(source, SPECIFICATION % (LIMIT, "post: {summary: Add a pet, tags: [pets]}"))

    def _pytest(self, args: list[str]) -> None:
        if not args or self.parses_only:
            return  # Without arguments it is what runs these tests.
        directory = ROOT if (ROOT / args[args.index("--bruscript") + 1]).exists() else self.stage.root
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            ".",
            "-c",
            os.devnull,
            *args,
        ]
        self.monkeypatch.setenv("COLUMNS", "200")
        done = subprocess.run(command, cwd=directory, capture_output=True, encoding="utf-8", check=False)
        self.output += done.stdout


def commands(line: str) -> Iterator[list[str]]:
    """Split a line of a shell into its commands, without its comment."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;")
    lexer.commenters = "#" if re.search(r"\s#\s|^#", line) else ""
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if set(word) <= set("|&;"):
            yield words
            words = []
        else:
            words.append(word)
    if words:
        yield words


def redirections(args: list[str]) -> tuple[list[str], str, str]:
    """Take `< FILE` and `> FILE` out of the arguments."""
    left, source, target = [], "", ""
    words = iter(args)
    for word in words:
        if word == "<":
            source = next(words)
        elif word in (">", ">>"):
            target = next(words)
        else:
            left.append(word)
    return left, source, target


def only_parsed(args: list[str]) -> bool:
    """Whether a command's arguments are read, and no more is done."""
    return any(key.split()[0] == args[0] and set(key.split()[1:]) <= set(args) for key in PARSED)


def parse(args: list[str]) -> None:
    """Read the arguments as the command does. Raises click's errors."""
    command: Any = import_module(COMMANDS[args[0]][0]).command
    name, rest = args[0], args[1:]
    while hasattr(command, "commands"):
        name, rest = rest[0], rest[1:]
        command = command.commands[name]
    command.make_context(name, rest)


def check_pip(args: list[str]) -> None:
    """Whether pip would install this project, with extras that it has."""
    assert args[0] == "install"
    project = read_toml((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for requirement in args[1:]:
        match = re.fullmatch(r"(?:bruscript|\.)(?:\[([\w,]+)\])?", requirement)
        assert match, requirement
        assert set((match[1] or "").split(",")) - {""} <= set(project["optional-dependencies"]), requirement
