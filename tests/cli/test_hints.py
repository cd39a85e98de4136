"""What messages suggest where an argument names nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.invoke import Invoke, lay

REQUEST = "meta {{\n  name: {name}\n  type: http\n  tags: [{tags}]\n}}\n\nget {{\n  url: http://127.0.0.1:1/{{{{?id}}}}\n}}\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "bruno.json": '{"version": "1", "name": "c", "type": "collection"}',
        "users/Get all [new].bru": REQUEST.format(name="a", tags="smoke"),
        "users/deep/x.bru": REQUEST.format(name="x", tags="deep"),
        "users/deep/er/y.bru": REQUEST.format(name="y", tags="deep, smoke"),
    }
    lay(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("user", "users"),
        ("USERS/deep", "users/deep"),
        ("users/get all [new].bru", "users/Get all [new].bru"),
        ("users/deep/x", "users/deep/x.bru"),
        ("usres/deap/er/z/y.bru", None),
        ("usres/deap/er/y", "users/deep/er/y.bru"),
        ("nothing-like-it", None),
        ("users/deep/who.bru", None),
        ("users/deep/xx.bru", "users/deep/x.bru"),
    ],
)
def test_a_path_that_does_not_exist(bruscript: Invoke, root: Path, path: str, near: str | None) -> None:
    for command in ("run", "send", "curl"):
        outcome = bruscript(command, path)
        hint = f"Did you mean {near}?\n" if near else ""
        assert (outcome.status, outcome.err) == (5, f"Path not found: {path}\n{hint}")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("users", "--tags", "deep"), "In subfolders 2 requests have it: add -r to run them."),
        (("users/deep", "--tags", "smoke"), "In subfolders 1 request has it: add -r to run it."),
        (("users", "-r", "--tags", "deap"), "The tags here: deep, smoke."),
    ],
)
def test_tags_that_only_subfolders_have(
    bruscript: Invoke, root: Path, arguments: tuple[str, ...], hint: str
) -> None:
    outcome = bruscript("run", *arguments, "--prompt", "id=1")
    assert outcome.status == 1
    assert hint in outcome.out.splitlines()


@pytest.mark.parametrize(("name", "hint"), [("ids", "; did you mean `id`?"), ("who", ".")])
def test_an_answer_that_no_request_asked_for(bruscript: Invoke, root: Path, name: str, hint: str) -> None:
    outcome = bruscript("run", "users/deep/x.bru", "--prompt", f"{name}=1", "--prompt", "id=5")
    text = f"The answer to the prompt '{name}' was not used: no request asked for it{hint}"
    assert text in outcome.out.splitlines()
    assert "'id' has no effect" not in outcome.out


@pytest.mark.parametrize("command", ["run", "send", "curl"])
def test_authorities_that_are_not_there_are_an_error(bruscript: Invoke, root: Path, command: str) -> None:
    answer = ("--prompt", "id=5")
    outcome = bruscript(command, "users/deep/x.bru", "--cacert", "nope.pem", *answer)
    assert (outcome.status, outcome.out) == (5, "")
    assert outcome.err == "The file nope.pem of --cacert does not exist\n"
    ignored = bruscript(command, "users/deep/x.bru", "--cacert", "nope.pem", "--insecure", *answer)
    assert ignored.err.startswith("Ignoring the cacert option since insecure connections are enabled\n")


def test_paths_are_relative(bruscript: Invoke, root: Path) -> None:
    (root / "empty").mkdir()
    (root / "rows.csv").write_text("a,b\n1\n")
    (root / "e.bru").write_text("vars {\n")
    for arguments in (
        ("users", "empty", "--prompt", "id=1"),
        ("empty",),
        ("--csv-file-path", "rows.csv"),
        ("--env-file", "e.bru"),
        ("bruno.json",),
    ):
        outcome = bruscript("run", *arguments)
        assert outcome.status != 0
        assert str(root) not in outcome.out + outcome.err
    for file in ("collection.bru", "bruno.json"):
        (root / file).write_text("{")
        outcome = bruscript("run")
        assert outcome.err.startswith(f"{file}:1:")
        assert str(root) not in outcome.out + outcome.err


@pytest.mark.parametrize("command", [("run",), ("curl", "users/deep/x.bru", "--prompt", "id=1"), ("env",)])
def test_an_environment_that_is_only_a_file_is_given_by_its_path(
    bruscript: Invoke, root: Path, command: tuple[str, ...]
) -> None:
    exported = '{"name": "stage", "variables": [{"name": "a", "value": "1", "enabled": true}]}'
    lay(root, {"environments/local.bru": "vars {\n  a: 1\n}\n", "environments/stage.json": exported})
    lay(root, {"beside.json": exported, "notes.json": "[]"})
    ways = {
        "stage": "environments/stage.json",
        "stage.json": "environments/stage.json",
        "beside": "beside.json",
    }
    for name, file in ways.items():
        outcome = bruscript(*command, *([] if command == ("env",) else ["--env"]), name)
        assert (outcome.status, outcome.err.splitlines()) == (
            6,
            [
                f"Environment file not found: environments/{name}.bru",
                f"{file} is given as --env-file {file}.",
                "The environments here: local.",
            ],
        )
    for name in ("bruno", "notes", "other", "collection", "a"):
        outcome = bruscript(*command, *([] if command == ("env",) else ["--env"]), name)
        assert outcome.status == 6
        assert "--env-file" not in outcome.err


def test_an_environment_file_and_a_data_file_that_cannot_be_read(bruscript: Invoke, root: Path) -> None:
    lay(root, {"environments/local.bru": "vars {\n  a: 1\n}\n"})
    outcome = bruscript("run", "users", "--env-file", "environments/lcoal.bru")
    message = "Environment file not found: environments/lcoal.bru\nDid you mean environments/local.bru?\n"
    assert (outcome.status, outcome.err) == (6, message)
    outcome = bruscript("run", "users", "--csv-file-path", "users")
    assert outcome.err == "CSV file users is not a file\n"
