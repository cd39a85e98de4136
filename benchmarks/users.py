"""Measure how many users of a load test one core carries.

    python benchmarks/users.py [--users 50,100,200] [--wait 1] [--seconds 20] [--kinds plain,checked,scripted]

Runs Locust, headless and in one process, with users that send one request after the other and wait between
them. `plain` requests have neither scripts nor checks, `checked` ones an assertion and a test, `scripted`
ones a pre-request script and a test. A server on loopback answers, in a process that is not counted.
What counts is the processor time of all of Locust's processes once all users are there, by the requests that
the server got in that time: so many users send what takes one whole core. Linux only (reads /proc).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

ASSERTION = "assert {\n  res.status: eq 200\n}\n"
TEST = 'tests {\n  test("has a name", () => expect(res.body.name).to.equal("Ada"));\n}\n'
SCRIPT = 'script:pre-request {\n  req.setHeader("x-sent", String(Date.now()));\n}\n'
KINDS = {"plain": "", "checked": f"{ASSERTION}\n{TEST}", "scripted": f"{SCRIPT}\n{TEST}"}
REQUEST = """meta {
  name: %d
  type: http
  seq: %d
}

get {
  url: {{host}}/users/%d
  body: none
  auth: none
}

%s"""
LOCUSTFILE = """
from locust import constant
from bruscript.load import CollectionUser

class Reader(CollectionUser):
    collection = "shop"
    weights = {"1": 1}
    wait_time = constant(%s)
"""
SERVER = """
import asyncio

HEAD = "HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n%s"
count = 0

async def answer(reader, writer):
    global count
    try:
        while head := await reader.readuntil(b"\\r\\n\\r\\n"):
            asked = head.startswith(b"GET /count")
            count += not asked
            body = str(count) if asked else '{"name":"Ada"}'
            writer.write((HEAD % (len(body), body)).encode())
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()

async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


def requests_of(host: str) -> int:
    """Return how many requests the server has got."""
    with urlopen(f"{host}/count") as response:
        return int(response.read())


def processor_time(root: int) -> float:
    """Return the processor seconds of a process and all below it."""
    parents, times = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            # Those that have ended and been waited for count as well.
            times[int(entry.name)] = sum(map(int, fields[11:15]))
    tree, size = {root}, 0
    while len(tree) > size:
        size = len(tree)
        tree |= {process for process, parent in parents.items() if parent in tree}
    return sum(times.get(process, 0) for process in tree) / os.sysconf("SC_CLK_TCK")


def measure(directory: Path, host: str, users: int, seconds: float) -> tuple[float, float, int]:
    """Return the cores that the users took, their requests per second, and the median time of one in ms."""
    command = [sys.executable, "-m", "locust", "--headless", "--only-summary", "--host", host]
    rate = ["-u", str(users), "-r", str(max(users // 5, 1)), "--stop-timeout", "10"]
    # Users come within five seconds; then Locust's own start-up has passed, too.
    settle = 10.0
    with subprocess.Popen(
        [*command, *rate, "-t", f"{settle + seconds + 5:.0f}s"],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as locust:
        time.sleep(settle)
        begin, cpu, count = time.monotonic(), processor_time(locust.pid), requests_of(host)
        time.sleep(seconds)
        took = time.monotonic() - begin
        cpu, count = processor_time(locust.pid) - cpu, requests_of(host) - count
        said, _ = locust.communicate()
    total = next(line for line in said.splitlines() if line.lstrip().startswith("Aggregated"))
    return cpu / took, count / took, int(total.split("|")[-2].split()[-1])


def main() -> None:
    """Print a line for each kind and number of users."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--users", default="50,100,200")
    parser.add_argument("--wait", default="1")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--kinds", default=",".join(KINDS))
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as temporary,
        subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdout is not None
        host = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        root = Path(temporary)
        (root / "locustfile.py").write_text(LOCUSTFILE % arguments.wait)
        (root / "shop").mkdir()
        (root / "shop" / "bruno.json").write_text('{"version": "1", "name": "shop", "type": "collection"}')
        print("| kind | users | requests/s | cores | users per core | median |")
        print("| --- | --- | --- | --- | --- | --- |")
        for kind in arguments.kinds.split(","):
            for number in range(1, 6):
                file = root / "shop" / f"{number}.bru"
                file.write_text(REQUEST % (number, number, number, KINDS[kind]))
            for users in map(int, arguments.users.split(",")):
                cores, rate, median = measure(root, host, users, arguments.seconds)
                per_core = rate / cores * (float(arguments.wait) + median / 1000)
                print(
                    f"| {kind} | {users} | {rate:.0f} | {cores:.2f} | {per_core:.0f} | {median} ms |",
                    flush=True,
                )
        server.kill()


if __name__ == "__main__":
    main()
