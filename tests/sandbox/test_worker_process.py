"""Worker processes: how they start, how they are lost and replaced, how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bruscript import Sandbox

PARENT = """
import os, signal, sys, threading, time
from bruscript import Sandbox

sandbox = Sandbox(script_timeout=600)
sandbox.run_script("")
worker = sandbox._pool._idle[0]._process.pid
running = threading.Event()

class Host:
    async def call(self, name, args):
        running.set()

def run():
    sandbox.run_script("bru.runRequest('x').catch(() => 0); for (;;);", host=Host())

threading.Thread(target=run, daemon=True).start()
running.wait()
# It holds the other ends of the worker's pipes open.
child = os.fork() if {forks} else -1
if child == 0:
    time.sleep(600)
print(worker, child, flush=True)
{end}
"""

ENDS = {
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "terminated": "os.kill(os.getpid(), signal.SIGTERM)",
    "left": "os._exit(0)",
    "ended": "sys.exit()",
    "raised": "1 / 0",
    "replaced": "os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(600)'])",
}


def is_running(pid: int) -> bool:
    """Whether there is such a process; one that nobody has waited for yet is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="the system cannot tell of a process's end")
@pytest.mark.parametrize("end", ENDS)
def test_a_worker_dies_with_its_parent_whatever_it_runs(end: str) -> None:
    """Else this does not end before the script does."""
    # A process that runs another program has not ended: only its pipes have closed.
    program = PARENT.format(end=ENDS[end], forks=end != "replaced")
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout
        worker, child = map(int, parent.stdout.readline().split())
        try:
            while is_running(worker):
                time.sleep(0.01)
            assert child < 0 or is_running(child)
        finally:
            if child > 0:
                os.kill(child, signal.SIGKILL)
            parent.kill()


def test_a_worker_that_somebody_killed_is_replaced() -> None:
    with Sandbox(workers=1) as sandbox:
        for _ in range(5):
            # The last one has cleaned up after its job, or has not; the first one may not even have started.
            sandbox.start()
            sandbox._pool._idle[0]._process.kill()  # type: ignore[attr-defined]
            assert sandbox.run_script("bru.setVar('a', 1)").variables == {"a": 1}


def test_a_job_is_not_given_to_another_worker_once_it_has_begun() -> None:
    """What it has asked for would be done twice."""

    class Host:
        calls = 0

        async def call(self, name: str, args: list[object]) -> None:
            self.calls += 1
            os.kill(worker, signal.SIGKILL)

    host = Host()
    with Sandbox(workers=1) as sandbox:
        sandbox.start()
        worker = sandbox._pool._idle[0]._process.pid  # type: ignore[attr-defined]
        result = sandbox.run_script("await bru.runRequest('x')", host=host)
        assert result.error is not None
        assert (result.error.kind, host.calls) == ("memory", 1)
        assert sandbox.run_script("").ok


ADDRESS_SPACE = """
import resource, sys
from bruscript.sandbox import Sandbox, SandboxError

resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
try:
    Sandbox(isolation=sys.argv[1]).run_script("1")
except SandboxError as error:
    print(error)
"""


@pytest.mark.parametrize("isolation", ["process", "thread"])
def test_a_limit_of_the_address_space_is_named(isolation: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ADDRESS_SPACE, isolation], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "V8 cannot reserve the address space it needs: this process is limited to 4194304 KiB (ulimit -v)",
        "V8 reserves hundreds of GiB that it never uses. Remove the limit (ulimit -v unlimited); "
        "script_memory limits what scripts really take.",
    ]


def test_a_worker_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bruscript.sandbox.parent import start

    starts = tmp_path / "starts"
    program = tmp_path / "main.py"
    program.write_text(
        "import os, sys\n"
        f"open({str(starts)!r}, 'a').write('x')\n"
        "sys.stderr.write('\\n#\\n# Fatal error in the stars\\n')\n"
        "sys.stderr.flush()\n"
        "os.abort()\n"
    )
    monkeypatch.setattr(start, "WORKER_MAIN", program)
    with (
        Sandbox(workers=1) as sandbox,
        pytest.raises(
            start.SandboxError, match=r"ended while it started \(Aborted\): Fatal error in the stars"
        ),
    ):
        sandbox.run_script("1")
    assert starts.read_text() == "xxx"
