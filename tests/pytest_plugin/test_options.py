"""Where the options of items come from: fixtures, the configuration file, the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from bruscript.pytest_plugin.settings import Settings
from bruscript.runner.options import RunOptions

Make = Callable[..., Path]
Seen = Callable[[], list[str]]

SHOWS = 'script:pre-request {\n  console.log("stage=" + bru.getEnvVar("stage") + " n=" + bru.getVar("n"));\n}'
COUNTS = 'script:post-response {\n  bru.setVar("n", (bru.getVar("n") || 0) + 1);\n}'


@pytest.mark.parametrize("scope", ["function", "class", "module", "package", "session"])
def test_a_fixture_gives_options_in_any_scope(
    pytester: pytest.Pytester, make: Make, seen: Seen, scope: str
) -> None:
    root = make(a=SHOWS + "\n\n" + COUNTS, b=SHOWS)
    make("elsewhere", c=SHOWS)
    (root / "conftest.py").write_text(
        f"""
import pytest

ends = []

@pytest.fixture(scope="{scope}")
def server():
    from server import app
    state = {{"open": True}}
    async def served(scope, receive, send):
        assert state["open"]
        if scope["type"] == "lifespan":
            await receive()
            await send({{"type": "lifespan.startup.complete"}})
            await receive()
            print("lifespan ends", state)
            await send({{"type": "lifespan.shutdown.complete"}})
        await app(scope, receive, send)
    yield served
    state["open"] = False
    print("fixture ends")

@pytest.fixture(scope="{scope}")
def bruscript_options(server):
    return {{"app": server, "env_vars": {{"stage": "from the fixture"}}}}

@pytest.fixture(autouse=True)
def around(request):
    print("before", request.node.name)
    yield
    print("after", request.node.name)
"""
    )
    run = pytester.runpytest_inprocess("-s", "-q")
    run.assert_outcomes(passed=3)
    lines = [
        line
        for line in map(str.strip, run.stdout.str().replace("\n.", "\n").splitlines())
        if line.startswith(("stage", "before", "after", "life", "fixt"))
    ]
    each = scope in ("function", "class")
    end = ["lifespan ends {'open': True}", "fixture ends"]
    first = ["before a.bru", "stage=from the fixture n=undefined", *([*end] if each else []), "after a.bru"]
    assert sorted(lines) == sorted(
        [
            *first,
            *["before b.bru", "stage=from the fixture n=1", "after b.bru", *end],
            "stage=undefined n=undefined",
        ]
    )
    assert lines.index(end[0]) < lines.index(end[1])
    assert seen() == ["a", "b", "c"]


def test_named_fixtures_apply(pytester: pytest.Pytester, make: Make) -> None:
    make(a="")
    ini = (pytester.path / "tox.ini").read_text()
    (pytester.path / "tox.ini").write_text(ini + "\nusefixtures = named\n")
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef named():\n    pytest.skip('by a fixture')\n")
    run = pytester.runpytest_inprocess("-rs")
    run.assert_outcomes(skipped=1)
    run.stdout.fnmatch_lines(["SKIPPED*by a fixture"])


def test_options_that_change_keep_what_scripts_have_set(
    pytester: pytest.Pytester, make: Make, seen: Seen
) -> None:
    sets = (
        'script:post-response {\n  bru.setVar("n", 7);\n  bru.setEnvVar("own", "x");\n'
        '  bru.setEnvVar("user", "of the script");\n  bru.deleteEnvVar("old");\n'
        '  bru.cookies.jar().setCookie("http://app/", "sid", "s1");\n}'
    )
    reads = (
        'tests {\n  test("kept", () => expect([bru.getVar("n"), bru.getEnvVar("own"),\n'
        '    bru.getEnvVar("user"),'
        '    bru.hasEnvVar("old"), req.getHeader("cookie") || res.body.headers.cookie])\n'
        '    .to.eql([7, "x", "user 2", false, "sid=s1"]));\n}'
    )
    make(a=sets, b=reads)
    pytester.makeconftest(
        """
import itertools, pytest
numbers = itertools.count(1)

@pytest.fixture
def bruscript_options():
    return {"env_vars": {"user": f"user {next(numbers)}", "old": "1"}}
