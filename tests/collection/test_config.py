"""bruno.json and JSON environments of another shape: a message with the line and column."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bruscript import BruscriptError, load
from bruscript.collection import json_shape
from bruscript.collection.environment import read_environment
from bruscript.errors import CollectionError, InvalidFileError

GOOD: dict[str, Any] = {
    "version": "1",
    "name": "n",
    "type": "collection",
    "ignore": ["a"],
    "presets": {"defaultEnvironment": "e", "requestType": "http"},
    "scripts": {"additionalContextRoots": [".."], "flow": "sandwich"},
    "clientCertificates": {
        "enabled": True,
        "certs": [{"domain": "a.test", "type": "pfx", "pfxFilePath": "c"}, None],
    },
    "proxy": {
        "inherit": False,
        "config": {"protocol": "http", "hostname": "h", "port": 1, "auth": {"username": "u"}, "pac": {}},
    },
}


def write(directory: Path, config: Any) -> str:
    text = config if isinstance(config, str) else json.dumps(config, indent=2)
    (directory / "bruno.json").write_text(text)
    return text


def replaced(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    if not path:
        return new
    copy: Any = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], new)
    return copy


def test_a_good_one(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    collection = load(tmp_path)
    assert (collection.config, collection.warnings) == (GOOD, [])
    write(tmp_path, dict.fromkeys(GOOD))
    assert load(tmp_path).warnings == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ((), [], "1:1: expected an object, not a list"),
        (("name",), {}, "3:11: expected a string in name, not an object"),
        (
            ("presets", "defaultEnvironment"),
            5,
            "9:27: expected a string in presets.defaultEnvironment, not a number",
        ),
        (("scripts", "additionalContextRoots"), 5, ":31: expected a list in scripts.additionalContextRoots"),
        (
            ("scripts", "additionalContextRoots", 0),
            True,
            ":7: expected a string in scripts.additionalContextRoots[0]",
        ),
        (("scripts", "flow"), [], "expected a string in scripts.flow, not a list"),
        (("clientCertificates", "certs"), "x", "expected a list in clientCertificates.certs, not a string"),
        (("clientCertificates", "certs", 0), 1.5, "expected an object in clientCertificates.certs[0]"),
        (
            ("clientCertificates", "certs", 0, "domain"),
            [],
            "expected a string in clientCertificates.certs[0].domain",
        ),
        (
            ("clientCertificates", "enabled"),
            "yes",
            "expected true or false in clientCertificates.enabled, not a string",
        ),
        (
            ("proxy",),
            {"enabled": "yes", "hostname": "h"},
            "expected true, false or \"global\" in proxy.enabled, not 'yes'",
        ),
        (("proxy",), {"enabled": 1}, 'expected true, false or "global" in proxy.enabled, not 1'),
        (("ignore",), "archive", ":13: expected a list in ignore, not a string"),
        (("ignore",), {"archive": True}, ":13: expected a list in ignore, not an object"),
        (("ignore",), 7, ":13: expected a list in ignore, not a number"),
        (("ignore",), ["a", 1], "expected a string in ignore[1], not a number"),
        (("proxy", "config"), "x", "expected an object in proxy.config, not a string"),
        (("proxy", "config", "auth"), True, "expected an object in proxy.config.auth, not true"),
        (("proxy", "config", "pac"), "x", "expected an object in proxy.config.pac"),
    ],
)
def test_another_shape_is_an_error(
    tmp_path: Path, path: tuple[str | int, ...], value: Any, message: str
) -> None:
    write(tmp_path, replaced(GOOD, path, value))
    with pytest.raises(CollectionError) as caught:
        load(tmp_path)
    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'bruno.json'}:")
    assert message in text


@pytest.mark.parametrize("section", ["presets", "scripts", "clientCertificates", "proxy"])
def test_a_section_that_is_something_else_counts_as_none_with_a_warning(tmp_path: Path, section: str) -> None:
    text = write(tmp_path, {**GOOD, section: "x"})
    collection = load(tmp_path)
    assert section not in collection.config
    (warning,) = collection.warnings
    line = next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(f'  "{section}"'))
    assert f"bruno.json:{line}:{len(section) + 7}: expected" in warning


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "1:2: not valid JSON"),
        ('{\n "a": "NaN", "b": [1, NaN]\n}', "2:23: not valid JSON: NaN is not JSON"),
        ("[" * 100_000, "1:1: nested too deeply"),
        ('{\n "a": ' + "1" * 5000 + "}", "2:7: a number of 5000 digits is too long"),
        ('{"name": "é", "proxy": {"config": 1}}', "1:35: expected an object in proxy.config"),
        ('{"name": 1, "scripts": {"flow": "x"}, "scripts": {"flow": 2}}', "1:59: expected a string"),
    ],
)
def test_mistakes_have_their_places(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, text)
    with pytest.raises(CollectionError, match=r"bruno\.json:") as caught:
        load(tmp_path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ([1], "1:16: expected an object in variables[0], not a number"),
        ([None, "x"], "1:22: expected an object in variables[1], not a string"),
        ([{"value": 1}], "1:16: the variable has no name"),
        ([{"name": []}], "1:25: expected a string in variables[0].name, not a list"),
        (
            [{"name": "a", "enabled": "no"}],
            "1:41: expected true or false in variables[0].enabled, not a string",
        ),
        ([{"name": "a", "secret": 1}], "expected true or false in variables[0].secret, not a number"),
        ({}, "1:15: expected a list in variables, not an object"),
        (None, '1:1: expected one environment, an object with a list "variables"'),
    ],
)
def test_json_environments(tmp_path: Path, variables: Any, message: str) -> None:
    path = tmp_path / "e.json"
    path.write_text(json.dumps({"variables": variables}))
    with pytest.raises(InvalidFileError) as caught:
        read_environment(path)
    assert f"{path}:{message}" in str(caught.value) or message in str(caught.value)
    assert str(caught.value).startswith(f"Failed to parse environment file {path}:")


def test_a_value_outside_of_its_set_is_ignored_with_a_warning(tmp_path: Path) -> None:
    write(tmp_path, replaced(GOOD, ("scripts", "flow"), "foo"))
    collection = load(tmp_path)
    message = "16:13: scripts.flow is 'foo', not sandwich or sequential; it is ignored"
    assert collection.warnings == [f"{tmp_path / 'bruno.json'}:{message}"]
    assert "flow" not in collection.config["scripts"]


def test_places_in_any_layout() -> None:
    data = {'a"b': [1, {"ü": ["x", {"c": None}]}, [[]]], "": {"d": 1.5e3}}
    for indent in (None, 1, "\t"):
        text = json.dumps(data, indent=indent)
        for path, begins in {
            ('a"b', 1, "ü", 1, "c"): "null",
            ('a"b', 2, 0): "[]",
            ("", "d"): "1500.0",
            ('a"b', 0): "1",
        }.items():
            mistake = json_shape.mistake_at(text, path, "")
            line = text.splitlines()[mistake.line - 1]
            assert line[mistake.column - 1 :].startswith(begins)


DEVICE = "/dev/zero"


@pytest.mark.skipif(not os.path.exists(DEVICE), reason="there is no such device here")
def test_a_device_is_no_file_of_a_collection(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "request.bru").symlink_to(DEVICE)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "folder.bru").symlink_to(DEVICE)
    collection = load(tmp_path)
    assert list(collection.walk()) == []
    assert sorted(file.path.name for file in collection.skipped) == ["folder.bru", "request.bru"]
    assert all("not a regular file" in str(file.error) for file in collection.skipped)
    for name in (".env", "env.bru", "env.json"):
        (tmp_path / name).symlink_to(DEVICE)
    for read in (collection.dotenv, lambda: collection.environment_file("env.bru")):
        with pytest.raises(BruscriptError, match="it does not end after 64 MiB"):
            read()
    (tmp_path / "collection.bru").symlink_to(DEVICE)
    with pytest.raises(CollectionError, match=r"collection\.bru: it is not a regular file"):
        load(tmp_path)
    (tmp_path / "bruno.json").unlink()
    (tmp_path / "bruno.json").symlink_to(DEVICE)
    with pytest.raises(CollectionError):
        load(tmp_path)
