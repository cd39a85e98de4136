"""The commands parse, fmt and check."""

from __future__ import annotations

import io
import json
import os
import stat
from pathlib import Path

import pytest

from bruscript.cli import main
from bruscript.lang import parse
from bruscript.lang.lint import lint

GOOD = "meta {\n  name: a\n  type: http\n  seq: 1\n}\n\nget {\n  url: x\n}\n"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "shop", "type": "collection"}')
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


# -- parse ----------------------------------------------------------------------------------------


def test_parse_one_file(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(shop / "a.bru", GOOD)
    assert main(["parse", "a.bru"]) == 0
    assert json.loads(capsys.readouterr().out)["meta"] == {"name": "a", "type": "http", "seq": "1"}


def test_parse_knows_the_kind_by_the_place(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(shop / "a.bru", GOOD)
    write(shop / "collection.bru", "auth {\n  mode: none\n}\n")
    write(shop / "sub/folder.bru", "meta {\n  name: Sub\n}\n")
    write(shop / "environments/local.bru", "vars {\n  a: é\n}\n")
    write(shop / "node_modules/x/b.bru", "broken")
    write(shop / ".git/c.bru", "broken")
    assert main(["parse", "."]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["file"]: line["kind"] for line in lines} == {
        "a.bru": "request",
        "collection.bru": "collection",
        os.path.join("environments", "local.bru"): "environment",
        os.path.join("sub", "folder.bru"): "folder",
    }
    variables = next(line["json"] for line in lines if line["kind"] == "environment")["variables"]
    assert variables == [{"name": "a", "value": "é", "enabled": True, "secret": False}]


def test_parse_reports_every_broken_file(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(shop / "a.bru", "meta {")
    write(shop / "b.bru", GOOD)
    write(shop / "c.bru", "hedders {\n}\n")
    assert main(["parse", "a.bru", "b.bru", "c.bru"]) == 1
    output = capsys.readouterr()
    lines = [json.loads(line) for line in output.out.splitlines()]
    assert ["error" in line for line in lines] == [True, False, True]
    assert lines[2]["error"] == {"message": "found `hedders`, expected a block name", "line": 1, "column": 1}
    assert "a.bru:1:" in output.err
    assert "Did you mean `headers`?" in output.err


def test_parse_the_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"vars {\n  a: 1\n}\n")))
    assert main(["parse", "-", "--kind", "environment"]) == 0
    assert json.loads(capsys.readouterr().out)["variables"][0]["name"] == "a"


