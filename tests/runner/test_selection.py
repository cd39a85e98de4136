"""What a run selects, and what it says where that is nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bruscript import load
from bruscript.errors import CollectionError, PathOutsideError
from bruscript.runner import RunOptions, run_collection
from bruscript.runner.events import Event, Notice
from bruscript.runner.run_result import RunResult
from bruscript.runner.selection import select

BROKEN = "meta {\n  name: broken\n\nget {\n  url: http://app.test/broken\n}\n"
TAGGED = "meta {\n  name: %s\n  type: http\n  tags: %s\n}\n\nget {\n  url: http://app.test/%s\n}\n"


class Heard:
    """A reporter that keeps the notices."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def handle(self, event: Event) -> None:
        if isinstance(event, Notice):
            self.notices.append(event)

    def close(self) -> None:
        pass


def run(collection: Any, **options: Any) -> tuple[RunResult, str]:
    heard = Heard()
    paths = tuple(collection.path / path for path in options.pop("paths", ()))
    result = run_collection(collection, RunOptions(paths=paths, **options), [heard])
    return result, "\n".join(f"{notice.level}: {notice.text}" for notice in heard.notices)


def chosen(collection: Any, **options: Any) -> list[str]:
    return [request.relpath for request in select(collection, RunOptions(**options)).requests]


def sent(echo: Any) -> list[str]:
    return [seen["path"] for seen in echo.requests]


def test_a_broken_file_elsewhere_is_a_warning(make: Any, echo: Any) -> None:
    collection = make({"shop/a.bru": "", "top.bru": "", "drafts/b.bru": BROKEN})
    result, notices = run(collection, paths=["shop", "top.bru"], app=echo)
    assert result.ok
    assert result.summary.skipped_requests == 0
    assert notices.startswith("warning: Outside this run, and skipped: ")
    assert f"{collection.path / 'drafts' / 'b.bru'}:" in notices


