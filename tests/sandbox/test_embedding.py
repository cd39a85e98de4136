"""A sandbox in a program of somebody else's: forks, threads, loops, cancellation, no goodbye."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from bruscript import Sandbox
from bruscript.sandbox import Permissions, SandboxError, SandboxPool

FORK = """
import os, sys
from bruscript import Sandbox
sandbox = Sandbox(isolation=sys.argv[1])
sandbox.run_script("1")
pid = os.fork()
if pid == 0:
    try:
        print(sandbox.run_script("bru.setVar('a', 'child')").variables, flush=True)
    except Exception as error:
        print(type(error).__name__, flush=True)
    os._exit(0)
os.waitpid(pid, 0)
print(sandbox.run_script("bru.setVar('a', 'parent')").variables, flush=True)
sandbox.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize(("isolation", "child"), [("process", "{'a': 'child'}"), ("thread", "SandboxError")])
def test_a_sandbox_begins_anew_in_a_forked_process(isolation: str, child: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORK, isolation], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [child, "{'a': 'parent'}"]


@pytest.mark.parametrize("isolation", ["process", "thread"])
def test_a_sandbox_that_nobody_closes_leaves_no_thread_and_no_descriptor(isolation: str) -> None:
    before = set(threading.enumerate())

    def use() -> None:
        assert Sandbox(isolation=isolation).run_script("").ok  # type: ignore[arg-type]

    def settle() -> None:
        gc.collect()
        for thread in set(threading.enumerate()) - before:
            thread.join()

    use()
    settle()
    descriptors = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        use()
    settle()
    assert set(threading.enumerate()) <= before
    assert len(os.listdir("/proc/self/fd")) <= descriptors


@pytest.mark.parametrize("end", ["close", "forget"])
def test_isolates_in_threads_are_freed(end: str) -> None:
    """Also one that is closed while it is made, or looked through after its job: else this never ends."""
    from bruscript.sandbox.parent.worker_thread import _Shared

    count = _Shared.get().v8.calls.mr_context_count
    gc.collect()
    before = count()
    for number in range(12):
        sandbox = Sandbox(isolation="thread")
        if number % 3:
            assert sandbox.run_script("").ok
        else:
            sandbox.start()
        if end == "close":
            sandbox.close()
    del sandbox
    while count() > before:
        time.sleep(0.05)
        gc.collect()


def test_an_isolate_that_cannot_be_made_is_an_error_of_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """V8 without memory for another one fails late and in many ways; this one stands for them."""
    from bruscript.sandbox.parent.worker_thread import _Shared

    with Sandbox(isolation="thread") as sandbox:
        assert sandbox.run_script("").ok
    monkeypatch.setattr(_Shared.get(), "program", "() => [0, 0, 0, 0, 0, 0]")
    with Sandbox(isolation="thread") as sandbox, pytest.raises(SandboxError) as error:
        sandbox.run_script("")
    words = "V8 cannot start another isolate in this process: the isolate gave no shared memory"
    assert str(error.value).splitlines()[0] == words


@pytest.mark.parametrize("isolation", ["process", "thread"])
@pytest.mark.parametrize("rest", ["for (;;);", "await bru.sleep(600000)", "await asked"])
def test_a_cancelled_script_ends_and_the_next_one_runs(isolation: str, rest: str) -> None:
    class Patient:
        async def call(self, name: str, args: list[object]) -> object:
            running.set()
            return await asyncio.Event().wait()

    running = asyncio.Event()

    async def main() -> None:
        async with Sandbox(isolation=isolation, workers=1, script_timeout=600) as sandbox:  # type: ignore[arg-type]
            source = f"const asked = bru.runRequest('x'); {rest}"
            task = asyncio.create_task(sandbox.arun_script(source, host=Patient()))
            await running.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (await sandbox.arun_script("bru.setVar('a', 1)")).variables == {"a": 1}

    asyncio.run(main())


def test_threads_and_loops_share_a_pool() -> None:
    got: list[object] = []

    async def many(start: int) -> None:
        scripts = (pool.arun_script(f"bru.setVar('a', {start + n})") for n in range(4))
        got.extend(result.variables["a"] for result in await asyncio.gather(*scripts))

    with SandboxPool(workers=2) as pool:
        threads = [threading.Thread(target=lambda n=n: asyncio.run(many(n * 4))) for n in range(3)]
        for thread in threads:
            thread.start()
        got.append(pool.run_script("bru.setVar('a', -1)").variables["a"])
        for thread in threads:
            thread.join()
    assert sorted(got) == list(range(-1, 12))  # type: ignore[type-var]


def test_a_script_by_itself_has_modules_that_look_at_the_environment_and_sees_none_of_it() -> None:
    with Sandbox("developer") as sandbox:
        result = sandbox.run_script("require('util'); bru.setVar('names', Object.keys(process.env))")
    assert (result.error, result.variables) == (None, {"names": []})