"""
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=2)


def test_what_a_fixture_gives_wrongly_is_one_error(pytester: pytest.Pytester, make: Make) -> None:
    make(a="", b="")
    for given, message in (
        ('{"env": "nope"}', "Environment file not found: environments/nope.bru"),
        (
            '{"env_var": {}}',
            "The fixture bruscript_options: env_var is not a run option; did you mean `env_vars`[?]",
        ),
        ('{"tags": "x"}', "The fixture bruscript_options cannot set tags: *configuration file."),
        ("5", "The fixture bruscript_options must return a dict, not int"),
    ):
        pytester.makeconftest(
            f"import pytest\n@pytest.fixture(scope='session')\ndef bruscript_options():\n    return {given}\n"
        )
        run = pytester.runpytest_inprocess("-rsE", "-o", "bruscript_env=")
        run.stdout.fnmatch_lines([f"ERROR api/bruno.json::a.bru - Failed: {message}"])
        run.stdout.no_fnmatch_line("*Traceback*")
        run.assert_outcomes(errors=1, skipped=1)


def test_the_command_line_precedes_fixtures_and_these_the_file(pytester: pytest.Pytester, make: Make) -> None:
    make(a=SHOWS)
    show = (
        "tests {\n  console.log(['file', 'fixture', 'line', 'all'].map((n) => bru.getEnvVar(n)).join());\n}"
    )
    make("b", b=show)
    ini = (pytester.path / "tox.ini").read_text()
    (pytester.path / "tox.ini").write_text(ini + "\nbruscript_env_vars =\n  file=1\n  fixture=1\n  all=1\n")
    pytester.makeconftest(
        "import pytest\n@pytest.fixture\ndef bruscript_options():\n"
        "    return {'env_vars': {'fixture': '2', 'line': '2', 'all': '2'}}\n"
    )
    run = pytester.runpytest_inprocess(
        "-s", "b", "--bruscript-env-var=line=3", "--bruscript-env-var", "all=3"
    )
    run.stdout.fnmatch_lines(["*1,2,3,3"])


def test_several_environments_run_every_request_in_each(
    pytester: pytest.Pytester, make: Make, seen: Seen
) -> None:
    make(a=COUNTS, b=SHOWS)
    run = pytester.runpytest_inprocess("-v", "-s", "--bruscript-env=local", "--bruscript-env=other")
    run.assert_outcomes(passed=4)
    run.stdout.fnmatch_lines(
        ["*a.bru[[]local]*", "*b.bru[[]local]*n=1", "*a.bru[[]other]*", "*b.bru[[]other]*n=1"]
    )
    pytester.runpytest_inprocess(
        "api/bruno.json::b.bru[other]", "-o", "bruscript_env=local\nother"
    ).assert_outcomes(passed=1)


def test_iterations_are_items(pytester: pytest.Pytester, make: Make, seen: Seen) -> None:
    make(
        a="script:pre-request {\n  const { iterationIndex, iterationData } = bru.runner;\n"
        '  console.log("row", iterationIndex, iterationData.get("pid"));\n}',
        b="",
    )
    (pytester.path / "rows.csv").write_text("pid\n10\n20\n")
    run = pytester.runpytest_inprocess("-v", "-s", "-o", "bruscript_csv_file=rows.csv")
    run.assert_outcomes(passed=4)
    assert seen() == ["a", "b", "a", "b"]
    run.stdout.fnmatch_lines(
        [
            "*a.bru[[]iteration1]*row 0 10",
            "*b.bru[[]iteration1]*",
            "*a.bru[[]iteration2]*row 1 20",
            "*b.bru[[]iteration2]*",
        ]
    )
    run = pytester.runpytest_inprocess("-o", "bruscript_csv_file=rows.csv", "-k", "a.bru and iteration2")
    assert seen() == ["a"]


def test_every_run_option_has_a_key(pytester: pytest.Pytester, make: Make, seen: Seen) -> None:
    make(a="", b="", tags="x")
    values = {
        "bool": "true",
        "int": "1",
        "float": "1",
        "str | None": "local",
        "tuple[str, ...]": "one, two\nthree",
        "tuple[str, ...] | None": "one",
        "tuple[Path, ...]": "api",
        "Path | None": "some/file",
        "Mapping[str, str]": "a=1\nb=2=3",
        "Mapping[str, Value]": "a=1\nb=2=3",
    }
    special = {
        "sandbox": "developer",
        "isolation": "thread",
        "lifespan": "off",
        "token_store": "keyring:x",
        "script_memory": "16",
        "prompt": "builtins:input",
    }
    lines = [
        f"bruscript_{option.name} ={''.join(f'{chr(10)}  {line}' for line in value.splitlines())}"
        for option in fields(RunOptions)
        if (value := special.get(option.name, values.get(str(option.type), "server.py:app")))
    ]
    pytester.makeini("[pytest]\n" + "\n".join(lines))
    config = pytester.parseconfig("-p", "bruscript.pytest_plugin")
    settings = Settings(config)
    options = settings.options({}, *settings.environments)
    defaults = RunOptions()
    unchanged = {field.name for field in fields(RunOptions)} - {
        field.name
        for field in fields(RunOptions)
        if getattr(options, field.name) != getattr(defaults, field.name)
    }
    assert unchanged == {"persist", "cookies", "keep_results", "iteration_count", "parallel"}
    assert options.tags == ("one", "two", "three")
    assert options.env_vars == {"a": "1", "b": "2=3"}
    assert options.csv_file == pytester.path / "some/file"
    assert options.paths == (pytester.path / "api",)
    assert callable(options.app)
    assert options.prompt is input


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("bruscript_script_timeout=soon", "bruscript_script_timeout must be a number, not 'soon'"),
        ("bruscript_isolation=none", "bruscript_isolation must be process or thread, not 'none'"),
        ("bruscript_env_vars=x", "Overridable value of bruscript_env_vars not correct*"),
        ("bruscript_parallel=4", "bruscript_parallel does not apply to pytest items: pytest-xdist*"),
    ],
)
def test_a_wrong_key_is_a_usage_error(
    pytester: pytest.Pytester, make: Make, option: str, message: str
) -> None:
    make(a="")
    run = pytester.runpytest_inprocess("-o", option)
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines([f"ERROR: {message}"])


def test_a_wrong_environment_is_one_usage_error_for_all_collections(
    pytester: pytest.Pytester, make: Make, seen: Seen
) -> None:
    for name in ("api", "books", "shop"):
        make(name, a="")
    (pytester.path / "books" / "environments" / "other.bru").rename(
        pytester.path / "books" / "environments" / "staging.bru"
    )
    run = pytester.runpytest_inprocess("--bruscript-env=local", "--bruscript-env=staging")
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    assert run.stderr.str().splitlines() == [
        "ERROR: 2 collections cannot use the environment 'staging':",
        "  api/bruno.json: Environment file not found: environments/staging.bru",
        "  The environments here: local, other.",
        "  shop/bruno.json: Environment file not found: environments/staging.bru",
        "  The environments here: local, other.",
    ]
    assert seen() == []


def test_options_select_what_is_collected(pytester: pytest.Pytester, make: Make, seen: Seen) -> None:
    root = make(a="", b="", c="")
    (root / "b.bru").write_text((root / "b.bru").read_text().replace("tags: []", "tags: [slow]"))
    pytester.runpytest_inprocess("-o", "bruscript_exclude_tags=slow").assert_outcomes(passed=2)
    assert seen() == ["a", "c"]
    pytester.runpytest_inprocess("-o", "bruscript_paths=api/c.bru").assert_outcomes(passed=1)
    assert seen() == ["c"]


@pytest.mark.parametrize(("value", "says"), [("", "no"), ("app.test", "yes")])
def test_an_empty_permission_allows_nothing(
    pytester: pytest.Pytester, make: Make, value: str, says: str
) -> None:
    make(
        a="script:pre-request {\n  let says = 'yes';\n"
        "  try { await bru.sendRequest({ url: 'http://app.test/x' }); } catch (error) { says = 'no'; }\n"
        "  console.log(`net ${says}.`);\n}"
    )
    run = pytester.runpytest_inprocess("-s", "-o", f"bruscript_allow_net={value}")
    run.stdout.fnmatch_lines([f"*net {says}.*"])


def test_paths_of_one_collection_leave_the_others_out(
    pytester: pytest.Pytester, make: Make, seen: Seen
) -> None:
    make(a="", b="")
    make("elsewhere", c="")
    pytester.runpytest_inprocess("-o", "bruscript_paths=api/a.bru").assert_outcomes(passed=1)
    assert seen() == ["a"]
    pytester.runpytest_inprocess("-o", "bruscript_paths=api/b.bru\nelsewhere/c.bru").assert_outcomes(passed=2)
    assert sorted(seen()) == ["b", "c"]
