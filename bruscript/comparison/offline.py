"""Runs bruscript so that it can connect to the recording proxy alone:

python -m bruscript.comparison.offline PORT run …
"""

from __future__ import annotations

import runpy
import sys
from typing import Any


def confine(port: int) -> None:
    """Let this process connect to `port` of loopback only, and look up no names; it cannot be undone."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            # A path is a socket of this machine; a tuple begins with host and port.
            address = arguments[1]
            if isinstance(address, tuple) and address[:2] != ("127.0.0.1", port):
                raise ConnectionRefusedError(f"--stub connects to no server: {address[0]}")
        elif event in ("socket.getaddrinfo", "socket.gethostbyname") and not _is_local(arguments[0]):
            raise OSError(f"--stub looks up no names: {arguments[0]}")
        elif event == "webbrowser.open":
            raise OSError("--stub opens no browser")
        elif event == "socket.sendto" and isinstance(arguments[1], tuple):
            raise ConnectionRefusedError(f"--stub connects to no server: {arguments[1][0]}")

    sys.addaudithook(hook)


def _is_local(host: object) -> bool:
    return host in (None, "", b"", "127.0.0.1", b"127.0.0.1", "localhost", b"localhost")


if __name__ == "__main__":
    confine(int(sys.argv.pop(1)))
    runpy.run_module("bruscript", run_name="__main__")
