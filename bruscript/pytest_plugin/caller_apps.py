"""Applications that run in pytest's own thread: with the connections, contexts, breakpoints of fixtures."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from bruscript.http.app import kind_of
from bruscript.http.app_trace import AppTrace, current_trace, tracing
from bruscript.pytest_plugin.loop_thread import LoopThread
from bruscript.runner.by_hand import name_alike


def beside_fixtures(app: Any, thread: LoopThread) -> Any:
    """Return `app` such that its synchronous code runs in the thread that waits in `LoopThread.run`.

    ASGI applications other than Django's have no such code. Raises RequestError for what is not
    an application.
    """
    beside: Any = app
    django = sys.modules.get("django.core.handlers.asgi")
    if kind_of(app) == "wsgi":
        beside = WsgiInCaller(app, thread)
    elif django and isinstance(app, django.ASGIHandler):
        beside = DjangoInCaller(app, thread)
    if beside is not app:
        name_alike(beside, app)
    return beside


def _traced(trace: AppTrace | None, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call `function` as part of a request that another thread sends."""
    with tracing(trace):
        return function(*arguments)


class WsgiInCaller:
    """A WSGI application."""

    def __init__(self, app: Callable[..., Any], thread: LoopThread) -> None:
        self._app = app
        self._thread = thread

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        """Run the application; every piece of its answer is fetched over there."""
        trace, caller = current_trace(), self._thread.caller
        result = caller.call(_traced, trace, self._app, environ, start_response)
        try:
            pieces = caller.call(_traced, trace, iter, result)
            while (piece := caller.call(_traced, trace, next, pieces, None)) is not None:
                yield piece
        finally:
            if (close := getattr(result, "close", None)) is not None:
                caller.call(_traced, trace, close)


class DjangoInCaller:
    """Django's ASGI application. Its database connections belong to threads, and it has one for each request.

    Called by `async_to_sync`, it uses the calling thread instead. The response is complete when that returns.
    """

    def __init__(self, app: Any, thread: LoopThread) -> None:
        self._app = app
        self._thread = thread

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            # As Django itself does.
            raise ValueError("Django can only handle ASGI/HTTP connections")
        from asgiref.sync import async_to_sync

        request = await receive()
        answer = async_to_sync(self._answer)
        caller = self._thread.caller
        for message in await asyncio.to_thread(caller.call, _traced, current_trace(), answer, scope, request):
            await send(message)

    async def _answer(self, scope: Any, request: Any) -> list[MutableMapping[str, Any]]:
        waiting = [request]
        messages: list[MutableMapping[str, Any]] = []

        async def receive() -> Any:
            if not waiting:
                # The client stays: Django listens for its leaving until the response is complete.
                await asyncio.Event().wait()
            return waiting.pop()

        async def send(message: MutableMapping[str, Any]) -> None:
            messages.append(message)

        await self._app(scope, receive, send)
        return messages
