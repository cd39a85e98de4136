"""Failed requests as pytest shows them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bruscript.runner.failures import Place, failures, head_of
from bruscript.terminal import printable

if TYPE_CHECKING:
    import pytest

    from bruscript.runner.masked import MaskedResult


class BrunoFailure(Exception):
    """A request failed: `headline` is the first check that did, `text` all there is to say."""

    def __init__(self, headline: str, text: str, place: Place | None = None) -> None:
        super().__init__(f"{headline}\n\n{text}" if text else headline)
        self.place = place

    @classmethod
    def of(cls, result: MaskedResult, text: str) -> BrunoFailure:
        """Return the failure of a request, with the first failed check and its message in the first line."""
        first = next(failures(result))
        where = f"{first.request}: " if first.request != result.filename else ""
        headline = where + " · ".join(filter(None, [first.what, first.label, head_of(first.message)]))
        return cls(printable(headline), text, first.place)


def failure_representation(excinfo: pytest.ExceptionInfo[BaseException], root: Path, file: str) -> Any:
    """Return the failure without a Python traceback, and with its first line for summaries."""
    place = getattr(excinfo.value, "place", None) or Place(file)
    representation = excinfo.getrepr(style="value", chain=False)
    if representation.reprcrash is not None:
        representation.reprcrash.path, representation.reprcrash.lineno = (
            str(root / place.path),
            place.line or 1,
        )
        representation.reprcrash.message = str(excinfo.value).partition("\n")[0]
    return representation
