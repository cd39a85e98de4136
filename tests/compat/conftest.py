from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest
from apps.daemons import speaking
from compat.oidc.peer import HERE, PUBLIC_KEYS

from bruscript.http import Client, ClientConfig


@pytest.fixture(scope="session")
def idp() -> Iterator[str]:
    """The URL of an oidc-provider; one serves all tests."""
    home = subprocess.run([HERE / "install.sh"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    command = ["node", str(HERE / "server.mjs"), home, json.dumps({"keys": PUBLIC_KEYS})]
    with speaking(command) as url:
        yield url


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client(ClientConfig())
    yield client
    await client.aclose()
