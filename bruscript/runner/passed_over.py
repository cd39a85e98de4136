"""Warnings of entries in files that a run does not use as their author probably meant, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bruscript.files import readable_path

if TYPE_CHECKING:
    from bruscript.collection import Request
    from bruscript.lang.document import Finding


class PassedOver:
    """Finds the warnings of the files that a run reads."""

    def __init__(self) -> None:
        self._seen: set[Path] = set()

    def of(self, request: Request) -> Iterator[str]:
        """Yield the warnings of a request's file and of those that it inherits from, each file's once."""
        for node in request.chain:
            path = node.path if node is request else node.file  # type: ignore[union-attr]
            if node.document is not None and path not in self._seen:
                self._seen.add(path)
                yield from warnings_of(path, node.document.passed_over)


def warnings_of(path: Path, findings: Iterable[Finding]) -> Iterator[str]:
    """Yield a warning for each finding in the file at `path`, with its place."""
    for finding in findings:
        yield f"{readable_path(path)}:{finding.line}:{finding.column}: {finding.message}"
