"""The engine's events; every reporter is a consumer of these."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from bruscript.records import record
from bruscript.runner.by_hand import ByHand

if TYPE_CHECKING:
    from pathlib import Path

    from bruscript.masking import Mask
    from bruscript.runner.masked import MaskedResult
    from bruscript.runner.results import IterationResult, RequestResult
    from bruscript.runner.run_result import RunResult


@record(frozen=True)
class RunStarted:
    """The run begins. `requests` are the relative paths that one iteration runs, in order.

    `mask` replaces every secret that the run knows, and those that it learns later. Reporters pass texts
    through it that do not come from `RequestFinished.masked`. `by_hand` says how to send a request by hand.
    """

    collection_name: str
    collection_path: Path
    requests: tuple[str, ...]
    iterations: int
    parallel: int
    mask: Mask
    environment_name: str | None = None
    by_hand: ByHand = field(default_factory=ByHand)


@record(frozen=True)
class IterationStarted:
    """An iteration (0-based) begins; `data` is its row of the data file, without secrets."""

    index: int
    data: dict[str, Any] = field(default_factory=dict)


@record(frozen=True)
class RequestStarted:
    """A request (its path relative to the collection) begins."""

    iteration_index: int
    name: str
    path: str


@record(frozen=True)
class RequestFinished:
    """A request is done, skipped or in error; the result is complete.

    `masked` is the result without secrets: reporters write from it. For the user's own reporters, `result` is
    the same.
    """

    result: RequestResult
    masked: MaskedResult


@record(frozen=True)
class Notice:
    """A message for the user that belongs to no single check: level "info", "warning" or "error".

    The session masks its secrets.
    """

    level: str
    text: str


@record(frozen=True)
class IterationFinished:
    """An iteration is done."""

    iteration: IterationResult


@record(frozen=True)
class RunFinished:
    """The run has ended, normally or by an interrupt."""

    result: RunResult


_RequestEvent: TypeAlias = RequestStarted | RequestFinished
Event: TypeAlias = RunStarted | IterationStarted | _RequestEvent | Notice | IterationFinished | RunFinished


class Reporter(Protocol):
    """Consumes a run's events: `handle` in order and from one thread, `close` once, also after errors.

    One that raises receives no more events; the run goes on, and ends with status 2.

    Examples:
        >>> from bruscript.runner.events import RequestFinished
        >>> class Names:
        ...     def handle(self, event):
        ...         if isinstance(event, RequestFinished):
        ...             print(event.masked.name, event.masked.status)
        ...
        ...     def close(self):
        ...         pass
        >>> collection.run(app=app, reporters=[Names()]).ok
        get user pass
        health pass
        True
    """

    def handle(self, event: Event) -> None:
        """Take one event."""

    def close(self) -> None:
        """Write the rest and release everything."""