def test_its_path_is_relative_to_the_current_directory(
    make: Any, echo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = make({"shop/a.bru": "", "drafts/b.bru": BROKEN})
    monkeypatch.chdir(collection.path)
    _, notices = run(collection, paths=["shop"], app=echo)
    assert notices.startswith("warning: Outside this run, and skipped: drafts/b.bru:")


def test_a_broken_file_of_the_selection_fails_the_run(make: Any, echo: Any) -> None:
    collection = make({"shop/a.bru": "", "drafts/b.bru": BROKEN})
    result, notices = run(collection, paths=["."], recursive=True, app=echo)
    assert result.exit_code == 1
    assert [item.filename for item in result.results if item.skip_reason == "syntax"] == ["drafts/b.bru"]
    assert notices == ""


def test_a_broken_folder_file_matters_to_what_is_below_it(make: Any, echo: Any) -> None:
    collection = make({"shop/a.bru": "", "drafts/folder.bru": BROKEN, "drafts/deep/b.bru": ""})
    result, notices = run(collection, paths=["shop"], app=echo)
    assert result.ok
    assert "drafts/folder.bru" in notices
    for path in ("drafts/deep/b.bru", "drafts/deep", "."):
        with pytest.raises(CollectionError, match="folder"):
            run(collection, paths=[path], recursive=True, app=echo)
    assert sent(echo) == ["/a"]


def test_an_answer_may_be_empty(make: Any, echo: Any) -> None:
    run(make({"a.bru": ASKS % "<{{?Till:12}}>"}), app=echo, prompts={"Till": ""})
    assert echo.requests[0]["headers"]["x"] == "<>"


def test_only_some_of_many_broken_files_are_listed(make: Any, echo: Any) -> None:
    collection = make({"a.bru": "", **{f"drafts/{number}.bru": BROKEN for number in range(8)}})
    _, notices = run(collection, paths=["a.bru"], app=echo)
    assert notices.count("Outside this run") == 5
    assert notices.endswith("3 more such files; `bruscript check` lists them.")


def test_what_is_ignored_is_not_sent(make: Any, echo: Any) -> None:
    files = {"a.bru": "", "old/b.bru": "", "old/folder.bru": BROKEN, "shop/c.bru": "", "shop/d.bru": BROKEN}
    collection = make(files, ignore=["old/", "shop/d.bru"])
    assert run(collection, app=echo)[0].ok
    assert sent(echo) == ["/c", "/a"]
    result, notices = run(collection, paths=["old"], app=echo)
    assert result.exit_code == 1
    assert notices.endswith(f"`ignore` in {collection.path / 'bruno.json'} leaves this path out.")


@pytest.mark.parametrize("written", ["danger", "[danger]", "slow, danger", "[\n    danger\n  ]"])
def test_excluded_requests_are_never_sent(make: Any, written: str) -> None:
    collection = make({"a.bru": TAGGED % ("a", written, "a"), "b.bru": TAGGED % ("b", "safe", "b")})
    assert chosen(collection, exclude_tags=("danger",)) == ["b.bru"]
    assert chosen(collection, tags=("danger",)) == ["a.bru"]


def test_requests_below_an_excluded_folder_are_never_sent(make: Any) -> None:
    folder = "meta {\n  name: d\n  tags: danger\n}\n"
    collection = make({"a.bru": "", "d/folder.bru": folder, "d/e/b.bru": TAGGED % ("b", "x", "b")})
    assert chosen(collection, exclude_tags=("danger",)) == ["a.bru"]


SELECTABLE = {
    "shop/plain.bru": "",
    "shop/tagged.bru": TAGGED % ("tagged", "smoke, slow", "x"),
    "nest/inner/z.bru": "",
    "empty/folder.bru": "meta {\n  name: e\n}\n",
}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {"tags": ("smok",)},
            "no request has the tag smok. Did you mean smoke?\nThe tags here: slow, smoke.",
        ),
        (
            {"tags": ("x", "y"), "paths": ["shop/plain.bru"]},
            "no request has the tag x or y.\nNo request has any tag.",
        ),
        (
            {"tags": ("slow",), "exclude_tags": ("slow", "smoke")},
            'exclude_tags="slow,smoke" leaves out every request.',
        ),
        (
            {"tests_only": True},
            "no request has a test or an active assertion, which tests_only asks for.",
        ),
        ({"paths": ["empty"]}, "no requests in {root}/empty."),
        (
            {"paths": ["nest"]},
            "no requests in {root}/nest.\nIts subfolders have 1 request: add recursive=True to run them.",
        ),
    ],
)
def test_why_a_selection_is_empty(make: Any, options: dict[str, Any], says: str) -> None:
    collection = make(SELECTABLE)
    options["paths"] = tuple(collection.path / path for path in options.get("paths", ()))
    expected = "Nothing to run: " + says.replace("{root}", str(collection.path))
    assert select(collection, RunOptions(**options)).nothing == expected


@pytest.mark.parametrize("what", ["csv_file", "json_file", "tags"])
def test_a_run_of_nothing_fails(make: Any, echo: Any, what: str) -> None:
    collection = make({**SELECTABLE, "rows.csv_file": "a,b\n", "rows.json_file": "[]"})
    options: dict[str, Any] = {what: collection.path / f"rows.{what}" if what != "tags" else ("typo",)}
    result, notices = run(collection, **options, app=echo)
    assert notices.startswith("error: Nothing to run: ")
    assert ("no request has the tag typo" if what == "tags" else f"no rows in {options[what]}.") in notices
    assert result.exit_code == 1
    assert run(collection, **options, pass_with_no_requests=True, app=echo)[0].ok
    assert echo.requests == []


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("empty", ""),
        ("old", "\n`ignore` in {root}/bruno.json leaves this path out."),
        ("old/b.bru", "\n`ignore` in {root}/bruno.json leaves this path out."),
        ("nest", "\nIts subfolders have 1 request: add recursive=True to run them."),
    ],
)
def test_one_empty_path_among_others_fails_the_run(make: Any, echo: Any, path: str, says: str) -> None:
    collection = make({**SELECTABLE, "old/b.bru": ""}, ignore=["old"])
    paths = ["shop/plain.bru", path]
    result, notices = run(collection, paths=paths, app=echo)
    text = f"No requests in {collection.path / path}.{says.replace('{root}', str(collection.path))}"
    assert (result.exit_code, notices) == (1, f"error: {text}")
    assert sent(echo) == ["/plain"]
    result, notices = run(collection, paths=paths, app=echo, pass_with_no_requests=True)
    assert (result.exit_code, notices) == (0, f"warning: {text}")


