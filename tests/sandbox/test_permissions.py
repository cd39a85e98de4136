"""What scripts may do outside: paths and variables, and the tricks that must not lead further."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bruscript import beneath
from bruscript.sandbox import Sandbox
from bruscript.sandbox.services import files as files_module
from bruscript.sandbox.services.dispatch import Services
from bruscript.sandbox.services.encoding import decode, encode
from bruscript.sandbox.services.errors import PatternError, PermissionRefused, ServiceError
from bruscript.sandbox.services.files import Files
from bruscript.sandbox.services.permissions import Permissions, Policy


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    home = tmp_path / "collection"
    home.mkdir()
    (home / "inside.txt").write_text("inside")
    (tmp_path / "outside.txt").write_text("outside")
    (tmp_path / "collection-twin").mkdir()
    (tmp_path / "collection-twin" / "twin.txt").write_text("twin")
    return home


def files(home: Path, permissions: Permissions | None = None, *more: Path) -> Files:
    return Files(Policy(permissions or Permissions(), "developer", (home, *more)))


def read(service: Files, path: str | Path) -> str:
    return decode(service.read(str(path))).decode()


def test_reads_within_the_collection_and_its_context_roots(collection: Path, tmp_path: Path) -> None:
    other = tmp_path / "collection-twin"
    service = files(collection, None, other)
    assert read(service, "inside.txt") == "inside"
    assert read(service, collection / "inside.txt") == "inside"
    assert read(service, "../collection-twin/twin.txt") == "twin"


@pytest.mark.parametrize(
    "path",
    [
        "../outside.txt",
        "./../outside.txt",
        "../collection-twin/twin.txt",
        "x/../../outside.txt",
        "../collection/../outside.txt",
        "/etc/passwd",
        "//etc/passwd",
        "/proc/self/environ",
        "/dev/../etc/passwd",
    ],
)
def test_dots_and_absolute_paths_do_not_lead_out(collection: Path, path: str) -> None:
    with pytest.raises(PermissionRefused, match="allow_read"):
        files(collection).read(path)


def test_null_bytes_are_refused(collection: Path) -> None:
    for path in ("inside.txt\0", "inside.txt\0/../../outside.txt", "\0"):
        with pytest.raises(ServiceError, match="null bytes"):
            files(collection).read(path)


def test_links_do_not_lead_out(collection: Path, tmp_path: Path) -> None:
    (collection / "file-link").symlink_to(tmp_path / "outside.txt")
    (collection / "directory-link").symlink_to(tmp_path)
    (collection / "a").mkdir()
    (collection / "a" / "chain").symlink_to("../directory-link")
    (collection / "new").symlink_to(tmp_path / "made.txt")
    service = files(collection)
    for path in (
        "file-link",
        "directory-link/outside.txt",
        "a/chain/outside.txt",
        "directory-link/../outside.txt",
    ):
        with pytest.raises(ServiceError):
            service.read(path)
    for path in ("file-link", "new", "directory-link/made.txt"):
        with pytest.raises(PermissionRefused, match="allow_write"):
            service.write(path, encode(b"x"), "w", 0o666)
    assert (tmp_path / "outside.txt").read_text() == "outside"
    assert not (tmp_path / "made.txt").exists()


def test_links_within_the_collection_are_followed(collection: Path) -> None:
    (collection / "link").symlink_to("inside.txt")
    assert read(files(collection), "link") == "inside"
    assert files(collection).stat("link", False)["kind"] == "link"


@pytest.mark.parametrize("kind", ["last", "directory"])
def test_a_link_put_there_after_the_check_is_not_followed(
    collection: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    (collection / "d").mkdir()
    (collection / "d" / "outside.txt").write_text("harmless")
    real_open = beneath.open_beneath

    def swap_then_open(base: str, real: str, flags: int, mode: int) -> int:
        if kind == "last":
            (collection / "d" / "outside.txt").unlink()
            (collection / "d" / "outside.txt").symlink_to(tmp_path / "outside.txt")
        else:
            (collection / "d").rename(collection / "moved")
            (collection / "d").symlink_to(tmp_path)
        return real_open(base, real, flags, mode)

    monkeypatch.setattr(files_module, "open_beneath", swap_then_open)
    with pytest.raises(ServiceError, match=r"ELOOP|ENOTDIR"):
        files(collection).read("d/outside.txt")


def test_what_is_no_regular_file_does_not_hold_up_the_run(collection: Path) -> None:
    os.mkfifo(collection / "pipe")
    with pytest.raises(ServiceError, match="not a regular file"):
        files(collection).read("pipe")
    with pytest.raises(ServiceError, match=r"ENXIO|EINVAL"):
        files(collection).write("pipe", encode(b"x"), "w", 0o666)
    with pytest.raises(ServiceError, match="EISDIR"):
        files(collection).read(".")


def test_roots_themselves_are_not_removed(collection: Path) -> None:
    service = files(collection)
    for path in (".", str(collection), "../collection"):
        with pytest.raises(ServiceError, match="EPERM"):
            service.remove(path, "tree")
        with pytest.raises(ServiceError):
            service.rename(path, "elsewhere")
    assert (collection / "inside.txt").exists()


def test_removing_a_tree_does_not_follow_links(collection: Path, tmp_path: Path) -> None:
    tree = collection / "tree" / "deep"
    tree.mkdir(parents=True)
    (tree / "link").symlink_to(tmp_path / "collection-twin")
    files(collection).remove("tree", "tree")
    assert not (collection / "tree").exists()
    assert (tmp_path / "collection-twin" / "twin.txt").exists()


def test_moving_out_or_in_is_refused(collection: Path) -> None:
    service = files(collection)
    with pytest.raises(PermissionRefused, match="allow_write"):
        service.rename("inside.txt", "../stolen.txt")
    with pytest.raises(PermissionRefused, match="allow_write"):
        service.rename("../outside.txt", "mine.txt")


def test_existence_outside_is_not_told(collection: Path) -> None:
    messages = set()
    for name in ("outside.txt", "there-is-no-such-file.txt"):
        with pytest.raises(PermissionRefused) as refusal:
            files(collection).access(f"../{name}", 0)
        messages.add(str(refusal.value).replace(name, "NAME"))
    assert len(messages) == 1


def test_allow_lists_replace_the_default(collection: Path, tmp_path: Path) -> None:
    service = files(collection, Permissions(allow_read=["../outside.txt"], allow_write=["out"]))
    assert read(service, "../outside.txt") == "outside"
    with pytest.raises(PermissionRefused):
        service.read("inside.txt")
    service.make_directory("out", False, 0o777)
    service.write("out/new.txt", encode(b"new"), "w", 0o666)
    assert (collection / "out" / "new.txt").read_text() == "new"
    with pytest.raises(PermissionRefused):
        service.write("new.txt", encode(b"new"), "w", 0o666)


def test_deny_is_stronger_than_allow(collection: Path) -> None:
    (collection / "secret").mkdir()
    (collection / "secret" / "key.pem").write_text("key")
    (collection / "alias").symlink_to("secret")
    service = files(collection, Permissions(deny_read=["secret"], allow_read=["."]))
    assert read(service, "inside.txt") == "inside"
    for path in ("secret/key.pem", "alias/key.pem", "./x/../secret/key.pem"):
        with pytest.raises(PermissionRefused, match="deny_read"):
            service.read(path)
    with pytest.raises(PermissionRefused):
        files(collection, Permissions(deny_write=["*"])).write("a", encode(b""), "w", 0o666)


def test_another_spelling_of_a_denied_directory_is_denied(
    collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where case is ignored, SECRET is secret: the same directory under another name."""
    (collection / "secret").mkdir()
    (collection / "SECRET").mkdir()
    (collection / "SECRET" / "key.pem").write_text("key")
    from bruscript.sandbox.services import permissions as permissions_module

    identity = permissions_module._identity
    monkeypatch.setattr(
        permissions_module, "_identity", lambda path: identity(path.replace("SECRET", "secret"))
    )
    with pytest.raises(PermissionRefused):
        files(collection, Permissions(deny_read=["secret"])).read("SECRET/key.pem")


