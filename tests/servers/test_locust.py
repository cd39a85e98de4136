"""A collection under Locust: what the server sees is what Locust counts, in one process and in several."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

import bruscript

pytestmark = pytest.mark.servers

REQUEST = (
    "meta {\n  name: %s\n  type: http\n  seq: %d\n  tags: [%s]\n}\n\n"
    "get {\n  url: {{host}}/%s\n  body: none\n  auth: none\n}\n\n%s\n"
)
LOCUSTFILE = """
import json

from locust import constant, events

from bruscript.load import CollectionUser


class Shopper(CollectionUser):
    collection = "shop"
    wait_time = constant(0.1)
    %s


@events.init.add_listener
def end_after(environment, **_):
    import os

    import gevent

    def wait():
        stats, enough = environment.stats, int(os.environ["ENOUGH"])
        while stats.total.num_requests + len(stats.errors) < enough:
            gevent.sleep(0.1)
        environment.runner.quit()

    if not environment.parsed_options.worker:
        gevent.spawn(wait)


@events.quitting.add_listener
def write(environment, **_):
    stats = environment.stats
    entries = {entry.name: [entry.num_requests, entry.num_failures] for entry in stats.entries.values()}
    errors = [[error.name, str(error.error), error.occurrences] for error in stats.errors.values()]
    if not environment.parsed_options.worker:
        with open("out.json", "w") as file:
            json.dump([entries, errors], file)
"""


@pytest.fixture
def seen() -> Iterator[tuple[str, Counter[str]]]:
    counts: Counter[str] = Counter()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            cookie = self.headers.get("cookie", "")
            with lock:
                counts[self.path] += 1
                counts[f"{self.path} {cookie}"] += 1
            body = json.dumps({"id": self.path.rpartition("/")[2]}).encode()
            self.send_response(200)
            if self.path.startswith("/login"):
                self.send_header("Set-Cookie", f"user={self.path.rpartition('/')[2]}")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", counts
        server.shutdown()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "bruno.json").write_text('{"version": "1", "name": "shop", "type": "collection"}')
    script = "script:post-response {\n  bru.setVar('turns', Number(bru.getVar('turns') || 0) + 1);\n}"
    odd = 'tests {\n  test("is odd", () => expect(Number(res.body.id) % 2).to.equal(1));\n}'
    (root / "login.bru").write_text(REQUEST % ("Log in", 1, "user", "login/{{id}}", script))
    (root / "books.bru").write_text(REQUEST % ("Read", 2, "book", "books/{{id}}", odd))
    (root / "turns.bru").write_text(REQUEST % ("Turns", 3, "book", "turns/{{turns}}", ""))
    (tmp_path / "rows.csv").write_text("id\n1\n2\n3\n")
    return tmp_path


Stats = tuple[dict[str, list[int]], list[list[Any]], str]


def locust(directory: Path, host: str, enough: int, body: str, *more: str) -> Stats:
    """Run Locust without its page; return requests and failures by name, errors, and what it printed."""
    (directory / "locustfile.py").write_text(LOCUSTFILE.replace("%s", body))
    return run(directory, host, enough, *more)


def run(directory: Path, host: str, enough: int, *more: str) -> Stats:
    """Run the directory's locustfile."""
    return outcome(directory, launch(directory, host, enough, *more))


def launch(directory: Path, host: str, enough: int, *more: str) -> subprocess.CompletedProcess[str]:
    """Run until there were `enough` requests and errors, however long that takes."""
    command = [sys.executable, "-m", "locust", "--headless", "--host", host, "--only-summary"]
    return subprocess.run(
        [*command, "--stop-timeout", "60", *more],
        cwd=directory,
        env={**os.environ, "ENOUGH": str(enough)},
        capture_output=True,
        text=True,
        timeout=600,
    )


def outcome(directory: Path, done: subprocess.CompletedProcess[str]) -> Stats:
    said = done.stdout + done.stderr
    assert (directory / "out.json").exists(), said
    stats, errors = json.loads((directory / "out.json").read_text())
    return stats, errors, said


