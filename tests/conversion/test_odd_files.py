"""Files and names that no collection should have: each is named, and the conversion goes on."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conversion.round_trip import losses, request, write

import bruscript
from bruscript.conversion import convert
from bruscript.errors import BruscriptError

COLLECTION = "opencollection: 1.0.0\ninfo:\n  name: c\n"
YML = "info:\n  name: A\n  type: http\n  seq: 1\nhttp:\n  method: GET\n  url: http://h/a\n"
NOBODY = 65534
BAD_HEADER = "  headers:\n    - {name: ~x, value: a}\n"


def yml_collection(root: Path, files: dict[str, str]) -> Path:
    write(root, {"opencollection.yml": COLLECTION, **files})
    (root / "bruno.json").unlink()
    return root


def names(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()}


def test_pipes_sockets_and_broken_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path / "c", {"a.bru": request(), "z.bru": request()})
    os.mkfifo(root / "pipe.bru")
    os.mkfifo(root / "pipe.csv")
    monkeypatch.chdir(root)  # The path of a socket is short.
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.bru")
        (root / "gone.bru").symlink_to("nowhere")
        (root / "gone.csv").symlink_to("nowhere")
        (root / "loop.bru").symlink_to("loop.bru")
        result = convert(root, "yml", tmp_path / "yml")
    assert {path.name: message.removeprefix(f"{path}: ") for path, message in result.failed.items()} == {
        "gone.bru": os.strerror(errno.ENOENT),
        "gone.csv": os.strerror(errno.ENOENT),
        "loop.bru": os.strerror(errno.ELOOP),
        "pipe.bru": "it is not a regular file",
        "pipe.csv": "it is not a regular file",
        "s.bru": "it is not a regular file",
    }
    assert names(tmp_path / "yml") == {"opencollection.yml", "a.yml", "z.yml"}


@pytest.fixture
def own_directory() -> Iterator[Path]:
    """A directory for somebody without privileges: others' directories hold those of `tmp_path`."""
    path = Path(tempfile.mkdtemp())
    yield path
    shutil.rmtree(path)


@contextmanager
def without_privileges(directory: Path) -> Iterator[None]:
    """Be somebody who may read only what the permissions allow."""
    if os.geteuid() != 0:
        yield
        return
    for path in [directory, *directory.rglob("*")]:
        os.chown(path, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_files_and_folders_without_permission(own_directory: Path) -> None:
    files = {"a.bru": request(), "b.csv": "x", "f/b.bru": request(), "z.bru": request()}
    root = write(own_directory / "c", files)
    # Nothing is left to import then.
    convert(root, "yml", own_directory / "before")
    denied = [root / name for name in ("a.bru", "b.csv", "f")]
    for path in denied:
        path.chmod(0)
    with without_privileges(own_directory):
        result = convert(root, "yml", own_directory / "yml")
    denied[-1].chmod(0o755)
    assert result.failed == {path: f"{path}: {os.strerror(errno.EACCES)}" for path in denied}
    assert names(own_directory / "yml") == {"opencollection.yml", "z.yml"}


def test_links_lead_to_the_same_files(tmp_path: Path) -> None:
    root = write(tmp_path / "c", {"a.bru": request(), "data/x.csv": "x"})
    (tmp_path / "shared.csv").write_text("shared")
    (root / "data/out.csv").symlink_to("../../shared.csv")
    (root / "absolute.csv").symlink_to(tmp_path / "shared.csv")
    (root / "in.csv").symlink_to("data/x.csv")
    (root / "folder").symlink_to("data")
    (root / "linked.bru").symlink_to("a.bru")
    (root / "as.txt").symlink_to("a.bru")
    target = tmp_path / "deep/er/yml"
    result = convert(root, "yml", target)
    assert (target / "data/out.csv").read_text() == "shared"
    assert (target / "absolute.csv").read_text() == "shared"
    assert (target / "in.csv").resolve() == (target / "data/x.csv").resolve()
    assert (target / "folder").resolve() == (target / "data").resolve()
    assert (target / "linked.yml").read_text() == (target / "a.yml").read_text()
    assert result.failed == {
        root / "as.txt": f"{root / 'as.txt'}: the file that it is a link to is not in the new collection"
    }


def test_nothing_below_a_folder_whose_settings_have_no_form(tmp_path: Path) -> None:
    folder = "info:\n  name: f\n  type: folder\nrequest:\n" + BAD_HEADER
    files = {"f/folder.yml": folder, "f/a.yml": YML, "f/g/b.yml": YML, "f/rows.csv": "x", "z.yml": YML}
    root = yml_collection(tmp_path / "c", files)
    result = convert(root, "bru", tmp_path / "bru")
    reasons = {path.relative_to(root).as_posix(): message for path, message in result.failed.items()}
    assert set(reasons) == {"f/folder.yml", "f/a.yml", "f/g/b.yml"}
    assert reasons["f/g/b.yml"].endswith("b.yml: left out, since f/folder.yml could not be converted")
    assert names(tmp_path / "bru") == {"bruno.json", "f/rows.csv", "z.bru"}


def test_requests_with_the_names_of_settings(tmp_path: Path) -> None:
    root = write(tmp_path / "c", {"opencollection.bru": request(), "f/opencollection.bru": request()})
    result = convert(root, "yml", tmp_path / "yml")
    assert [path.name for path in result.failed] == ["opencollection.bru"] * 2
    assert bruscript.load(tmp_path / "yml").name == "c"
    root = yml_collection(tmp_path / "y", {"collection.yml": YML + BAD_HEADER.replace("~", "")})
    (message,) = convert(root, "bru", tmp_path / "bru").failed.values()
    assert message.endswith("collection.bru is the name of a file with settings there: rename the request")
    assert names(tmp_path / "bru") == {"bruno.json"}


def test_files_that_no_run_reads_are_copied(tmp_path: Path) -> None:
    files = {
        "a.bru": request(),
        "folder.bru": "headers {\n  a: b\n}\n",
        "f/collection.bru": "headers {\n  a: b\n}\n",
        "environments/old/x.bru": "broken",
        "my_node_modules/x.bru": "broken",
        ".bru": "broken",
    }
    root = write(tmp_path / "c", files)
    result = convert(root, "yml", tmp_path / "yml")
    assert (result.failed, result.losses) == ({}, {})
    assert names(tmp_path / "yml") == {"opencollection.yml", "a.yml"} | set(files) - {"a.bru"}


def test_an_environment_with_another_name_than_its_file(tmp_path: Path) -> None:
    text = "# local\nname: Staging\nvariables:\n  - name: a\n    value: b\n"
    root = yml_collection(tmp_path / "c", {"environments/local.yml": text})
    result = convert(root, "bru", tmp_path / "bru")
    assert losses(result, root) == [
        "environments/local.yml:1 this comment cannot be kept in .bru files",
        "environments/local.yml:2 its `name` is `Staging`; "
        "in .bru files an environment is named after its file",
    ]
    assert (tmp_path / "bru/environments/local.bru").read_text() == "vars {\n  a: b\n}\n"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    root = write(tmp_path / "c", {"a.bru": request()})
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("file", "link"):
        with pytest.raises(BruscriptError, match=f"{name} is not a directory"):
            convert(root, "yml", tmp_path / name)
    with pytest.raises(BruscriptError, match="Cannot write"):
        convert(root, "yml", tmp_path / "file/below")
