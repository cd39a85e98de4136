"""The library's door: what its docstrings show, what a result says, and the ways to run things."""

from __future__ import annotations

import asyncio
import doctest
import importlib
import inspect
import re
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from runner import run_arguments

import bruscript
from bruscript.runner.arguments import RunArguments
from bruscript.runner.events import Event, RequestFinished, RunFinished

FILES = {
    "bruno.json": '{"version": "1", "name": "shop", "type": "collection"}',
    "collection.bru": "vars:pre-request {\n  wanted: 200\n}\n",
    "environments/local.bru": "vars {\n  host: http://shop.test\n}\n",
    "health.bru": """meta {
  name: health
  type: http
  seq: 2
}

get {
  url: http://shop.test/health
  body: none
  auth: none
}

assert {
  res.status: eq {{wanted}}
}
""",
    "users/get user.bru": """meta {
  name: get user
  type: http
  seq: 1
  tags: [smoke]
}

get {
  url: http://shop.test/users/1
  body: none
  auth: none
}

tests {
  test("has a name", function () {
    expect(res.body.name).to.equal("Ada");
  });
}
""",
}


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"name": "Ada"}'})


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bruscript.Collection:
    for name, text in FILES.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return bruscript.load("shop")


def examples(name: str) -> list[doctest.DocTest]:
    """Return the examples of a public name: those of its methods too, also of the classes above it."""
    item = getattr(bruscript, name)
    found = []
    for each in own_classes(item) or [item]:
        home = importlib.import_module(each.__module__)
        found += doctest.DocTestFinder(recurse=True).find(each, f"{name} ({each.__module__})", module=home)
    return [test for test in found if test.examples]


def own_classes(item: Any) -> list[type]:
    return [each for each in getattr(item, "__mro__", ()) if each.__module__.startswith("bruscript.")]


def methods(name: str) -> dict[str, Any]:
    """Return the public methods of a public name, without those for classes derived from it."""
    item = getattr(bruscript, name)
    return {
        method: inspect.getattr_static(item, method)
        for each in own_classes(item)
        for method in vars(each)
        if not method.startswith("_") and not isinstance(vars(each)[method], (property, cached_property))
        if callable(getattr(item, method)) and not isinstance(getattr(item, method), type)
    }


@pytest.mark.parametrize("name", [name for name in bruscript.__all__ if name != "__version__"])
def test_every_public_name_has_an_example_that_runs(name: str, shop: bruscript.Collection) -> None:
    tests = examples(name)
    assert tests
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE, verbose=False)
    for test in tests:
        test.globs = {"asyncio": asyncio, "bruscript": bruscript, "collection": shop, "app": app}
        runner.run(test, out=told.append)
    assert not told, "".join(told)


FOR_FORMATS = {("Document", "opened"), ("Document", "parsed"), ("Document", "printed")}
"""What a format's own class of documents defines; `parse` and `Document.from_json` call it."""


@pytest.mark.parametrize("name", [name for name in bruscript.__all__ if name != "__version__"])
def test_every_public_method_has_an_example(name: str) -> None:
    assert not [
        method
        for method, function in methods(name).items()
        if ">>>" not in (function.__doc__ or getattr(function, "__func__", function).__doc__ or "")
        and (name, method) not in FOR_FORMATS
        # The class has the example of what it defines for others to write.
        and name != "Reporter"
    ]


class Recorder:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.closed = 0

    def handle(self, event: Event) -> None:
        self.events.append(event)

    def close(self) -> None:
        self.closed += 1


def test_every_option_is_an_argument_with_a_type() -> None:
    assert run_arguments.TARGET.read_text("utf-8") == run_arguments.module(), run_arguments.__doc__
    assert [*RunArguments.__annotations__] == [*bruscript.RunOptions.__dataclass_fields__, "reporters"]


def test_reporters_of_ones_own_are_told_what_happens(shop: bruscript.Collection) -> None:
    mine = Recorder()
    result = shop.run(app=app, reporters=[mine])
    assert [event.masked.name for event in mine.events if isinstance(event, RequestFinished)] == [
        "get user",
        "health",
    ]
    assert isinstance(mine.events[-1], RunFinished)
    assert mine.events[-1].result is result
    assert mine.closed == 1


async def test_reporters_are_told_on_the_running_loop_too(shop: bruscript.Collection) -> None:
    mine = Recorder()
    await shop.arun(app=app, reporters=(mine,))
    assert isinstance(mine.events[-1], RunFinished)


@pytest.mark.parametrize("given", [Recorder, [Recorder], "junit", ["junit"], 5, [None]])
def test_what_is_no_reporter_is_refused(shop: bruscript.Collection, given: Any) -> None:
    with pytest.raises(TypeError, match="reporters must be"):
        shop.run(app=app, reporters=given)


