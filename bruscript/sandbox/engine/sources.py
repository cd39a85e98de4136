"""Our own JavaScript as text, and the job that warms an isolate up."""

from __future__ import annotations

import json
import os
from binascii import crc32

# Neither pathlib nor typing here, nor in what else a worker imports: it is ready 7 ms sooner without them.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SANDBOX = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
_BUNDLES = os.path.join(_SANDBOX, "bundles")


def read_sources() -> tuple[str, str]:
    """Return js/kernel/bootstrap.js, and as JSON what it boots from.

    That is `texts`, the other files below js/ by name; `declared`, the names that each of them declares, as
    they were written down when the bundles were made; and, where a file has changed since, `acorn` to look
    again.
    """
    root = os.path.join(_SANDBOX, "js")
    texts: dict[str, str] = {}
    for directory, _, files in os.walk(root):
        for file in files:
            if file.endswith(".js"):
                path = os.path.join(directory, file)
                name = os.path.relpath(path, root).replace(os.sep, "/").removesuffix(".js")
                texts[name] = _text(path)
    program = texts.pop("kernel/bootstrap")
    declared = _declared(texts)
    acorn = None if len(declared) == len(texts) else _bundle("polyfill__acorn")
    return program, json.dumps({"texts": texts, "declared": declared, "acorn": acorn})


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def _bundle(name: str) -> str:
    return _text(os.path.join(_BUNDLES, name + ".js"))


def _declared(texts: dict[str, str]) -> dict[str, list[str]]:
    try:
        written = json.loads(_text(os.path.join(_BUNDLES, "declarations.json")))
    except OSError:
        return {}
    return {
        name: written[name]["names"]
        for name, text in texts.items()
        if name in written and written[name]["crc32"] == crc32(text.encode())
    }


class Library:
    """The texts of the bundled libraries that an isolate loads when it is warmed up.

    They are kept, so that a worker that may no longer open files can make another isolate.
    """

    def __init__(self) -> None:
        self._answers: dict[bytes, bytes] = {}

    def known(self, request: bytes) -> bytes | None:
        """Return the answer to a host call if it asks for one of these libraries, else None."""
        return self._answers.get(request)

    def read(self, request: bytes) -> bytes:
        """Return the answer to a host call of a warming isolate: a library's text, or an error."""
        answer = self._answers.get(request)
        if answer is None:
            name, args = json.loads(request)
            try:
                text = _bundle(str(args[0]).replace("/", "__") if name == "bundle" else "")
            except FileNotFoundError:
                return b'{"error":{"message":"not there while the isolate is made"}}'
            answer = self._answers[request] = json.dumps({"value": text}).encode()
        return answer


def warm_up_job() -> bytes:
    """Return a job that does what most scripts do, so that the first real one finds everything compiled."""
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
