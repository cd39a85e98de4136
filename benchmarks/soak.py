"""Run much of the same and show that memory, processes, threads and descriptors stay flat.

    python benchmarks/soak.py scripts [--count 10000] [--isolation process|thread]
    python benchmarks/soak.py runs [--count 2000] [--isolation process|thread]
    python benchmarks/soak.py requests [--count 10000] [--isolation process|thread]
    python benchmarks/soak.py at-once [--count 300] [--isolation process|thread]

`scripts` runs scripts in one sandbox; every fiftieth leaves something behind, so that isolates are replaced,
too. `runs` runs a collection again and again in this process, `requests` sends all its requests in one run,
and `at-once` starts all its runs at the same time. The collection has one request with a body, two scripts,
an assertion and a test; a server on loopback in a process of its own answers it. Every tenth of the way has
a line; `at-once` also prints the most of everything. Linux only (reads /proc).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import bruscript
from bruscript.runner import RunOptions, arun_collection
from bruscript.runner.events import Reporter, RequestFinished
from bruscript.sandbox import Sandbox

SOURCE = """
const items = res.body.items.map((n) => ({ n, text: `item ${n}` }));
bru.setVar("last", items.length);
req.setHeader("x-last", String(items.length));
test("length", () => { expect(items).to.have.length(100); expect(res.status).to.equal(200); });
"""
LEAK = "Array.prototype.leaked = new Array(10000).fill(1);"

REQUEST = """post {
  url: {{host}}/items
  body: json
}

body:json {
  { "id": "{{id}}" }
}

script:pre-request {
  bru.setVar("id", "id-" + Math.random());
}

script:post-response {
  bru.setVar("seen", res.body.id);
}

assert {
  res.status: eq 200
}

tests {
  test("echoes", () => expect(res.body.id).to.equal(bru.getVar("id")));
}
"""

SERVER = """
import asyncio

async def answer(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            body = await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))
            head = b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n"
            writer.write(head % len(body) + body)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()

async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


class Watch:
    """What this process and those that it started take, but for the server."""

    def __init__(self, server: int | None = None) -> None:
        self._server = server
        self._begun = time.perf_counter()
        self._most = [0.0] * 5

    def print(self, what: str) -> None:
        self.look()
        print(self._line(what, self._now()), flush=True)

    def look(self) -> None:
        """Remember the most of everything."""
        self._most = [max(pair) for pair in zip(self._most, self._now(), strict=True)]

    def print_most(self, what: str) -> None:
        print(self._line(what, self._most), flush=True)

    def _now(self) -> list[float]:
        own = f"/proc/{os.getpid()}"
        children = Path(f"{own}/task/{os.getpid()}/children").read_text().split()
        workers = [pid for pid in children if int(pid) != self._server]
        counts = len(workers), len(os.listdir(f"{own}/task")), len(os.listdir(f"{own}/fd"))
        return [resident(own), sum(resident(f"/proc/{pid}") for pid in workers), *map(float, counts)]

    def _line(self, what: str, figures: list[float]) -> str:
        own, others, workers, threads, descriptors = figures
        return (
            f"{what:>16}  {time.perf_counter() - self._begun:6.1f} s  {own:5.0f} + {others:5.0f} MiB  "
            f"{workers:3.0f} workers  {threads:3.0f} threads  {descriptors:4.0f} descriptors"
        )


def resident(process: str) -> float:
    """MiB; 0 where the process has ended meanwhile."""
    try:
        lines = Path(f"{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0)


async def scripts(count: int, isolation: Any) -> None:
    body = json.dumps({"items": list(range(100))}).encode()
    response = {"body": body, "headers": {"content-type": "application/json"}}
    watch = Watch()
    async with Sandbox(isolation=isolation, workers=1) as sandbox:
        for number in range(1, count + 1):
            result = await sandbox.arun_script(SOURCE + (LEAK if number % 50 == 0 else ""), response=response)
            assert result.ok, result
            if number % max(count // 10, 1) == 0:
                watch.print(f"{number} scripts")


async def runs(count: int, watch: Watch, run: Callable[..., Coroutine[Any, Any, Any]]) -> None:
    for number in range(1, count + 1):
        assert (await run()).ok
        if number % max(count // 10, 1) == 0:
            watch.print(f"{number} runs")


async def requests(count: int, watch: Watch, run: Callable[..., Coroutine[Any, Any, Any]]) -> None:
    tenths = Tenths(count, watch)
    assert (await run([tenths], iteration_count=count, keep_results=False)).ok
    assert tenths.done == count


class Tenths:
    """A reporter that prints a line at every tenth of the requests."""

    def __init__(self, count: int, watch: Watch) -> None:
        self.done, self._step, self._watch = 0, max(count // 10, 1), watch

    def handle(self, event: Any) -> None:
        if isinstance(event, RequestFinished):
            self.done += 1
            if self.done % self._step == 0:
                self._watch.print(f"{self.done} requests")

    def close(self) -> None:
        pass


async def at_once(count: int, watch: Watch, run: Callable[..., Coroutine[Any, Any, Any]]) -> None:
    for _ in range(3):
        running = [asyncio.create_task(run()) for _ in range(count)]
        while not all(task.done() for task in running):
            watch.look()
            await asyncio.sleep(0.05)
        assert all(task.result().ok for task in running)
        watch.print_most("the most")
        watch.print(f"{count} at once")


def main() -> None:
    kinds = {"runs": (runs, 2000), "requests": (requests, 10_000), "at-once": (at_once, 300)}
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["scripts", *kinds])
    parser.add_argument("--count", type=int)
    parser.add_argument("--isolation", default="process", choices=["process", "thread"])
    options = parser.parse_args()
    if options.what == "scripts":
        asyncio.run(scripts(options.count or 10_000, options.isolation))
        return
    soak, count = kinds[options.what]
    with (
        tempfile.TemporaryDirectory() as directory,
        subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as server,
    ):
        try:
            assert server.stdout
            host = f"http://127.0.0.1:{int(server.stdout.readline())}"
            root = Path(directory)
            (root / "bruno.json").write_text('{"version": "1", "name": "soak", "type": "collection"}')
            (root / "collection.bru").write_text(f"vars:pre-request {{\n  host: {host}\n}}\n")
            (root / "echo.bru").write_text(REQUEST)

            def run(reporters: Sequence[Reporter] = (), **more: Any) -> Coroutine[Any, Any, Any]:
                made = RunOptions(isolation=options.isolation, noproxy=True, **more)
                return arun_collection(bruscript.load(root), made, reporters)

            asyncio.run(soak(options.count or count, Watch(server.pid), run))
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
