"""Arguments of another type: each is a TypeError that names the argument."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_api import shop

import bruscript

__all__ = ["shop"]

Call = Callable[[Any], Any]
"""A call for the collection."""


def environment() -> bruscript.Document:
    return bruscript.parse("vars {\n  a: 1\n}\n", "environment")


def document(collection: Any) -> bruscript.Document:
    found: bruscript.Document = collection.find("health").document
    return found


def script(**arguments: Any) -> Call:
    def call(collection: Any) -> None:
        with bruscript.Sandbox() as sandbox:
            sandbox.run_script(**{"source": "1", **arguments})

    return call


def sandbox(**arguments: Any) -> Call:
    return lambda _: bruscript.Sandbox(**arguments)


def check(*arguments: Any, **named: Any) -> Call:
    return lambda _: bruscript.Sandbox().check_syntax(*arguments, **named)


WRONG: list[tuple[str, Any]] = [
    ("text must be a string, not int", lambda c: bruscript.parse(5)),  # type: ignore[arg-type]
    ("text must be a string, not PosixPath", lambda c: bruscript.parse(Path("a.bru"))),  # type: ignore[arg-type]
    ("kind must be one of request, collection, folder, environment, not int", lambda c: parse(kind=5)),
    ("format must be one of bru, yml, not list", lambda c: parse(format=["yml"])),
    ("filename must be a text, not int", lambda c: parse(filename=5)),
    ("path must be a path, not int", lambda c: bruscript.load(5)),  # type: ignore[arg-type]
    ("path must be a path, not bytes", lambda c: bruscript.load(b"shop")),  # type: ignore[arg-type]
    ("path must be a path, not NoneType", lambda c: bruscript.run(None)),  # type: ignore[arg-type]
    ("path must be a path, not int", lambda c: asyncio.run(bruscript.arun(5))),  # type: ignore[arg-type]
    ("env must be a text, not int", lambda c: c.run(env=5)),
    ("env must be a text, not int", lambda c: c.folders[0].run(env=5)),
    ("env must be a text, not int", lambda c: c.find("health").run(env=5)),
    ("reporters must be a list of reporters, not int", lambda c: c.run(reporters=5)),
    ("path must be a path, not int", lambda c: c.item(5)),
    ("name_or_path must be a text, not int", lambda c: c.find(5)),
    ("paths must be a path or a list of paths, not int", lambda c: c.select(5)),
    ("paths must be a path or a list of paths, not a list with int in it", lambda c: c.select([5])),
    ("recursive must be True or False, not str", lambda c: c.select(recursive="no")),
    ("paths must be a path or a list of paths, not int", lambda c: c.skipped_in(5)),
    ("recursive must be True or False, not int", lambda c: c.skipped_in(recursive=1)),
    ("name must be a text, not NoneType", lambda c: c.environment(None)),
    ("path must be a path, not int", lambda c: c.environment_file(5)),
    ("data must be a dict, not str", lambda c: bruscript.Document.from_json("{}")),  # type: ignore[arg-type]
    ("text must be a string, not int", lambda c: document(c).with_text(5)),  # type: ignore[arg-type]
    ("block must be a string, not int", lambda c: document(c).set(5, "a", "b")),  # type: ignore[arg-type]
    ("key must be a string, not int", lambda c: document(c).set("headers", 5, "b")),  # type: ignore[arg-type]
    ("a value of `headers` is text, not int", lambda c: document(c).set("headers", "a", 5)),
    ("key must be a string, not int", lambda c: document(c).remove("headers", 5)),  # type: ignore[arg-type]
    ("content must be a string, not int", lambda c: document(c).set_text("docs", 5)),  # type: ignore[arg-type]
    ("name must be a string, not int", lambda c: document(c).content_line(5)),  # type: ignore[arg-type]
    ("name must be a string, not int", lambda c: document(c).entry_places(5)),  # type: ignore[arg-type]
    ("code must be a string, not int", lambda c: document(c).margin("docs", 5)),  # type: ignore[arg-type]
    ("name must be a string, not int", lambda c: environment().add_secret(5)),  # type: ignore[arg-type]
    ("name must be a string, not int", lambda c: environment().remove_secret(5)),  # type: ignore[arg-type]
    ("values must be a mapping of names to values, not int", lambda c: bruscript.RunOptions.of(5)),  # type: ignore[arg-type]
    ("5 is not a run option", lambda c: bruscript.RunOptions.of({5: 5})),  # type: ignore[dict-item]
    ("directory must be a path, not int", lambda c: bruscript.RunOptions().located(5)),  # type: ignore[arg-type]
    ("source must be a string, not int", script(source=5)),
    ("variables must be a mapping of names to texts, .*, not int", script(variables=5)),
    ("variables must be .*, not one with int for a name", script(variables={1: 2})),
    ("variables must be .*, but a is object", script(variables={"a": object()})),
    ("scopes must be a mapping of scopes to mappings, not int", script(scopes=5)),
    (r"scopes\['environment'\] must be a mapping .*, not int", script(scopes={"environment": 5})),
    ("request must be a mapping .*, not int", script(request=5)),
    ("request must be a mapping .*, but url is object", script(request={"url": object()})),
    ("response must be a mapping, not int", script(response=5)),
    ("response must be a mapping .*, but body is object", script(response={"body": object()})),
    (r"request has an unknown key 'methd'; did you mean method\?", script(request={"methd": "GET"})),
    (r"request\['method'\] must be a text, not int", script(request={"method": 5})),
    (r"request\['url'\] must be a text, not NoneType", script(request={"url": None})),
    (r"request\['headers'\] must be a mapping .*, not list", script(request={"headers": []})),
    (r"request\['tags'\] must be a text or a list of texts, not int", script(request={"tags": 5})),
    (r"request\['timeout'\] must be a number, not str", script(request={"timeout": "1s"})),
    (r"response has an unknown key 'staus'; did you mean status\?", script(response={"staus": 200})),
    ("response has an unknown key 'x', expected one of status, statusText,", script(response={"x": 1})),
    (r"response\['status'\] must be a whole number, not str", script(response={"status": "x"})),
    (r"response\['status'\] must be a whole number, not bool", script(response={"status": True})),
    (r"response\['statusText'\] must be a text, not int", script(response={"statusText": 5})),
    (
        r"response\['headers'\] must be a mapping of names to texts .*, not str",
        script(response={"headers": "x"}),
    ),
    (r"response\['headers'\]\['a'\] must be a text or .*, not int", script(response={"headers": {"a": 5}})),
    (r"response\['responseTime'\] must be a number, not str", script(response={"responseTime": "1"})),
    ("path must be a path, not int", script(path=5)),
    ("line must be a whole number, not str", script(line="1")),
    ("host must be an object with a method call, not int", script(host=5)),
    ("nope is not an argument of a script, expected one of variables", script(nope=5)),
    (r"varibles is not an argument of a script; did you mean variables\?", script(varibles={})),
    ("source must be a string, not int", check(5)),
    ("path must be a path, not int", check("1", path=5)),
    ("line must be a whole number, not str", check("1", line="1")),
    ("job must be a Job, not int", lambda c: asyncio.run(bruscript.Sandbox().run(5))),  # type: ignore[arg-type]
    ("mode must be one of safe, developer, not int", sandbox(mode=5)),
    ("isolation must be one of process, thread, not list", sandbox(isolation=[])),
    ("script_timeout must be a number, not str", sandbox(script_timeout="1")),
    ("script_memory must be a whole number, not float", sandbox(script_memory=1.5)),
    ("permissions must be Permissions, not int", sandbox(permissions=5)),
    ("host must be an object with a method call, not int", sandbox(host=5)),
    ("collection must be a path, not int", sandbox(collection=5)),
    ("additional_roots must be a text or a list of texts, not int", sandbox(additional_roots=5)),
    ("workers must be a whole number, not str", sandbox(workers="1")),
]


def parse(**arguments: Any) -> Any:
    return bruscript.parse("", **arguments)


@pytest.mark.parametrize(("message", "call"), WRONG)
def test_a_wrong_type_is_an_error_that_names_the_argument(
    shop: bruscript.Collection, message: str, call: Call
) -> None:
    with pytest.raises(TypeError, match=f"^{message}"):
        call(shop)


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("kind is 'file', expected one of request, collection, folder", lambda c: parse(kind="file")),
        ("format is 'xml', expected one of bru, yml", lambda c: parse(format="xml")),
        ("mode is 'fast', expected one of safe, developer", sandbox(mode="fast")),
        ("a name in scopes is 'local', expected one of runtime", script(scopes={"local": {}})),
        ("script_memory is 1, expected at least 8 MiB", sandbox(script_memory=1)),
    ],
)
def test_an_invalid_value_is_an_error_that_says_what_is_valid(
    shop: bruscript.Collection, message: str, call: Call
) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        call(shop)


def test_paths_are_texts_paths_and_items(shop: bruscript.Collection) -> None:
    (folder,) = shop.folders
    request = shop.find("get user")
    assert request is not None
    for given in ("shop/users", Path("shop/users"), "users", Path("users"), folder, [folder], ["users"]):
        assert shop.select(given) == [request]
        assert shop.skipped_in(given) == []
    for one in ("shop/users", Path("users"), folder):
        assert shop.item(one) is folder
    assert shop.find(Path("users/get user")) is request
    assert shop.environment_file(Path("environments/local.bru")).name == "local"
    assert bruscript.load(Path("shop")).path == bruscript.load("shop/users").path == shop.path
    assert bruscript.parse("", filename=Path("a.bru")).filename == "a.bru"
    with bruscript.Sandbox(collection="shop") as text, bruscript.Sandbox(collection=Path("shop")) as path:
        assert text.collection == path.collection