@pytest.mark.parametrize("path", ["environments", "empty/folder.bru", "bruno.json", "environments/e.bru"])
def test_a_path_where_no_request_is_expected_is_a_warning(make: Any, echo: Any, path: str) -> None:
    collection = make({**SELECTABLE, "environments/e.bru": "vars {\n}\n"})
    result, notices = run(collection, paths=["shop/plain.bru", path], app=echo)
    assert result.ok
    assert notices == f"warning: No requests in {collection.path / path}."


def test_a_broken_path_among_others_is_not_called_empty(make: Any, echo: Any) -> None:
    collection = make({"a.bru": "", "b.bru": BROKEN})
    result, notices = run(collection, paths=["a.bru", "b.bru"], app=echo)
    assert (result.exit_code, notices) == (1, "")


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("path", ["other", "other/b.bru", "nothing", "notes.txt"])
def test_a_path_outside_the_collection_is_an_error(
    make: Any, echo: Any, tmp_path_factory: pytest.TempPathFactory, path: str, first: bool
) -> None:
    away = tmp_path_factory.mktemp("away")
    (away / "other").mkdir()
    (away / "nothing").mkdir()
    (away / "notes.txt").write_text("")
    (away / "other" / "bruno.json").write_text('{"version": "1", "name": "o", "type": "collection"}')
    (away / "other" / "b.bru").write_text("meta {\n  name: b\n}\n\nget {\n  url: http://app.test/b\n}\n")
    collection = make({"a.bru": ""})
    paths = [str(away / path), "a.bru"] if first else ["a.bru", away / path]
    with pytest.raises(PathOutsideError) as caught:
        collection.run(paths=paths, app=echo)
    assert caught.value.message == f"{away / path} is outside the collection {collection.path}"
    by_itself = f"A run has one collection: run {away / 'other'} by itself."
    named = by_itself if "other" in path else "Name only paths of this collection."
    assert (caught.value.hint, caught.value.exit_code) == (named, 1)
    assert echo.requests == []


def test_links_are_inside(make: Any, echo: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    away = tmp_path_factory.mktemp("away")
    (away / "b.bru").write_text("meta {\n  name: b\n}\n\nget {\n  url: http://app.test/b\n}\n")
    collection = make({"a.bru": ""})
    (collection.path / "linked.bru").symlink_to(away / "b.bru")
    (away / "whole").symlink_to(collection.path)
    collection = load(collection.path)
    assert collection.run(paths=["linked.bru", away / "whole" / "a.bru"], app=echo).ok
    assert sent(echo) == ["/b", "/a"]


ASKS = "headers {\n  x: %s\n}\n"


def test_a_run_without_any_answer_fails(make: Any, echo: Any) -> None:
    collection = make({"a.bru": ASKS % "{{?Id}} {{?User name}}", "b.bru": ASKS % "{{?Id}}"})
    result, notices = run(collection, app=echo)
    assert result.exit_code == 1
    options = 'prompts={"Id": "VALUE", "User name": "VALUE"}'
    assert result.results[0].skip_reason == f"Prompt without an answer. Answer them with {options}"
    assert result.results[1].skip_reason == 'Prompt without an answer. Answer it with prompts={"Id": "VALUE"}'
    assert notices == f"error: Nothing was sent: prompts have no answer. Answer them with {options}"


def test_a_default_counts_for_all_prompts_of_the_name(make: Any, echo: Any) -> None:
    assert make({"a.bru": ASKS % "{{?Id}} {{?Id:5}} {{?Id}}"}).run(app=echo).ok
    assert echo.requests[-1]["headers"]["x"] == "5 5 5"
    assert make({"a.bru": ASKS % "{{?Id:5}} {{?Id}}"}).run(app=echo, prompts={"Id": "7"}).ok
    assert echo.requests[-1]["headers"]["x"] == "7 7"


def test_a_run_that_sent_something_passes(make: Any, echo: Any) -> None:
    collection = make({"a.bru": ASKS % "{{?Id}}", "b.bru": ""})
    result, notices = run(collection, app=echo)
    assert (result.exit_code, notices) == (0, "")
    assert sent(echo) == ["/b"]


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ({}, "12"),
        ({"prompts": {"Till": "5"}}, "5"),
        ({"prompts": {"Till:12": "6"}}, "6"),
        ({"prompt": lambda name: f"{name}-{name.default}"}, "Till-12"),
    ],
)
def test_a_prompt_has_a_default(make: Any, echo: Any, options: dict[str, Any], value: str) -> None:
    text = (
        "post {\n  url: http://app.test/{{?Till:12}}\n  body: json\n  auth: bearer\n}\n\n"
        "auth:bearer {\n  token: {{?Till:12}}\n}\n\nheaders {\n  x: <{{?Till:12}}>\n  v: {{v}}\n}\n\n"
        'body:json {\n  {"till": "{{?Till:12}}"}\n}\n\nvars:pre-request {\n  v: {{?Till:12}}\n}\n\n'
        "script:pre-request {\n  req.setHeader('s', bru.interpolate('{{?Till:12}}'))\n}\n"
    )
    result, _ = run(make({"a.bru": text}), app=echo, **options)
    assert result.ok
    seen = echo.requests[0]
    headers = seen["headers"]
    assert seen["path"] == f"/{value}"
    assert (headers["x"], headers["v"], headers["s"]) == (f"<{value}>", value, value)
    assert headers["authorization"].strip() == f"Bearer {value}".strip()
    assert seen["body"] == f'{{"till": "{value}"}}'


