"""The directory in which a page's blocks run: collections with the names that pages use, and a server."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from apps.bru_text import get_request, status_assertion
from apps.serving import serve

COLLECTION = '{"version": "1", "name": "%s", "type": "collection"}'


def smoke_request(name: str, seq: int, path: str) -> str:
    """Return the text of a request with the tag `smoke`."""
    return get_request(f"{{{{host}}}}/{path}", seq, status_assertion(), "none", name=name, tag="smoke")


FILES = {
    ".env": "SHOP_TOKEN=a-token-of-the-shop\nAPI_TOKEN=a-token-of-the-api\n",
    "health.bru": smoke_request("health", 1, "health"),
    "request.bru": smoke_request("request", 2, "request"),
    "login.bru": smoke_request("login", 3, "login"),
    "report.bru": smoke_request("report", 4, "report"),
    "users/list.bru": smoke_request("list", 1, "users"),
    "users/create.bru": smoke_request("create", 2, "users/new"),
    "auth/login.bru": smoke_request("login", 1, "login"),
    "folder/inner/one.bru": smoke_request("one", 1, "one"),
    "login.yml": "info:\n  name: login\n  type: http\n\nhttp:\n  method: GET\n  url: http://h/\n",
    "request.yml": "info:\n  name: request\n  type: http\n\nhttp:\n  method: GET\n  url: http://h/\n",
    "users.csv": "user\nann\nbob\n",
    "vault.env": "VAULT_ADDR=http://127.0.0.1:9\n",
    "main.py": """
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
""",
    "reports.py": """
class Slack:
    def __init__(self, target):
        assert target == "#builds"

    def handle(self, event):
        pass

    def close(self):
        pass
""",
}
TIMES = """
class Times:
    def handle(self, event):
        pass

    def close(self):
        pass
"""
SPECIFICATION = """openapi: 3.0.3
info: {title: Pets, version: "1"}
servers: [{url: "http://pets.test/v1"}]
paths:
  /pets:
    get:
      summary: List pets
      tags: [pets]
      %s
      responses: {"200": {description: all}}
    %s
"""
READ = (
    '\n  /pets/{id}:\n    get: {summary: Read a pet, tags: [pets], responses: {"200": {description: one}}}\n'
)
ADD = 'post: {summary: Add a pet, tags: [pets], responses: {"201": {description: added}}}'
LIMIT = "parameters: [{name: limit, in: query, schema: {type: integer}}]"
POSTMAN = {
    "info": {
        "name": "shop",
        "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
    },
    "item": [{"name": "all", "request": {"method": "GET", "url": "http://h/all"}}],
}


class Stage:
    """A directory with the collections `shop`, `api` and `api-tests`."""

    def __init__(self, root: Path, url: str) -> None:
        self.root = root
        self.url = url
        self.shop = root / "shop"

    def renew(self) -> None:
        """Make everything anew."""
        shutil.rmtree(self.root, ignore_errors=True)
        for name in ("shop", "api", "api-tests"):
            self.write(f"{name}/bruno.json", COLLECTION % name)
            for environment in ("local", "ci", "staging", "prod"):
                self.write(f"{name}/environments/{environment}.bru", f"vars {{\n  host: {self.url}\n}}\n")
            # Where no environment is chosen.
            self.write(f"{name}/collection.bru", f"vars:pre-request {{\n  host: {self.url}\n}}\n")
            for path, text in FILES.items():
                self.write(f"{name}/{path}", text)
        self.write("workspace.yml", "opencollection: 1.0.0\ninfo:\n  name: w\n  type: workspace\n")
        self.write("environments/team.yml", "name: team\nvariables:\n  - name: team\n    value: blue\n")
        self.write("api.yml", SPECIFICATION % ("", READ))
        self.write("shop.postman_collection.json", json.dumps(POSTMAN))
        for name in ("users.csv", "vault.env"):
            self.write(name, FILES[name])
        self.write("times.py", TIMES)
        self.write("shop/before.json", "[]")
        self.write("shop/after.json", "[]")

    def write(self, path: str, text: str) -> None:
        """Write a file, with its directories."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def remove(self, path: str) -> None:
        """Remove a directory, if it is there."""
        shutil.rmtree(self.root / path, ignore_errors=True)


@contextmanager
def server() -> Iterator[str]:
    """Serve JSON: `/flaky` fails at first, `/broken` always; `/api.json` is a specification."""
    calls: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            calls[self.path] += 1
            status, answer = 200, '{"state": "done", "id": 7, "title": "Dune"}'
            if self.path == "/broken" or (self.path == "/flaky" and calls[self.path] == 1):
                status = 500 if self.path == "/broken" else 503
            elif self.path == "/gone":
                status, answer = 204, ""
            elif self.path == "/api.json":
                answer = json.dumps(
                    {"openapi": "3.0.3", "info": {"title": "Pets", "version": "1"}, "paths": {}}
                )
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer.encode())

        do_GET = do_POST = do_PUT = answer

        def log_message(self, *_: object) -> None:
            pass

    with serve(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url
