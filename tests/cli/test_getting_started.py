"""The page "Getting started", followed to the letter: its files, its commands, what they print."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/getting-started.md"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def run(line: str, directory: Path) -> tuple[int, str]:
    assert line.startswith("bruscript "), line
    done = subprocess.run(
        [sys.executable, "-m", *line.split()], cwd=directory, capture_output=True, text=True, encoding="utf-8"
    )
    return done.returncode, re.sub(r"- \d+ ms", "- 2 ms", done.stdout + done.stderr)


def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    port = str(free_port())
    page = PAGE.read_text("utf-8").replace("8123", port)
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert [kind for kind, _ in blocks] == ["sh", "python", "sh", "sh", "text", "bru", "sh", "text", "sh"]
    begin, server, _, first, passed, book, second, failed, ci = (text for _, text in blocks)
    shop = tmp_path / "shop"
    pip, init, cd = begin.splitlines()
    assert (pip, cd) == ("pip install bruscript", "cd shop")
    assert run(init, tmp_path)[0] == 0
    (shop / "server.py").write_text(server)
    process = subprocess.Popen([sys.executable, "server.py"], cwd=shop, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 300
        while True:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", int(port))) == 0:
                    break
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        status, shown = run(first.strip(), shop)
        assert status == 0
        assert passed in shown
        (shop / "book.bru").write_text(book)
        status, shown = run(second.strip(), shop)
        assert status == 1
        assert failed in shown
        (shop / "book.bru").write_text(book.replace("id: 2", "id: 1"))
        assert run(second.strip(), shop)[0] == 0
        assert run(ci.strip(), shop)[0] == 0
        assert "<testsuites>" in (shop / "report.xml").read_text()
        assert "<title>Passed: shop</title>" in (shop / "report.html").read_text()
    finally:
        process.terminate()
        process.wait()
