"""No two modules import each other, by whatever way: lazy imports and those for types count."""

from __future__ import annotations

import ast
import re
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


SEEN_BY_REPORTS = {
    *(f"bruscript.runner.{name}" for name in ("events", "results", "run_result", "failures")),
    *(f"bruscript.runner.{name}" for name in ("masked", "masked_exchange", "large_body", "excerpt")),
    *(f"bruscript.{name}" for name in ("masking", "records", "errors", "files", "terminal", "unicode")),
    "bruscript._version",
}
"""The run's output, and the ground floor."""


def test_reports_see_only_what_a_run_puts_out() -> None:
    seen = {
        name for module, names in imports().items() if module.startswith("bruscript.report") for name in names
    }
    assert {name for name in seen if not name.startswith("bruscript.report")} == SEEN_BY_REPORTS


def test_a_package_imports_only_from_rows_above_its_own() -> None:
    """The table of docs/architecture.md, from the ground up."""
    page = (Path(__file__).parents[1] / "docs" / "architecture.md").read_text("utf-8")
    table = page.partition("## Where everything lives")[2].partition("Beside the package")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    row = {name: at for at, cell in enumerate(rows) for name in re.findall(r"`(\w+)(?:/|\.py)`", cell)}
    parts = {module: module.split(".")[1] for module in imports() if "." in module}
    assert {*parts.values()} == {*row, "__main__"}
    wrong = [
        f"{module} -> {name}"
        for module, names in imports().items()
        for name in names
        if {module, name} <= parts.keys() and parts[module] not in (parts[name], "__main__")
        if row[parts[name]] >= row[parts[module]]
    ]
    assert not wrong


def test_no_modules_import_each_other() -> None:
    graph = imports()
    assert "bruscript.evaluate.scopes" in graph["bruscript.runner.session"]
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))