def test_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOWN", "1")
    monkeypatch.setenv("HIDDEN", "2")
    developer = Services("developer", Permissions(deny_env=["HIDDEN"]), tmp_path)
    assert developer.call("env.get", ["SHOWN"]) == "1"
    assert "SHOWN" in developer.call("env.all", [])
    assert "HIDDEN" not in developer.call("env.all", [])
    assert developer.call("env.get", ["HIDDEN"]) is None
    safe = Services("safe", None, tmp_path)
    assert safe.call("env.all", []) == {}
    assert safe.call("env.get", ["SHOWN"]) is None
    narrowed = Services("developer", Permissions(allow_env=["SHOWN"]), tmp_path)
    assert narrowed.call("env.all", []) == {"SHOWN": "1"}


def test_safe_mode_has_no_files(collection: Path) -> None:
    services = Services("safe", None, collection)
    for name, args in (("fs.read", ["inside.txt"]), ("fs.write", ["x", "", "w", 0]), ("os.info", [])):
        with pytest.raises(ServiceError, match="developer mode"):
            services.call(name, args)
    assert services.call("module.load", ["./inside.txt", str(collection)])["source"] == "inside"


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("fs.read", [1]),
        ("fs.read", []),
        ("fs.write", ["x", 5, "w", 0]),
        ("fs.write", ["x", "", "rw", 0]),
        ("module.load", [None, None]),
        ("crypto.digest", ["sha256", "no base64!"]),
        ("crypto.random", [-1]),
        ("crypto.random", [1 << 40]),
        ("crypto.pbkdf2", ["", "", 1, 1 << 40, "sha1"]),
        ("crypto.pbkdf2", ["", "", 1 << 30, 32, "sha512"]),
        ("crypto.generate", ["rsa", {"modulusLength": 1 << 20}]),
        ("module.load", ["./" + "a/" * 10000, "/"]),
        ("text.decode", ["punycode", "YQ==", False]),
        ("crypto.scrypt", ["", "", 1 << 30, 8, 1, 1 << 40, 32]),
        ("crypto.sign", ["sha256", {"private": True, "der": "AAAA"}, "", {}]),
        ("zlib", ["gunzip", "AAAA", {}]),
        ("text.decode", ["no-such", "", False]),
        ("bundle", ["../stamp"]),
        ("__class__", []),
    ],
)
def test_bad_arguments_are_the_scripts_error(collection: Path, name: str, args: list[object]) -> None:
    with pytest.raises(ServiceError):
        Services("developer", None, collection).call(name, args)


