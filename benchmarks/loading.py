"""Times the loading of collections: YAML and .bru files here, YAML files in the reference, alternating.

    python benchmarks/loading.py [--rounds 5] [--sizes 300,3000] [--reference DIRECTORY]

Each request is one of a usual kind: headers, parameters, a JSON body, two scripts, a test and assertions.
Start-up is not counted: both sides have loaded the collection before the clock runs. BRU_ORACLE_HOME or
--reference names a directory whose node_modules hold @usebruno/cli; without either only our own times are
shown.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import tempfile
import time
from pathlib import Path

from bruscript.collection import load

REFERENCE = r"""
const at = process.argv[2] + '/node_modules/@usebruno/cli/src/utils/collection';
const {createCollectionJsonFromPathname} = require(at);
const print = console.log;
console.log = console.warn = console.error = () => {};
require('readline').createInterface({ input: process.stdin }).on('line', (path) => {
  const begin = process.hrtime.bigint();
  createCollectionJsonFromPathname(path);
  print(Number(process.hrtime.bigint() - begin) / 1e9);
});
"""

YML = """info:
  name: r{i}
  type: http
  seq: {i}
  tags:
    - smoke

http:
  method: POST
  url: "{{{{host}}}}/echo?i={i}"
  headers:
    - name: x-req
      value: "{{{{reqid}}}}"
    - name: accept
      value: application/json
  params:
    - name: i
      value: "{i}"
      type: query
  body:
    type: json
    data: |-
      {{
        "i": {i},
        "reqid": "{{{{reqid}}}}"
      }}
  auth: inherit

runtime:
  scripts:
    - type: before-request
      code: |-
        bru.setVar("reqid", "id-{i}");
        req.setHeader("x-pre", "1");
    - type: after-response
      code: bru.setVar("last", res.body.json.i);
    - type: tests
      code: |-
        test("echoes", function() {{
          expect(res.getStatus()).to.equal(200);
          expect(res.getBody().json.reqid).to.equal("id-{i}");
        }});
  assertions:
    - expression: res.status
      operator: eq
      value: "200"
    - expression: res.body.json.i
      operator: eq
      value: "{i}"

settings:
  encodeUrl: true
  timeout: 0
  followRedirects: true
  maxRedirects: 5
  forwardAuthorizationHeader: true
"""

BRU = """meta {{
  name: r{i}
  type: http
  seq: {i}
  tags: [
    smoke
  ]
}}

post {{
  url: {{{{host}}}}/echo?i={i}
  body: json
  auth: inherit
}}

params:query {{
  i: {i}
}}

headers {{
  x-req: {{{{reqid}}}}
  accept: application/json
}}

body:json {{
  {{
    "i": {i},
    "reqid": "{{{{reqid}}}}"
  }}
}}

assert {{
  res.status: eq 200
  res.body.json.i: eq {i}
}}

script:pre-request {{
  bru.setVar("reqid", "id-{i}");
  req.setHeader("x-pre", "1");
}}

script:post-response {{
  bru.setVar("last", res.body.json.i);
}}

tests {{
  test("echoes", function() {{
    expect(res.getStatus()).to.equal(200);
    expect(res.getBody().json.reqid).to.equal("id-{i}");
  }});
}}

settings {{
  encodeUrl: true
  timeout: 0
  followRedirects: true
  maxRedirects: 5
  forwardAuthorizationHeader: true
}}
"""


def make(root: Path, count: int, kind: str) -> Path:
    """Write a collection of `count` requests, twenty to a folder."""
    root.mkdir(parents=True)
    if kind == "yml":
        (root / "opencollection.yml").write_text("opencollection: 1.0.0\ninfo:\n  name: many\n")
    else:
        (root / "bruno.json").write_text('{"version": "1", "name": "many", "type": "collection"}')
    for at in range(count):
        folder = root / f"f{at // 20:03}"
        folder.mkdir(exist_ok=True)
        (folder / f"r{at:05}.{kind}").write_text((YML if kind == "yml" else BRU).format(i=at + 1))
    return root


def ours(root: Path) -> float:
    """Seconds to load a collection."""
    gc.collect()
    begin = time.perf_counter()
    collection = load(root)
    seconds = time.perf_counter() - begin
    assert not collection.skipped
    return seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", default="300,3000")
    parser.add_argument("--reference", default=os.environ.get("BRU_ORACLE_HOME"))
    options = parser.parse_args()
    reference = None
    if options.reference:
        reference = subprocess.Popen(
            ["node", "-e", REFERENCE, "-", options.reference],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    print("| requests | .yml | .bru | .yml / .bru | reference, .yml | reference / ours |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as directory:
        for count in map(int, options.sizes.split(",")):
            yml, bru = (make(Path(directory) / kind / str(count), count, kind) for kind in ("yml", "bru"))
            rows = []
            for number in range(options.rounds + 1):
                row = [ours(yml), ours(bru)]
                if reference is not None:
                    assert reference.stdin is not None
                    assert reference.stdout is not None
                    print(yml, file=reference.stdin, flush=True)
                    row.append(float(reference.stdout.readline()))
                if number:
                    rows.append(row)
            # The best of the rounds: the rest of the machine only ever adds to a time.
            best = [min(column) for column in zip(*rows, strict=True)]
            cells = [f"{best[0]:.3f} s", f"{best[1]:.3f} s", f"{best[0] / best[1]:.2f}"]
            cells += [f"{best[2]:.3f} s", f"{best[2] / best[0]:.1f}"] if len(best) > 2 else ["", ""]
            print(f"| {count} | {' | '.join(cells)} |")
    if reference is not None:
        reference.terminate()


if __name__ == "__main__":
    main()
