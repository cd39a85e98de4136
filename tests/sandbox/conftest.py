from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from bruscript.sandbox import Sandbox


@pytest.fixture(scope="module", params=["process", "thread"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox of each isolation; a file may have another."""
    isolation: Literal["process", "thread"] = request.param
    with Sandbox(isolation=isolation) as made:
        made.start()
        yield made
