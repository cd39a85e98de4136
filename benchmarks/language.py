"""Times the parser beside the reference's, turn and turn about, in processes that parse the same files.

    python benchmarks/language.py [--rounds 5] [--reference DIRECTORY] [FILE...]

Without files it takes the corpus in fixtures/language and generates larger ones. Start-up is not counted:
both sides have parsed everything once before the clock runs. BRU_ORACLE_HOME or --reference names a directory
whose node_modules hold @usebruno/lang; without either only our own times are shown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from bruscript.collection.layout import kind_of
from bruscript.lang import BruSyntaxError
from bruscript.lang.bru.document import BruDocument

CORPUS = Path(__file__).resolve().parents[1] / "fixtures" / "language"
ROUNDS_OF_REFERENCE = r"""
const lang = require(process.argv[2] + '/node_modules/@usebruno/lang');
const parsers = { request: lang.bruToJsonV2, collection: lang.collectionBruToJson,
                  folder: lang.collectionBruToJson, environment: lang.bruToEnvJsonV2 };
console.error = () => {};
const print = console.log;
console.log = () => {};
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const documents = JSON.parse(line);
  const begin = process.cpuUsage();
  for (const [kind, text] of documents) { try { parsers[kind](text); } catch {} }
  const used = process.cpuUsage(begin);
  print((used.user + used.system) / 1e6);
});
"""
SMALL = """meta {
  name: get user
  type: http
  seq: 3
}

get {
  url: {{host}}/users/3?details=full
  body: none
  auth: inherit
}

params:query {
  details: full
}

headers {
  accept: application/json
}

assert {
  res.status: eq 200
}

tests {
  test("is there", function() {
    expect(res.getStatus()).to.equal(200);
    expect(res.getBody().id).to.equal(3);
  });
}

settings {
  encodeUrl: true
  timeout: 0
}
"""


def request_of(size: int) -> str:
    """A request file of about `size` bytes: half of it pairs, half of it scripts."""
    pairs = "".join(f"  x-header-{n}: value {{{{variable{n}}}}} of a header\n" for n in range(size // 100))
    script = "".join(f'  bru.setVar("name{n}", res.body.items[{n}].id);\n' for n in range(size // 100))
    return (
        "meta {\n  name: Large\n  type: http\n  seq: 1\n}\n\npost {\n  url: {{host}}/a\n  body: json\n}\n\n"
        f"headers {{\n{pairs}}}\n\nscript:post-response {{\n{script}}}\n"
    )


def large_body(size: int) -> str:
    """A request whose JSON body has `size` bytes."""
    line = '    {"id": 12345, "name": "an item", "tags": ["a", "b"]},\n'
    return f"post {{\n  url: a\n}}\n\nbody:json {{\n  [\n{line * (size // len(line))}    {{}}\n  ]\n}}\n"


def ours(documents: list[tuple[str, str]], *, with_json: bool) -> float:
    """Seconds on a processor to parse all documents."""
    begin = time.process_time()
    for kind, text in documents:
        try:
            document = BruDocument.parsed(text, kind)  # type: ignore[arg-type]
        except BruSyntaxError:
            continue
        if with_json:
            document.to_json()
        else:
            assert document.blocks is not None
    return time.process_time() - begin


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reference", default=os.environ.get("BRU_ORACLE_HOME"))
    options = parser.parse_args()
    sets: dict[str, list[tuple[str, str]]] = {}
    if options.files:
        sets["files"] = [(kind_of(f), f.read_bytes().decode()) for f in options.files]
    else:
        sets["the corpus"] = [
            (kind, file.read_bytes().decode())
            for kind in ("request", "collection", "environment")
            for file in sorted((CORPUS / kind).glob("*.bru"))
        ]
        sets["100 requests of 450 bytes"] = [("request", SMALL)] * 100
        sets["100 requests of 2 KB"] = [("request", request_of(2_000))] * 100
        sets["a request of 100 KB"] = [("request", request_of(100_000))]
        sets["a body of 100 KB"] = [("request", large_body(100_000))]
        sets["a body of 1 MB"] = [("request", large_body(1_000_000))]
        sets["a body of 10 MB"] = [("request", large_body(10_000_000))]
    reference = None
    if options.reference:
        reference = subprocess.Popen(
            ["node", "-e", ROUNDS_OF_REFERENCE, "-", options.reference],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    print("| files | KB | tree | JSON | reference | ratio, tree | ratio, JSON |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, documents in sets.items():
        size = sum(len(text.encode()) for _, text in documents)
        trees, jsons, theirs = [], [], []
        # The reference needs 15 s for a megabyte, and more memory than there is for the largest.
        compared = reference is not None and size < 500_000
        for round_number in range(options.rounds + 1):
            row = [ours(documents, with_json=False), ours(documents, with_json=True)]
            if compared:
                assert reference is not None
                assert reference.stdin is not None
                assert reference.stdout is not None
                print(json.dumps(documents), file=reference.stdin, flush=True)
                row.append(float(reference.stdout.readline()))
            if round_number:
                for times, value in zip((trees, jsons, theirs), row, strict=False):
                    times.append(value)
        # The best of the rounds: the rest of the machine only ever adds to a time.
        tree, with_json = min(trees), min(jsons)
        line = f"| {name} | {size / 1000:.0f} | {tree * 1000:.1f} ms | {with_json * 1000:.1f} ms |"
        if compared:
            their = min(theirs)
            line += f" {their * 1000:.0f} ms | {their / tree:.0f} | {their / with_json:.0f} |"
        else:
            line += " | | |"
        print(line, flush=True)
    if reference is not None:
        assert reference.stdin is not None
        reference.stdin.close()
        reference.wait()


if __name__ == "__main__":
    sys.exit(main())
