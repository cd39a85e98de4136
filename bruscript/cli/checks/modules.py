"""Checks that modules that scripts require can be found."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from bruscript.cli.checks.problem import Problem, place_in_script
from bruscript.collection import Collection
from bruscript.lang import Document
from bruscript.lang.document import Script
from bruscript.lang.place import Place

_TOKEN: Final = re.compile(
    r"""//[^\n]*|/\*.*?\*/
      | \b(?P<require>require)\s*\(\s*(?P<quote>['"])(?P<name>(?:(?!(?P=quote))[^\\\n])+)(?P=quote)\s*\)
      | (?P<mark>['"`])(?:\\.|(?!(?P=mark))[^\\])*(?P=mark)""",
    re.DOTALL | re.VERBOSE,
)
_NEAR: Final = re.compile(r'Did you mean "(.+?)"\?')
_RESOLVE: Final = """
bru.setVar("answers", %s.map((name) => {
  try {
    require.resolve(name);
    return null;
  } catch (error) {
    return String(error.message);
  }
}));
"""


class _Use(NamedTuple):
    path: Path
    place: Place
    name: str


def missing_modules(
    collection: Collection, documents: Iterable[tuple[Path, Document]]
) -> dict[Path, list[Problem]]:
    """Return the problems of the collection's scripts, by file.

    The sandbox is started only if one requires a module.
    """
    uses = [
        _Use(path, place_in_script(document, script, line), name)
        for path, document in documents
        for script in document.scripts()
        for line, name in required(script)
    ]
    problems: dict[Path, list[Problem]] = defaultdict(list)
    if not uses:
        return problems
    answers = _resolve(collection, sorted({use.name for use in uses}))
    for use in uses:
        reason = answers.get(use.name)
        if reason is not None:
            near = _NEAR.search(reason)
            hint = f"; did you mean `{near[1]}`?" if near else ""
            problems[use.path].append(Problem(use.place, f"the module `{use.name}` cannot be found{hint}"))
    return problems


def required(script: Script) -> list[tuple[int, str]]:
    """Return the modules that a script requires by name: the line, 0-based in its code, and the name."""
    return [
        (script.code.count("\n", 0, match.start()), match["name"])
        for match in _TOKEN.finditer(script.code)
        if match["require"]
    ]


def _resolve(collection: Collection, names: list[str]) -> dict[str, str | None]:
    from bruscript.sandbox import Sandbox

    roots = (collection.config.get("scripts") or {}).get("additionalContextRoots") or ()
    with Sandbox(mode="developer", collection=collection.path, additional_roots=roots) as sandbox:
        result = sandbox.run_script(_RESOLVE % json.dumps(names))
    answers = result.variables.get("answers") or []
    return dict(zip(names, answers, strict=False))
