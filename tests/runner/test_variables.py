"""Where variables come from, and where scripts' changes of them go."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from bruscript import BruscriptError
from bruscript.runner import RunOptions, run_collection


def script(*lines: str) -> str:
    return "script:post-response {\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


ENVIRONMENT = "vars {\n  a: 1\n\n  b: 2\n}\nvars:secret [\n  s\n]\n"


def test_changes_are_written_back_touching_only_their_lines(make: Any, echo: Any, tmp_path: Path) -> None:
    collection = make(
        {
            "environments/ci.bru": ENVIRONMENT,
            "collection.bru": "vars:pre-request {\n  c: 1\n}\n",
            "r.bru": script("bru.setEnvVar('b', 'new')", "bru.setCollectionVar('c', 'two')"),
        }
    )
    collection.run(app=echo, env="ci", env_vars={"a": "override"})
    assert (tmp_path / "environments/ci.bru").read_text() == ENVIRONMENT.replace("b: 2", "b: new")
    assert (tmp_path / "collection.bru").read_text() == "vars:pre-request {\n  c: two\n}\n"


def test_no_persist_leaves_files_alone(make: Any, echo: Any, tmp_path: Path) -> None:
    files = {"environments/ci.bru": ENVIRONMENT, "r.bru": script("bru.setEnvVar('b', 'new')")}
    make(files).run(app=echo, env="ci", persist=False)
    assert (tmp_path / "environments/ci.bru").read_text() == ENVIRONMENT


def test_a_read_only_file_is_a_warning(make: Any, echo: Any, tmp_path: Path) -> None:
    files = {"environments/ci.bru": ENVIRONMENT, "r.bru": script("bru.setEnvVar('b', 'new')")}
    collection = make(files)
    (tmp_path / "environments/ci.bru").chmod(0o444)
    assert collection.run(app=echo, env="ci").ok
    assert (tmp_path / "environments/ci.bru").read_text() == ENVIRONMENT


def test_collection_variables_live_on_in_the_run(make: Any, echo: Any) -> None:
    files = {
        "a.bru": script("bru.setCollectionVar('c', 'set')"),
        "b.bru": "headers {\n  x: {{c}}\n}\n",
    }
    make(files).run(app=echo, persist=False)
    assert echo.requests[1]["headers"]["x"] == "set"


def test_rows_of_a_csv_file(make: Any, echo: Any, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["user", "n"], ["ann", "1"], ["bob", "2"]])
    collection = make({"r.bru": "headers {\n  x: {{user}}\n}\n" + script("bru.setVar('user', 'script')")})
    result = collection.run(app=echo, csv_file=path)
    assert [seen["headers"]["x"] for seen in echo.requests] == ["ann", "bob"]
    assert [iteration.data["n"] for iteration in result.iterations] == ["1", "2"]


def test_iteration_data_in_scripts(make: Any, echo: Any, tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"n": i} for i in range(5)]))
    code = (
        "const { iterationData, iterationIndex, totalIterations } = bru.runner;\n"
        "  test('row', () => expect([iterationData.get('n'), totalIterations])"
        ".to.eql([iterationIndex, 5]));"
    )
    result = make({"r.bru": "tests {\n  " + code + "\n}\n"}).run(app=echo, json_file=path, parallel=3)
    assert result.summary.passed_tests == 5
    assert sorted(item.iteration_index for item in result.results) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"env": "nowhere"}, 6),
        ({"env_file": Path("nowhere.bru")}, 6),
        ({"global_env": "g"}, 12),
        ({"csv_file": Path("nowhere.csv")}, 10),
        ({"json_file": Path("nowhere.json")}, 11),
        ({"paths": (Path("nowhere"),)}, 5),
    ],
)
def test_what_is_missing_is_named(make: Any, echo: Any, options: dict[str, Any], code: int) -> None:
    with pytest.raises(BruscriptError, match=r"nowhere|Workspace not found") as caught:
        make({"r.bru": ""}).run(app=echo, **options)
    assert caught.value.exit_code == code


class Listener:
    mask: Any = None

    def handle(self, event: Any) -> None:
        self.mask = getattr(event, "mask", self.mask)

    def close(self) -> None:
        pass


def test_reporters_get_a_mask_that_knows_the_secrets(make: Any, echo: Any) -> None:
    files = {"environments/ci.bru": ENVIRONMENT, "r.bru": script("bru.setEnvVar('s', 'later-on')")}
    listener = Listener()
    options = RunOptions(app=echo, env="ci", env_vars={"s": "hush-hush"}, persist=False)
    run_collection(make(files), options, [listener])
    assert listener.mask.mask("hush-hush, later-on") == "********, ********"
