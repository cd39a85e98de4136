from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bruscript import Collection, load

Make = Callable[..., Collection]


class Echo:
    """An ASGI app that answers every request with what it got; /status/N answers with that status."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        seen = {
            "method": scope["method"],
            "path": scope["path"],
            "query": scope["query_string"].decode(),
            "headers": headers,
            "body": body.decode(),
        }
        self.requests.append(seen)
        status = int(scope["path"].rpartition("/")[2]) if scope["path"].startswith("/status/") else 200
        content = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": content})
        await send({"type": "http.response.body", "body": json.dumps(seen).encode()})


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes a collection: a text for each file; a request may be its blocks after `meta` and `get` alone."""

    def write(files: dict[str, str], **config: Any) -> Collection:
        settings = {"version": "1", "name": "made", "type": "collection", **config}
        (tmp_path / "bruno.json").write_text(json.dumps(settings))
        for seq, (name, text) in enumerate(files.items(), 1):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if (
                path.name not in ("collection.bru", "folder.bru")
                and "meta {" not in text
                and (path.suffix == ".bru" and path.parent.name != "environments")
            ):
                url = "http://app.test/" + path.stem
                text = f"meta {{\n  name: {path.stem}\n  type: http\n  seq: {seq}\n}}\n\n" + (
                    text if "url:" in text else f"get {{\n  url: {url}\n}}\n\n{text}"
                )
            path.write_text(text)
        return load(tmp_path)

    return write
