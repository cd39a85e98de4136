from __future__ import annotations

import signal
from collections.abc import Iterator

import httptools  # noqa: F401  see below
import pytest
import yaml  # noqa: F401
from examples import examples
from hypothesis import settings

from bruscript import sandbox
from bruscript.sandbox import SharedSandbox
from bruscript.sandbox.parent.pool import shared_pool

# pytester removes what a test in this process has imported. A compiled library that is imported a second time
# has classes that others do not know, so these are imported before any test.

settings.register_profile("any machine", parent=examples(50))
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def workers() -> Iterator[None]:
    """Keep the workers of one test's runs for the next test's, as where runs wait for them.

    To start one takes three times as long as a new isolate in it. The command, which starts one before it
    knows of any, does so only where none is idle.
    """
    pool = shared_pool()
    pool._gates[0].waiting += 1
    prestart = sandbox.prestart

    def prestart_where_none_is_idle(memory: int) -> None:
        if not any(runner.tenant and runner.tenant.kind == ("process", memory) for runner in pool._idle):
            prestart(memory)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "prestart", prestart_where_none_is_idle)
        yield
    pool._gates[0].waiting -= 1
    # Whoever closes ends what nobody waits for.
    SharedSandbox().close()


def pytest_configure() -> None:
    """Let what the tests start be interrupted, where whoever started them (`nohup`, `&`) ignores signals."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
