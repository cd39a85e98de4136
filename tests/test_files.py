from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bruscript.files import Replacement, locked, read_file, replace_text, scratch_file, sweep

KILLED = """
import os, signal, sys
from pathlib import Path
from bruscript.files import Replacement, locked
target = Path(sys.argv[1])
with locked(target):
    replacement = Replacement(target)
    replacement.stream.write("half of it")
    replacement.stream.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""
TEMPORARY = "*.bruscript-tmp"


def temporary_files(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if path.match(TEMPORARY))


def kill_a_writer(target: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(target)], check=False)
    assert done.returncode == -9


def test_what_a_killed_process_left_is_removed_and_what_lives_stays(tmp_path: Path) -> None:
    target = tmp_path / "report.xml"
    target.write_text("whole")
    kill_a_writer(target)
    assert len(temporary_files(tmp_path)) == 2
    living = Replacement(tmp_path / "other.xml")
    (mine,) = [name for name in temporary_files(tmp_path) if "report" not in name]
    sweep(tmp_path, tmp_path / "missing")
    assert temporary_files(tmp_path) == [mine]
    assert target.read_text() == "whole"
    living.stream.write("new")
    living.commit()
    assert (tmp_path / "other.xml").read_text() == "new"
    assert temporary_files(tmp_path) == []


def test_a_lock_that_a_killed_process_held_is_free(tmp_path: Path) -> None:
    target = tmp_path / "e.bru"
    kill_a_writer(target)
    with locked(target, wait=0):
        pass


def test_one_at_a_time(tmp_path: Path) -> None:
    target = tmp_path / "count"
    target.write_text("0")

    def count() -> None:
        for _ in range(25):
            with locked(target, wait=60):
                replace_text(target, str(int(target.read_text()) + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert target.read_text() == "100"
    assert os.listdir(tmp_path) == ["count"]


def test_who_waits_too_long_is_told(tmp_path: Path) -> None:
    target = tmp_path / "e.bru"
    with locked(target), pytest.raises(TimeoutError), locked(target, wait=0.05):
        pytest.fail("two have the lock")


def test_a_link_stays_one_and_permissions_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    replace_text(link, "new\r\n", sync=True)
    assert link.is_symlink()
    assert real.read_bytes() == b"new\r\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_new_file_is_like_any_other(tmp_path: Path) -> None:
    replace_text(tmp_path / "new", "x")
    (tmp_path / "plain").write_text("x")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_scratch_file_is_its_users_alone_and_is_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kill_a_writer(tmp_path / "bruscript")
    with scratch_file(b"key") as name:
        assert Path(name).read_bytes() == b"key"
        assert stat.S_IMODE(os.stat(name).st_mode) == 0o600
        assert temporary_files(tmp_path) == [Path(name).name]
    assert os.listdir(tmp_path) == []


def test_only_regular_files_are_read_unless_a_pipe_will_do(tmp_path: Path) -> None:
    file, pipe = tmp_path / "file", tmp_path / "pipe"
    file.write_bytes(b"x" * 70_000)
    os.mkfifo(pipe)
    assert read_file(file) == read_file(file, piped=True) == b"x" * 70_000
    for path in (pipe, "/dev/null", tmp_path):
        with pytest.raises(OSError, match=r"regular file|[Dd]irectory"):
            read_file(path)
    assert read_file("/dev/null", piped=True) == b""
    with pytest.raises(OSError, match="does not end after 64 MiB"):
        read_file("/dev/zero", piped=True)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"piped",))
    writer.start()
    assert read_file(pipe, piped=True) == b"piped"
    writer.join()


def test_what_was_not_committed_leaves_nothing(tmp_path: Path) -> None:
    replacement = Replacement(tmp_path / ("long" * 60))
    replacement.stream.write("x")
    replacement.close()
    with pytest.raises(UnicodeEncodeError):
        replace_text(tmp_path / "new", "\ud800")
    assert os.listdir(tmp_path) == []
