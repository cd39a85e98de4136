"""Runs a command that may never end: within a limit, and no longer than this process lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from bruscript.errors import BruscriptError
from bruscript.records import record

_PATIENCE = 20.0
"""Seconds after which a message says what is waited for."""
_GRACE = 5.0
"""Seconds that a process has to end by itself."""
_LAST_LINES = 15
_GUARD = """
import os, signal, sys
sys.stdin.buffer.read()
try:
    os.killpg(int(sys.argv[1]), signal.SIGKILL)
except OSError:
    pass
"""
"""Ends a group of processes when its standard input ends, which is when the process at the other end does."""


@record(frozen=True)
class Ended:
    """A command that has ended: its exit status, and the last lines that it printed."""

    status: int
    last_lines: str


def run_within(
    limit: float, command: Sequence[str], name: str, directory: Path, environment: Mapping[str, str]
) -> Ended:
    """Run a command in `directory`, for at most `limit` seconds, and say on standard error what takes long.

    It ends with this process, however that ends, and so does everything that it has started. Raises
    BruscriptError if it takes longer.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        with _started(command, directory, environment, out, errors) as process:
            try:
                _wait(process, limit, name)
            except subprocess.TimeoutExpired:
                _end(process)
                lines = _last_lines(out, errors)
                raise BruscriptError(
                    f"{name} had not finished after {limit:g} s and was ended" + (lines and f":\n{lines}"),
                    hint="A script may have an endless loop, or a server does not answer. "
                    "--timeout sets the limit.",
                ) from None
        return Ended(process.returncode, _last_lines(out, errors))


@contextmanager
def _started(
    command: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    out: IO[bytes],
    errors: IO[bytes],
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=errors,
        # A group of its own, which can be ended as a whole.
        start_new_session=True,
    )
    guard = None
    try:
        if sys.platform != "win32":
            guard = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _GUARD, str(process.pid)],
                stdin=subprocess.PIPE,
                start_new_session=True,
            )
        yield process
    finally:
        _end(process)
        if guard is not None:
            guard.kill()
            guard.communicate()


def _wait(process: subprocess.Popen[bytes], limit: float, name: str) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(min(_PATIENCE, limit))
        return
    if limit > _PATIENCE:
        print(f"Waiting for {name}, for at most {limit:g} s (--timeout) …", file=sys.stderr)
        process.wait(limit - _PATIENCE)
        return
    raise subprocess.TimeoutExpired(name, limit)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and everything that it has started, if they still run."""
    _signal(process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    if sys.platform != "win32":
        _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if sys.platform == "win32":
        if process.poll() is None:
            subprocess.run(
                ["taskkill", "/F", "/T", "/PID", str(process.pid)], check=False, capture_output=True
            )
        return
    # No process is left in the group, or none that is ours.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _last_lines(*streams: Any) -> str:
    """Return the end of standard error, or of standard output if standard error is empty."""
    for stream in reversed(streams):
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - 20_000))
        if text := stream.read().decode("utf-8", "replace").strip():
            return "\n".join(text.splitlines()[-_LAST_LINES:])
    return ""
