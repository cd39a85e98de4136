"""Options as a Python program passes them: single elements, lists, and values that make no sense."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import bruscript
from bruscript.auth.oauth2.store import MemoryTokenStore
from bruscript.option_values import READERS
from bruscript.runner.options import CHOICES, RunOptions
from bruscript.sandbox import Permissions

BY_TYPE: dict[str, list[str]] = {}
for each in fields(RunOptions):
    BY_TYPE.setdefault(str(each.type), []).append(each.name)
TEXTS = [*BY_TYPE["tuple[str, ...]"], *BY_TYPE["tuple[str, ...] | None"]]
MAPPINGS = [*BY_TYPE["Mapping[str, str]"], *BY_TYPE["Mapping[str, Value]"]]
VALUES = "a mapping of names to texts, numbers, booleans, lists or dicts"
FUNCTION = "a function that takes a prompt and returns its answer or None"
REQUEST = (
    "meta {\n  name: NAME\n  type: http\n  tags: [TAG]\n}\n\nget {\n  url: http://h/NAME\n  body: none\n}\n"
)


async def answer(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})


@pytest.fixture
def collection(tmp_path: Path) -> bruscript.Collection:
    (tmp_path / "bruno.json").write_text('{"name": "c"}')
    for name, tag in (("users/a", "smoke"), ("users/b", "slow"), ("c", "s")):
        path = tmp_path / f"{name}.bru"
        path.parent.mkdir(exist_ok=True)
        path.write_text(REQUEST.replace("NAME", path.stem).replace("TAG", tag))
    return bruscript.load(tmp_path)


def names(collection: bruscript.Collection, **options: Any) -> list[str]:
    return [result.name for result in collection.run(app=answer, **options).results]


def option(kind: type[Any], name: str, value: object) -> object:
    """What an option has become of a value."""
    return getattr(kind(**{name: value}), name)


def test_every_type_of_an_option_has_a_reader_or_a_set_of_values() -> None:
    assert BY_TYPE.keys() == READERS.keys() | CHOICES.keys()


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_alone_is_a_list_of_one(name: str) -> None:
    assert option(RunOptions, name, "one") == ("one",)
    assert option(RunOptions, name, ["one", "two"]) == ("one", "two")
    assert option(RunOptions, name, {"one"}) == ("one",)
    assert option(RunOptions, name, Path("one")) == ("one",)


@pytest.mark.parametrize("name", BY_TYPE["Path | None"])
def test_every_path_may_be_a_text(name: str) -> None:
    assert option(RunOptions, name, "a/b") == Path("a/b")
    assert option(RunOptions, name, Path("a/b")) == Path("a/b")
    assert option(RunOptions, name, None) is None


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        *((name, 5, f"{name} must be a text or a list of texts, not int") for name in TEXTS),
        *(
            (name, [b"x"], f"{name} must be a text or a list of texts, not a list with bytes in it")
            for name in TEXTS
        ),
        *((name, {"a": 1}, f"{name} must be a text or a list of texts, not dict") for name in TEXTS),
        *((name, 5, f"{name} must be a path, not int") for name in BY_TYPE["Path | None"]),
        ("paths", 5, "paths must be a path or a list of paths, not int"),
        ("paths", [None], "paths must be a path or a list of paths, not a list with NoneType in it"),
        *((name, "yes", f"{name} must be True or False, not str") for name in BY_TYPE["bool"]),
        *((name, "3", f"{name} must be a whole number, not str") for name in BY_TYPE["int"]),
        *((name, True, f"{name} must be a number, not bool") for name in BY_TYPE["float"]),
        *((name, "a=1", f"{name} must be a mapping of names to texts") for name in MAPPINGS),
        *((name, {1: "a"}, f"{name} must be a mapping of names to texts") for name in MAPPINGS),
        *((name, {"a": b"x"}, f"{name} must be a mapping of names to texts") for name in MAPPINGS),
        ("prompts", {"a": 1}, "prompts must be a mapping of names to texts, but a is int"),
        ("env_vars", {"a": [{"b": Path("x")}]}, f"env_vars must be {VALUES}, but a is list"),
        ("env_vars", {"a": float("nan")}, f"env_vars must be {VALUES}, but a is not a finite number"),
        *((name, 1, f"{name} must be a text, not int") for name in BY_TYPE["str | None"]),
        *(
            (name, value, f"{name} must be {' or '.join(words)}, not {type(value).__name__}")
            for kind, words in CHOICES.items()
            for name in BY_TYPE[kind]
            for value in (1, ())
        ),
        *(
            ("app", value, "app must be an ASGI or WSGI application (a callable), not")
            for value in (3, "m:app")
        ),
        *(("prompt", value, f"prompt must be {FUNCTION}, not") for value in ("who=ann", 3, {"a": "b"})),
        ("prompt", answer, f"prompt must be {FUNCTION}, not an asynchronous one"),
        ("authorize", "http://h", "authorize must be a function that takes a URL and returns the one it"),
        ("token_store", 5, "token_store must be a path, a text or a TokenStore (with the methods get, save,"),
        ("token_store", MemoryTokenStore, "token_store must be a path, a text or a TokenStore"),
    ],
)
def test_a_value_that_makes_no_sense_names_the_option(name: str, value: Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        RunOptions(**{name: value})
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("each", fields(RunOptions), ids=lambda each: each.name)
def test_every_option_refuses_what_it_cannot_use(each: Any) -> None:
    class Nothing:
        pass

    with pytest.raises(TypeError, match=f"^{each.name} must be .*, not Nothing$"):
        option(RunOptions, each.name, Nothing())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        *((name, -1, f"{name} must be a") for name in [*BY_TYPE["int"], *BY_TYPE["float"]]),
        *((name, 0, f"{name} must be above 0") for name in ("script_timeout", "oauth2_timeout")),
        *((name, float("inf"), f"{name} must be a finite number, not inf") for name in BY_TYPE["float"]),
        *((name, 0, f"{name} must be at least 1") for name in ("parallel", "iteration_count")),
        ("script_memory", 7, "script_memory must be at least 8"),
        ("sandbox", "none", "sandbox must be safe or developer, not 'none'"),
    ],
)
def test_a_number_or_word_that_makes_no_sense(name: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        RunOptions(**{name: value})


def test_what_python_can_pass() -> None:
    values = {"a": "b", "n": 1.5, "t": True, "o": None, "l": [1, ("x",)], "d": {"k": {}}}
    assert RunOptions(env_vars=values, global_env_vars=values).env_vars == values
    store = MemoryTokenStore()
    assert RunOptions(token_store=store).token_store is store
    for each in ("keyring:x", Path("tokens.json"), None):
        assert RunOptions(token_store=each).token_store == each
    for app in (answer, Sized, Sized(), None):
        assert option(RunOptions, "app", app) is app
    assert option(RunOptions, "prompt", len) is len
    assert option(RunOptions, "authorize", answer) is answer


class Sized:
    """A WSGI application that is an object; the class may be one, too."""

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        return []


def test_what_a_prompt_may_return(collection: bruscript.Collection) -> None:
    request = next(each for each in collection.walk() if each.name == "c")
    request.path.write_text(request.path.read_text().replace("h/c", "h/{{?who}}"))
    collection = bruscript.load(collection.path)
    bad: Any = lambda name: 5  # noqa: E731
    result = collection.run(app=answer, paths="c.bru", prompt=bad)
    assert result.results[0].error == "prompt must return a text or None, not int"
    assert collection.run(app=answer, paths="c.bru", prompt=lambda name: "x").ok


def test_a_path_that_does_not_exist(collection: bruscript.Collection) -> None:
    missing = collection.path / "users" / "bb.bru"
    with pytest.raises(
        bruscript.CollectionError, match=r"^Path not found: .*bb\.bru\nDid you mean .*/b\.bru\?$"
    ):
        bruscript.load(missing)
    with pytest.raises(bruscript.BruscriptError, match=r"^Path not found: .*bb\.bru"):
        bruscript.run(missing)
    with pytest.raises(TypeError, match=r"^path must be a path, not int$"):
        bruscript.load(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^path must be a path, not bytes$"):
        bruscript.run(b".")  # type: ignore[arg-type]
    for path in ("x", "c.bru"):
        with pytest.raises(bruscript.BruscriptError, match="orkspace"):
            collection.run(app=answer, workspace_path=collection.path / path)


def test_paths_are_below_the_collection_too(
    collection: bruscript.Collection,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert names(collection, paths="users/a.bru") == ["a"]
    assert names(collection, paths=["users", Path("c.bru")]) == ["a", "b", "c"]
    assert names(collection, paths=[request.relpath for request in collection.walk()]) == ["a", "b", "c"]
    with pytest.raises(bruscript.BruscriptError, match="Path not found"):
        names(collection, paths="users/nope.bru")


@pytest.mark.parametrize("name", BY_TYPE["Path | None"])
def test_each_file_is_looked_for_below_the_collection_too(
    collection: bruscript.Collection,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    here = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(here)
    (collection.path / "files").mkdir()
    below = collection.path / "files" / "some.file"
    below.write_text("")

    def located(value: str) -> Any:
        values: dict[str, Any] = {name: value}
        return getattr(RunOptions(**values).located(collection.path), name)

    assert located("files/some.file") == below
    assert located("files/none.file") == Path("files/none.file")
    (here / "files").mkdir()
    (here / "files" / "some.file").write_text("")
    assert located("files/some.file") == Path("files/some.file")


def test_a_run_reads_files_below_the_collection(
    collection: bruscript.Collection,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    files = {
        "c.bru": REQUEST.replace("NAME", "{{row}}-{{token}}").replace("TAG", "x"),
        "rows.csv": "row\nr1\nr2\n",
        "rows.json": '[{"row": "r3"}]',
        "more/e.bru": "vars {\n  token: t\n}\n",
        "ca.pem": "",
        "certs.json": '{"enabled": false}',
        "accounts.env": "",
    }
    for name, text in files.items():
        (collection.path / name).parent.mkdir(exist_ok=True)
        (collection.path / name).write_text(text)
    collection = bruscript.load(collection.path)
    options: dict[str, Any] = {
        "env_file": "more/e.bru",
        "cacert": "ca.pem",
        "client_cert_config": "certs.json",
        "secrets_env_file": "accounts.env",
    }
    for key, rows in (("csv_file", ["r1-t", "r2-t"]), ("json_file", ["r3-t"])):
        data_file: dict[str, Any] = {key: f"rows.{key.partition('_')[0]}"}
        result = collection.run(paths="c.bru", app=answer, **data_file, **options)
        assert [each.request["url"].rpartition("/")[2] for each in result.results] == rows


def test_paths_are_requests_and_folders(collection: bruscript.Collection) -> None:
    request = next(each for each in collection.walk() if each.name == "b")
    assert names(collection, paths=request) == ["b"]
    assert names(collection, paths=[request, collection.folders[0]]) == ["b", "a", "b"]


def test_a_tag_is_not_taken_letter_by_letter(collection: bruscript.Collection) -> None:
    assert names(collection, tags="smoke") == ["a"]
    assert names(collection, exclude_tags="slow") == ["a", "c"]


def test_a_host_alone_is_denied(collection: bruscript.Collection) -> None:
    request = next(each for each in collection.walk() if each.name == "c")
    request.path.write_text(
        request.path.read_text() + "\nscript:pre-request {\n  await bru.sendRequest('http://h/x');\n}\n"
    )
    result = bruscript.load(collection.path).run(app=answer, paths="c.bru", deny_net="h")
    assert "deny_net" in (result.results[0].error or "")


def test_an_unknown_option_names_the_nearest(collection: bruscript.Collection) -> None:
    with pytest.raises(TypeError, match=r"^tgas is not a run option; did you mean `tags`\?$"):
        collection.run(tgas="smoke")  # type: ignore[call-arg]


@pytest.mark.parametrize("name", [each.name for each in fields(Permissions)])
def test_rights_of_scripts_are_read_likewise(name: str) -> None:
    assert option(Permissions, name, "one") == ("one",)
    assert option(Permissions, name, [Path("one"), "two"]) == ("one", "two")
    with pytest.raises(TypeError, match=f"^{name} must be a text or a list of texts, not int$"):
        option(Permissions, name, 5)
