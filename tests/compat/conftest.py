from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest
from compat.oidc.peer import HERE, PUBLIC_KEYS

from bruscript.http import Client, ClientConfig


@pytest.fixture(scope="session")
def idp() -> Iterator[str]:
    """The URL of an oidc-provider; one serves all tests."""
    home = subprocess.run([HERE / "install.sh"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    command = ["node", str(HERE / "server.mjs"), home, json.dumps({"keys": PUBLIC_KEYS})]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    url = process.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    yield url
    process.stdin.close()
    process.wait(10)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client(ClientConfig())
    yield client
    await client.aclose()