def test_the_size_of_a_key_is_checked_and_its_limits_named(collection: Path) -> None:
    for bits in (1000, 5000):
        with pytest.raises(ServiceError, match="1024 to 4096 bits"):
            Services("safe", None, collection).call("crypto.generate", ["rsa", {"modulusLength": bits}])


MOVES = {
    "require('fs').renameSync('secret', 'open')": "deny_read",
    "require('fs').renameSync('secret/k', 'open.txt')": "deny_read",
    "require('fs').renameSync('b', 'c')": "deny_read",
    "require('fs').renameSync('open', 'b/secret')": "deny_read",
    "require('fs').renameSync('a', 'q')": "deny_write",
    "require('fs').rmSync('a', { recursive: true })": "deny_write",
}


@pytest.mark.parametrize("source", MOVES)
def test_what_is_denied_is_not_moved_or_removed_with_its_parent(source: str, tmp_path: Path) -> None:
    for name in ("secret/k", "b/secret/k", "a/locked/k", "open/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    permissions = Permissions(deny_read=["secret", "b/secret"], deny_write=["a/locked"])
    with Sandbox("developer", collection=tmp_path, permissions=permissions, workers=1) as sandbox:
        error = sandbox.run_script(source).error
        assert error is not None
        assert MOVES[source] in error.message
        seen = sandbox.run_script("bru.setVar('all', require('fs').readdirSync('.', { recursive: true }))")
        allowed = (
            "require('fs').renameSync('open', 'moved'); require('fs').rmSync('moved', { recursive: true })"
        )
        assert sandbox.run_script(allowed).error is None
    assert [name for name in seen.variables["all"] if name.endswith("k")] == ["a/locked/k"]
    assert (tmp_path / "a/locked/k").read_text() == "a/locked/k"


@pytest.mark.parametrize("right", ["allow_read", "deny_read", "allow_write", "deny_write"])
@pytest.mark.parametrize(
    "path", ["*.txt", "a?.txt", "secrets/*", "**", "[ab].txt", "{a,b}.txt", "~/.ssh", "~"]
)
def test_a_path_that_is_a_pattern_is_an_error(collection: Path, right: str, path: str) -> None:
    for written in (path, str(collection / path)):
        with pytest.raises(PatternError, match=rf"in {right} is not valid"):
            files(collection, Permissions(**{right: [written]}))


def test_a_file_may_be_called_like_a_pattern(collection: Path) -> None:
    for name in ("[id].txt", "*.txt", "~"):
        (collection / name).write_text(name)
    service = files(collection, Permissions(deny_read=["[id].txt", "*.txt", "~"]))
    for name in ("[id].txt", "*.txt", "~"):
        with pytest.raises(PermissionRefused, match="deny_read"):
            read(service, name)
    assert read(service, "inside.txt") == "inside"


@pytest.mark.parametrize("right", ["allow_env", "deny_env"])
@pytest.mark.parametrize("name", ["MY*", "*_KEY", "A?", "$HOME", "A B", "A=1", "[AB]", ""])
def test_a_variable_that_is_a_pattern_is_an_error(collection: Path, right: str, name: str) -> None:
    if (right, name) == ("allow_env", ""):
        assert not Policy(Permissions(allow_env=name), "safe", (collection,)).may_see_env("A")
        return
    with pytest.raises(PatternError, match=rf"in {right} is not valid"):
        Policy(Permissions(**{right: [name]}), "safe", (collection,))


@pytest.mark.parametrize("empty", ["", (), ("",)])
def test_an_empty_list_allows_nothing(collection: Path, empty: str | tuple[str, ...]) -> None:
    permissions = Permissions(allow_read=empty, allow_write=empty, allow_net=empty, allow_env=empty)
    policy = Policy(permissions, "developer", (collection,))
    assert not policy.may("read", str(collection / "inside.txt"))
    assert not policy.may("write", str(collection / "inside.txt"))
    assert not policy.may_see_env("HOME")
    with pytest.raises(PermissionRefused, match="allow_net"):
        policy.check_net("http://app.test/")
