"""Shows how time and memory grow with size: requests, rows, files, bodies and variables.

    python benchmarks/scale.py [--only loading,bodies] [--rounds 3]

Each kind of work is done at three sizes, each ten times the one before, in a process of its own that has done
the same at a small size before. What counts is the process's time on a processor, and the most memory that
Python holds for it (tracemalloc). The exponent is the slope of the logarithms from the second size to the
third, where fixed costs hardly count: 1 means in proportion, 2 as the square.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import math
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).resolve().parent


def load_bru(root: Path, size: int) -> Callable[[], object]:
    """Load .bru requests."""
    return _loaded(root, size, "bru")


def load_yml(root: Path, size: int) -> Callable[[], object]:
    """Load YAML requests."""
    return _loaded(root, size, "yml")


def _loaded(root: Path, size: int, kind: str) -> Callable[[], object]:
    from loading import make

    from bruscript.collection import load

    directory = make(root / str(size), size, kind)
    return lambda: load(directory)


def read_requests(root: Path, size: int) -> Callable[[], object]:
    """Load .bru requests and read each of them."""
    load = load_bru(root, size)
    return lambda: [request.data for request in load().walk()]  # type: ignore[attr-defined]


def load_folders(root: Path, size: int) -> Callable[[], object]:
    """Load folders that have nothing but a file of their own."""
    from bruscript.collection import load

    directory = root / str(size)
    for number in range(size):
        (directory / f"f{number}").mkdir(parents=True)
        (directory / f"f{number}" / "folder.bru").write_text(f"meta {{\n  name: f{number}\n}}\n")
    (directory / "bruno.json").write_text('{"version": "1", "name": "many", "type": "collection"}')
    return lambda: load(directory)


def pairs(_root: Path, size: int) -> Callable[[], object]:
    """Parse one .bru file with this many headers, of which one is not regular."""
    from bruscript import parse

    lines = "".join(f"  x-{number}: value\n" for number in range(size))
    text = f'get {{\n  url: a\n}}\n\nheaders {{\n{lines}  "q": a\n}}\n'
    return lambda: parse(text).to_json()


def body(_root: Path, size: int) -> Callable[[], object]:
    """Parse one .bru file whose body has this many lines."""
    from bruscript import parse

    lines = '    {"id": 12345, "name": "an item"},\n' * size
    text = f"post {{\n  url: a\n  body: json\n}}\n\nbody:json {{\n  [\n{lines}    1\n  ]\n}}\n"
    return lambda: parse(text).to_json()


def yml_body(_root: Path, size: int) -> Callable[[], object]:
    """Parse one YAML file whose body has this many lines."""
    from bruscript.lang.yml.document import YmlDocument

    lines = '        {"id": 12345, "name": "an item"},\n' * size
    text = (
        "info:\n  name: a\n  type: http\n\nhttp:\n  method: POST\n  url: a\n  body:\n    type: json\n"
        f"    data: |-\n      [\n{lines}        1\n      ]\n"
    )

    return lambda: YmlDocument.opened(text, "request").content()


def variables(_root: Path, size: int) -> Callable[[], object]:
    """Fill as many variables into a text as there are."""
    from bruscript.evaluate.interpolate import interpolate

    values = {f"v{number}": f"{number}" for number in range(size)}
    text = " ".join(f"{{{{v{number}}}}}" for number in range(size))
    return lambda: interpolate(text, values)


def environment(root: Path, size: int) -> Callable[[], object]:
    """Read an environment of this many variables."""
    from bruscript.collection.environment import read_environment

    root.mkdir(parents=True, exist_ok=True)
    file = root / f"{size}.bru"
    file.write_text("vars {\n" + "".join(f"  v{number}: {number}\n" for number in range(size)) + "}\n")
    return lambda: read_environment(file).variables


def write_back_bru(root: Path, size: int) -> Callable[[], object]:
    """Write back this many variables that a script has set, of which a tenth was in the file before."""
    return _written_back(root / f"{size}.bru", size, "vars {\n", "  {0}: {1}\n", "}\n")


def write_back_yml(root: Path, size: int) -> Callable[[], object]:
    """Do the same in YAML."""
    entry = "  - name: {0}\n    value: '{1}'\n"
    return _written_back(root / f"{size}.yml", size, "name: e\nvariables:\n", entry, "")


def write_back_json(root: Path, size: int) -> Callable[[], object]:
    """Do the same in JSON."""
    entry = '{{"name": "{0}", "value": "{1}"}},\n'
    return _written_back(root / f"{size}.json", size, '{"variables": [\n', entry, '{"name": "last"}\n]}\n')


def _written_back(file: Path, size: int, head: str, entry: str, tail: str) -> Callable[[], object]:
    from bruscript.collection.writeback import persist_environment

    file.parent.mkdir(parents=True, exist_ok=True)
    old = {f"v{number}": f"{number}" for number in range(0, size, 10)}
    new = {f"v{number}": f"x{number}" for number in range(size)}
    text = head + "".join(entry.format(name, value) for name, value in old.items()) + tail

    def work() -> object:
        file.write_text(text)
        return persist_environment(file, old, new)

    return work


def masking(_root: Path, size: int) -> Callable[[], object]:
    """Mask a text of this many lines that has fifty secrets in it."""
    from bruscript.masking import Mask

    mask = Mask()
    secrets = [hashlib.sha256(b"%d" % number).hexdigest()[:40] for number in range(50)]
    for secret in secrets:
        mask.learn(secret, "benchmark")
    text = "".join(f"line {number} has {secrets[number % 50]} in it\n" for number in range(size))
    mask.mask("once")
    return lambda: mask.mask(text)


def rows(root: Path, size: int) -> Callable[[], object]:
    """Run a request once for each row of a CSV file, against an application in this process."""
    import bruscript

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    directory = root / str(size)
    directory.mkdir(parents=True)
    (directory / "bruno.json").write_text('{"version": "1", "name": "rows", "type": "collection"}')
    (directory / "r.bru").write_text("get {\n  url: http://app.test/{{id}}\n}\n")
    table = directory / "rows.csv"
    table.write_text("id,name\n" + "".join(f"{number},name{number}\n" for number in range(size)))
    return lambda: bruscript.load(directory).run(app=app, csv_file=table, keep_results=False)


WORK: dict[str, tuple[Callable[[Path, int], Callable[[], object]], int, str]] = {
    "loading": (load_bru, 50, "requests, .bru, loaded"),
    "loading-yml": (load_yml, 50, "requests, .yml, loaded"),
    "reading": (read_requests, 50, "requests, .bru, loaded and read"),
    "folders": (load_folders, 50, "folders with a file of their own"),
    "pairs": (pairs, 1000, "headers of one .bru file"),
    "bodies": (body, 2000, "lines of one body, .bru"),
    "bodies-yml": (yml_body, 500, "lines of one body, .yml"),
    "variables": (variables, 1000, "variables in one text"),
    "environments": (environment, 1000, "variables of an environment"),
    "writing": (write_back_bru, 100, "variables that a script writes back, .bru"),
    "writing-yml": (write_back_yml, 100, "variables that a script writes back, .yml"),
    "writing-json": (write_back_json, 100, "variables that a script writes back, .json"),
    "rows": (rows, 20, "rows of a run"),
    "masking": (masking, 1000, "lines that are masked"),
}
"""The work, its smallest size, and what is counted."""


def measure(name: str, size: int) -> None:
    """Print the seconds on a processor, and then the bytes at their most, that one piece of work takes."""
    make = WORK[name][0]
    with tempfile.TemporaryDirectory() as directory:
        make(Path(directory) / "small", 1)()
        work = make(Path(directory), size)
        begun = time.process_time()
        work()
        seconds = time.process_time() - begun
        gc.collect()
        tracemalloc.start()
        result = work()
        print(seconds, tracemalloc.get_traced_memory()[1])
        del result


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(WORK))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure[0], int(options.measure[1]))
        return
    print("| work | sizes | time | exponent | memory | exponent |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in options.only.split(","):
        _, smallest, what = WORK[name]
        sizes = [smallest, smallest * 10, smallest * 100]
        taken = []
        for size in sizes:
            command = [sys.executable, __file__, "--measure", name, str(size)]
            environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS)}
            outputs = [
                subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
                for _ in range(options.rounds)
            ]
            # The best of the rounds: the rest of the machine only ever adds.
            taken.append(
                [min(column) for column in zip(*(map(float, o.split()) for o in outputs), strict=True)]
            )
        times, memory = zip(*taken, strict=True)
        spans = " / ".join(f"{each * 1000:.1f}" for each in times)
        mebibytes = " / ".join(f"{each / (1 << 20):.2f}" for each in memory)
        print(
            f"| {what} | {sizes[0]:,} to {sizes[2]:,} | {spans} ms | {_slope(times)} "
            f"| {mebibytes} MiB | {_slope(memory)} |",
            flush=True,
        )


def _slope(values: tuple[float, ...]) -> str:
    """Return the exponent from the second size to the third; nothing where there is next to nothing."""
    return f"{math.log10(values[2] / values[1]):.2f}" if values[1] > 0 and values[2] > 0 else ""


if __name__ == "__main__":
    main()