def test_one_process_counts_what_the_server_saw(shop: Path, seen: tuple[str, Counter[str]]) -> None:
    host, counts = seen
    stats, failures, said = locust(
        shop, host, 600, 'options = {"csv_file": "rows.csv"}', "-u", "20", "-r", "20"
    )
    assert stats, said
    books = {path: number for path, number in counts.items() if path.startswith("/books") and " " not in path}
    assert stats["Read"][0] == sum(books.values()) > 40
    assert stats["Log in"][0] == sum(counts[f"/login/{row}"] for row in "123")
    assert stats["Read"][1] == books["/books/2"]
    ((name, error, occurrences),) = failures
    assert (name, occurrences) == ("Read", books["/books/2"])
    assert "is odd: expected +0 to equal 1" in error
    # Rows are dealt, one each turn.
    assert max(books.values()) - min(books.values()) <= 20
    # A user's variables are its own: every one of them has had a first turn.
    assert counts["/turns/1"] == 20


def test_the_users_of_the_page(shop: Path, seen: tuple[str, Counter[str]]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "load.md").read_text("utf-8")
    shopper, reader = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (line,) = re.findall(r"^locust .*$", page, re.MULTILINE)
    assert line == "locust -f locustfile.py --host https://staging.example.org"
    listener = LOCUSTFILE[LOCUSTFILE.index("@events") :]
    imports = "import json\n\nfrom locust import events\n"
    (shop / "locustfile.py").write_text(f"{imports}{shopper}\n\n{reader}\n\n{listener}")
    (shop / "shop" / "environments").mkdir()
    (shop / "shop" / "environments" / "staging.bru").write_text("vars {\n  a: b\n}\n")
    (shop / "rows.csv").rename(shop / "shop" / "users.csv")
    (shop / "shop" / "books").mkdir()
    for name, file in (("list", "books/list.bru"), ("Add a book", "add.bru")):
        (shop / "shop" / file).write_text(REQUEST % (name, 9, "x", "weighted", ""))
    host, counts = seen
    stats, _, said = run(shop, host, 60, "-u", "2", "-r", "2")
    # The first user runs the whole collection, the second only what has a weight.
    assert stats["Log in"][0] == sum(counts[f"/login/{row}"] for row in "123") > 0, said
    assert stats["list"][0] + stats["Add a book"][0] == counts["/weighted"] > stats["Log in"][0] * 2


def test_a_run_under_locust_sends_what_bruscript_run_sends(
    shop: Path, seen: tuple[str, Counter[str]]
) -> None:
    host, counts = seen
    bruscript.run(shop / "shop", env_vars={"host": host}, csv_file=shop / "rows.csv")
    alone = dict(counts)
    counts.clear()
    stats, _, said = locust(shop, host, 9, 'options = {"csv_file": "rows.csv"}\n    limit = 3', "-u", "1")
    assert stats, said
    # The same paths with the same cookies, however often.
    first_turns = {path for path in counts if not path.startswith("/turns")}
    assert first_turns - set(alone) <= {"/login/1 user=3"}
    assert {path for path in alone if not path.startswith("/turns")} <= set(counts)


