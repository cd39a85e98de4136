"""No two modules import each other, by whatever way: lazy imports and those for types count."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

import bruscript

PACKAGE = Path(bruscript.__file__).parent


@cache
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
    *(
        f"bruscript.runner.{name}"
        for name in ("masked", "masked_exchange", "large_body", "excerpt", "by_hand")
    ),
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


def test_every_package_that_is_imported_is_declared() -> None:
    """Not only brought along by another one."""
    toml: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    project = toml.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [
        *project["dependencies"],
        *(line for name in ("keyring", "allure", "locust") for line in extras[name]),
    ]
    declared = {re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") for line in lines}
    brought = packages_distributions()
    missing = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in third_party(ast.parse(path.read_text("utf-8")))
        if not {each.lower().replace("_", "-") for each in brought.get(name, [name])} & declared
    }
    # Where they are missing, nobody calls what imports them; `gevent` is what Locust is made of.
    assert missing <= {"pytest", "xdist", "asgiref", "gevent"}


def third_party(tree: ast.Module) -> Iterator[str]:
    """The packages that a module imports, except for types only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        for each in ast.walk(node):
            if isinstance(each, ast.ImportFrom) and each.module and not each.level:
                names = [each.module]
            else:
                names = [alias.name for alias in each.names] if isinstance(each, ast.Import) else []
            roots = {name.partition(".")[0] for name in names}
            yield from roots - sys.stdlib_module_names - {"bruscript", "compression", "tomllib"}


def test_no_modules_import_each_other() -> None:
    graph = imports()
    assert "bruscript.evaluate.scopes" in graph["bruscript.runner.session"]
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))
