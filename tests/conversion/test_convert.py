"""Collections in the other format: what comes along, and what is lost is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conversion.round_trip import echo, losses, request, there_and_back, write

import bruscript
from bruscript.cli import main
from bruscript.conversion import convert
from bruscript.errors import ArgumentError, BruscriptError, CollectionError

ADDED = """auth:oauth2 {
  grant_type: client_credentials
  access_token_url: http://h/token
  client_id: x
}

auth:oauth2:additional_params:access_token_req:body {
  resource: a
  ~audience: b
}"""


def test_what_the_references_own_conversion_changes_stays(tmp_path: Path) -> None:
    """A URL that is not encoded, and a disabled parameter."""
    root = write(
        tmp_path / "c",
        {
            "a.bru": request(ADDED, head="body: none\n  auth: oauth2"),
            "b.bru": request("settings {\n  encodeUrl: false\n  timeout: 0\n}"),
        },
    )
    there, back, yml, bru = there_and_back(root, tmp_path)
    assert there.losses == back.losses == {}
    assert "settings" not in (yml / "a.yml").read_text().replace("    settings:", "")
    assert "disabled: true" in (yml / "a.yml").read_text()
    assert "encodeUrl: false" in (yml / "b.yml").read_text()
    assert "  ~audience: b" in (bru / "a.bru").read_text()
    assert "settings" not in (bru / "a.bru").read_text()


@pytest.mark.parametrize("kind", ["request", "folder", "collection"])
@pytest.mark.parametrize(("on", "off"), [("True", "False"), ("TRUE", "fALSE"), ("true", "false")])
def test_switches_keep_their_meaning_in_any_case(kind: str, on: str, off: str, tmp_path: Path) -> None:
    block = (
        f"auth:oauth2 {{\n  grant_type: authorization_code\n  pkce: {on}\n"
        f"  auto_fetch_token: {off}\n  auto_refresh_token: {on}\n}}"
    )
    text = request(block, head="body: none\n  auth: oauth2")
    if kind != "request":
        text = f"meta {{\n  name: f\n}}\n\nauth {{\n  mode: oauth2\n}}\n\n{block}\n"
    name = {"request": "a.bru", "folder": "f/folder.bru", "collection": "collection.bru"}[kind]
    there, _, yml, bru = there_and_back(
        write(tmp_path / "c", {"a.bru": request(), "f/b.bru": request(), name: text}), tmp_path
    )
    assert there.failed == {}
    target = "opencollection.yml" if kind == "collection" else name.replace(".bru", ".yml")
    document = bruscript.parse((yml / target).read_text(), kind=kind, format="yml")  # type: ignore[arg-type]
    config = document.content()["auth"]["oauth2"]
    assert (config["pkce"], config["autoFetchToken"], config["autoRefreshToken"]) == (True, False, True)
    written = (bru / name).read_text()
    assert "pkce: true\n" in written
    assert "auto_fetch_token: false\n  auto_refresh_token: true\n" in written


def test_switches_of_an_auth_that_is_not_used_do_not_matter(tmp_path: Path) -> None:
    block = "auth:oauth2 {\n  grant_type: authorization_code\n  pkce: S256\n}"
    there = convert(write(tmp_path / "c", {"a.bru": request(block)}), "yml", tmp_path / "yml")
    assert there.failed == {}
    assert losses(there, tmp_path / "c") == [
        "a.bru:13 `auth:oauth2` is left out: YAML holds only the auth that is used"
    ]


def test_settings_of_ours_go_along(tmp_path: Path) -> None:
    root = write(
        tmp_path / "c",
        {"a.bru": request("settings {\n  encodeUrl: true\n  timeout: inherit\n  retries: 2\n}")},
    )
    there, back, yml, bru = there_and_back(root, tmp_path)
    assert there.losses == back.losses == {}
    assert "  timeout: inherit\n  retries: 2\n" in (yml / "a.yml").read_text()
    assert "  retries: 2\n" in (bru / "a.bru").read_text()


def test_disabled_entries_keep_their_place(tmp_path: Path) -> None:
    block = "headers {\n  a: 1\n  ~b: 2\n  c: 3\n}"
    variables = "vars:pre-request {\n  ~x: 1\n  @number\n  y: 2\n}"
    root = write(tmp_path / "c", {"a.bru": request(block, variables)})
    there, back, _, bru = there_and_back(root, tmp_path)
    assert there.losses == back.losses == {}
    assert f"\n{block}\n" in (bru / "a.bru").read_text()
    assert f"\n{variables}\n" in (bru / "a.bru").read_text()


def test_what_cannot_be_kept_is_said_with_its_line(tmp_path: Path) -> None:
    root = write(
        tmp_path / "c",
        {
            "a.bru": request(
                "body:json {\n  {}\n}",
                "body:text {\n  other\n}",
                "auth:basic {\n  username: a\n  password: b\n}",
                "vars:pre-request {\n  @local: 1\n}",
                head="body: json\n  auth: none",
            ),
            "bruno.json": '{"version": "1", "name": "c", "scripts": {"filesystemAccess": {"allow": true}}}',
            "collection.bru": "auth {\n  mode: basic\n}\n\nauth:basic {\n  username: a\n}\n\n"
            "auth:bearer {\n  token: x\n}\n",
        },
    )
    assert losses(convert(root, "yml", tmp_path / "yml"), root) == [
        "collection.bru:9 `auth:bearer` is left out: YAML holds only the auth that is used",
        "bruno.json:1 `scripts` cannot be kept as it is in YAML",
        "a.bru:18 `body:text` is left out: YAML holds only the body that is sent",
        "a.bru:21 `auth:basic` is left out: YAML holds only the auth that is used",
        "a.bru:27 `vars.req[1].local` cannot be kept as it is in YAML",
    ]


YML = """# Who owns it: the shop team.
info:
  name: A
  type: http
  seq: 2
  description: about it
  owner: shop
