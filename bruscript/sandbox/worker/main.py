"""The worker process: runs jobs for the parent at the other end of its two pipes, and owns nothing else.

Started as `python -I -S main.py PACKAGE MINI_RACER MEMORY PARENT [TZ=… LANG=…]`, without site-packages: it
finds what it needs by the paths that it is given, so it starts fast and the same way in every kind of
installation.
"""

from __future__ import annotations

import sys


def _make_packages(package: str) -> None:
    """Make `bruscript.sandbox` importable without running either package's own `__init__`, which
    import a lot.
    """
    from types import ModuleType

    for name, path in (("bruscript", package), ("bruscript.sandbox", f"{package}/sandbox")):
        module = ModuleType(name)
        module.__path__ = [path]
        sys.modules[name] = module


def _die_with(parent: int) -> None:
    """End this process when process `parent` ends or closes the pipe, whatever a script does meanwhile."""
    import os
    import select
    import threading
    from contextlib import suppress

    ends = select.poll()
    # Without events, only its other end's closing is heard.
    ends.register(0, 0)
    # A process that the parent forked may hold the pipe's other end open. Not every system can detect that.
    with suppress(AttributeError, OSError):
        ends.register(os.pidfd_open(parent), select.POLLIN)

    def wait() -> None:
        ends.poll()
        os._exit(0)

    if os.getppid() != parent:
        os._exit(0)
    threading.Thread(target=wait, daemon=True).start()


def main() -> None:
    """Get ready, give up all rights, then run jobs until the parent closes the pipe."""
    package, mini_racer, memory, parent = sys.argv[1:5]
    _make_packages(package)
    import os

    # Dates and Intl of scripts are those of the user's place; nothing else of the environment is given.
    for setting in sys.argv[5:]:
        name, _, value = setting.partition("=")
        os.environ[name] = value
    from bruscript.sandbox.worker.limits import drop_resources, drop_rights, limit_memory
    from bruscript.sandbox.worker.server import Server

    _die_with(int(parent))
    server = Server(mini_racer, int(memory))
    drop_resources()
    limit_memory(int(memory) << 20)
    drop_rights()
    try:
        server.serve()
    except Exception:
        # The parent reads it when it finds this process dead.
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        # V8's threads may run on in a script: nothing but this ends them for certain.
        os._exit(0)


if __name__ == "__main__":
    main()
