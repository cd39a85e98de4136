"""No two modules import each other, by whatever way: lazy imports and those for types count."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import bruscript

PACKAGE = Path(bruscript.__file__).parent


def imports() -> dict[str, set[str]]:
    """What each module of the package imports, wherever it says so; packages stand for their faces."""
    files = {_name(path): path for path in PACKAGE.rglob("*.py")}
    found: dict[str, set[str]] = {}
    for module, path in files.items():
        names: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                # A name of a package may be a module of it.
                names |= {
                    each if (each := f"{node.module}.{alias.name}") in files else node.module
                    for alias in node.names
                }
            elif isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
        found[module] = {name for name in names if name in files and name != module}
    return found


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_modules_import_each_other() -> None:
    graph = imports()
    assert "bruscript.evaluate.scopes" in graph["bruscript.runner.session"]
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))
