"""Times `bruscript run` beside its floor: the same requests by plain httpx, the same scripts by bare `eval`.

    python benchmarks/floor.py [--requests 300] [--sandbox safe|developer] [--rounds 5]

The floor is a process of its own, too: it imports httpx and mini-racer, loads chai once, and for each
request evaluates the scripts against the simplest `bru`, `req` and `res` that make them work. Needs Node for
the server.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from run import SERVER, make, timed

BUNDLE = "bruscript/sandbox/bundles/chai.js"
PRELUDE = """
// The bundle hands this what it makes, for the sandbox to guard.
const __keep = (made) => made;
const module = { exports: {} };
(function (module, exports, require) { %s })(module, module.exports, () => ({}));
const { expect } = module.exports;
const variables = {};
const bru = { setVar(name, value) { variables[name] = value; } };
let req, res, results;
function test(name, body) {
  try { body(); results.push([name, "pass"]); } catch (e) { results.push([name, e.message]); }
}
function respond(status, text) {
  const body = JSON.parse(text);
  res = { status, body, getStatus: () => status, getBody: () => body };
}
"""


def floor(port: int, count: int) -> None:
    """One run of the floor, in this process."""
    import json

    import httpx
    from py_mini_racer import MiniRacer

    isolate = MiniRacer()
    isolate.eval(PRELUDE % Path(BUNDLE).read_text())
    passed = 0
    with httpx.Client() as client:
        for i in range(1, count + 1):
            pre = f'bru.setVar("id", "id-{i}"); req.setHeader("x-pre", "1");'
            isolate.eval("req = { headers: {}, setHeader(n, v) { this.headers[n] = v; } }; results = [];")
            headers = json.loads(
                str(isolate.eval(f"(() => {{ {pre} }})(); JSON.stringify([variables, req.headers])"))
            )
            response = client.post(
                f"http://127.0.0.1:{port}/items?i={i}",
                json={"i": i, "id": headers[0]["id"]},
                headers={"x-id": headers[0]["id"], "authorization": "Bearer abc", **headers[1]},
            )
            isolate.eval(f"respond({response.status_code}, {json.dumps(response.text)})")
            isolate.eval('(() => { bru.setVar("last", res.body.body.i); })()')
            isolate.eval(f"expect(res.status).to.equal(200); expect(res.body.body.i).to.equal({i});")
            isolate.eval(
                '(() => { test("echoes", function () { expect(res.getStatus()).to.equal(200);'
                f' expect(res.getBody().body.id).to.equal("id-{i}"); }}); }})()'
            )
            passed += json.loads(str(isolate.eval("JSON.stringify([results, variables])")))[0][0][1] == "pass"
    if passed != count:
        raise SystemExit(f"the floor passed {passed} of {count}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--sandbox", choices=["safe", "developer"], default="safe")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.port:
        floor(options.port, options.requests)
        return
    server = subprocess.Popen(["node", "-e", SERVER], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    port = server.stdout.readline().strip()
    directory = Path(tempfile.mkdtemp())
    ours = [sys.executable, "-m", "bruscript", "run", "--env", "local", "--sandbox", options.sandbox]
    bare = [sys.executable, __file__, "--port", port, "--requests", str(options.requests)]
    try:
        make(directory, options.requests, int(port))
        timed(ours, directory)
        here = Path(__file__).resolve().parent.parent
        rounds = [(timed(ours, directory)[0], timed(bare, here)[0]) for _ in range(options.rounds)]
    finally:
        server.kill()
        shutil.rmtree(directory)
    mine, least = (statistics.median(pair[side] for pair in rounds) for side in (0, 1))
    print(f"{options.requests} requests, {options.sandbox} mode, median of {options.rounds} rounds")
    print(f"  bruscript {mine:.2f} s, floor {least:.2f} s, {mine / least:.2f} times the floor")


if __name__ == "__main__":
    main()
