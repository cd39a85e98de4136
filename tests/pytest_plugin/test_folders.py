"""Fixtures in folders of a collection: each conftest.py applies to the requests below its directory."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_plugin.conftest import REQUEST

Make = Callable[..., Path]
Seen = Callable[[], list[str]]

SHOWS = 'script:pre-request {\n  console.log("stage=" + bru.getEnvVar("stage"), bru.getVar("kept"));\n}'
KEEPS = 'script:post-response {\n  bru.setVar("kept", "kept");\n}'
CONFTEST = """
import pytest

@pytest.fixture(scope={scope!r})
def stage():
    return {stage!r}

@pytest.fixture(scope={scope!r})
def bruscript_options(stage):
    return {{"env_vars": {{"stage": stage}}}}

@pytest.fixture(autouse=True)
def around_{stage}(request):
    print("in {stage}")

def pytest_runtest_setup(item):
    print("hook of {stage}")
"""
XDIST = ("-p", "xdist.plugin", "-n", "2")


def put(root: Path, path: str, rest: str = SHOWS) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(REQUEST % (file.stem, 1, "", file.stem, rest))


def conftest(directory: Path, stage: str, scope: str = "function") -> None:
    (directory / "conftest.py").write_text(CONFTEST.format(stage=stage, scope=scope))


def outputs(text: str) -> dict[str, list[str]]:
    """Return what each request printed that is about its stages, by the request's path."""
    parts = re.split(r"^_+ request (.*?) _+$", text, flags=re.MULTILINE)
    return {
        name: re.findall(r"^(in \w+|hook of \w+|stage=.*)$", part, re.MULTILINE)
        for name, part in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.fixture
def shop(make: Make) -> Path:
    """A collection with folders before and after bruno.json by name, and one that pytest leaves out."""
    root = make("shop", z=SHOWS)
    for path in ("auth/a", "auth/deep/er/b", "build/c", "users/d", "users/old/e"):
        put(root, f"{path}.bru")
    return root


@pytest.mark.parametrize(
    ("more", "scope"),
    [
        *(((), scope) for scope in ("function", "module", "package", "session")),
        *((XDIST, scope) for scope in ("function", "session")),
        *((("shop/bruno.json",), scope) for scope in ("function", "module", "package", "session")),
    ],
)
def test_a_conftest_applies_to_the_requests_below_it(
    pytester: pytest.Pytester, shop: Path, seen: Seen, scope: str, more: tuple[str, ...]
) -> None:
    for folder, stage in {"": "all", "auth": "auth", "auth/deep/er": "deep", "users/old": "old"}.items():
        conftest(shop / folder, stage, scope)
    conftest(shop / "build", "build", scope)
    run = pytester.runpytest_inprocess("-rP", *more)
    run.assert_outcomes(passed=6)
    assert sorted(seen()) == ["a", "b", "c", "d", "e", "z"]
    stages = {
        "auth/a.bru": ["all", "auth"],
        "auth/deep/er/b.bru": ["all", "auth", "deep"],
        "build/c.bru": ["all", "build"],
        "users/d.bru": ["all"],
        "users/old/e.bru": ["all", "old"],
        "z.bru": ["all"],
    }
    assert outputs(run.stdout.str()) == {
        name: [
            *(f"hook of {stage}" for stage in reversed(above)),
            *(f"in {stage}" for stage in above),
            f"stage={above[-1]} undefined",
        ]
        for name, above in stages.items()
    }


def test_a_folders_request_alone_has_its_fixtures(pytester: pytest.Pytester, shop: Path, seen: Seen) -> None:
    conftest(shop / "users", "users")
    for argument in ("shop/bruno.json::users/d.bru", "shop/users/d.bru", "shop/users"):
        run = pytester.runpytest_inprocess("-rP", argument, "-k", "d.bru")
        run.assert_outcomes(passed=1, deselected=1 if argument == "shop/users" else 0)
        assert outputs(run.stdout.str())["users/d.bru"] == [
            "hook of users",
            "in users",
            "stage=users undefined",
        ]
        assert seen() == ["d"]


def test_tests_in_python_share_the_fixtures_of_a_folder(
    pytester: pytest.Pytester, shop: Path, seen: Seen
) -> None:
    for folder in ("auth", "users/old"):
        conftest(shop / folder, "both", "session")
        path = shop / folder / "conftest.py"
        path.write_text(path.read_text().replace("    return 'both'", "    print('once')\n    return 'both'"))
        (shop / folder / f"test_{Path(folder).name}.py").write_text(
            "def test(stage): assert stage == 'both'\n"
        )
    run = pytester.runpytest_inprocess("-s")
    run.assert_outcomes(passed=8)
    assert run.stdout.str().count("once") == 2
    assert len(seen()) == 6


def test_variables_and_cookies_go_from_folder_to_folder(
    pytester: pytest.Pytester, shop: Path, seen: Seen
) -> None:
    conftest(shop / "users", "users", "session")
    put(shop, "auth/a.bru", KEEPS)
    run = pytester.runpytest_inprocess("-rP")
    run.assert_outcomes(passed=6)
    run.stdout.fnmatch_lines(["stage=undefined kept", "stage=users kept"])


def test_a_conftest_that_fails_is_a_collection_error(
    pytester: pytest.Pytester, shop: Path, seen: Seen
) -> None:
    (shop / "users" / "conftest.py").write_text("import not_there\n")
    for argument in ("shop", "shop/bruno.json"):
        run = pytester.runpytest_inprocess(argument)
        assert run.ret == pytest.ExitCode.INTERRUPTED
        run.stdout.fnmatch_lines(["*shop/users/conftest.py*", "*No module named 'not_there'*"])
    assert seen() == []