@pytest.mark.parametrize("options", [{"mode": "evil"}, {"isolation": "none"}])
def test_a_sandbox_of_no_known_kind_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"^(mode is 'evil', expected|isolation is 'none', expected)"):
        Sandbox(**options)  # type: ignore[arg-type]


def test_a_sandbox_that_is_closed_at_the_interpreters_end_is_closed_in_silence() -> None:
    program = (
        "import atexit; from bruscript import Sandbox; s = Sandbox(isolation='thread'); "
        "s.run_script(''); atexit.register(s.close)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


class Everything:
    """A host with a network, variables and files of its own."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, object]] = []

    async def call(self, name: str, args: list[Any]) -> Any:
        self.asked.append((name, args[0]["url"] if name == "http.send" else args[0] if args else None))
        if name == "http.send":
            headers = {"location": "http://inner.test/"} if args[0]["url"].endswith("/out") else {}
            return {"status": 302 if headers else 200, "statusText": "", "headers": headers, "bodyBase64": ""}
        if name == "env.all":
            return {"SHOWN": "1", "HIDDEN": "2"}
        return {"env.get": "2", "fs.read": "AA=="}.get(name)


ASKS = """
  const said = [];
  const ask = async (what) => {
    try { said.push(await what() ?? null); } catch (error) { said.push(error.message); }
  };
  await ask(() => bru.sendRequest("http://inner.test/"));
  await ask(() => bru.sendRequest("http://app.test/out"));
  await ask(() => [process.env.HIDDEN ?? null, process.env.SHOWN, Object.keys(process.env)]);
  const fs = require("fs");
  await ask(() => fs.readFileSync("/secret/key").length);
  await ask(() => fs.writeFileSync("/secret/key", "x"));
  await ask(() => fs.renameSync("/secret/key", "/open/key"));
  await ask(() => fs.readFileSync("/open/key").length);
  bru.setVar("said", said);
"""


def test_a_host_of_ones_own_is_not_asked_for_what_the_permissions_refuse() -> None:
    host = Everything()
    permissions = Permissions(deny_net=["inner.test"], deny_env=["HIDDEN"], deny_read=["/secret"])
    with Sandbox("developer", permissions=permissions, host=host, workers=1) as sandbox:
        said = sandbox.run_script(ASKS).variables["said"]
    assert all('deny_net="inner.test"' in each for each in said[:2])
    assert said[2] == [None, "1", ["SHOWN"]]
    assert "deny_read" in said[3]
    assert "deny_read" in said[5]
    assert (said[4], said[6]) == (None, 1)
    # Nothing is denied for writing.
    asked = [(name, first) for name, first in host.asked if name.startswith(("http.", "fs."))]
    assert asked == [
        ("http.send", "http://app.test/out"),
        ("fs.write", "/secret/key"),
        ("fs.read", "/open/key"),
    ]


def test_a_host_of_ones_own_is_asked_for_everything_where_nothing_is_restricted() -> None:
    host = Everything()
    with Sandbox("developer", host=host, workers=1) as sandbox:
        said = sandbox.run_script(ASKS).variables["said"]
    assert said[2] == ["2", "1", ["SHOWN", "HIDDEN"]]
    assert (said[3], said[5], said[6]) == (1, None, 1)


def test_an_argument_that_there_is_not_is_an_error() -> None:
    wrong: Any = {"variable": {"a": 1}}
    with Sandbox() as sandbox, pytest.raises(TypeError, match="variable is not an argument of a script"):
        sandbox.run_script("1", **wrong)


def test_a_lone_root_is_a_list_of_one(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "libraries").mkdir()
    (tmp_path / "libraries" / "a.txt").write_text("shared")
    (tmp_path / "other.txt").write_text("outside")
    read = "bru.setVar('r', require('fs').readFileSync(FILE, 'utf8'))"
    with Sandbox(
        "developer", collection=tmp_path / "shop", additional_roots=str(tmp_path / "libraries")
    ) as sandbox:
        inside = sandbox.run_script(read.replace("FILE", repr(str(tmp_path / "libraries" / "a.txt"))))
        assert inside.variables == {"r": "shared"}
        outside = sandbox.run_script(read.replace("FILE", repr(str(tmp_path / "other.txt"))))
        assert outside.error is not None
        assert "EACCES" in outside.error.message


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"script_timeout": "x"}, "script_timeout must be a number, not str"),
        ({"script_memory": 1.5}, "script_memory must be a whole number, not float"),
        ({"workers": True}, "workers must be a whole number, not bool"),
        ({"permissions": "x"}, "permissions must be Permissions, not str"),
        ({"additional_roots": 5}, "additional_roots must be a text or a list of texts, not int"),
    ],
)
def test_arguments_of_the_wrong_type_are_named(arguments: dict[str, Any], error: str) -> None:
    with pytest.raises(TypeError, match=error):
        Sandbox(**arguments)
