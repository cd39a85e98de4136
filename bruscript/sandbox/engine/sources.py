"""Our own JavaScript as text, and the job that warms an isolate up."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_SANDBOX = Path(__file__).resolve().parents[1]


def read_sources() -> tuple[str, str]:
    """js/kernel/bootstrap.js, and the other files below js/ as JSON: name -> text."""
    root = _SANDBOX / "js"
    texts = {}
    for directory, _, files in os.walk(root):
        for file in files:
            if file.endswith(".js"):
                path = Path(directory, file)
                texts[path.relative_to(root).as_posix().removesuffix(".js")] = path.read_text(
                    encoding="utf-8"
                )
    return texts.pop("kernel/bootstrap"), json.dumps(texts)


class Library:
    """The texts of the bundled libraries that an isolate loads when it is warmed up.

    They are kept, so that a worker that may no longer open files can make another isolate.
    """

    def __init__(self) -> None:
        self._answers: dict[bytes, bytes] = {}

    def known(self, request: bytes) -> bytes | None:
        """The answer to a host call if it asks for one of these libraries, else None."""
        return self._answers.get(request)

    def read(self, request: bytes) -> bytes:
        """The answer to a host call of a warming isolate: a library's text, or an error."""
        answer = self._answers.get(request)
        if answer is None:
            name, args = json.loads(request)
            path = (
                _SANDBOX / "bundles" / (str(args[0]).replace("/", "__") + ".js") if name == "bundle" else None
            )
            if path is None or not path.exists():
                return b'{"error":{"message":"not there while the isolate is made"}}'
            text = path.read_text(encoding="utf-8")
            answer = self._answers[request] = json.dumps({"value": text}).encode()
        return answer


def warm_up_job() -> bytes:
    """A job that does what most scripts do, so that the first real one finds everything compiled."""
    scopes = ("runtime", "environment", "global", "collection", "folder", "request", "oauth2")
    state: dict[str, Any] = {
        "variables": {name: {} for name in scopes},
        "request": {"method": "GET", "url": "http://localhost/", "headers": {}, "name": "warm-up"},
        "response": {"status": 200, "statusText": "OK", "headers": {}, "url": "", "responseTime": 1},
        "context": {"mode": "safe", "collectionPath": "/", "collectionName": "", "assertionResults": []},
    }
    source = (
        "bru.setVar('a', bru.interpolate('{{a}}')); req.setHeader('a', 'b'); console.log(req.getUrl());"
        "test('a', () => { expect(res.getStatus()).to.equal(200); expect(res.getBody()).to.eql({}); });"
    )
    segment = {"source": source, "path": "warm-up", "line": 1, "level": "request", "name": ""}
    check = {"name": "res.status", "value": "eq 200", "enabled": True}
    steps = [
        {"kind": "tests", "phase": "tests", "segments": [segment]},
        {"kind": "assertions", "phase": "assertions", "entries": [check]},
    ]
    return json.dumps({"steps": steps, "state": state}).encode()
