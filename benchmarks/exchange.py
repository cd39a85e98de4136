"""Time one exchange: our client beside httpx, httpcore and aiohttp, on the same server, in one process.

    python benchmarks/exchange.py [--requests 1000] [--rounds 5]

A POST with two headers and a small JSON body goes over a kept connection to a server in a process of its own,
which sets a cookie. The figure is processor time of this process per exchange, the least of all rounds, which
alternate. Libraries that are not installed are left out.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from multiprocessing.connection import Connection as Pipe

BODY = b'{"name": "Ada", "roles": ["a", "b"]}'
HEADERS = {"Content-Type": "application/json", "X-Trace": "1"}
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSet-Cookie: session=1; Path=/\r\n"
    b"Content-Length: 30\r\n\r\n" + b'{"id": 1, "status": "created"}'
)
Exchange = Callable[[], Awaitable[object]]


def serve(pipe: Pipe) -> None:
    """Answer every request with ANSWER; tell the port by `pipe`."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length or 0))
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


async def ours(url: str, stack: AsyncExitStack) -> Exchange:
    """Our client, cookies and timeline included."""
    from bruscript.http import Client, ClientConfig, OutgoingRequest

    client = Client(ClientConfig(noproxy=True))
    stack.push_async_callback(client.aclose)
    return lambda: client.send(OutgoingRequest("POST", url, headers=list(HEADERS.items()), body=BODY))


async def httpx_client(url: str, stack: AsyncExitStack) -> Exchange:
    """httpx."""
    import httpx

    client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
    return lambda: client.post(url, headers=HEADERS, content=BODY)


async def httpcore_pool(url: str, stack: AsyncExitStack) -> Exchange:
    """httpcore."""
    import httpcore

    pool = await stack.enter_async_context(httpcore.AsyncConnectionPool())
    return lambda: pool.request("POST", url, headers=HEADERS, content=BODY)


async def aiohttp_session(url: str, stack: AsyncExitStack) -> Exchange:
    """aiohttp."""
    import aiohttp

    session = await stack.enter_async_context(aiohttp.ClientSession())

    async def exchange() -> None:
        async with session.post(url, headers=HEADERS, data=BODY) as response:
            await response.read()

    return exchange


CLIENTS = {"bruscript": ours, "httpx": httpx_client, "httpcore": httpcore_pool, "aiohttp": aiohttp_session}


async def measure(url: str, requests: int, rounds: int) -> dict[str, float]:
    """Return milliseconds of processor time per exchange, by client."""
    async with AsyncExitStack() as stack:
        exchanges: dict[str, Exchange] = {}
        for name, make in CLIENTS.items():
            try:
                exchanges[name] = await make(url, stack)
            except ImportError:
                print(f"{name} is not installed")
        least = dict.fromkeys(exchanges, float("inf"))
        for _ in range(rounds):
            for name, exchange in exchanges.items():
                await exchange()
                begin = time.process_time()
                for _ in range(requests):
                    await exchange()
                least[name] = min(least[name], (time.process_time() - begin) / requests * 1000)
        return least


def main() -> None:
    """Print a line for each client."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    server = context.Process(target=serve, args=(sender,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{receiver.recv()}/users"
    figures = asyncio.run(measure(url, options.requests, options.rounds))
    for name, figure in figures.items():
        print(f"{name:10} {figure:6.3f} ms   {figure / figures['bruscript']:5.2f}")
    server.kill()


if __name__ == "__main__":
    main()
