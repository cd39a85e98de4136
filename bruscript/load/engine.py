"""The process that runs collections for Locust: without gevent, on its own event loop.

Each line of its input is a question in JSON, each line of its output the answer with the same number:
{do: "open", path, options} → {session, requests: {path: name}, problems: [{name, error}]}; {do: "run",
session, request} → {requests: [{method, name, url, begun (s), time (ms), size (bytes), error}]}; {do:
"close", session} → {}. What cannot be done is {error}.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from bruscript.api import load
from bruscript.collection.data import merged_rows
from bruscript.errors import BruscriptError
from bruscript.runner.events import Event, RequestFinished
from bruscript.runner.failures import head_of, own_failures
from bruscript.runner.masked import MaskedResult
from bruscript.runner.nothing import answers_wanted, no_rows
from bruscript.runner.options import RunOptions
from bruscript.runner.repeated import RepeatedRun
from bruscript.runner.selection import skipped_files
from bruscript.runner.session import data_files, sandbox_of
from bruscript.sandbox import Sandbox


class Statistics:
    """A reporter that collects the events that Locust counts."""

    def __init__(self) -> None:
        self._found: list[dict[str, Any]] = []

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RequestFinished):
            for attempt in event.masked.everything():
                self._found += _entries(attempt)

    def close(self) -> None:
        """Do nothing."""

    def take(self) -> list[dict[str, Any]]:
        """Return what was found since the last time."""
        entries, self._found = self._found, []
        return entries


def _entries(result: MaskedResult) -> Iterator[dict[str, Any]]:
    """Yield each request that was sent, the last of the request itself with what failed."""
    failed = [f"{failure.what}: {head_of(failure.message)}" for failure in own_failures(result)]
    error = f"{failed[0]} (and {len(failed) - 1} more)" if len(failed) > 1 else "".join(failed) or None
    last = result.last_sent
    for sent in result.sent:
        is_last = sent.is_of(last)
        name = result.name if is_last else f"{result.name} · {sent.sent_by or 'on the way'}"
        yield {
            "method": sent.method,
            "name": name,
            "url": sent.url,
            "begun": sent.begun,
            "time": sent.duration_ms,
            "size": sent.size,
            "error": error if is_last else sent.error,
        }
    if last is None and error:
        yield {"method": result.method or "", "name": result.name, "error": error}


class _Users:
    """The sessions, and the rows that are dealt to them."""

    def __init__(self) -> None:
        self._sessions: dict[int, tuple[RepeatedRun, Statistics, Iterator[dict[str, Any]]]] = {}
        self._numbers = itertools.count()
        self._rows: dict[tuple[str, ...], Iterator[dict[str, Any]]] = {}
        self._sandboxes: dict[object, Sandbox] = {}

    async def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer a question."""
        if question["do"] == "open":
            return await self._open(Path(question["path"]), question["options"])
        session, statistics, rows = self._sessions[question["session"]]
        if question["do"] == "close":
            del self._sessions[question["session"]]
            await session.__aexit__(None, None, None)
            return {}
        path = question["request"]
        request = next((each for each in session.requests if each.relpath == path), None)
        await session.run(dict(next(rows)), request)
        requests = statistics.take()
        if not requests and session.unanswered:
            wanted = answers_wanted(session.unanswered)
            return {"error": f"Nothing was sent: prompts have no answer. {wanted}"}
        return {"requests": requests}

    async def _open(self, path: Path, run_options: dict[str, Any]) -> dict[str, Any]:
        collection = load(path)
        options = RunOptions.of(run_options)
        if path.resolve() != collection.path.resolve():
            options = replace(options, paths=(path,))
        options = replace(options, recursive=options.recursive or not options.paths, persist=False)
        options = options.located(collection.path)
        rows = self._deal(options)
        statistics = Statistics()
        key = (
            collection.path,
            options.sandbox,
            options.isolation,
            options.script_timeout,
            options.script_memory,
        )
        if key not in self._sandboxes:
            self._sandboxes[key] = sandbox_of(options)
        options = replace(options, csv_file=None, json_file=None)
        session = RepeatedRun(collection, options, [statistics], self._sandboxes[key])
        await session.__aenter__()
        selection = session.selection
        nothing = selection.nothing if not selection.broken else None
        if nothing and not options.pass_with_no_requests:
            await session.__aexit__(None, None, None)
            raise BruscriptError(nothing)
        number = next(self._numbers)
        self._sessions[number] = session, statistics, rows
        problems = [
            {"name": skipped.name, "error": head_of(skipped.error or "")}
            for skipped in skipped_files(collection, selection.broken, 0)
        ]
        problems += [{"name": collection.name, "error": text} for text in selection.empty]
        return {
            "session": number,
            "requests": {each.relpath: each.name for each in session.requests},
            "problems": problems,
        }

    def _deal(self, options: RunOptions) -> Iterator[dict[str, Any]]:
        """Return the rows of the data files, which all users with the same files take from, over and over."""
        files = data_files(options)
        if not files:
            return itertools.repeat({})
        key = tuple(os.path.abspath(file.path) for file in files)
        if key not in self._rows:
            rows = list(merged_rows(files))
            if not rows and not options.pass_with_no_requests:
                raise BruscriptError(no_rows([file.path for file in files]))
            self._rows[key] = itertools.cycle(rows or [{}])
        return self._rows[key]

    async def close(self) -> None:
        """Close everything."""
        for session, _, _ in self._sessions.values():
            with suppress(BruscriptError):
                await session.__aexit__(None, None, None)
        for sandbox in self._sandboxes.values():
            await sandbox.aclose()


async def serve() -> None:
    """Answer until the input ends."""
    loop = asyncio.get_running_loop()
    users = _Users()
    tasks: set[asyncio.Task[None]] = set()

    async def respond(question: dict[str, Any]) -> None:
        try:
            answer = await users.answer(question)
        except Exception as error:
            answer = {
                "error": str(error)
                if isinstance(error, BruscriptError)
                else f"{type(error).__name__}: {error}"
            }
        with suppress(BrokenPipeError):
            sys.stdout.write(json.dumps({"number": question["number"], **answer}) + "\n")
            sys.stdout.flush()

    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = loop.create_task(respond(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await users.close()


if __name__ == "__main__":
    asyncio.run(serve())
