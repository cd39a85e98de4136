"""A folder's `auth: none` ends inheritance, its silence does not: `run`, `list` and `auth login` agree."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.invoke import Invoke

APP = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        sent = dict(scope["headers"]).get(b"authorization", b"nothing")
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": sent})
"""
OAUTH2 = """auth {
  mode: oauth2
}

auth:oauth2 {
  grant_type: client_credentials
  access_token_url: http://127.0.0.1:9/token
  client_id: shop
}
"""
REQUEST = """meta {
  name: a
  type: http
}

get {
  url: http://app/
  auth: inherit
}

assert {
  res.body: eq nothing
}
"""


@pytest.mark.parametrize("between", ["", "auth {\n  mode: inherit\n}\n"])
def test_the_commands_agree(
    bruscript: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, between: str
) -> None:
    files = {
        "bruno.json": '{"version": "1", "name": "c", "type": "collection"}',
        "server.py": APP,
        "collection.bru": OAUTH2,
        "public/folder.bru": "auth {\n  mode: none\n}\n",
        "public/deep/folder.bru": f"meta {{\n  name: deep\n}}\n\n{between}",
        "public/deep/a.bru": REQUEST,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    ran = bruscript("run", "-r", "--app", "server.py:app")
    assert ran.status == 0, ran.out
    assert "auth: none" in bruscript("list", "-r").out
    login = bruscript("auth", "login", "--token-store", "tokens.json")
    assert (login.status, login.err) == (1, "No request at . uses OAuth 2.0\n")


ROOT_YML = """info: {name: Shop}
request:
  auth: {type: bearer, token: secret-of-all}
"""
REQUEST_YML = """info: {name: a, type: http}
http: {method: GET, url: http://app/, auth: inherit}
"""
SILENT = {
    "bru without auth": "meta {\n  name: deep\n}\n",
    "bru with an empty block": "auth {\n}\n",
    "bru with an empty mode": "auth {\n  mode:\n}\n",
    "yml with info": "info: {name: deep, type: folder}\n",
    "yml with headers": "info: {name: deep, type: folder}\nrequest: {headers: [{name: a, value: b}]}\n",
    "yml with an empty auth": "request:\n  auth:\n",
    "yml that inherits": "request:\n  auth: inherit\n",
}
SAYING_NONE = {"bru": "auth {\n  mode: none\n}\n", "yml": "request:\n  auth: none\n"}


def _collection(root: Path, kind: str, folder: str) -> Path:
    token = "auth {\n  mode: bearer\n}\n\nauth:bearer {\n  token: secret-of-all\n}\n"
    files = {
        "bru": {
            "bruno.json": '{"version": "1", "name": "c", "type": "collection"}',
            "collection.bru": token,
            "deep/folder.bru": folder,
            "deep/a.bru": REQUEST,
        },
        "yml": {"opencollection.yml": ROOT_YML, "deep/folder.yml": folder, "deep/a.yml": REQUEST_YML},
    }[kind]
    for name, text in {"server.py": APP, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize("case", SILENT)
def test_a_folder_that_does_not_say_none_inherits(
    bruscript: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """Bruno's own migration to YAML writes such a file for every folder without auth."""
    monkeypatch.chdir(_collection(tmp_path, case[:3], SILENT[case]))
    assert "auth: bearer, from " in bruscript("list", "-r").out
    ran = bruscript("run", "-r", "--app", "server.py:app", "--reporter-json", "report.json")
    assert ran.status == (1 if case[:3] == "bru" else 0), ran.err
    assert '"Bearer ' in (tmp_path / "report.json").read_text()
    assert "ends inheritance" not in bruscript("check").out


@pytest.mark.parametrize("kind", SAYING_NONE)
def test_the_word_none_ends_inheritance_in_both_formats(
    bruscript: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(_collection(tmp_path, kind, SAYING_NONE[kind]))
    assert "auth: none" in bruscript("list", "-r").out
    ran = bruscript("run", "-r", "--app", "server.py:app", "--reporter-json", "report.json")
    assert ran.status == 0, ran.err
    assert "Bearer" not in (tmp_path / "report.json").read_text()
    line = {"bru": "deep/folder.bru:2", "yml": "deep/folder.yml:2:9"}[kind]
    assert f"{line}: note: `none` ends inheritance" in bruscript("check").out


@pytest.mark.parametrize("mode", ["none", "inherit", None])
def test_a_converted_folder_sends_what_it_sent(
    bruscript: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str | None
) -> None:
    folder = f"auth {{\n  mode: {mode}\n}}\n" if mode else "docs {\n  Words.\n}\n"
    _collection(tmp_path / "bru", "bru", folder)
    monkeypatch.chdir(tmp_path)
    assert bruscript("convert", "bru", "--to", "yml", "-o", "yml").status == 0
    assert bruscript("convert", "yml", "--to", "bru", "-o", "back").status == 0
    expected = "auth: none" if mode == "none" else "auth: bearer, from "
    for directory in ("bru", "yml", "back"):
        assert expected in bruscript("list", "-r", directory).out, directory
    assert ("auth: none" in Path("yml/deep/folder.yml").read_text()) == (mode == "none")
    assert ("mode: none" in Path("back/deep/folder.bru").read_text()) == (mode == "none")
