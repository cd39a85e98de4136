from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bruscript.cli.own_code import OwnCodeError, load_app


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    package = tmp_path / "shopapp"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "main.py").write_text("async def app(scope, receive, send): ...\nnumber = 1\n")
    (tmp_path / "beside.py").write_text("name = 'beside'\n")
    path = tmp_path / "server.py"
    path.write_text(
        "import beside\nclass Holder:\n  def app(environ, start): return []\n"
        "def make(): return Holder.app\ndef fails(): return 1 / 0\n"
    )
    yield path
    # Those alone: a library that is imported anew has its classes a second time.
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "found"),
    [("server.py:Holder.app", "app"), ("server.py:make()", "app"), ("shopapp.main:app", "app")],
)
def test_loads_files_and_modules(server: Path, name: str, found: str) -> None:
    assert load_app(name).__name__ == found


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("server.py", "no attribute named"),
        ("missing.py:app", "file not found: missing.py"),
        ("no.such.module:app", "module not found: no.such.module"),
        ("server.py:nothing", "has no attribute 'nothing'"),
        ("shopapp.main:number", "of type int"),
        ("server.py:fails()", "ZeroDivisionError"),
    ],
)
def test_says_what_is_wrong(server: Path, name: str, message: str) -> None:
    with pytest.raises(OwnCodeError, match=message.replace("(", r"\(")):
        load_app(name)


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("import nothing_like_it\n", "broken.py:1"),
        ("x = 1\nx.y\n", "broken.py:2"),
        ("def (\n", "broken.py:1"),
    ],
)
def test_names_the_line_that_fails(server: Path, source: str, place: str) -> None:
    server.with_name("broken.py").write_text(source)
    with pytest.raises(OwnCodeError) as raised:
        load_app("broken.py:app")
    assert place in str(raised.value)
