"""Messages name options as the command has them, or as arguments where the library is embedded."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

import bruscript
from bruscript.cli.run_options import OPTIONS, parameter_of
from bruscript.option_names import answers, argument_of, of_the_command, option, spelling_of, switch
from bruscript.runner.options import RunOptions


@pytest.mark.parametrize(
    ("said", "command", "python"),
    [
        (lambda: option("--allow-net", "a.test"), "--allow-net a.test", 'allow_net="a.test"'),
        (lambda: option("--oauth2-timeout"), "--oauth2-timeout", "oauth2_timeout"),
        (lambda: switch("--insecure"), "--insecure", "insecure=True"),
        (lambda: switch("--no-persist"), "--no-persist", "persist=False"),
        (lambda: switch("-r"), "-r", "recursive=True"),
        (lambda: answers("--prompt", ["a b"]), "--prompt 'a b=VALUE'", 'prompts={"a b": "VALUE"}'),
    ],
)
def test_both_ways(said: object, command: str, python: str) -> None:
    assert callable(said)
    assert said() == python
    with of_the_command():
        assert said() == command
    assert said() == python


def test_every_name_that_messages_use_is_an_option_and_an_argument() -> None:
    """What source files pass to `option` and `switch`."""
    options = {name for each in OPTIONS for name in each.opts}
    arguments = {*bruscript.RunOptions.__dataclass_fields__}
    root = Path(inspect.getfile(bruscript)).parent
    sources = [path for path in root.rglob("*.py") if "cli" not in path.relative_to(root).parts]
    used = {
        name
        for path in sources
        for name in re.findall(r"\b(?:option|switch|answers)\(f?['\"](-[\w-]+)['\"]", path.read_text("utf-8"))
    }
    assert len(used) >= 15
    assert used <= options
    assert {argument_of(name) for name in used} <= arguments
    declared = [each.name for each in fields(RunOptions) if each.metadata]
    assert [argument_of(spelling_of(name)) for name in declared] == declared


def test_the_command_has_every_option_that_is_declared_for_it() -> None:
    """With the default of `RunOptions`, which alone names one."""
    from bruscript.cli.run import command
    from bruscript.cli.run_values import options as run_options

    declared = {spelling_of(each.name) for each in fields(RunOptions) if each.metadata}
    own = {"-q", "-o", "-f"}
    named = {each.opts[-1]: each for each in OPTIONS if own.isdisjoint(each.opts)}
    assert {name for name in named if not name.startswith("--reporter")} == declared
    params = command.make_context("run", []).params
    assert params.keys() > {parameter_of(each.name) for each in fields(RunOptions) if each.metadata}
    root = Path.cwd().resolve()
    assert run_options(params, root) == replace(RunOptions(), keep_results=False)


def test_the_guide_says_what_python_calls_each_option() -> None:
    """docs/python.md: `_` for `-`, but for the names of a table and those that only the command has."""
    page = (Path(__file__).parents[1] / "docs" / "python.md").read_text("utf-8")
    table = page.partition("Some have another name in Python:")[2].partition("Only the command has ")
    alone = set(re.findall(r"`--([\w-]+)", table[2].partition(". ")[0]))
    arguments = {*bruscript.RunOptions.__dataclass_fields__, "reporters"}
    renamed: dict[str, set[str]] = {}
    for row in table[0].splitlines()[4:]:
        if row.startswith("|"):
            command, python = row.strip("| ").split(" | ", 1)
            names = set(re.findall(r"`([a-z_]+)(?=[`=])", python))
            assert names <= arguments
            renamed |= dict.fromkeys(re.findall(r"`--([\w-]+)", command), names)
    assert len(renamed) >= 12
    for each in OPTIONS:
        name = next(opt for opt in reversed(each.opts) if opt.startswith("--")).removeprefix("--")
        if name in renamed:
            assert renamed[name]
        elif name not in alone and not name.startswith(("reporter-skip-", "reporter-")):
            assert name.replace("-", "_") in arguments, name
