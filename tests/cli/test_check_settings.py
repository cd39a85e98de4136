"""What `check` finds in bruno.json."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.invoke import Invoke

META = "meta {\n  name: a\n  type: http\n  seq: 1\n}\n\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{\n  "name": "c",\n  "ignore": "a"\n}', "3: expected a list in ignore, not a string"),
        (
            '{\n  "name": "c",\n  "proxy": "y"\n}',
            "3: expected an object in proxy, not a string; it is ignored",
        ),
        ('{\n  "name": "c",\n}', "3: not valid JSON: Expecting property name enclosed in double quotes"),
        ('{"name": 5}', "1: `name` is a number: write it in quotes"),
        (
            '{"name": "c",\n  "scripts": {"flow": "foo"}}',
            "2: scripts.flow is 'foo', not sandwich or sequential; it is ignored",
        ),
        ('{"name": "c", "clientCertificates": {"certs": [null]}}', None),
        (b'{"name": "caf\xe9"}', "1: cannot be read: byte 14 is not UTF-8"),
    ],
)
def test_the_shape_of_the_settings(
    bruscript: Invoke, root: Path, text: str | bytes, problem: str | None
) -> None:
    (root / "a.bru").write_text(META + "get {\n  url: x\n}\n")
    (root / "bruno.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    for paths in ((), (str(root),)):
        outcome = bruscript("check", *paths)
        assert outcome.out == (f"bruno.json:{problem}\n" if problem else "")
        assert outcome.status == bool(problem)
