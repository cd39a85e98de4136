"""A worker process that writes down which lines it reaches; see tests/covered.py."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

package = sys.argv[1]
sandbox = f"{package}/sandbox/"
file = os.open(
    Path(__file__).resolve().parents[2] / ".coverage-workers" / str(os.getpid()),
    os.O_WRONLY | os.O_CREAT | os.O_APPEND,
)
known: set[tuple[CodeType, int]] = set()


def trace(frame: FrameType, event: str, _: Any) -> Any:
    code = frame.f_code
    if not code.co_filename.startswith(sandbox):
        return None
    place = (code, frame.f_lineno)
    if event == "line" and place not in known:
        known.add(place)
        os.write(file, f"{code.co_filename}:{frame.f_lineno}\n".encode())
    return trace


main: Any = ModuleType("worker_main")
sys.settrace(trace)
threading.settrace(trace)
path = f"{sandbox}worker/main.py"
with open(path, encoding="utf-8") as source:
    exec(compile(source.read(), path, "exec"), main.__dict__)
# As the worker itself makes its packages: what it has to keep is replaced before it asks for it.
main._make_packages(package)
main._make_packages = lambda package: None

from bruscript.sandbox.worker import limits  # noqa: E402

limits.drop_resources = lambda: None
limits.drop_rights = lambda: False
main.main()
