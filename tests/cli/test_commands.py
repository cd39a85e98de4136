"""The commands that send nothing: list, env, init, compare."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cli.invoke import Invoke
from report.sample import errored, every_outcome, failed, passed, tell

from bruscript.report.json import JsonReport


def test_list_shows_order_auth_and_its_source(bruscript: Invoke, shop: Path) -> None:
    lines = bruscript("list").out.splitlines()
    assert lines == [
        "1. orders/all.bru  GET {{host}}/orders [slow]",
        "   auth: basic, from orders/folder.bru",
        "2. health.bru      GET {{host}}/health [smoke]",
        "   auth: bearer, from collection.bru",
    ]


@pytest.mark.parametrize(
    ("args", "paths"),
    [
        (["--tags", "smoke"], ["health.bru"]),
        (["--exclude-tags=smoke"], ["orders/all.bru"]),
        (["orders"], ["orders/all.bru"]),
        (["."], ["health.bru"]),
        ([".", "-r"], ["orders/all.bru", "health.bru"]),
        (["--tests-only"], []),
    ],
)
def test_list_selects_as_run_does(bruscript: Invoke, shop: Path, args: list[str], paths: list[str]) -> None:
    lines = bruscript("list", "--json", *args).out.splitlines()
    assert [json.loads(line)["path"] for line in lines] == paths


def test_list_from_outside_and_from_a_folder(
    bruscript: Invoke, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.parent)
    assert len(bruscript("list", "--json", "shop").out.splitlines()) == 2
    monkeypatch.chdir(shop / "orders")
    assert len(bruscript("list", "--json").out.splitlines()) == 1


def test_list_names_files_that_do_not_parse(bruscript: Invoke, shop: Path) -> None:
    (shop / "bad.bru").write_text("meta {\n  name: x\n")
    outcome = bruscript("list")
    assert "bad.bru" in outcome.err
    assert "health.bru" in outcome.out


def test_nothing_there(bruscript: Invoke, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bruscript("list", "missing").status == 5
    monkeypatch.chdir(shop.parent)
    assert bruscript("list").status == 4


def test_env_lists_the_environments(bruscript: Invoke, shop: Path) -> None:
    assert bruscript("env").out == "local\n"
    (shop / "bruno.json").write_text('{"name": "shop", "presets": {"defaultEnvironment": "local"}}')
    assert bruscript("env").out == "local (default)\n"


def test_env_shows_values_sources_and_no_secret(bruscript: Invoke, shop: Path) -> None:
    outcome = bruscript("env", "local", "--env-var", "token=hush", "--env-var", "extra=1")
    assert outcome.out.splitlines() == [
        "host = http://local  (environments/local.bru, hides collection.bru)",
        "page = 1  (collection.bru)",
        "token = ********  (--env-var, hides environments/local.bru)",
        "extra = 1  (--env-var)",
        "process.env.KEY = ********  (.env)",
    ]
    assert "token = hush" in bruscript("env", "local", "--env-var", "token=hush", "--reveal").out


def test_env_says_which_secrets_are_missing(bruscript: Invoke, shop: Path) -> None:
    assert "token = (secret, no value here" in bruscript("env", "local").out
    (shop / "environments" / "local.bru").write_text(
        "vars {\n  db: x\n}\nvars:externalsecrets:azure-key-vault {\n  db: shop-vault\n  ~off: other\n}\n"
    )
    outcome = bruscript("env", "local")
    assert (
        "db = (secret, no value here: give it with --secrets-env-file)  (azure-key-vault shop-vault"
        in outcome.out
    )
    assert "off" not in outcome.out


def test_env_that_is_not_there(bruscript: Invoke, shop: Path) -> None:
    outcome = bruscript("env", "nope")
    assert outcome.status == 6
    assert "local" in outcome.err


def test_malformed_override(bruscript: Invoke, shop: Path) -> None:
    assert bruscript("env", "local", "--env-var", "nothing").status == 8


def test_init_makes_a_collection_that_lists(bruscript: Invoke, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert bruscript("init", "new", "--name", "Ä & B", "--host", "http://h").status == 0
    assert json.loads((tmp_path / "new/bruno.json").read_text())["name"] == "Ä & B"
    assert bruscript("check", "new").status == 0
    entry = json.loads(bruscript("list", "--json", "new").out)
    assert (entry["method"], entry["url"]) == ("GET", "{{host}}/health")
    monkeypatch.chdir(tmp_path / "new")
    assert "host = http://h" in bruscript("env", "local").out


@pytest.mark.parametrize("name", ["plain", "a b/ü & $x", "-dash", "it's"])
def test_init_prints_a_command_that_a_shell_takes(
    bruscript: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (line,) = (line for line in bruscript("init", "--", name).out.splitlines() if line.startswith("Next: "))
    command = line.removeprefix("Next: ")
    assert command.endswith(" && bruscript run --env local")
    script = command.replace("bruscript run --env local", "pwd")
    shell = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert shell.stdout == f"{(tmp_path / name).resolve()}\n"


def test_init_overwrites_nothing(bruscript: Invoke, tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine")
    assert bruscript("init", str(tmp_path)).status == 0
    assert (tmp_path / ".gitignore").read_text() == "mine"
    outcome = bruscript("init", str(tmp_path))
    assert outcome.status == 1
    assert "is a collection already" in outcome.err


def test_a_secret_without_a_value_names_the_option_that_sets_it(bruscript: Invoke, shop: Path) -> None:
    (shop.parent / "workspace.yml").write_text("info:\n  name: w\n  type: workspace\n")
    (shop.parent / "environments").mkdir()
    text = "name: team\nvariables:\n  - secret: true\n    name: shared\n  - secret: true\n    name: token\n"
    (shop.parent / "environments" / "team.yml").write_text(text)
    outcome = bruscript("env", "local", "--global-env", "team")
    assert "shared = (secret, no value here: give it with --global-env-var)  (" in outcome.out
    assert "token = (secret, no value here: give it with --env-var)" in outcome.out
    outcome = bruscript("env", "local", "--global-env", "team", "--global-env-var", "shared=")
    assert "shared = (secret, no value here: give it with --global-env-var)  (--global-env-var" in outcome.out


@pytest.fixture
def report(tmp_path: Path) -> Any:
    def write(name: str, *results: Any) -> str:
        path = str(tmp_path / name)
        tell(JsonReport(path), [list(results)])
        return path

    return write


def test_compare_ignores_times_and_ids(bruscript: Invoke, report: Any) -> None:
    slow = every_outcome()
    for item in slow:
        item.run_duration = 9
        item.suitename = "/elsewhere"
        for check in item.checks:
            check["uid"] = "other"
        item.response = {**item.response, "responseTime": 99}
    outcome = bruscript("compare", report("a.json", *every_outcome()), report("b.json", *slow))
    assert (outcome.status, outcome.out) == (0, "No difference.\n")


def test_compare_names_what_differs(bruscript: Invoke, report: Any) -> None:
    other = failed()
    other.tests[0] |= {"status": "pass", "error": None}
    other.assertions[0]["error"] = "expected 3 to equal 2"
    left = report("a.json", passed(), failed(), errored())
    right = report("b.json", failed(), other, passed())
    outcome = bruscript("compare", left, right)
    assert outcome.status == 1
    assert "test 'has <b>markup</b> & more'" in outcome.out or "request" in outcome.out
    assert "errored.bru" in outcome.out
    left, right = report("a.json", failed()), report("b.json", other)
    assert bruscript("compare", left, right).out.splitlines() == [
        "failed.bru",
        "  test 'has <b>markup</b> & more'",
        f"    {left}  fail",
        f"    {right}  pass",
        "",
        "1 difference.",
    ]
    outcome = bruscript("compare", "--messages", left, right)
    assert outcome.out.splitlines() == [
        "failed.bru",
        "  test 'has <b>markup</b> & more'",
        f"    {left}  fail: expected 200 to equal 201",
        f"    {right}  pass",
        "  assertion 'res.body.n eq 2'",
        f"    {left}  fail: expected 1 to equal 2",
        f"    {right}  fail: expected 3 to equal 2",
        "",
        "2 differences.",
    ]


def test_compare_sees_another_order(bruscript: Invoke, report: Any) -> None:
    outcome = bruscript("compare", report("a.json", passed(), failed()), report("b.json", failed(), passed()))
    assert outcome.status == 1
    assert "order of the requests" in outcome.out


@pytest.mark.parametrize(("text", "status"), [("{", 10), ('{"a": 1}', 10), (None, 5)])
def test_compare_with_what_is_no_report(
    bruscript: Invoke, report: Any, tmp_path: Path, text: str | None, status: int
) -> None:
    other = tmp_path / "other.json"
    if text is not None:
        other.write_text(text)
    assert bruscript("compare", report("a.json", passed()), str(other)).status == status


def test_compare_without_bru(bruscript: Invoke, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    outcome = bruscript("compare", "--reference", str(shop))
    assert outcome.status == 255
    assert "npm install" in outcome.err


def test_a_number_of_parallel_runs_below_one_is_a_mistake(bruscript: Invoke, shop: Path) -> None:
    outcome = bruscript("run", "--parallel", "0")
    assert outcome.status == 1
    assert "0 is not in the range" in outcome.err


def test_a_current_directory_that_is_gone_is_named(
    bruscript: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert bruscript("run").err.startswith("The current directory does not exist any more\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_request_that_is_no_regular_file_is_told_in_words(bruscript: Invoke, shop: Path) -> None:
    os.mkfifo(shop / "pipe.bru")
    outcome = bruscript("list")
    assert "Skipped: Cannot read pipe.bru: Not a regular file" in outcome.err
    for command in (("check",), ("fmt", "--check"), ("parse",)):
        outcome = bruscript(*command, str(shop))
        assert outcome.status == 1
        assert f"{shop / 'pipe.bru'}: it is not a regular file" in outcome.out + outcome.err
    os.mkfifo(shop / "bruscript.toml")
    assert "bruscript.toml:1: cannot be read: it is not a regular file" in bruscript("check", str(shop)).out


@pytest.mark.parametrize("command", ["check", "fmt", "parse"])
def test_a_directory_that_cannot_be_read_is_no_empty_one(
    bruscript: Invoke, shop: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    scan = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path).name == "orders":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    outcome = bruscript(command, str(shop))
    assert outcome.status != 0
    assert f"Cannot read {shop / 'orders'}: Permission denied" in outcome.err


def test_fmt_does_not_count_what_it_could_not_write(
    bruscript: Invoke, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, text: str) -> None:
        raise PermissionError(13, "Permission denied")

    (shop / "health.bru").write_text("meta {\n\n  name: health\n}\n\nget {\n  url: /\n}\n")
    monkeypatch.setattr("bruscript.cli.fmt.replace_text", refuse)
    outcome = bruscript("fmt", "health.bru")
    assert outcome.status == 1
    assert "0 of 1 files changed, 1 left alone" in outcome.err


def test_what_is_ignored_is_neither_listed_nor_checked(bruscript: Invoke, shop: Path) -> None:
    (shop / "bruno.json").write_text('{"name": "shop", "ignore": ["orders", "old/x.bru"]}')
    (shop / "orders" / "bad.bru").write_text("meta {\n  name\n")
    (shop / "old").mkdir()
    (shop / "old" / "x.bru").write_text("meta {\n  name\n")
    outcome = bruscript("list", "--json")
    assert [json.loads(line)["path"] for line in outcome.out.splitlines()] == ["health.bru"]
    assert outcome.err == ""
    for where in ((), ("orders",), ("old",)):
        assert "bad.bru" not in bruscript("check", *where).out
    assert "bad.bru" in bruscript("check", "orders/bad.bru").out


def test_list_says_why_there_is_nothing(bruscript: Invoke, shop: Path) -> None:
    outcome = bruscript("list", "--tags", "smokey")
    assert outcome.err.startswith("Nothing to run: no request has the tag smokey. Did you mean smoke?\n")


def test_the_help_names_its_headings_by_what_is_below(bruscript: Invoke) -> None:
    below = bruscript("run", "--help").out.partition("\nHelp:\n")[2].partition("\n\n")[0]
    assert "--help " in below
    for command in ("send", "curl"):
        options = bruscript(command, "--help").out.partition("\nOptions:\n")[2].partition("\n\n")[0]
        assert "--help " in options
        assert "--include" in options or "--reveal" in options


@pytest.mark.skipif(os.name == "nt", reason="such names cannot be there")
def test_no_name_or_value_controls_the_terminal(bruscript: Invoke, shop: Path) -> None:
    name = "evil\x1b[2J\x9b8m\r::error::x.bru"
    get = "get {\n  url: http://h/\x1b]0;title\x07\n}\n"
    (shop / name).write_text(f"meta {{\n  name: \x1b[2J\n  seq: 2\n  tags: [\n    \x1b[8m\n  ]\n}}\n\n{get}")
    (shop / f"broken {name}").write_text("get {")
    (shop / "environments").mkdir(exist_ok=True)
    (shop / "environments" / "\x1b[2Je.bru").write_text("vars {\n  a: \x1b[2Jb\r\x07\n}\n")
    environment = str(shop / "environments" / "\x1b[2Je.bru")
    for command in (
        ("list",),
        ("env",),
        ("env", "\x1b[2Je"),
        ("env", "--env-file", environment),
        ("fmt", "--check", str(shop)),
        ("parse", str(shop)),
        ("check", str(shop)),
    ):
        outcome = bruscript(*command)
        printed = outcome.err if command[0] == "parse" else outcome.out + outcome.err
        assert not set(printed) & set("\x1b\x07\x9b\r"), command
