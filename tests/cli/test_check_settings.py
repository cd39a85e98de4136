"""What `check` finds in bruno.json, opencollection.yml and bruscript.toml."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.invoke import Invoke, lay

META = "meta {\n  name: a\n  type: http\n  seq: 1\n}\n\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{\n  "name": "c",\n  "ignore": "a"\n}', "3:13: expected a list in ignore, not a string"),
        (
            '{\n  "name": "c",\n  "proxy": "y"\n}',
            "3:12: expected an object in proxy, not a string; it is ignored",
        ),
        ('{\n  "name": "c"\n  "type": 1}', "3:3: not valid JSON: Expecting ',' delimiter"),
        ('{"name": 5}', "1:10: `name` is a number: write it in quotes"),
        (
            '{"name": "c",\n  "scripts": {"flow": "foo"}}',
            "2:23: scripts.flow is 'foo', not sandwich or sequential; it is ignored",
        ),
        (
            '{"name": "c",\n"proxy": {"inherit": "false"}}',
            "2:22: expected true or false in proxy.inherit, not a string",
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


BLOCK = """auth:oauth2 {
  grant_type: client_credentials
  access_token_url: http://h/token
  client_id: x
  credentials_id: machine
}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[oauth2.machine]\ngrant_type = "jwt_bearer"\npkce = true\nscope = "{{s}}"', None),
        (
            '# a\n[oauth2.machine]\nprivate_kye = "k"',
            "3: `private_kye` is not a key of `auth:oauth2`; did you mean `private_key`?",
        ),
        (
            '[oauth2.machine]\nscope = "a"\npkce = "S256"',
            "3: `pkce` is `S256`, expected true or false; did you mean `true`?",
        ),
        (
            "[oauth2.machin]\npkce = true",
            "1: no `auth:oauth2` has the `credentials_id` machin; did you mean `machine`?",
        ),
        (
            "\n[oauht2.machine]\npkce = true",
            "2: `oauht2` is not a table of bruscript.toml; did you mean `oauth2`?",
        ),
        (
            "oauth2 = 3",
            "1: `oauth2` is not a table for each credentials id: [oauth2.ID]",
        ),
        (
            "# pkce of the machine\n[oauth2.machine]\nscope = 'a'\n# pkce = true\npkce = 'no way'",
            "5: `pkce` is `no way`, expected true or false",
        ),
        (
            "[oauth2.machine]\nscope = ['a', 'b']",
            "1: `scope` in [oauth2.machine] is not a text, number or boolean",
        ),
        ("[oauth2.machine]\npkce = = 1", "2: is not valid TOML: Invalid value (at line 2, column 8)"),
    ],
)
def test_settings_beside_the_collection(
    root: Path, bruscript: Invoke, text: str, expected: str | None
) -> None:
    request = f"{META}get {{\n  url: http://h\n  auth: oauth2\n}}\n\n{BLOCK}"
    lay(root, {"bruno.json": '{"name": "c"}', "bruscript.toml": text, "a.bru": request})
    done = bruscript("check")
    assert done.out.splitlines() == ([] if expected is None else [f"bruscript.toml:{expected}"])
    assert done.status == (0 if expected is None else 1)


@pytest.mark.parametrize("checked", [".", "opencollection.yml"])
@pytest.mark.parametrize("mistake", ["    ignore: archive\n", "  - x\n"])
def test_a_mistake_in_opencollection_yml_is_reported_once(
    bruscript: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mistake: str, checked: str
) -> None:
    text = "info:\n  name: c\nextensions:\n  bruno:\n"
    lay(tmp_path, {"opencollection.yml": text + mistake, "a.yml": "info: {name: a, type: http}\n"})
    monkeypatch.chdir(tmp_path)
    outcome = bruscript("check", checked)
    lines = outcome.out.splitlines()
    assert len([line for line in lines if line.startswith("opencollection.yml:5:")]) == 1, outcome.out
    assert not [line for line in lines if "Every request of the collection depends" in line]
    assert bruscript("check", "a.yml").out.count("opencollection.yml:5:") == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("vars:secret {\n  token:\n}\n", "1: found `{`, expected `[` after the block name `vars:secret`. "),
        ("vars:secret [\n  token:\n]\n", "2: found `:`, expected only the names of secrets. "),
        ("vars:secret [\n  aws:token,\n  ~b\n]\n", ""),
    ],
)
def test_secrets_that_would_be_none(bruscript: Invoke, root: Path, text: str, problem: str) -> None:
    (root / "environments").mkdir()
    (root / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    (root / "environments" / "ci.bru").write_text(text)
    outcome = bruscript("check")
    assert outcome.out.startswith(f"environments/ci.bru:{problem}") if problem else outcome.out == ""
    assert bruscript("env", "ci").status == bool(problem) * 10
