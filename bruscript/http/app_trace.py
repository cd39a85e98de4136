"""Exceptions and log records of an application in this process, by request."""

from __future__ import annotations

import logging
import sysconfig
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field
from pathlib import Path

from bruscript.records import record

MOST_LINES = 200
"""Maximum number of log records per request."""
_LONGEST = 4000
"""Maximum characters of a record's message."""


@record(frozen=True)
class AppFailure:
    """An exception of the application: its type, message, and traceback from its own first frame on.

    `error` is the exception itself, as long as it is kept.
    """

    kind: str
    message: str = field(repr=False)
    traceback: str = field(repr=False)
    error: BaseException | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, error: BaseException) -> AppFailure:
        """Return what is reported of `error`."""
        trace = traceback.TracebackException.from_exception(error)
        _begin_with_own_code(trace)
        return cls(type(error).__name__, str(error), "".join(trace.format()).rstrip(), error)


@record
class AppTrace:
    """What the application raised and logged for one request."""

    failure: AppFailure | None = None
    log: list[str] = field(default_factory=list, repr=False)

    def raised(self, error: BaseException) -> None:
        """Note an exception; the first one counts."""
        if self.failure is None:
            self.failure = AppFailure.of(error)


_OURS = str(Path(__file__).parents[1])
_PYTHONS = (_OURS, "<frozen ", *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib")})
_LIBRARIES = frozenset({"site-packages", "dist-packages"})


def _begin_with_own_code(trace: traceback.TracebackException) -> None:
    """Remove the frames before the application's own, in causes and groups too."""
    own = next((at for at, frame in enumerate(trace.stack) if not _is_foreign(frame.filename)), None)
    if own is None:
        # An application may be installed as libraries are: all but our own frames, then.
        own = next((at for at, frame in enumerate(trace.stack) if not frame.filename.startswith(_OURS)), 0)
    del trace.stack[:own]
    inner = [trace.__cause__, trace.__context__, *(getattr(trace, "exceptions", None) or ())]
    for other in inner:
        if other is not None:
            _begin_with_own_code(other)


def _is_foreign(filename: str) -> bool:
    """Return whether a file is nobody's application: ours, Python's, or a library's."""
    return filename.startswith(_PYTHONS) or not _LIBRARIES.isdisjoint(Path(filename).parts)


_current: ContextVar[AppTrace | None] = ContextVar("bruscript_app_trace", default=None)


@contextmanager
def tracing(trace: AppTrace | None) -> Iterator[None]:
    """Assign log records to `trace` in this block, also from threads and tasks that begin there."""
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)


def current_trace() -> AppTrace | None:
    """Return the trace of the request that this is part of, for work that goes on in another context."""
    return _current.get()


class _LogCapture(logging.Handler):
    """Collects applications' log records at the root logger, from the first `start` to the last `stop`.

    Frameworks that answer 500 themselves (Flask, Django) report the exception only there. All runs of the
    process share one: each of several would add the same record to the request that it was logged for.
    """

    def __init__(self) -> None:
        super().__init__()
        self._users = 0
        self._counting = threading.Lock()

    def start(self) -> None:
        """Collect from now on."""
        with self._counting:
            self._users += 1
            logging.getLogger().addHandler(self)

    def stop(self) -> None:
        """Take back one `start`."""
        with self._counting:
            self._users -= 1
            if self._users == 0:
                logging.getLogger().removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record, if it was logged for a request."""
        trace = _current.get()
        if trace is None:
            # Logged for no request. Without another handler it goes where it would without us.
            last = logging.lastResort
            if last and record.levelno >= last.level and logging.getLogger().handlers == [self]:
                last.handle(record)
            return
        if record.exc_info and record.exc_info[1] is not None:
            trace.raised(record.exc_info[1])
        if len(trace.log) < MOST_LINES:
            try:
                message = record.getMessage()
            except Exception:  # arguments that do not fit the message are the application's mistake
                message = str(record.msg)
            trace.log.append(f"{record.levelname} {record.name}: {message[:_LONGEST]}")


LOG_CAPTURE = _LogCapture()
