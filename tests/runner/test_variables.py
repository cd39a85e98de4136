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


def test_a_run_whose_variables_could_not_be_written_back_says_so(
    make: Any, echo: Any, tmp_path: Path
) -> None:
    files = {"environments/ci.bru": ENVIRONMENT, "r.bru": script("bru.setEnvVar('b', 'new')")}
    collection = make(files)
    (tmp_path / "environments/ci.bru").chmod(0o444)
    result = collection.run(app=echo, env="ci", iteration_count=2)
    assert (result.exit_code, result.ok, result.summary.ok) == (2, False, True)
    (reason,) = result.unwritten
    assert "ci.bru: the file is read-only" in reason
    assert (tmp_path / "environments/ci.bru").read_text() == ENVIRONMENT
    assert collection.run(app=echo, env="ci", persist=False).ok


def test_one_variable_that_cannot_be_written_keeps_no_other_from_it(
    make: Any, echo: Any, tmp_path: Path
) -> None:
    lines = ("bru.setEnvVar('half', '\\ud800')", "bru.setEnvVar('b', 'new')")
    collection = make({"environments/ci.bru": ENVIRONMENT, "r.bru": script(*lines)})
    result = collection.run(app=echo, env="ci")
    assert result.exit_code == 2
    assert '"half": ' in result.unwritten[0]
    assert (tmp_path / "environments/ci.bru").read_text() == ENVIRONMENT.replace("b: 2", "b: new")


BAD = "const bad = { toJSON() { throw new Error('no json'); } };"
SETTERS = ("Var", "EnvVar", "GlobalEnvVar", "CollectionVar")


@pytest.mark.parametrize("sandbox", ["safe", "developer"])
@pytest.mark.parametrize("setter", SETTERS)
def test_one_bad_value_loses_no_variable(
    make: Any, echo: Any, tmp_path: Path, setter: str, sandbox: str
) -> None:
    globals_ = "name: team\nvariables:\n  - name: g\n    value: one\n"
    files = {
        "workspace.yml": "type: workspace\n",
        "environments/team.yml": globals_,
        "environments/ci.bru": ENVIRONMENT,
        "collection.bru": "vars:pre-request {\n  c: 1\n}\n",
        "a.bru": script(BAD, "bru.setEnvVar('b', 'new')", f"bru.set{setter}('b', bad)"),
        "b.bru": "headers {\n  x: {{a}}{{b}}{{c}}{{g}}\n}\n",
    }
    collection = make(files)
    result = collection.run(app=echo, env="ci", global_env="team", sandbox=sandbox)
    (failure,) = result.results[0].script_failures
    assert '"b" cannot be kept' in failure.message
    lines = (tmp_path / "a.bru").read_text().splitlines()
    assert f"bru.set{setter}('b', bad)" in lines[failure.line - 1]
    assert result.exit_code == 1
    assert echo.requests[-1]["headers"]["x"] in ("1new1one", "121one")
    assert (tmp_path / "environments/ci.bru").read_text().startswith("vars {\n  a: 1\n\n  b: ")
    assert (tmp_path / "environments/ci.bru").read_text().endswith("\n}\nvars:secret [\n  s\n]\n")
    assert (tmp_path / "environments/team.yml").read_text() == globals_
    assert (tmp_path / "collection.bru").read_text() == files["collection.bru"]


@pytest.mark.parametrize("sandbox", ["safe", "developer"])
@pytest.mark.parametrize("name", ["ci.bru", "ci.json"])
def test_a_deep_answer_costs_only_its_own_variable(
    make: Any, tmp_path: Path, name: str, sandbox: str
) -> None:
    async def deep(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"[" * 3000 + b"]" * 3000})

    text = {
        "ci.bru": ENVIRONMENT,
        "ci.json": '{"variables": [{"name": "a", "value": 1}, {"name": "s", "value": "", "secret": true}]}',
    }[name]
    file = tmp_path / "environments" / name
    collection = make({f"environments/{name}": text, "r.bru": script("bru.setEnvVar('saved', res.body)")})
    result = collection.run(app=deep, env_file=file, sandbox=sandbox)
    assert "nested more than 300 levels deep" in result.results[0].script_failures[0].message
    assert file.read_text() == text


@pytest.mark.parametrize("name", ["ci.bru", "ci.json"])
def test_the_deepest_value_goes_to_the_file_and_comes_back(
    make: Any, echo: Any, tmp_path: Path, name: str
) -> None:
    deep = "let a = 1; for (let i = 0; i < 300; i += 1) a = { a };"
    files = {
        f"environments/{name}": {"ci.bru": ENVIRONMENT, "ci.json": '{"variables": []}'}[name],
        "a.bru": script(deep, "bru.setEnvVar('deep', a)", "bru.setCollectionVar('deep', a)"),
        "b.bru": "headers {\n  x: {{deep}}\n}\n",
    }
    collection = make(files)
    for paths in ((), (tmp_path / "b.bru",)):
        result = collection.run(app=echo, env_file=tmp_path / "environments" / name, paths=paths)
        assert result.ok, result
        assert echo.requests[-1]["headers"]["x"].count('{"a":') == 300


def test_a_nested_request_takes_over_deletions(make: Any, echo: Any, tmp_path: Path) -> None:
    files = {
        "environments/ci.bru": ENVIRONMENT,
        "a.bru": script("bru.deleteEnvVar('a')", "await bru.runRequest('n')", "bru.setEnvVar('c', 1)"),
        "n.bru": script("bru.setEnvVar('seen', bru.hasEnvVar('a'))", "bru.deleteEnvVar('b')"),
    }
    result = make(files).run(app=echo, env="ci", paths=(tmp_path / "a.bru",))
    assert result.ok
    text = (tmp_path / "environments/ci.bru").read_text()
    assert text == "vars {\n  @boolean\n  seen: false\n  @number\n  c: 1\n}\nvars:secret [\n  s\n]\n"


@pytest.mark.parametrize("sandbox", ["safe", "developer"])
def test_a_variable_that_is_set_to_nothing_stays_in_its_file(
    make: Any, echo: Any, tmp_path: Path, sandbox: str
) -> None:
    files = {
        "environments/ci.bru": ENVIRONMENT,
        "a.bru": script("bru.setEnvVar('b', res.body.missing)"),
        "b.bru": "headers {\n  x: {{b}}\n}\n",
    }
    make(files).run(app=echo, env="ci", sandbox=sandbox)
    assert echo.requests[1]["headers"]["x"] == "{{b}}"
    assert (tmp_path / "environments/ci.bru").read_text() == ENVIRONMENT


def test_a_run_removes_what_a_killed_one_left(make: Any, echo: Any, tmp_path: Path) -> None:
    left = [
        tmp_path / "environments/.ci.bru.abc.bruscript-tmp",
        tmp_path / ".collection.bru.lock.bruscript-tmp",
    ]
    collection = make({"environments/ci.bru": ENVIRONMENT, "r.bru": ""})
    for path in left:
        path.write_text("half")
    collection.run(app=echo, env="ci")
    assert not [path for path in left if path.exists()]


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