def test_a_request_and_a_folder_run_alone(shop: bruscript.Collection) -> None:
    (folder,) = shop.folders
    for item in (shop.find("get user"), folder, shop.item("shop/users/get user.bru")):
        assert item is not None
        assert [result.name for result in item.run(app=app).results] == ["get user"]
        assert [result.name for result in asyncio.run(item.arun(app=app)).results] == ["get user"]
    assert [result.name for result in shop.requests[0].run(app=app).results] == ["health"]
    with pytest.raises(TypeError, match="paths cannot be set here"):
        folder.run(app=app, paths="users")


def test_a_folder_runs_with_its_folders(shop: bruscript.Collection, tmp_path: Path) -> None:
    inner = tmp_path / "shop/users/admin"
    inner.mkdir()
    (inner / "b.bru").write_text("get {\n  url: http://shop.test/b\n}\n")
    (folder,) = bruscript.load("shop").folders
    assert [result.name for result in folder.run(app=app).results] == ["b", "get user"]
    assert [result.name for result in folder.run(app=app, recursive=False).results] == ["get user"]


def test_what_can_only_be_read_does_not_run(shop: bruscript.Collection) -> None:
    from bruscript import collection as reading

    item = bruscript.Request(**vars(reading.load("shop").requests[0]))
    with pytest.raises(TypeError, match=r"requests from bruscript\.load\(\) can be run"):
        item.run(app=app)


def test_a_result_tells_its_failures(shop: bruscript.Collection, tmp_path: Path) -> None:
    (tmp_path / "shop/users/broken.bru").write_text("get {\n  url: x\n")
    result = bruscript.run("shop", app=app, env_vars={"wanted": "404"}, iteration_count=3)
    assert str(result) == (
        "Failed: shop: 3 of 9 requests failed\n"
        "  1. health.bru:14 · res.status: eq {{wanted}} · in iterations 1 to 3\n"
        "     expected 200 to equal 404\n"
        "  2. users/broken.bru:3 · File not usable · in iterations 1 to 3\n"
        f"     {result.failures[1].message.replace(chr(10), chr(10) + '     ')}"
    )
    assert [(each.request, each.place.line, [*each.iterations]) for each in result.failures] == [
        ("health.bru", 14, [0, 1, 2]),
        ("users/broken.bru", 3, [0, 1, 2]),
    ]
    with pytest.raises(AssertionError) as caught:
        result.raise_for_failures()
    assert isinstance(caught.value, bruscript.RunFailedError)
    assert caught.value.result is result
    assert str(caught.value) == str(result)


def test_failures_are_there_also_where_results_are_not_kept(shop: bruscript.Collection) -> None:
    result = shop.run(app=app, env_vars={"wanted": "404"}, keep_results=False)
    assert result.results == []
    assert [failure.message for failure in result.failures] == ["expected 200 to equal 404"]


def test_a_run_that_fails_without_a_request_says_why(shop: bruscript.Collection) -> None:
    result = shop.run(app=app, tags="slow")
    assert result.failures == []
    assert "no request has the tag slow" in str(result)
    with pytest.raises(bruscript.RunFailedError, match="no request has the tag slow"):
        result.raise_for_failures()


def test_a_result_shows_no_secret_and_commands_no_terminal(
    shop: bruscript.Collection, tmp_path: Path
) -> None:
    (tmp_path / "shop/environments/local.bru").write_text("vars:secret [\n  token\n]\n")
    thrown = 'throw new Error(bru.getEnvVar("token") + "\\u001b[2J");'
    script = 'tests {\n  test("\\u001b[2Jt", function () { THROWN });\n}\n'.replace("THROWN", thrown)
    (tmp_path / "shop/health.bru").write_text(FILES["health.bru"] + script)
    result = bruscript.run("shop", app=app, env="local", env_vars={"token": "s3cr3t-0f-th3-sh0p"})
    for shown in (str(result), repr(result), repr(result.failures)):
        assert "s3cr3t" not in shown
        assert "\x1b" not in shown
    assert "********" in str(result)


def test_the_page_about_python_is_true(
    shop: bruscript.Collection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[1] / "docs/python.md").read_text("utf-8")
    first, options, test, reporters = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    shown = re.findall(r"^```text\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    # The page has a server; here the application answers in its place.
    defaults = bruscript.RunOptions.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "app", app)
    names: dict[str, Any] = {}
    exec(first.replace('env="local"', 'env="local", env_vars={"wanted": "404"}'), names)
    assert capsys.readouterr().out == shown[0]
    exec(options, names)
    assert names["result"].ok
    exec(test + "test_the_shop()\n", names)
    exec(reporters, names)
    assert capsys.readouterr().out == shown[1]


@pytest.mark.parametrize(
    "name",
    ["dynamic.names", "errors.BruscriptError", "lang.parse", "runner.RunOptions", "sandbox.SandboxPool"],
)
def test_packages_are_attributes_before_anything_else_is_imported(name: str) -> None:
    code = f"import bruscript; assert bruscript.{name}"
    subprocess.run([sys.executable, "-c", code], check=True)
