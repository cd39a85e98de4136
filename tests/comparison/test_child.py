"""Commands that never end: ended at the limit, and with the process that runs them, whatever ends that."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from bruscript.comparison import child
from bruscript.comparison.child import run_within
from bruscript.errors import BruscriptError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes have no groups there")

ENDLESS = """#!{python}
import signal, socket, subprocess, sys, time

if sys.argv[-1] != "child":
    subprocess.Popen([sys.executable, __file__, "child"])
    print("began", flush=True)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
connection = socket.create_connection(("127.0.0.1", {port}))
connection.sendall(b"x")
print("connected", flush=True)
while True:
    time.sleep(3600)
"""


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def endless(server: socket.socket, tmp_path: Path) -> Path:
    """A command that starts another one; both connect to the server, and end only if they are killed."""
    path = tmp_path / "bru"
    path.write_text(ENDLESS.format(python=sys.executable, port=server.getsockname()[1]))
    path.chmod(0o755)
    return path


def began(server: socket.socket) -> list[socket.socket]:
    """Return the connections of both processes, which run by now."""
    connections = [server.accept()[0] for _ in range(2)]
    assert [connection.recv(1) for connection in connections] == [b"x", b"x"]
    return connections


def assert_ended(connections: list[socket.socket]) -> None:
    for connection in connections:
        # The end of a process closes its connection.
        assert connection.recv(1) == b""
        connection.close()


def test_the_limit_ends_a_command_and_what_it_has_started(
    server: socket.socket, endless: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "_GRACE", 0.1)
    server.setblocking(False)
    connections: list[socket.socket] = []
    limit = 0.5
    while len(connections) < 2:
        # On a busy machine the processes may not be there in time.
        limit *= 2
        with pytest.raises(
            BruscriptError, match=f"^`bru run` had not finished after {limit:g} s and"
        ) as error:
            run_within(limit, [str(endless)], "`bru run`", tmp_path, dict(os.environ))
        assert "--timeout sets the limit" in str(error.value)
        connections = []
        try:
            while True:
                connections.append(server.accept()[0])
        except BlockingIOError:
            pass
    assert "began" in str(error.value).splitlines()
    for connection in connections:
        connection.setblocking(True)
        assert connection.recv(1) == b"x"
    assert_ended(connections)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_child_ends_with_compare(
    number: signal.Signals, server: socket.socket, endless: Path, tmp_path: Path
) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    command = [sys.executable, "-m", "bruscript", "compare", "--reference", "c", "--bru", str(endless)]
    compare = subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    connections = began(server)
    compare.send_signal(number)
    errors = compare.communicate()[1]
    assert_ended(connections)
    assert (compare.returncode, errors.strip()) == (
        (130, b"Interrupted") if number == signal.SIGTERM else (-signal.SIGKILL, b"")
    )


def test_what_is_left_of_a_command_ends_with_it(
    server: socket.socket, endless: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "_GRACE", 0.1)
    script = "import subprocess, sys; subprocess.Popen([*sys.argv[1:], 'child'], stdout=-1).stdout.readline()"
    ended = run_within(600, [sys.executable, "-c", script, str(endless)], "it", tmp_path, dict(os.environ))
    assert (ended.status, ended.last_lines) == (0, "")
    connection = server.accept()[0]
    assert connection.recv(1) == b"x"
    assert_ended([connection])


def test_a_message_says_what_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said = tmp_path / "said"

    def say(text: str, file: IO[str]) -> None:
        print(text, file=file)
        said.touch()

    monkeypatch.setattr(child, "_PATIENCE", 0)
    monkeypatch.setattr(child, "print", say, raising=False)
    # However late this process gets to wait, the other one has not ended.
    script = (
        "import os, sys, time\nwhile not os.path.exists('said'): time.sleep(0.01)\n"
        "print('out'); print('a\\nb', file=sys.stderr); sys.exit(3)"
    )
    ended = run_within(900, [sys.executable, "-c", script], "`bru run`", tmp_path, dict(os.environ))
    assert (ended.status, ended.last_lines) == (3, "a\nb")
    assert capfd.readouterr() == ("", "Waiting for `bru run`, for at most 900 s (--timeout) …\n")
