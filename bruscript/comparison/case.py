"""The evidence for one difference: both sides, its file, and the file's content."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from bruscript.collection.tree import Collection, Request
from bruscript.comparison.reports import Difference
from bruscript.comparison.wire import Sent
from bruscript.evaluate import merge
from bruscript.http.request import AuthConfig

_CHECKS = ("preRequestTestResults", "postResponseTestResults", "testResults", "assertionResults")


class Case:
    """A difference between the reference (left) and us (right), for rules to judge."""

    def __init__(self, difference: Difference, collection: Collection, report: Any = ()) -> None:
        """`report` is the reference's."""
        self.what = difference.what
        self.left = difference.left
        self.right = difference.right
        self.collection = collection
        self._evidence = difference.evidence
        self._report = report

    @property
    def sent(self) -> tuple[Sent, Sent] | None:
        """The two requests, where both were sent."""
        left, right = self._evidence
        return (left, right) if isinstance(left, Sent) and isinstance(right, Sent) else None

    @property
    def one_sided(self) -> Sent | None:
        """The request that only one run sent."""
        if self.what != "sent":
            return None
        return next((side for side in self._evidence if isinstance(side, Sent)), None)

    @property
    def results(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The two results in the reports; {} for a missing one."""
        left, right = (side if isinstance(side, dict) else {} for side in self._evidence)
        return left, right

    @cached_property
    def file(self) -> str:
        """The request's file, relative to the collection; empty where it is not known."""
        for side in self._evidence:
            if isinstance(side, Sent) and side.file:
                return side.file
            if isinstance(side, dict):
                return str((side.get("test") or {}).get("filename") or "").replace("\\", "/")
        return ""

    @cached_property
    def request(self) -> Request | None:
        """The request as the collection has it."""
        return next((r for r in self.collection.walk() if _relative(r, self.collection) == self.file), None)

    @cached_property
    def text(self) -> str:
        """The text of the request's file."""
        try:
            return (self.collection.path / self.file).read_text("utf-8", "replace") if self.file else ""
        except OSError:
            return ""

    @property
    def auth(self) -> AuthConfig:
        """The auth in force, and the file that declares it."""
        return merge(self.request).auth if self.request else AuthConfig("none")

    @cached_property
    def reference_errors(self) -> str:
        """The errors in the reference's results of the file, or of files that may have its script."""
        files = {self.file} if self.file else set(self.one_sided.near) if self.one_sided else set()
        results = [r for iteration in self._report for r in iteration["results"]]
        return "\n".join(
            str(item.get("error") or "")
            for result in results
            if (result.get("test") or {}).get("filename") in files
            for item in (result, *(check for part in _CHECKS for check in result.get(part) or ()))
        )

    def setting(self, name: str) -> Any:
        """Return a setting of the request."""
        return (self.request.data.get("settings") or {}).get(name) if self.request else None


def _relative(request: Request, collection: Collection) -> str:
    return request.path.resolve().relative_to(collection.path.resolve()).as_posix()
