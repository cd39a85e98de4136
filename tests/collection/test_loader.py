from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from bruscript.collection import Collection, Request, load
from bruscript.errors import CollectionError

REQUEST = "meta {{\n  name: {name}\n  type: http\n  seq: {seq}\n}}\n\nget {{\n  url: http://x\n}}\n"


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    write(root / "bruno.json", '{"version": "1", "name": "Shop", "type": "collection"}')
    write(root / "last.bru", REQUEST.format(name="Last", seq=2))
    write(root / "first.bru", REQUEST.format(name="First", seq=1))
    write(root / "b" / "one.bru", REQUEST.format(name="One", seq=1))
    write(root / "a" / "two.bru", REQUEST.format(name="Two", seq=1))
    write(root / "a" / "folder.bru", "meta {\n  name: The A\n  seq: 2\n}\n")
    write(root / "a" / "deep" / "three.bru", REQUEST.format(name="Three", seq=1))
    write(root / "environments" / "Local.bru", "vars {\n  a: 1\n}\n")
    return root


def relpaths(requests: Iterable[Request]) -> list[str]:
    return [request.relpath for request in requests]


@pytest.mark.parametrize("inside", ["", "a", "a/deep/three.bru", "environments/Local.bru"])
def test_finds_the_root_from_any_path_in_it(root: Path, inside: str) -> None:
    collection = load(root / inside)
    assert (collection.path, collection.name) == (root, "Shop")


def test_runs_folders_first_and_each_in_its_order(root: Path) -> None:
    collection = load(root)
    assert relpaths(list(collection.walk())) == [
        "b/one.bru",
        "a/deep/three.bru",
        "a/two.bru",
        "first.bru",
        "last.bru",
    ]


def test_selects_by_path_from_the_current_directory(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "a")
    collection = load(".")
    assert relpaths(collection.select(["."], recursive=False)) == ["a/two.bru"]
    assert relpaths(collection.select(["."], recursive=True)) == ["a/deep/three.bru", "a/two.bru"]
    assert relpaths(collection.select(["two.bru", "../first.bru", "two.bru"], recursive=False)) == [
        "a/two.bru",
        "first.bru",
        "a/two.bru",
    ]
    assert collection.select(["../environments/Local.bru", "folder.bru"], recursive=True) == []
    assert relpaths(collection.select(recursive=False)) == ["first.bru", "last.bru"]


def test_a_linked_collection_is_found_by_either_path(root: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(root)
    collection = load(link)
    assert (
        relpaths(collection.select([root / "first.bru", link / "first.bru", root])[:2]) == ["first.bru"] * 2
    )
    assert len(collection.select([root])) == 5


def test_knows_where_a_request_is(root: Path) -> None:
    collection = load(root)
    request = collection.find("a/deep/three")
    assert request is not None
    assert [type(node).__name__ for node in request.chain] == ["Collection", "Folder", "Folder", "Request"]
    assert request.collection is collection
    assert request.chain[1].title == "The A"
    assert collection.find("a/deep/three.bru") is collection.find("Three") is request
    assert collection.find("a/deep") is None


def test_skips_a_request_that_does_not_parse(root: Path) -> None:
    write(root / "a" / "bad.bru", "meta {\n  name\n}\n")
    (root / "gone.bru").symlink_to(root / "nowhere")
    (root / "latin.bru").write_bytes(b"meta {\n  name: caf\xe9\n}\n\nget {\n  url: x\n}\n")
    collection = load(root)
    bad, gone = collection.skipped
    assert bad.path == root / "a" / "bad.bru"
    assert f"{bad.path}:2:" in str(bad.error)
    assert gone.path == root / "gone.bru"
    assert collection.find("latin").name == "caf\ufffd"
    assert len(list(collection.walk())) == 6


def test_settings_that_do_not_parse_end_it(root: Path) -> None:
    write(root / "collection.bru", "headers {\n  no colon\n}\n")
    with pytest.raises(CollectionError) as caught:
        load(root)
    assert f"{root / 'collection.bru'}:2:" in str(caught.value)
    assert caught.value.exit_code == 4


def test_a_folder_whose_settings_do_not_parse_is_left_out(root: Path) -> None:
    write(root / "a" / "folder.bru", "headers {\n  no colon\n}\n")
    collection = load(root)
    assert relpaths(list(collection.walk())) == ["b/one.bru", "first.bru", "last.bru"]
    (skipped,) = collection.skipped
    assert skipped.path == root / "a" / "folder.bru"
    assert f"{skipped.path}:2:" in str(skipped.error)


def test_which_unusable_files_a_selection_needs(root: Path) -> None:
    write(root / "a" / "deep" / "bad.bru", "meta {\n  name\n}\n")
    write(root / "b" / "folder.bru", "headers {\n  no colon\n}\n")
    write(root / "b" / "c" / "d.bru", "get {\n  url: x\n}\n")
    collection = load(root)

    def needed(*paths: str, recursive: bool = True) -> list[str]:
        found = collection.skipped_in([root / path for path in paths], recursive=recursive)
        return [file.path.relative_to(root).as_posix() for file in found]

    assert needed() == needed(".") == ["a/deep/bad.bru", "b/folder.bru"]
    assert needed("a") == needed("a/deep", recursive=False) == needed("a/deep/bad.bru") == ["a/deep/bad.bru"]
    assert needed("a", recursive=False) == needed("first.bru", "a/deep/three.bru") == []
    assert needed("b/c/d.bru") == needed("b/c") == needed("b", recursive=False) == ["b/folder.bru"]


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        (["a"], ["b/one.bru", "first.bru", "last.bru"]),
        (["./a/deep/", "last.bru", "b"], ["a/two.bru", "first.bru"]),
        (
            ["a\\deep", "deep", "fir", "", ".", "..", "/"],
            ["a/two.bru", "b/one.bru", "first.bru", "last.bru"],
        ),
        (None, ["a/deep/three.bru", "a/two.bru", "b/one.bru", "first.bru", "last.bru"]),
    ],
)
def test_what_the_configuration_ignores(root: Path, ignore: object, left: list[str]) -> None:
    write(root / "bruno.json", json.dumps({"name": "shop", "ignore": ignore}))
    assert sorted(relpaths(list(load(root).walk()))) == left


