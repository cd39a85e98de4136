"""Times `bruscript run` beside the reference command, turn and turn about, on a collection made here.

    python benchmarks/run.py [--requests 300] [--sandbox safe|developer] [--rounds 3]

Every request has inherited auth, a templated URL, header and JSON body, a pre-request and a post-response
script, two assertions and a test; a small server on loopback answers. Needs Node, and the reference in
BRU_ORACLE_HOME (default ~/.cache/bru-oracle). In safe mode the reference takes long: use few requests.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REFERENCE = Path(os.environ.get("BRU_ORACLE_HOME") or Path.home() / ".cache" / "bru-oracle")
SERVER = """
const http = require('http');
http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString() || 'null');
    response.setHeader('content-type', 'application/json');
    const { method, url, headers } = request;
    response.end(JSON.stringify({ method, url, headers, body }));
  });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
"""
REQUEST = """meta {{
  name: request {i}
  type: http
  seq: {i}
}}

post {{
  url: {{{{host}}}}/items?i={i}
  body: json
  auth: inherit
}}

params:query {{
  i: {i}
}}

headers {{
  x-id: {{{{id}}}}
}}

body:json {{
  {{ "i": {i}, "id": "{{{{id}}}}" }}
}}

assert {{
  res.status: eq 200
  res.body.body.i: eq {i}
}}

script:pre-request {{
  bru.setVar("id", "id-{i}");
  req.setHeader("x-pre", "1");
}}

script:post-response {{
  bru.setVar("last", res.body.body.i);
}}

tests {{
  test("echoes", function () {{
    expect(res.getStatus()).to.equal(200);
    expect(res.getBody().body.id).to.equal("id-{i}");
  }});
}}
"""


def make(root: Path, count: int, port: int) -> None:
    (root / "environments").mkdir()
    (root / "bruno.json").write_text(json.dumps({"version": "1", "name": "bench", "type": "collection"}))
    (root / "collection.bru").write_text(
        "auth {\n  mode: bearer\n}\n\nauth:bearer {\n  token: {{token}}\n}\n\n"
        "vars:pre-request {\n  token: abc\n}\n"
    )
    (root / "environments" / "local.bru").write_text(f"vars {{\n  host: http://127.0.0.1:{port}\n}}\n")
    for i in range(1, count + 1):
        (root / f"r{i:05}.bru").write_text(REQUEST.format(i=i))


def timed(command: list[str], cwd: Path) -> tuple[float, float]:
    """Seconds from start to end, and MiB of memory at the most (of the largest process)."""
    start = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
    old = os.getcwd()
    os.chdir(cwd)
    try:
        child = os.posix_spawnp(command[0], command, os.environ, file_actions=quiet)
    finally:
        os.chdir(old)
    _, status, usage = os.wait4(child, 0)
    if code := os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--sandbox", choices=["safe", "developer"], default="developer")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    server = subprocess.Popen(["node", "-e", SERVER], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    port = int(server.stdout.readline())
    directory = Path(tempfile.mkdtemp())
    run = ["run", "--env", "local", "--sandbox", options.sandbox]
    ours = [sys.executable, "-m", "bruscript", *run]
    theirs = [str(REFERENCE / "node_modules" / ".bin" / "bru"), *run]
    try:
        make(directory, options.requests, port)
        timed(ours, directory)
        rounds = [(timed(ours, directory), timed(theirs, directory)) for _ in range(options.rounds)]
    finally:
        server.kill()
        shutil.rmtree(directory)
    print(f"{options.requests} requests, {options.sandbox} mode, median of {options.rounds} rounds")
    for index, unit in enumerate(("s", "MiB")):
        mine, other = (statistics.median(pair[side][index] for pair in rounds) for side in (0, 1))
        print(f"  bruscript {mine:8.2f} {unit:3}  reference {other:8.2f} {unit:3}  ratio {other / mine:5.1f}")


if __name__ == "__main__":
    main()