def test_a_master_and_two_workers(shop: Path, seen: tuple[str, Counter[str]]) -> None:
    host, counts = seen
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    (shop / "locustfile.py").write_text(LOCUSTFILE.replace("%s", 'options = {"csv_file": "rows.csv"}'))
    worker = [sys.executable, "-m", "locust", "--worker", "--master-port", port, "--host", host]
    workers = [
        subprocess.Popen(worker, cwd=shop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    try:
        master = (
            "--master",
            "--master-bind-port",
            port,
            "--expect-workers",
            "2",
            "-u",
            "6",
            "-r",
            "6",
        )
        stats, _, said = locust(shop, host, 90, 'options = {"csv_file": "rows.csv"}', *master)
        assert stats, said
        assert stats["Turns"][0] == sum(
            number for path, number in counts.items() if path.startswith("/turns") and " " not in path
        )
        assert counts["/turns/1"] == 6
    finally:
        for process in workers:
            process.terminate()
            process.wait()


def test_weights_and_tags_choose_requests(shop: Path, seen: tuple[str, Counter[str]]) -> None:
    host, counts = seen
    body = 'options = {"tags": "book", "env_vars": {"id": "1", "turns": "0"}}'
    body += '\n    weights = {"Read": 3, "turns.bru": 0}'
    stats, _, said = locust(shop, host, 20, body, "-u", "2", "-r", "2")
    assert set(stats) == {"Read"}, said
    assert counts["/books/1"] == stats["Read"][0]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('collection = "nowhere"', "Path not found"),
        ('options = {"env": "prod"}', "Environment file not found"),
        ('options = {"taggs": "a"}', "taggs is not a run option"),
        ('options = {"tags": "bok"}', "no request has the tag bok. Did you mean book?"),
        ('options = {"tests_only": True, "tags": "user"}', "Nothing to run"),
        ('options = {"csv_file": "empty.csv"}', "Nothing to run: no rows in"),
        ('options = {"app": print}', "options: app is builtin_function_or_method, which JSON cannot hold"),
        ('options = "tags"', "options must be a mapping, not str"),
        ('options = {"env_vars": "a=b"}', "env_vars must be a mapping of names"),
        ('weights = {"Reed": 1}', "weights: shop has no request 'Reed'; did you mean `Read`?"),
        ('weights = {"Read": -1}', "weights: 'Read' must have a number of at least 0, not -1"),
        ('weights = {"Read": "3"}', "weights: 'Read' must have a number of at least 0, not '3'"),
        ('weights = ["Read"]', "weights must be a mapping of requests to numbers, not list"),
        ('weights = {"Read": 0}\n    only_weighted = True', "weights: no request has a weight above 0"),
        ('collection = "shop/asks"', "Nothing was sent: prompts have no answer."),
    ],
)
def test_what_cannot_run_is_a_failure_with_words(
    shop: Path, seen: tuple[str, Counter[str]], body: str, message: str
) -> None:
    (shop / "empty.csv").write_text("id\n")
    if "asks" in body:
        (shop / "shop" / "asks").mkdir()
        (shop / "shop" / "asks" / "a.bru").write_text(REQUEST % ("Ask", 1, "x", "{{?who}}", ""))
    (shop / "locustfile.py").write_text(LOCUSTFILE.replace("%s", body))
    done = launch(shop, seen[0], 1, "-u", "1")
    _, failures, said = outcome(shop, done)
    assert any(message in error for _, error, _ in failures), (failures, said)
    assert done.returncode == 1
    assert "Traceback" not in said
    assert not seen[1]


def test_a_file_that_does_not_parse_is_a_failure(shop: Path, seen: tuple[str, Counter[str]]) -> None:
    (shop / "shop" / "broken.bru").write_text("get {\n  url\n}\n")
    (shop / "locustfile.py").write_text(LOCUSTFILE.replace("%s", 'options = {"csv_file": "rows.csv"}'))
    done = launch(shop, seen[0], 4, "-u", "1")
    _, failures, _ = outcome(shop, done)
    assert any(name == "broken.bru" and "broken.bru:2:" in error for name, error, _ in failures), failures
    assert done.returncode == 1


def test_the_web_page_of_locust_starts_users_and_shows_their_requests(
    shop: Path, seen: tuple[str, Counter[str]]
) -> None:
    host, counts = seen
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    (shop / "locustfile.py").write_text(LOCUSTFILE.replace("%s", 'options = {"csv_file": "rows.csv"}'))
    command = [sys.executable, "-m", "locust", "--web-host", "127.0.0.1", "--web-port", port]
    environment = {**os.environ, "ENOUGH": "1000000"}
    with subprocess.Popen(
        command, cwd=shop, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as page:
        try:
            form = urlencode({"user_count": "2", "spawn_rate": "2", "host": host}).encode()
            assert answered(page, f"http://127.0.0.1:{port}/swarm", form)["success"]
            shown: dict[str, int] = {}
            while not {"Log in", "Read", "Turns"} <= {name for name, count in shown.items() if count}:
                stats = answered(page, f"http://127.0.0.1:{port}/stats/requests")["stats"]
                shown = {row["name"]: row["num_requests"] for row in stats}
                time.sleep(0.1)
            assert answered(page, f"http://127.0.0.1:{port}/stop", b"")["success"]
            assert counts["/login/1"]
        finally:
            page.terminate()


def answered(process: subprocess.Popen[bytes], url: str, form: bytes | None = None) -> Any:
    """Return the JSON at `url`, as soon as somebody answers there."""
    deadline = time.monotonic() + 300
    while True:
        try:
            with urlopen(url, form) as response:
                return json.load(response)
        except HTTPError:
            raise
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
