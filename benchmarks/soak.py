"""Run many scripts in one sandbox and show that memory stays flat.

    python benchmarks/soak.py [--scripts 10000] [--isolation process|thread]

Prints the resident memory (MiB) of this process and of its worker every tenth of the way. Every fiftieth
script leaves something behind, so that isolates are replaced, too. Linux only (reads /proc).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from pathlib import Path

from bruscript.sandbox import Sandbox

SOURCE = """
const items = res.body.items.map((n) => ({ n, text: `item ${n}` }));
bru.setVar("last", items.length);
req.setHeader("x-last", String(items.length));
test("length", () => { expect(items).to.have.length(100); expect(res.status).to.equal(200); });
"""
LEAK = "Array.prototype.leaked = new Array(10000).fill(1);"


def resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def children() -> list[int]:
    text = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
    return [int(pid) for pid in text.split()]


async def soak(count: int, isolation: str) -> None:
    body = json.dumps({"items": list(range(100))}).encode()
    response = {"body": body, "headers": {"content-type": "application/json"}}
    async with Sandbox(isolation=isolation, workers=1) as sandbox:  # type: ignore[arg-type]
        start = time.perf_counter()
        for number in range(1, count + 1):
            source = SOURCE + (LEAK if number % 50 == 0 else "")
            result = await sandbox.arun_script(source, response=response)
            assert result.ok, result
            if number % max(count // 10, 1) == 0:
                sizes = " ".join(f"{resident(pid):6.1f}" for pid in [os.getpid(), *children()])
                elapsed = time.perf_counter() - start
                print(f"{number:6d} scripts  {elapsed:6.1f} s  resident MiB: {sizes}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scripts", type=int, default=10_000)
    parser.add_argument("--isolation", default="process", choices=["process", "thread"])
    options = parser.parse_args()
    asyncio.run(soak(options.scripts, options.isolation))


if __name__ == "__main__":
    main()
