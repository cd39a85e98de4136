from __future__ import annotations

import gc
import os
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from cli.invoke import Invoke

import bruscript as package
from bruscript.cli import main, root
from bruscript.errors import EnvironmentNotFoundError

Failing = Callable[[BaseException], None]


def test_version(bruscript: Invoke) -> None:
    assert bruscript("--version").out == f"{package.__version__}\n"


def test_help_names_every_command_without_importing_it() -> None:
    code = "import sys; from bruscript.cli import main; main(['--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for name in root.COMMANDS:
        assert f"\n  {name} " in done.stdout
    loaded = done.stdout.splitlines()[-1].split()
    assert not [name for name in loaded if name.startswith("bruscript.cli.run")]


def test_the_version_is_printed_without_any_part_of_a_run() -> None:
    code = "import sys; from bruscript.cli import main; main(['--version']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    heavy = {"httpx", "lark", "py_mini_racer", "authlib", "asyncio", "rich", "bruscript.runner"}
    assert not heavy & loaded


def test_python_m() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bruscript", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{package.__version__}\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams(shop: object, closed: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -m bruscript run --app none.py:app {closed}'],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "2>&-" in closed or done.stderr.startswith("--app: file not found: none.py")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")
def test_a_full_disk_is_no_mistake_of_ours(shop: object) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bruscript", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 255
    assert done.stderr == "No space left on device: the standard output\n"


@pytest.mark.parametrize(
    ("args", "suggestion"),
    [(["rnu"], "Did you mean 'run'?"), (["run", "--reporter-jsn", "x"], "--reporter-json")],
)
def test_a_misspelt_name_gets_the_nearest_one(bruscript: Invoke, args: list[str], suggestion: str) -> None:
    outcome = bruscript(*args)
    assert outcome.status == 1
    assert suggestion in outcome.err
    assert "Traceback" not in outcome.err


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    """`bruscript list` raises what the test says."""
    raised: list[BaseException] = []

    @click.command()
    def command() -> None:
        raise raised[0]

    module = types.ModuleType("bruscript_failing")
    module.__dict__["command"] = command
    monkeypatch.setitem(sys.modules, "bruscript_failing", module)
    monkeypatch.setitem(root.COMMANDS, "list", ("bruscript_failing", "fails"))
    return raised.append


def test_a_mistake_of_the_users_is_a_message_and_a_status(bruscript: Invoke, failing: Failing) -> None:
    failing(EnvironmentNotFoundError("no env", hint="there is local"))
    outcome = bruscript("list")
    assert (outcome.status, outcome.err) == (6, "no env\nthere is local\n")


def test_a_bug_is_a_short_message(bruscript: Invoke, failing: Failing) -> None:
    failing(ZeroDivisionError("oops"))
    outcome = bruscript("list")
    assert outcome.status == 255
    assert "ZeroDivisionError: oops" in outcome.err
    assert "BRUSCRIPT_DEBUG" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_bug_has_its_traceback_when_asked_for(
    bruscript: Invoke,
    failing: Failing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failing(ZeroDivisionError("oops"))
    monkeypatch.setenv("BRUSCRIPT_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        bruscript("list")


def test_an_interrupt_ends_with_130(bruscript: Invoke, failing: Failing) -> None:
    failing(KeyboardInterrupt())
    assert bruscript("list").status == 130


def test_a_reader_that_leaves_is_no_error() -> None:
    command = f"{sys.executable} -m bruscript run --help | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(bruscript: Invoke, shell: str) -> None:
    assert "_BRUSCRIPT_COMPLETE" in bruscript("completion", shell).out


def test_completion_knows_the_environments(shop: Path) -> None:
    environment = {**os.environ, "_BRUSCRIPT_COMPLETE": "bash_complete"}
    environment |= {"COMP_WORDS": "bruscript run --env lo", "COMP_CWORD": "3"}
    done = subprocess.run(
        [sys.executable, "-c", "from bruscript.cli import main; main([])"],
        env=environment,
        cwd=shop,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["plain,local"]


def test_the_garbage_collector_of_another_program_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bruno.json").write_text('{"name": "c"}')
    (tmp_path / "a.bru").write_text("meta {\n  name: a\n}\n\nget {\n  url: http://127.0.0.1:9\n}\n")
    monkeypatch.chdir(tmp_path)
    frozen = gc.get_freeze_count()
    assert main(["run", "--quiet"]) == 1
    assert gc.get_freeze_count() == frozen
    monkeypatch.setattr("sys.argv", ["bruscript", "run", "--quiet"])
    try:
        assert main() == 1
        assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()