def test_an_ignored_folder_is_not_even_read(root: Path) -> None:
    write(root / "bruno.json", json.dumps({"name": "shop", "ignore": ["a"]}))
    write(root / "a" / "folder.bru", "headers {\n  no colon\n}\n")
    assert load(root).skipped == []


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("smoke", ("smoke",)),
        ("[smoke]", ("smoke",)),
        ("[ smoke, 'slow' ,\"v1.2\",]", ("smoke", "slow", "v1.2")),
        ("smoke, slow", ("smoke", "slow")),
        ("[]", ()),
        ("[\n    smoke\n    slow\n  ]", ("smoke", "slow")),
    ],
)
def test_tags_on_one_line(root: Path, written: str, tags: tuple[str, ...]) -> None:
    write(root / "t.bru", f"meta {{\n  name: T\n  tags: {written}\n}}\n\nget {{\n  url: x\n}}\n")
    request = load(root).find("t")
    assert request is not None
    assert request.tags == tags


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": }'])
def test_a_broken_bruno_json_is_named(root: Path, text: str) -> None:
    write(root / "bruno.json", text)
    with pytest.raises(CollectionError, match=r"bruno\.json"):
        load(root)


def test_says_so_where_there_is_no_collection(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match=r"bruno\.json"):
        load(tmp_path)
    with pytest.raises(CollectionError, match="Path not found"):
        load(tmp_path / "nowhere")
    write(tmp_path / "opencollection.yml")
    with pytest.raises(CollectionError, match=r"opencollection\.yml:1:1: the file is empty"):
        load(tmp_path)


def test_links_to_directories_are_not_followed(root: Path) -> None:
    os.symlink(root, root / "a" / "loop")
    assert len(list(load(root).walk())) == 5


def test_tags_and_kinds(root: Path) -> None:
    write(
        root / "t.bru",
        "meta {\n  name: T\n  type: graphql\n  tags: [\n    smoke\n    slow\n  ]\n}\n\npost {\n  url: x\n}\n",
    )
    request = load(root).find("t")
    assert request is not None
    assert (request.kind, request.tags, request.seq) == ("graphql", ("smoke", "slow"), 1)


def test_a_request_without_a_name_has_its_files(root: Path) -> None:
    write(root / "plain.bru", "get {\n  url: x\n}\n")
    assert load(root).find("plain").name == "plain"


def test_loads_the_demo() -> None:
    demo = load(Path(__file__).parents[2] / "fixtures" / "demo")
    assert isinstance(demo, Collection)
    assert demo.skipped == []
    assert list(demo.walk())


def test_what_is_no_file_is_skipped(root: Path) -> None:
    os.mkfifo(root / "pipe.bru")
    (root / "linked.bru").symlink_to(root / "a")
    assert [skipped.path.name for skipped in load(root).skipped] == ["linked.bru", "pipe.bru"]


def test_very_deep_folders_are_an_error_of_the_collection(root: Path) -> None:
    deep = root
    for _ in range(700):
        deep = deep / "d"
    deep.mkdir(parents=True)
    with pytest.raises(CollectionError, match="nested too deeply"):
        load(root)


def test_tags_of_folders_hold_for_their_requests(root: Path) -> None:
    write(root / "a" / "folder.bru", "meta {\n  name: The A\n  tags: [slow, x]\n}\n")
    three = load(root).find("a/deep/three")
    assert three is not None
    assert (three.tags, three.effective_tags) == ((), ("slow", "x"))


@pytest.mark.parametrize("kind", ["bru", "yml"])
def test_what_is_not_looked_at_is_not_read(tmp_path: Path, kind: str) -> None:
    if kind == "bru":
        write(tmp_path / "bruno.json", '{"version": "1", "name": "Many", "type": "collection"}')
        texts = {"good": REQUEST, "bad": REQUEST.replace("}}\n\nget", "}}\n\nget {{\n}}")}
    else:
        write(tmp_path / "opencollection.yml", "opencollection: 1.0.0\ninfo:\n  name: Many\n")
        good = "info:\n  name: {name}\n  type: http\n  seq: {seq}\n\nhttp:\n  method: GET\n  url: http://x\n"
        texts = {"good": good, "bad": good + "  headers: none\n"}
    # A few YAML files are read at once, since the pattern that saves it costs time too.
    for number in range(250):
        write(tmp_path / f"r{number:03}.{kind}", texts["good"].format(name=f"R {number}", seq=number + 1))
    write(tmp_path / f"z.{kind}", texts["bad"].format(name="Z", seq=1))
    collection = load(tmp_path)
    assert [file.path.stem for file in collection.skipped] == ["z"]
    assert [request.name for request in collection.walk()] == [f"R {number}" for number in range(250)]
    unread = [request for request in collection.walk() if "data" not in vars(request)]
    assert len(unread) >= 150
    last = collection.find("R 249")
    assert last is unread[-1]
    assert last.data["meta"]["name"] == "R 249"
    assert last.data["http"]["url"] == "http://x"
    assert "data" not in vars(unread[0])
