"""Names in the reference's report in which words of `.env` are masked.

It masks every value of `.env` in the names of files, tests and assertions too. What has another name would
count as missing on both sides, and its outcome would not be compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from bruscript.comparison.reports import SECTIONS, Difference, check_name
from bruscript.masking import MASKED

NAME: Final = "name of the "
"""How `what` begins in the differences of this kind."""
_NAMES: Final = ("description", "lhsExpr", "rhsExpr")


def restored(theirs: Any, ours: Any, words: Iterable[str]) -> tuple[Any, list[Difference]]:
    """Return the reference's report with the names that ours has, and a difference for each of them.

    `words` are the values of `.env`. What is not a report comes back as it is.
    """
    hidden = "|".join(map(re.escape, sorted(filter(None, words), key=len, reverse=True)))
    if not hidden or not isinstance(theirs, list) or not isinstance(ours, list):
        return theirs, []
    report = deepcopy(theirs)
    differences: list[Difference] = []
    for iteration, own_iteration in zip(report, ours, strict=False):
        results, own_results = (_rows(side, "results") for side in (iteration, own_iteration))
        for result, own in _pairs(results, own_results, _file, hidden):
            differences.append(Difference(_file(own), f"{NAME}file", _file(result), _file(own), (own, own)))
            result["test"] = {**result["test"], "filename": _file(own)}
        by_file = {_file(own): own for own in own_results}
        for result in results:
            differences += _checks(result, by_file.get(_file(result), {}), hidden)
    return report, differences


def _checks(result: dict[str, Any], own_result: Mapping[str, Any], hidden: str) -> Iterator[Difference]:
    """Give the checks of a request their names."""
    for section, title in SECTIONS.items():
        checks, own_checks = (_rows(side, section) for side in (result, own_result))
        for check, own in _pairs(checks, own_checks, check_name, hidden):
            names = check_name(check), check_name(own)
            yield Difference(_file(result), f"{NAME}{title}", *names, evidence=(result, own_result))
            check |= {key: own[key] for key in _NAMES if key in own}


def _pairs(
    theirs: list[dict[str, Any]], ours: list[dict[str, Any]], name: Any, hidden: str
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the reference's results whose names have masked words, each with our result of that name."""
    unmasked = {name(each) for each in theirs}
    rest = [each for each in ours if name(each) not in unmasked]
    for each in theirs:
        if MASKED not in name(each):
            continue
        pattern = f"(?:{hidden})".join(map(re.escape, name(each).split(MASKED)))
        own = next((own for own in rest if re.fullmatch(pattern, name(own), re.IGNORECASE)), None)
        if own is not None:
            rest.remove(own)
            yield each, own


def _rows(value: Any, key: str) -> list[dict[str, Any]]:
    rows = value.get(key) if isinstance(value, Mapping) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _file(result: Mapping[str, Any]) -> str:
    return str((result.get("test") or {}).get("filename") or "").replace("\\", "/")