def test_each_place_has_its_own_default(make: Any, echo: Any) -> None:
    text = "headers {\n  a: {{?X:1}}\n  b: {{?X: two words}}\n  c: <{{?X:}}>\n}\n"
    assert run(make({"a.bru": text}), app=echo)[0].ok
    headers = echo.requests[0]["headers"]
    assert (headers["a"], headers["b"], headers["c"]) == ("1", "two words", "<>")


def test_an_environment_that_is_not_used_is_not_read(make: Any, echo: Any, tmp_path: Path) -> None:
    collection = make({"a.bru": ""})
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "bad.bru").write_text("vars {\n")
    assert run(collection, app=echo)[0].ok


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("environments/e.bru", "is an environment"),
        ("bruno.json", "has the settings of a collection"),
        ("collection.bru", "has the settings of a collection"),
        ("empty/folder.bru", "has the settings of a folder"),
    ],
)
def test_a_path_of_settings_alone_is_named(make: Any, path: str, says: str) -> None:
    collection = make({**SELECTABLE, "environments/e.bru": "vars {\n}\n", "collection.bru": "headers {\n}\n"})
    place = collection.path / path
    expected = f"Nothing to run: no requests in {place}.\n{place} {says}: it is not a request."
    assert select(collection, RunOptions(paths=(place,))).nothing == expected


def test_ignore_that_leaves_every_request_out_is_named(make: Any) -> None:
    collection = make(
        {"a.bru": "", "x/b.bru": "", "x/folder.bru": "meta {\n  name: x\n}\n"}, ignore=["a.bru", "x"]
    )
    begins = (
        f"Nothing to run: no requests in {collection.path}.\n`ignore` in {collection.config_file} leaves out"
    )
    assert select(collection, RunOptions()).nothing == f"{begins} a.bru and 1 more."


def test_what_data_files_leave_out_is_said(make: Any, echo: Any, tmp_path: Path) -> None:
    rows, more = tmp_path / "rows.csv", tmp_path / "rows.json"
    rows.write_text("a,b\n1,c\n2,c\n3,c\n")
    more.write_text('[{"b": "j"}, {"b": "j"}]')
    collection = make({"r.bru": "headers {\n  x: {{a}}{{b}}\n}\n"})
    _, notices = run(collection, app=echo, csv_file=rows, json_file=more, iteration_count=5)
    assert [seen["headers"]["x"] for seen in echo.requests] == ["1j", "2j"]
    assert notices.splitlines() == [
        f"warning: iteration_count has no effect: the iterations are the rows of {more}.",
        f"warning: {rows} has 3 rows, {more} 2: the rows after those are left out.",
    ]
    assert run(collection, app=echo, csv_file=rows, iteration_count=3)[1] == ""
