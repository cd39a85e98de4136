"""What tests of imports share."""

from __future__ import annotations

import pytest
from cli.invoke import Invoke, invoker


@pytest.fixture
def bruscript(capsys: pytest.CaptureFixture[str]) -> Invoke:
    return invoker(capsys)
