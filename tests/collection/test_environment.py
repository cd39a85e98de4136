from __future__ import annotations

from pathlib import Path

import pytest

from bruscript.collection import load
from bruscript.collection.dotenv import parse_dotenv
from bruscript.collection.environment import read_environment
from bruscript.collection.workspace import (
    GlobalEnvironmentNotFoundError,
    WorkspaceNotFoundError,
    WorkspaceRequiredError,
    global_environment,
)
from bruscript.errors import EnvironmentNotFoundError, InvalidFileError

BRU = """vars {
  host: http://localhost
  @number
  port: 80
  @object
  map: {"a": [1]}
  ~off: x
  host2: {{host}}
}
vars:secret [
  token,
  ~old
]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "workspace" / "collection"
    (root / "environments").mkdir(parents=True)
    (root / "bruno.json").write_text('{"name": "c", "presets": {"defaultEnvironment": "Local"}}')
    (root / "environments" / "Local.bru").write_text(BRU.replace("\n", "\r\n"), newline="")
    (root / "environments" / "notes.txt").write_text("no environment")
    return root


def test_reads_typed_variables_and_secret_names(root: Path) -> None:
    environment = load(root).environment("Local")
    assert environment.variables == {
        "host": "http://localhost",
        "port": 80,
        "map": {"a": [1]},
        "host2": "{{host}}",
        "token": "",
    }
    assert environment.secrets == {"token", "old"}
    assert (environment.name, environment.path) == ("Local", root / "environments" / "Local.bru")


def test_lists_and_presets(root: Path) -> None:
    collection = load(root)
    assert collection.environments() == ["Local"]
    assert collection.default_environment() == "Local"


def test_a_missing_environment_names_those_there_are(root: Path) -> None:
    collection = load(root)
    with pytest.raises(EnvironmentNotFoundError, match=r"environments/Prod\.bru[\s\S]*Local"):
        collection.environment("Prod")
    with pytest.raises(EnvironmentNotFoundError, match="nowhere"):
        collection.environment_file("nowhere.bru")


def test_a_broken_environment_is_an_invalid_file(root: Path) -> None:
    path = root / "environments" / "Bad.bru"
    path.write_text("vars {\n  x\n}\n")
    with pytest.raises(InvalidFileError, match=r"Bad\.bru:2:"):
        load(root).environment("Bad")


def test_reads_json(root: Path) -> None:
    path = root / "env.json"
    path.write_text(
        '{"name": " Staging ", "variables": [{"name": "a", "value": 1}, null, {"name": "b", "value": "x", '
        '"enabled": false}, {"name": "s", "value": "v", "secret": true}, {"name": "none"}]}'
    )
    environment = load(root).environment_file("env.json")
    assert (environment.name, environment.variables) == ("Staging", {"a": 1, "s": "v"})
    assert environment.secrets == {"s"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"variables": {}}', '{"variables": [NaN]}', "[" * 100_000])
def test_json_of_another_shape_is_an_invalid_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "e.json"
    path.write_text(text)
    with pytest.raises(InvalidFileError, match=r"e\.json"):
        read_environment(path)


YAML = """name: Shared
variables:
  - name: host
    value: http://shared
  - name: count
    value:
      type: number
      data: "5"
  - name: bare
    value: 1.50
  - name: yes
    value: yes
  - name: nothing
  - name: off
    value: x
    disabled: true
  - secret: true
    name: key
"""


def test_reads_a_workspaces_global_environment(root: Path) -> None:
    workspace = root.parent
    (workspace / "environments").mkdir()
    (workspace / "environments" / "Shared.yml").write_text(YAML)
    with pytest.raises(WorkspaceRequiredError) as required:
        global_environment("Shared", root)
    assert required.value.exit_code == 12
    with pytest.raises(WorkspaceNotFoundError) as missing:
        global_environment("Shared", root, workspace)
    assert missing.value.exit_code == 11
    (workspace / "workspace.yml").write_text("name: w\n")
    for environment in (global_environment("Shared", root), global_environment("Shared", root, workspace)):
        assert environment.variables == {
            "host": "http://shared",
            "count": 5,
            "bare": "1.50",
            "yes": "yes",
            "nothing": "",
            "key": "",
        }
        assert environment.secrets == {"key"}
    with pytest.raises(GlobalEnvironmentNotFoundError, match="The environments there: Shared") as unknown:
        global_environment("Other", root)
    assert unknown.value.exit_code == 13


def test_broken_yaml_is_an_invalid_file(tmp_path: Path) -> None:
    path = tmp_path / "e.yml"
    path.write_text("variables: [")
    with pytest.raises(InvalidFileError, match=r"e\.yml"):
        read_environment(path)


def test_dotenv(root: Path) -> None:
    assert load(root).dotenv() == {}
    (root / ".env").write_text(
        "A=1\nexport B = ' x ' # c\nC=\"l\\nm\"\n# D=no\nE=a#b\nF='multi\nline'\nA=2\n"
    )
    assert load(root).dotenv() == {"A": "2", "B": " x ", "C": "l\nm", "E": "a", "F": "multi\nline"}
    assert parse_dotenv("X: y\nno sense\nZ=") == {"X": "y", "Z": ""}
    # As JavaScript has it, blanks are more than those of ASCII.
    assert parse_dotenv("A = \u5024\u3000\nB =\u3000x\ufeff") == {"A": "\u5024", "B": "x"}