http:
  method: GET
  url: http://h/a # the old one
  params:
    - name: id
      value: "1"
      type: path
      disabled: true
"""


def test_what_bru_files_cannot_hold(tmp_path: Path) -> None:
    root = tmp_path / "c"
    root.mkdir()
    (root / "opencollection.yml").write_text("opencollection: 1.0.0\ninfo:\n  name: c\n")
    (root / "a.yml").write_text(YML)
    (root / "job.yml").write_text("type: script\nscript: |\n  1\n")
    (root / "compose.yml").write_text("services:\n  db: {}\n")
    result = convert(root, "bru", tmp_path / "bru")
    assert losses(result, root) == [
        "a.yml:1 this comment and 1 more cannot be kept in .bru files",
        "a.yml:6 `description` cannot be kept as it is in .bru files",
        "a.yml:7 `owner` is not a key of `info`: left out",
        "job.yml: a script is not a request and has no form in .bru files: it is copied",
    ]
    assert (tmp_path / "bru/compose.yml").read_text() == (root / "compose.yml").read_text()
    assert (tmp_path / "bru/job.yml").exists()
    assert "params:path {\n  ~id: 1\n}\n" in (tmp_path / "bru/a.bru").read_text()
    assert not (tmp_path / "bru/a.yml").exists()


def test_scripts_name_requests_without_the_ending_of_their_files(tmp_path: Path) -> None:
    code = 'const r = await bru.runRequest("b.bru");\n  const other = "x.bru";'
    root = write(
        tmp_path / "c",
        {
            "a.bru": request(f"script:pre-request {{\n  {code}\n}}"),
            "b.bru": request(),
            "lib.js": "module.exports = (bru) => bru.runRequest('sub/b.bru');\n",
        },
    )
    there, back, yml, _ = there_and_back(root, tmp_path)
    assert there.losses == back.losses == {}
    assert 'runRequest("b");' in (yml / "a.yml").read_text()
    assert '"x.bru"' in (yml / "a.yml").read_text()
    assert (yml / "lib.js").read_text() == "module.exports = (bru) => bru.runRequest('sub/b');\n"
    result = bruscript.run(yml / "a.yml", app=echo)
    assert [each.name for each in result.results[0].nested] == ["A"]


def test_other_files_are_copied(tmp_path: Path) -> None:
    root = write(
        tmp_path / "c",
        {
            "a.bru": request(),
            ".env": "A=1\n",
            "data/rows.csv": "a\n1\n",
            ".git/config": "x",
            "node_modules/m/index.js": "x",
            "old/b.bru": request(),
            "bruno.json": '{"version": "1", "name": "c", "ignore": ["old"]}',
        },
    )
    (root / "link.csv").symlink_to("data/rows.csv")
    result = convert(root, "yml", tmp_path / "yml")
    found = {
        path.relative_to(tmp_path / "yml").as_posix()
        for path in (tmp_path / "yml").rglob("*")
        if not path.is_dir()
    }
    assert found == {"opencollection.yml", "a.yml", ".env", "data/rows.csv", "old/b.bru", "link.csv"}
    assert (tmp_path / "yml/link.csv").is_symlink()
    assert (result.written, result.copied) == (2, 4)


def test_a_file_that_cannot_be_converted_is_named_and_the_others_are(tmp_path: Path) -> None:
    root = write(
        tmp_path / "c",
        {"a.bru": request(), "bad.bru": "get {\n  url: x\n", "taken.bru": request(), "taken.yml": "x: 1\n"},
    )
    (root / "latin.bru").write_bytes(b"meta {\n  name: \xe9\n}\n")
    result = convert(root, "yml", tmp_path / "yml")
    assert (tmp_path / "yml/a.yml").exists()
    assert {path.name: message.splitlines()[0] for path, message in result.failed.items()} == {
        "bad.bru": f"{root}/bad.bru:3:1: found the end of the file, expected `}}` to close `get`, "
        "opened on line 1",
        "latin.bru": f"{root}/latin.bru: byte 16 is not UTF-8",
        "taken.bru": f"{root}/taken.bru: taken.yml already exists beside it",
    }
    assert (tmp_path / "yml/taken.yml").read_text() == "x: 1\n"


@pytest.mark.parametrize("old", [True, False])
def test_settings_of_the_collection(tmp_path: Path, old: bool) -> None:
    nested = {
        "inherit": False,
        "config": {
            "protocol": "http",
            "hostname": "p",
            "port": "1",
            "auth": {"username": "u", "password": "w"},
            "bypassProxy": "x",
        },
    }
    flat = {
        "enabled": True,
        "protocol": "http",
        "hostname": "p",
        "port": "1",
        "auth": {"enabled": True, "username": "u", "password": "w"},
        "bypassProxy": "x",
    }
    config = {
        "version": "1",
        "name": "c",
        "type": "collection",
        "collectionVersion": "2.1",
        "ignore": ["dist"],
        "proxy": flat if old else nested,
        "scripts": {"flow": "sequential", "additionalContextRoots": ["../lib"]},
        "presets": {"requestType": "http", "requestUrl": "http://h"},
        "clientCertificates": {
            "certs": [
                {
                    "domain": "a",
                    "type": "cert",
                    "certFilePath": "c.pem",
                    "keyFilePath": "k.pem",
                    "passphrase": "",
                }
            ]
        },
    }
    root = write(tmp_path / "c", {"bruno.json": json.dumps(config)})
    there, back, _, bru = there_and_back(root, tmp_path)
    assert there.losses == back.losses == {}
    assert json.loads((bru / "bruno.json").read_text()) == {**config, "proxy": nested}


def test_where_it_cannot_be_written(tmp_path: Path) -> None:
    root = write(tmp_path / "c", {"a.bru": request()})
    with pytest.raises(CollectionError, match="is not the directory of a collection"):
        convert(tmp_path, "yml", tmp_path / "out")
    with pytest.raises(ArgumentError, match=r"is a collection of \.bru files already"):
        convert(root, "bru", tmp_path / "out")
    for target in (root, root / "out", tmp_path):
        with pytest.raises(BruscriptError, match="one inside the other"):
            convert(root, "yml", target)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").write_text("")
    with pytest.raises(BruscriptError, match="full is not empty"):
        convert(root, "yml", tmp_path / "full")
    broken = write(tmp_path / "broken", {"collection.bru": "headers {"})
    with pytest.raises(CollectionError, match=r"collection\.bru:1"):
        convert(broken, "yml", tmp_path / "other")


def test_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "c", {"a.bru": request("body:text {\n  other\n}"), "bad.bru": "get {\n  url: x\n"})
    assert main(["convert", "c/a.bru", "--to", "yml", "-o", "out"]) == 1
    out, err = capsys.readouterr()
    assert out == "c/a.bru:14: `body:text` is left out: YAML holds only the body that is sent\n"
    assert "bad.bru:3:1: found the end of the file" in err
    assert err.endswith("Wrote 2 files to out; 1 thing could not be kept; 1 file could not be converted\n")
    assert main(["convert", "out", "--to", "bru", "-o", "back"]) == 0
    assert capsys.readouterr() == ("", "Wrote 2 files to back\n")
    assert main(["convert", "c", "--to", "yml", "-o", "out"]) == 1
    assert "out is not empty" in capsys.readouterr().err
