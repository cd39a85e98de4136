"""Sandboxes in threads of this process: any number of them, made and closed by any thread, in any order.

V8 ends the whole process where it goes wrong, so each test has a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bruscript.sandbox.parent.start import mini_racer_directory

PREAMBLE = """
import atexit, threading
import bruscript
from bruscript.cli import main
from bruscript.sandbox import Sandbox, SandboxPool

def use(sandbox):
    result = sandbox.run_script("bru.setVar('a', JSON.stringify({ a: [1] }))")
    assert (result.error, result.variables) == (None, {"a": '{"a":[1]}'})
"""

COLLECTION = {
    "bruno.json": '{"version": "1", "name": "c", "type": "collection"}',
    "a.bru": "get {\n  url: http://app/\n}\n\ntests {\n  test('t', () => expect(1).to.equal(1));\n}\n",
    "app.py": """
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})
""",
}

FLAGS = """
from bruscript.sandbox.engine import v8
from bruscript.sandbox.worker.server import heap_flags

v8._FLAGS += ("--print-flag-values",)
v8.V8({directory!r}, {flags})
"""

IN_A_ROW = """
with Sandbox(isolation="thread") as first, Sandbox(isolation="thread") as second:
    for sandbox in (second, first, second):
        use(sandbox)
for _ in range(4):
    with Sandbox(isolation="thread") as sandbox:
        use(sandbox)
"""

FROM_MANY_THREADS = """
shared = SandboxPool(isolation="thread", workers=3)
others = []

def work(number):
    for _ in range(2):
        with Sandbox(isolation="thread") as sandbox:
            use(sandbox)
            use(shared)
    others.append(Sandbox(isolation="thread"))
    use(others[-1])

threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
# Closed by another thread than the one that made and used it.
for sandbox in others:
    sandbox.close()
use(shared)
shared.close()
"""

OPEN_AT_THE_END = """
forgotten, kept = Sandbox(isolation="thread"), SandboxPool(isolation="thread", workers=2)
use(forgotten)
use(kept)
atexit.register(kept.close)
begun = Sandbox(isolation="thread")
begun.start()
"""

RUNNING_AT_THE_END = """
sandbox = Sandbox(isolation="thread", script_timeout=0.5)
use(sandbox)
started = threading.Event()

class Host:
    async def call(self, name, args):
        started.set()

def run():
    sandbox.run_script("bru.runRequest('x').catch(() => 0); for (;;);", host=Host())

threading.Thread(target=run, daemon=True).start()
started.wait()
"""

RUNS = """
from app import app

collection = bruscript.load(".")
for _ in range(2):
    assert collection.run(app=app, isolation="thread", iteration_count=3, parallel=3).ok
options = ["--app", "app.py:app", "--isolation", "thread", "--iteration-count", "6", "--parallel", "3"]
assert main(["run", ".", *options]) == 0
"""


def python(program: str, directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", program],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("flags", ["None", "heap_flags(64)"], ids=["thread", "worker"])
def test_v8_runs_without_memory_protection_keys(flags: str, tmp_path: Path) -> None:
    done = python(FLAGS.format(directory=mini_racer_directory(), flags=flags), tmp_path)
    values = done.stdout.splitlines()
    assert {"--no-memory-protection-keys", "--no-force-memory-protection-keys", "--single-threaded"} <= {
        *values
    }
    # V8 says there which flags it does not know.
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "program", [IN_A_ROW, FROM_MANY_THREADS, OPEN_AT_THE_END, RUNNING_AT_THE_END, RUNS],
    ids=["in a row", "from many threads", "open at the end", "running at the end", "runs"],
)  # fmt: skip
def test_the_process_lives(program: str, tmp_path: Path) -> None:
    for name, text in COLLECTION.items():
        (tmp_path / name).write_text(text)
    done = python(PREAMBLE + program + "print('all right', flush=True)\n", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("all right\n")