def test_parse_half_a_character(shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(shop / "a.bru", "docs {\n  é\n}\n\nmeta {\n  name: '''\n   😀x\n  '''\n}\n")
    assert main(["parse", "a.bru"]) == 0
    assert json.loads(capfd.readouterr().out)["meta"]["name"] == "\ude00x"


def test_a_path_that_is_missing(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("parse", "fmt", "check"):
        assert main([command, "nowhere", "nowhere else"]) == 5
        assert "nowhere does not exist." in capsys.readouterr().err


# -- fmt ------------------------------------------------------------------------------------------


def test_fmt_rewrites_what_differs(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    messy = write(shop / "messy.bru", GOOD.replace("  ", "     "))
    good = write(shop / "good.bru", GOOD)
    before = good.stat()
    os.chmod(messy, 0o640)
    assert main(["fmt", "--check"]) == 1
    assert capsys.readouterr().out == "would change messy.bru\n"
    assert messy.read_text() != GOOD
    assert main(["fmt"]) == 0
    assert messy.read_text() == GOOD
    assert stat.S_IMODE(messy.stat().st_mode) == 0o640
    assert good.stat().st_mtime_ns == before.st_mtime_ns
    assert main(["fmt", "--check"]) == 0
    assert sorted(path.name for path in shop.iterdir()) == ["bruno.json", "good.bru", "messy.bru"]


def test_fmt_leaves_broken_files_alone(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = write(shop / "a.bru", "get {")
    (shop / "b.bru").write_bytes(b"meta {\n  name: \xff\n}\n")
    assert main(["fmt"]) == 1
    assert broken.read_text() == "get {"
    output = capsys.readouterr().err
    assert "a.bru:1:6: found the end of the file" in output
    assert "b.bru: byte 16 is not UTF-8" in output


def test_fmt_writes_through_a_link(shop: Path) -> None:
    target = write(shop / "real.txt", GOOD.replace("  ", " "))
    (shop / "a.bru").symlink_to(target)
    assert main(["fmt"]) == 0
    assert (shop / "a.bru").is_symlink()
    assert target.read_text() == GOOD


# -- check ----------------------------------------------------------------------------------------


def found(capsys: pytest.CaptureFixture[str], *paths: str, status: int = 1) -> list[str]:
    assert main(["check", *paths]) == status
    return capsys.readouterr().out.splitlines()


def test_check_finds_nothing_in_good_files(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(shop / "a.bru", GOOD + "\ntests {\n  await x;\n  return;\n}\n")
    write(shop / "environments/e.bru", "vars {\n  a: 1\n}\n")
    assert found(capsys, status=0) == []


def test_check_keys_and_values(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = GOOD.replace("  seq: 1\n", "  sqe: 1\n").replace(
        "  url: x\n", "  url: x\n  ~body: json\n  url: y\n"
    )
    write(shop / "a.bru", text)
    assert found(capsys) == [
        "a.bru:4: `sqe` is not a key of `meta`; did you mean `seq`?",
        "a.bru:9: `~body` is not a key of `get`; `get` cannot have disabled pairs",
        "a.bru:10: `url` is in `get` twice",
    ]


def test_findings_say_what_no_reader_takes() -> None:
    text = GOOD.replace("  seq: 1\n", "  sqe: 1\n").replace(
        "  url: x\n", "  url: x\n  url: y\n  auth: oauth\n"
    )
    unread = {finding.line: finding.unread for finding in lint(parse(text))}
    assert unread == {4: True, 9: True, 10: False}
    (finding,) = lint(parse("vars:externalsecrets:x {\n  a: b\n}\n", "environment"))
    assert finding.unread


def test_check_auth(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    request = GOOD.replace("  url: x\n", "  url: x\n  auth: MODE\n")
    write(shop / "bearer.bru", request.replace("MODE", "bearer").replace("seq: 1", "seq: 2"))
    write(shop / "oauth.bru", request.replace("MODE", "oauth").replace("seq: 1", "seq: 3"))
    write(shop / "inherit.bru", request.replace("MODE", "inherit").replace("seq: 1", "seq: 4"))
    write(shop / "none.bru", request.replace("MODE", "none"))
    write(shop / "sub/inherit.bru", request.replace("MODE", "inherit"))
    write(shop / "sub/folder.bru", "meta {\n  name: Sub\n}\n\nauth {\n  mode: basic\n}\n\nauth:basic {\n}\n")
    write(shop / "deep/er/inherit.bru", request.replace("MODE", "inherit"))
    write(shop / "deep/folder.bru", "meta {\n  name: Deep\n}\n\nauth {\n  mode: inherit\n}\n")
    nothing = "note: no auth to `inherit`: neither a folder above nor the collection has a mode"
    assert found(capsys) == [
        "bearer.bru:9: the auth mode is `bearer`, but the block `auth:bearer` is missing",
        f"inherit.bru:9: {nothing}",
        "oauth.bru:9: `oauth` is not an auth mode; did you mean `oauth2`?",
        f"deep/folder.bru:6: {nothing}",
        f"deep/er/inherit.bru:9: {nothing}",
    ]


def test_check_inherits_from_the_collection(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(shop / "sub/a.bru", GOOD.replace("  url: x\n", "  url: x\n  auth: inherit\n"))
    write(shop / "collection.bru", "auth {\n  mode: none\n}\n")
    assert found(capsys, "sub", status=0) == []


def test_check_numbers(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(shop / "a.bru", GOOD)
    write(shop / "b.bru", GOOD)
    write(shop / "sub/a.bru", GOOD)
    write(shop / "sub/folder.bru", "meta {\n  name: Sub\n  seq: 1\n}\n")
    write(shop / "tub/folder.bru", "meta {\n  name: Tub\n  seq: 1\n}\n")
    write(shop / "c.bru", GOOD.replace("seq: 1", "seq: first"))
    assert found(capsys) == [
        "b.bru:4: `seq` is 1, and so is that of a.bru",
        "c.bru:4: `seq` is `first`, expected a number",
        "tub/folder.bru:3: `seq` is 1, and so is that of sub",
    ]


def test_check_scripts(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(shop / "a.bru", GOOD + "\nscript:pre-request {\n\n  ok();\n  let a = ;\n}\n")
    write(shop / "b.bru", GOOD.replace("seq: 1", "seq: 2") + "\ntests {\n  }); while (true) {} (() => {\n}\n")
    write(shop / "c.bru", GOOD.replace("seq: 1", "seq: 3") + "\ntests {\n  call(\n}\n")
    assert found(capsys) == [
        "a.bru:14:3: `script:pre-request` does not compile: SyntaxError: Unexpected token ';'",
        "b.bru:12:3: `tests` does not compile: SyntaxError: Invalid or unexpected token",
        "c.bru:12:3: `tests` does not compile: SyntaxError: Unexpected token '}'",
    ]


def test_check_what_the_reference_accepts_though_it_is_broken(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(shop / "a.bru", GOOD + "\ndocs {\n}\n\nheaders {\n  a: b\n}\n")
    write(shop / "b.bru", "tests {\n}\n\nheaders {\n  a: b\n}\n")
    write(
        shop / "c.bru", GOOD.replace("seq: 1", "seq: 2") + "\npost {\n  url: y\n}\n\nexample {\n  what\n}\n"
    )
    lines = found(capsys)
    assert lines[:2] == [
        "a.bru:11: `docs` looks empty, but goes on to the next line that begins with `}`: delete it",
        "a.bru:14: `headers` is read as text of `docs`, opened on line 11",
    ]
    assert "b.bru:1: the block with the method and URL, such as `get` or `post`, is missing" in lines
    assert "c.bru:11: `post` is the second block with a method, after line 7" in lines
    assert "c.bru:15: the example is broken: found `what`, which cannot be read" in lines


def test_check_syntax_of_every_file(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(shop / "a.bru", "hedders {\n}\n")
    write(shop / "b.bru", "get {\n")
    lines = found(capsys)
    assert lines[0] == "a.bru:1:1: found `hedders`, expected a block name"
    assert "b.bru:2:1: found the end of the file, expected `}` to close `get`, opened on line 1" in lines
