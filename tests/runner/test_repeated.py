"""Sessions that run their requests again and again: turns, rows, and one request alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bruscript
from bruscript.runner.events import Event, RequestFinished
from bruscript.runner.options import RunOptions
from bruscript.runner.repeated import RepeatedRun
from bruscript.runner.session import sandbox_of

REQUEST = (
    "meta {\n  name: NAME\n  type: http\n}\n\nget {\n  url: http://h/{{id}}/{{turns}}\n  auth: bearer\n}\n\n"
    "auth:bearer {\n  token: {{secretly}}\n}\n\n"
    "script:pre-request {\n  bru.setVar('turns', Number(bru.getVar('turns') || 0) + 1);\n"
    "  console.log(bru.interpolate('{{secretly}}'));\n}\n"
)


class Lines:
    """What was sent, and printed, as reporters see it."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.printed: list[str] = []

    def handle(self, event: Event) -> None:
        if isinstance(event, RequestFinished):
            self.urls.append(str(event.masked.request["url"]))
            self.printed += [line.text for line in event.masked.console]

    def close(self) -> None:
        pass


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})


async def test_turns_with_rows_keep_variables_and_hide_their_secrets(tmp_path: Path) -> None:
    (tmp_path / "bruno.json").write_text('{"name": "c"}')
    for name in ("a", "b"):
        (tmp_path / f"{name}.bru").write_text(REQUEST.replace("NAME", name))
    collection = bruscript.load(tmp_path)
    options, lines = RunOptions(app=app, persist=False), Lines()
    async with sandbox_of(options) as sandbox, RepeatedRun(collection, options, [lines], sandbox) as session:
        assert (session.selection.nothing, len(session.requests), session.unanswered) == (None, 2, [])
        await session.run({"id": "one", "secretly": "kX9-first-token-7"})
        await session.run({"id": "two", "secretly": "kX9-other-token-8"}, session.requests[1])
    assert lines.urls == ["http://h/one/1", "http://h/one/2", "http://h/two/3"]
    assert lines.printed == ["********"] * 3


async def test_a_selection_of_nothing_says_why(tmp_path: Path) -> None:
    (tmp_path / "bruno.json").write_text('{"name": "c"}')
    (tmp_path / "a.bru").write_text(REQUEST)
    options = RunOptions(app=app, tags=("smoke",))
    collection = bruscript.load(tmp_path)
    async with sandbox_of(options) as sandbox, RepeatedRun(collection, options, [], sandbox) as session:
        assert session.requests == []
        assert "no request has the tag smoke" in (session.selection.nothing or "")
