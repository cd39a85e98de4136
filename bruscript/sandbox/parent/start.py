"""Starts a worker process, and explains why one could not start."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

from bruscript.errors import BruscriptError
from bruscript.option_names import option

_PACKAGE = Path(__file__).resolve().parents[2]
WORKER_MAIN = _PACKAGE / "sandbox" / "worker" / "main.py"
"""The code that a worker process runs."""

TRUSTED = 'Scripts that you trust can run without a worker process: isolation="thread".'


class SandboxError(BruscriptError):
    """The sandbox itself cannot work here."""


def mini_racer_directory() -> str:
    """Return the directory of mini-racer's library. Raises SandboxError."""
    spec = importlib.util.find_spec("py_mini_racer")
    if spec is None or not spec.submodule_search_locations:
        raise SandboxError("mini-racer is not installed", hint="pip install mini-racer")
    return str(next(iter(spec.submodule_search_locations)))


def start_worker(memory: int, stdin: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """Start a worker for scripts that may have `memory` MiB; its pipes do not block.

    Raises SandboxError if there can be no such process.
    """
    command = [sys.executable or "python3", "-I", "-S", str(WORKER_MAIN)]
    arguments = [str(_PACKAGE), mini_racer_directory(), str(memory), str(os.getpid()), *_place()]
    try:
        process = subprocess.Popen(
            command + arguments,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={},
            cwd="/",
            close_fds=True,
            # Ctrl-C is for the parent: it decides what becomes of its workers.
            start_new_session=True,
        )
    except OSError as error:
        raise SandboxError(f"The sandbox's worker process cannot be started: {error}", hint=TRUSTED) from None
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            os.set_blocking(stream.fileno(), False)
    return process


def _place() -> list[str]:
    """Return the settings of time zone and language, as NAME=VALUE."""
    names = ("TZ", "LC_ALL", "LC_MESSAGES", "LANG")
    return [f"{name}={os.environ[name]}" for name in names if os.environ.get(name)]


def start_error(status: int | None, output: str) -> SandboxError:
    """Return the error of a worker that ended before its first job, by its exit status and its last words."""
    limited = address_space_error(output)
    if limited is not None:
        return limited
    how = f"status {status}"
    if status is not None and status < 0:
        how = signal.strsignal(-status) or f"signal {-status}"
    printed = (line.strip(" #") for line in output.splitlines())
    reason = next(filter(None, printed), "it printed nothing")
    return SandboxError(
        f"The sandbox's worker process ended while it started ({how}): {reason}", hint=TRUSTED
    )


def address_space_error(output: str) -> SandboxError | None:
    """Return the error for a V8 that gave up with these words, if the limit of this process's address space
    may be why.
    """
    limit = _address_space()
    if limit is None or not any(word in output for word in ("reserv", "address_space", "out of memory")):
        return None
    return SandboxError(
        "V8 cannot reserve the address space it needs: "
        f"this process is limited to {limit >> 10} KiB (ulimit -v)",
        hint="V8 reserves hundreds of GiB that it never uses. Remove the limit (ulimit -v unlimited); "
        f"{option('--script-memory')} limits what scripts really take.",
    )


def check_address_space() -> None:
    """Raise SandboxError if V8 would end this process for lack of address space.

    How much it needs depends on what else is reserved; a separate process shows whether this is enough.
    """
    if _address_space() is None:
        return
    # A worker that has no job ends as soon as it is ready.
    process = start_worker(1, subprocess.DEVNULL)
    assert process.stderr
    os.set_blocking(process.stderr.fileno(), True)
    with process:
        output = process.stderr.read().decode("utf-8", "replace")
    if process.returncode != 0:
        raise start_error(process.returncode, output)


def _address_space() -> int | None:
    """Return how many bytes of address space this process may have, None without a limit."""
    if os.name != "posix":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit
