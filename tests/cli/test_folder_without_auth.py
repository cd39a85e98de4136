"""A folder's `auth: none` ends inheritance: `run`, `list` and `auth login` agree."""

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
