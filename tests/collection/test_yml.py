"""Collections of YAML files: what is found, in which order, and what is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from bruscript import BruSyntaxError, CollectionError, EnvironmentNotFoundError, InvalidFileError, load
from bruscript.collection import Collection
from bruscript.collection.layout import kind_of, layout_at, root_of
from bruscript.collection.workspace import global_environment

REQUEST = """info:
  name: {name}
  type: http
{more}
http:
  method: GET
  url: "{{{{host}}}}/{name}"
"""


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return root


def request(name: str, more: str = "") -> str:
    return REQUEST.format(name=name, more=more)


def made(root: Path, files: dict[str, str]) -> Collection:
    return load(write(root, {"opencollection.yml": "info:\n  name: Shop\n", **files}))


def paths(collection: Collection) -> list[str]:
    return [item.relpath for item in collection.walk()]


def test_reads_a_collection(tmp_path: Path) -> None:
    collection = made(
        tmp_path,
        {
            "opencollection.yml": "info: {name: Shop}\nrequest:\n  variables: [{name: a, value: 1.10}]\n"
            "extensions: {bruno: {presets: {defaultEnvironment: local}, scripts: {flow: sequential}}}\n",
            "b.yml": request("b", "  seq: 2\n  tags: [smoke, 1]"),
            "a.yml": request("a", "  seq: 3"),
            "orders/folder.yml": "info: {name: Orders, type: folder, tags: [slow]}\n",
            "orders/all.yml": request("all"),
            "environments/local.yml": "name: Else\nvariables: [{name: host, value: h}]\n",
            ".env": "A=1\n",
        },
    )
    assert collection.name == "Shop"
    assert collection.layout.format == "yml"
    assert collection.file == tmp_path / "opencollection.yml"
    assert paths(collection) == ["orders/all.yml", "b.yml", "a.yml"]
    assert collection.config["scripts"] == {"flow": "sequential"}
    assert collection.data["vars"]["req"][0]["value"] == "1.10"
    assert "config" not in collection.data
    (folder,) = collection.folders
    assert (folder.title, folder.name, folder.seq) == ("Orders", "orders", None)
    first, second, _ = collection.walk()
    assert first.effective_tags == ("slow",)
    assert second.tags == ("smoke", "1")
    assert (second.name, second.seq, second.kind) == ("b", 2, "http")
    assert collection.environments() == ["local"]
    assert collection.default_environment() == "local"
    environment = collection.environment("local")
    assert (environment.name, environment.variables) == ("local", {"host": "h"})
    assert collection.dotenv() == {"A": "1"}
    for wanted in ("orders/all", "orders/all.yml", "all"):
        assert collection.find(wanted) is first
    assert collection.find("orders/all.bru") is None
    with pytest.raises(EnvironmentNotFoundError, match=r"environments/nope\.yml"):
        collection.environment("nope")


def test_order_of_requests_and_folders(tmp_path: Path) -> None:
    collection = made(
        tmp_path,
        {
            "c.yml": request("c"),
            "text.yml": request("text", '  seq: "3"'),
            "half.yml": request("half", "  seq: 1.5"),
            "zero.yml": request("zero", "  seq: 0"),
            "hex.yml": request("hex", "  seq: 0x10"),
            "B/x.yml": request("x"),
            "a/x.yml": request("x"),
            "last/folder.yml": "info: {name: A, type: folder, seq: 1}\n",
            "last/x.yml": request("x"),
            "text/folder.yml": 'info: {name: T, type: folder, seq: "1"}\n',
            "text/x.yml": request("x"),
        },
    )
    assert [folder.name for folder in collection.folders] == ["last", "a", "B", "text"]
    # Without a number, and with 0, a request has 1.
    assert [item.name for item in collection.requests] == ["c", "zero", "half", "text", "hex"]


def test_yaml_counts_where_both_are(tmp_path: Path) -> None:
    collection = made(
        tmp_path, {"bruno.json": "{}", "old.bru": "get {\n  url: x\n}\n", "new.yml": request("new")}
    )
    assert paths(collection) == ["new.yml"]
    assert layout_at(tmp_path) is collection.layout
    assert root_of(tmp_path / "new.yml") == tmp_path
    assert load(tmp_path / "new.yml").path == tmp_path


def test_passes_over_what_is_no_request(tmp_path: Path) -> None:
    collection = made(
        tmp_path,
        {
            ".github/workflows/ci.yml": "name: ci\non: [push]\njobs: {a: {steps: [{run: x}]}}\n",
            "docker-compose.yml": "services:\n  web:\n    image: x\n",
            "workspace.yml": "opencollection: 1.0.0\ninfo:\n  name: W\n  type: workspace\n",
            "openapi.yml": "openapi: 3.1.0\ninfo:\n  title: x\n  version: 1\npaths: {}\n",
            "chart/values.yml": "image: {{ .Values.image }}\n",
            "empty.yml": "",
            "list.yml": "- a\n",
            "folder.yml": "info: {name: root}\n",
            "nested/opencollection.yml": "info: {name: inner}\n",
            "nested/a.yml": request("a"),
            "nested/environments/b.yml": request("b"),
            "lib.yml": "type: script\nscript: exports.a = 1\n",
            "other.yaml": request("never"),
            "dist/built.yml": request("built"),
            "node_modules/x/a.yml": request("never"),
            "environments/local.yml": "variables: []\n",
            "opencollection.yml": "info: {name: x}\nextensions: {bruno: {ignore: [dist]}}\n",
        },
    )
    assert paths(collection) == ["nested/environments/b.yml", "nested/a.yml"]
    assert collection.skipped == []


def test_apps_and_other_protocols_are_there_to_be_skipped(tmp_path: Path) -> None:
    collection = made(
        tmp_path,
        {
            "app.yml": "info: {name: A, type: app}\ncode: x\n",
            "feed.yml": "info: {name: F, type: websocket}\nwebsocket: {url: ws://x}\n",
            "hello.yml": "info: {name: H, type: grpc}\ngrpc: {url: grpc://x, method: a}\n",
            "query.yml": "info: {name: Q, type: graphql}\ngraphql: {url: x}\n",
        },
    )
    assert {item.name: item.kind for item in collection.walk()} == {
        "A": "app",
        "F": "ws",
        "H": "grpc",
        "Q": "graphql",
    }


@pytest.mark.parametrize(
    "text",
    [
        "info:\n  name: A\n  type: http\n<<<<<<< HEAD\n",
        "info:\n  name: A\n  type: http\nhttp:\n  url: {{host}}/a\n",
        "info: {name: A, type: http}\nhttp: {url: x, headers: {a: b}}\n",
        "info: {name: A, type: soap}\n",
        "info: {name: A, type: folder}\n",
        "info: {name: A}\nhttp: {url: x}\n",
        "http: {url: x}\n",
    ],
)
def test_a_broken_request_is_skipped_with_its_reason(tmp_path: Path, text: str) -> None:
    collection = made(tmp_path, {"a.yml": text, "b.yml": request("b")})
    assert paths(collection) == ["b.yml"]
    (skipped,) = collection.skipped
    assert skipped.path == tmp_path / "a.yml"
    assert isinstance(skipped.error, BruSyntaxError)
    assert str(skipped.error).startswith(f"{tmp_path / 'a.yml'}:")


def test_settings_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match=r"opencollection\.yml:1:7: `info` is a text"):
        made(tmp_path, {"opencollection.yml": "info: x\nvariables: x\n", "a.yml": request("a")})
    collection = made(
        tmp_path,
        {
            "opencollection.yml": "info: {}\n",
            "f/folder.yml": "runtime: {}\n",
            "f/b.yml": request("b"),
            "a.yml": request("a"),
        },
    )
    assert paths(collection) == ["a.yml"]
    assert "`runtime` is not a key" in str(collection.skipped[0].error)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\nvars: {a: b}\n", r"e\.yml:2:1: `vars` is not a key"),
        ("name: x\nvariables: [{name: a, value: b, enabled: false}]\n", r"e\.yml:2:33: `enabled`"),
        ("name: x\n<<<<<<< HEAD\n", r"e\.yml:2:1: found the merge conflict"),
        ("", r"e\.yml:1:1: the file is empty"),
    ],
)
def test_environments_that_cannot_be_read(tmp_path: Path, text: str, message: str) -> None:
    collection = made(tmp_path, {"environments/e.yml": text})
    with pytest.raises(InvalidFileError, match=message):
        collection.environment("e")


VALUES = """name: E
variables:
  - {name: grouped, value: 1_000}
  - {name: padded, value: 007}
  - {name: price, value: 1.10}
  - {name: long, value: 12345678901234567890}
  - {name: word, value: yes}
  - {name: day, value: 2026-01-02}
  - {name: time, value: 12:30}
  - {name: tagged, value: !vault x}
  - {name: nothing, value: ~}
  - {name: number, value: {type: number, data: "1e3"}}
  - {name: object, value: {type: object, data: '{"a": [1]}'}}
  - {name: off, value: x, disabled: true}
  - {secret: true, name: token, value: unread}
