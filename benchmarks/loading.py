"""Times the loading of collections: YAML and .bru files here, YAML files in the reference, alternating.

    python benchmarks/loading.py [--rounds 5] [--sizes 300,3000] [--reference DIRECTORY]

Each request is one of a usual kind: headers, parameters, a JSON body, two scripts, a test and assertions.
What counts is the processor time of the first load in a process, as a command makes it; start-up does not:
both sides have loaded a collection of one request before the clock runs. Regular files are checked when they
are loaded and read when they are looked at; "and read" is with all of that. BRU_ORACLE_HOME or --reference
names a directory whose node_modules hold @usebruno/cli; without either only our own times are shown.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

REFERENCE = r"""
const at = process.argv[1] + '/node_modules/@usebruno/cli/src/utils/collection';
const {createCollectionJsonFromPathname} = require(at);
const print = console.log;
console.log = console.warn = console.error = () => {};
createCollectionJsonFromPathname(process.argv[2]);
const before = process.cpuUsage();
createCollectionJsonFromPathname(process.argv[3]);
const used = process.cpuUsage(before);
print((used.user + used.system) / 1e6);
"""

OURS = """
import sys, time
from bruscript.collection import load
load(sys.argv[1])
begin = time.process_time()
collection = load(sys.argv[2])
loaded = time.process_time()
read = [request.data for request in collection.walk()]
print(loaded - begin, time.process_time() - begin)
assert not collection.skipped
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


def seconds(*command: str) -> list[float]:
    """The seconds that a command prints."""
    return [*map(float, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", default="300,3000")
    parser.add_argument("--reference", default=os.environ.get("BRU_ORACLE_HOME"))
    options = parser.parse_args()
    print("| requests | .bru | and read | .yml | and read | reference, .yml | / loaded | / read |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as directory:
        one = {kind: str(make(Path(directory) / kind / "one", 1, kind)) for kind in ("yml", "bru")}
        for count in map(int, options.sizes.split(",")):
            many = {kind: str(make(Path(directory) / kind / str(count), count, kind)) for kind in one}
            rows = []
            for _ in range(options.rounds):
                row = seconds(sys.executable, "-c", OURS, one["bru"], many["bru"])
                row += seconds(sys.executable, "-c", OURS, one["yml"], many["yml"])
                if options.reference:
                    row += seconds("node", "-e", REFERENCE, options.reference, one["yml"], many["yml"])
                rows.append(row)
            # The best of the rounds: the rest of the machine only ever adds to a time.
            best = [min(column) for column in zip(*rows, strict=True)]
            cells = [f"{value:.3f} s" for value in best]
            cells += [f"{best[4] / best[2]:.1f}", f"{best[4] / best[3]:.1f}"] if len(best) > 4 else [""] * 3
            print(f"| {count} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
