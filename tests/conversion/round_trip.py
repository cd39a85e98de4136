"""Small collections, and their way into the other format and back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from bruscript.conversion import ConversionResult, convert

REQUESTS: list[str] = []
"""What `echo` was sent, without times and nonces."""


def write(root: Path, files: dict[str, str]) -> Path:
    """The files of a collection, by path, below `root`."""
    for name, text in {"bruno.json": '{"version": "1", "name": "c", "type": "collection"}', **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return root


def request(*blocks: str, head: str = "body: none\n  auth: none") -> str:
    """A request with these blocks."""
    meta = "meta {\n  name: A\n  type: http\n  seq: 1\n}\n\n"
    return meta + f"get {{\n  url: http://h/a\n  {head}\n}}\n" + "".join(f"\n{block}\n" for block in blocks)


def losses(result: ConversionResult, root: Path) -> list[str]:
    """What is lost, a line each, with its place."""
    return [
        f"{path.relative_to(root).as_posix()}:{loss.line or ''} {loss.message}"
        for path, entries in result.losses.items()
        for loss in entries
    ]


def there_and_back(root: Path, tmp_path: Path) -> tuple[ConversionResult, ConversionResult, Path, Path]:
    """Both conversions, and the directories of YAML and of .bru files."""
    yml, bru = tmp_path / "yml", tmp_path / "bru"
    return convert(root, "yml", yml), convert(yml, "bru", bru), yml, bru


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers with what it was sent, and notes it in `REQUESTS`."""
    if scope["type"] != "http":
        raise NotImplementedError
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = [[name.decode(), value.decode("latin-1")] for name, value in scope["headers"]]
    seen = {
        "method": scope["method"],
        "path": scope["raw_path"].decode(),
        "query": scope["query_string"].decode(),
        "headers": headers,
        "body": body.decode("latin-1"),
    }
    REQUESTS.append(re.sub(r"-{10,}\w+|(?<=nonce=\")[^\"]*|\d{10,}", "#", json.dumps(seen)))
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
    )
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})