externalSecrets:
  type: aws-secrets-manager
  variables: [{name: db, secretName: prod/db}, {name: old, secretName: x, disabled: true}]
"""


def test_values_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    collection = made(
        tmp_path, {"environments/E.yml": VALUES, "e.yaml": VALUES, "workspace.yml": "", "x.yml": "a"}
    )
    for environment in (
        collection.environment("E"),
        collection.environment_file("e.yaml"),
        global_environment("E", tmp_path),
    ):
        assert environment.variables == {
            "grouped": "1_000",
            "padded": "007",
            "price": "1.10",
            "long": "12345678901234567890",
            "word": "yes",
            "day": "2026-01-02",
            "time": "12:30",
            "tagged": "x",
            "nothing": "",
            "number": 1000,
            "object": {"a": [1]},
            "token": "",
        }
        assert environment.secrets == {"token"}
        assert [(each.name, each.identifier, each.enabled) for each in environment.external] == [
            ("db", "prod/db", True),
            ("old", "x", False),
        ]


def test_kinds_by_name_and_place(tmp_path: Path) -> None:
    root = write(tmp_path, {"opencollection.yml": "", "environments/a.yml": "", "b/environments/c.yml": ""})
    assert kind_of(root / "opencollection.yml") == "collection"
    assert kind_of(root / "b" / "folder.yml") == "folder"
    assert kind_of(root / "environments" / "a.yml") == "environment"
    assert kind_of(root / "b" / "environments" / "c.yml") == "request"
    assert kind_of(root / "b" / "x.yml") == "request"
    assert kind_of(Path("elsewhere/environments/x.yml")) == "environment"
    assert kind_of(Path("elsewhere/environments/x.bru")) == "environment"


WHOLE = {"opencollection.yml": "info: {name: x}\n", "f/a.yml": request("a")}


def use_all(root: Path) -> None:
    collection = load(root)
    for file in collection.skipped:
        raise file.error
    collection.environment("e")


@pytest.mark.parametrize("text", ["- request: {auth: none}\n", "- a\n", "just text\n", "5\n", "[]\n"])
@pytest.mark.parametrize("name", ["opencollection.yml", "f/folder.yml", "environments/e.yml"])
def test_a_file_that_is_no_mapping_is_an_error(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises((BruSyntaxError, CollectionError, InvalidFileError)) as caught:
        use_all(write(tmp_path, {**WHOLE, name: "# mine\n" + text}))
    message = str(caught.value)
    assert f"{tmp_path / name}:2:1: the file is a {'text' if text[0] not in '-[' else 'list'}" in message
    assert "expected a mapping" in message
    assert "Write its keys at the start of a line" in message


def test_numbers_and_flags_are_texts_in_the_extensions(tmp_path: Path) -> None:
    settings = "ignore: [7, 007, 1.10, true]\n    presets: {defaultEnvironment: 05}\n"
    settings += "    scripts: {additionalContextRoots: [8, ../x]}\n"
    folders = {f"{name}/a.yml": request(name) for name in ("7", "007", "1.10", "true", "8")}
    collection = made(
        tmp_path,
        {
            **folders,
            "opencollection.yml": f"info: {{name: x}}\nextensions:\n  bruno:\n    {settings}",
            "environments/05.yml": "variables: []\n",
        },
    )
    assert paths(collection) == ["8/a.yml"]
    assert collection.config["presets"]["defaultEnvironment"] == "05"
    assert collection.config["scripts"]["additionalContextRoots"] == ["8", "../x"]


@pytest.mark.parametrize(
    ("settings", "column", "says"),
    [
        ("{ignore: [a, [b]]}", 34, "an item of `ignore` is a list, expected a text"),
        ("{ignore: [a, {b: 1}]}", 34, "an item of `ignore` is a mapping, expected a text"),
        ("{ignore: [a, null]}", 34, "`ignore` has an item without content"),
        ("{presets: {defaultEnvironment: [b]}}", 52, "`defaultEnvironment` is a list, expected a text"),
        (
            "{scripts: {additionalContextRoots: [[b]]}}",
            57,
            "an item of `additionalContextRoots` is a list, expected a text",
        ),
    ],
)
def test_what_is_no_text_in_the_extensions_is_an_error(
    tmp_path: Path, settings: str, column: int, says: str
) -> None:
    text = f"info: {{name: x}}\nextensions: {{bruno: {settings}}}\n"
    with pytest.raises((BruSyntaxError, CollectionError)) as caught:
        made(tmp_path, {"opencollection.yml": text})
    assert f"opencollection.yml:2:{column}: {says}" in str(caught.value)
