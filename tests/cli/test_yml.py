"""The commands with collections of YAML files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from apps.answering import ANSWERING
from cli.invoke import Invoke

from bruscript import load


@pytest.fixture
def shop(tmp_path: Path, bruscript: Invoke, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert bruscript("init", str(tmp_path / "shop"), "--format", "yml", "--host", "http://app").status == 0
    (tmp_path / "app.py").write_text(ANSWERING)
    root = tmp_path / "shop"
    monkeypatch.chdir(root)
    return root


def test_init_makes_a_collection_that_runs(bruscript: Invoke, shop: Path) -> None:
    assert sorted(path.relative_to(shop).as_posix() for path in shop.rglob("*") if path.is_file()) == [
        ".gitignore",
        "environments/local.yml",
        "health.yml",
        "opencollection.yml",
    ]
    done = bruscript("run", "--env", "local", "--app", f"{shop.parent / 'app.py'}:app")
    assert done.status == 0, done.out + done.err
    assert load(shop).name == "shop"
    assert bruscript("fmt", "--check").status == 0
    assert bruscript("check").status == 0
    again = bruscript("init", ".", "--format", "bru")
    assert "is a collection already" in again.err


def test_list_and_env(bruscript: Invoke, shop: Path) -> None:
    (shop / "folder").mkdir()
    (shop / "folder" / "folder.yml").write_text("request: {auth: {type: bearer, token: t}}\n")
    text = "info: {name: A, type: http, tags: [smoke]}\nhttp: {url: x, auth: inherit}\n"
    (shop / "folder" / "a.yml").write_text(text)
    assert bruscript("list").out.splitlines() == [
        "1. folder/a.yml  GET x [smoke]",
        "   auth: bearer, from folder/folder.yml",
        "2. health.yml    GET {{host}}/health",
        "   auth: none",
    ]
    assert bruscript("env").out == "local\n"
    assert bruscript("env", "local").out == "host = http://app  (environments/local.yml)\n"
    assert "The environments here: local." in bruscript("env", "other").err


def test_parse(bruscript: Invoke, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = json.loads(bruscript("parse", "health.yml").out)
    assert (parsed["type"], parsed["request"]["url"]) == ("http-request", "{{host}}/health")
    (shop / "compose.yml").write_text("services: {}\n")
    (shop / "lib.yml").write_text("type: script\nscript: x\n")
    (shop / "broken.yml").write_text("info:\n  name: x\n  type: http\n  name: y\n")
    done = bruscript("parse", ".")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert {line["file"]: (line["kind"], "json" in line) for line in lines} == {
        "broken.yml": ("request", False),
        "environments/local.yml": ("environment", True),
        "health.yml": ("request", True),
        "lib.yml": ("request", True),
        "opencollection.yml": ("collection", True),
    }
    assert done.status == 1
    assert "broken.yml:4:3: found the key `name` again" in done.err


def test_check_names_what_is_wrong(bruscript: Invoke, shop: Path) -> None:
    (shop / "a.yml").write_text(
        "info:\n  name: A\n  type: http\n  seq: 1\nhttp:\n  url: x\n  retries: 1\n  auth: inherit\n"
        "  headers:\n    accept: x\nruntime:\n  scripts:\n    - type: tests\n      code: |-\n"
        "        void 0;\n        test('x' () => {});\n"
    )
    (shop / "b.yml").write_text("info: {name: B, type: http}\nhttp: {url: {{x}}/a}\n")
    done = bruscript("check")
    assert done.status == 1
    lines = [re.sub(r"SyntaxError: .*", "SyntaxError", line) for line in done.out.splitlines()]
    assert [line for line in lines if ".yml:" in line] == [
        "b.yml:2:13: found a value that begins with `{{` and is not in quotes",
        "a.yml:7:3: `retries` is not a key of `http`",
        "a.yml:8:9: note: no auth to `inherit`: neither a folder above nor the collection has a mode",
        "a.yml:10:5: `headers` is a mapping, expected a list. Write each entry as an item of a list: "
        "- name: …, value: …",
        "a.yml:16:9: `tests` does not compile: SyntaxError",
        "health.yml:4:8: `seq` is 1, and so is that of a.yml",
    ]


def test_check_names_types_and_entries_without_a_name(bruscript: Invoke, shop: Path) -> None:
    (shop / "environments" / "odd.yml").write_text(
        "variables:\n  - {name: a, type: numbr, value: 1}\n  - {name: b, value: {type: Number, data: '1'}}\n"
        "  - value: lost\n  - {name: '', value: x}\n  - name:\n  - {secret: true, name: s, type: number}\n"
        "externalSecrets: {type: aws-secrets-manager, variables: [{secretName: x}]}\n"
    )
    (shop / "a.yml").write_text(
        "info: {name: A, type: http}\nhttp: {url: x, headers: [{name: a, value: b}, {value: c}]}\n"
        "runtime: {variables: [{name: n, value: {type: numbr, data: x}}, {key: k, value: v}, {value: v}]}\n"
    )
    done = bruscript("check")
    types = "expected one of `string`, `number`, `boolean`, `object`, `null`. Did you mean `number`?"
    nameless = "has no `name`, and is not used. Name it, or remove it."
    assert done.out.splitlines() == [
        f"a.yml:2:47: an entry of `headers` {nameless}",
        f"a.yml:3:47: `type` is `numbr`, {types}",
        "a.yml:3:66: `key` is not a key of `variables`, and has no effect. Write `name`.",
        f"a.yml:3:85: an entry of `variables` {nameless}",
        f"environments/odd.yml:2:21: `type` is `numbr`, {types}",
        f"environments/odd.yml:3:29: `type` is `Number`, {types}",
        *(f"environments/odd.yml:{line}:5: an entry of `variables` {nameless}" for line in (4, 5, 6)),
        f"environments/odd.yml:8:58: an entry of `variables` {nameless}",
    ]
    assert done.status == 1


def test_check_gives_every_problem_of_a_yaml_file_a_column(
    bruscript: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "opencollection.yml").write_text(
        "info: {name: c}\nrequest: {auth: inherit}\n"
        "config: {clientCertificates: [{type: pem, domain: x, certificateFilePath: gone.pem}]}\n"
        "extensions: {bruno: {scripts: {additionalContextRoots: [gone]}, ignore: [a.yml],\n"
        "  presets: {defaultEnvironment: gone}}}\n"
    )
    (tmp_path / "a.yml").write_text("info: {name: A, type: http}\nhttp: {url: x}\n")
    (tmp_path / "b.yml").write_text(
        "info: {name: B, type: http}\nhttp:\n  method: GET\n  url: x/:id/%20?{{?Time:5}}&%20\n"
        "  params: [{name: no, value: a/b, type: path}]\n"
        "  headers: [{name: A, value: 1}, {name: A, value: 2}]\n"
        "  body:\n    type: json\n    data: |\n      {\n        tru\n"
        "  auth: {type: oauth1, privateKey: {type: file, value: gone}}\n"
        "runtime:\n  variables: [{name: v, value: '{{$guid}}'}]\n"
        "  assertions: [{expression: res.status, operator: '=', value: 1}]\n"
        "  scripts:\n    - {type: before-request, code: require('lodahs')}\n"
        "    - type: tests\n      code: |\n"
        "        void 0;\n        let x = ;\n"
        "settings: {encodeUrl: true}\n"
    )
    done = bruscript("check", "--env-var", "a=b")
    lines = done.out.splitlines()
    assert [line for line in lines if not re.match(r"\w+\.yml:\d+:\d+: ", line)] == []
    places = {line.split(": ")[0] for line in lines}
    assert places >= {"b.yml:21:9", "b.yml:17:36", "b.yml:11:7", "b.yml:4:18"}
    settings = {"opencollection.yml:3:75", "opencollection.yml:4:57", "opencollection.yml:4:74"}
    assert places >= {*settings, "opencollection.yml:5:33"}


def test_fmt_changes_layout_alone(bruscript: Invoke, shop: Path) -> None:
    path = shop / "a.yml"
    path.write_text("info: {type: http, name: 'A'} # mine\nhttp: {url: x}\n")
    (shop / "compose.yml").write_text("services: {  }\n")
    assert bruscript("fmt", "--check").out == "would change a.yml\n"
    assert bruscript("fmt").status == 0
    assert path.read_text() == "info:\n  name: A # mine\n  type: http\n\nhttp:\n  url: x\n"
    assert (shop / "compose.yml").read_text() == "services: {  }\n"
    assert bruscript("fmt", "--check").status == 0


def test_run_finds_files_by_their_names(bruscript: Invoke, shop: Path) -> None:
    app = f"{shop.parent / 'app.py'}:app"
    assert bruscript("run", "health.yml", "--env", "local", "--app", app).status == 0
    missing = bruscript("run", "health", "--env", "local", "--app", app)
    assert (missing.status, "Path not found" in missing.err) == (5, True)
    unknown = bruscript("run", "--env", "nope", "--app", app)
    assert unknown.status == 6
    assert "environments/nope.yml" in unknown.err
    (shop / "opencollection.yml").write_text(
        "info: {name: x}\nextensions: {bruno: {presets: {defaultEnvironment: gone}, ignore: [health.yml]}}\n"
    )
    ignored = bruscript("run", "health.yml", "--app", app)
    assert "`ignore` in opencollection.yml leaves this path out." in ignored.out + ignored.err
    assert "environments/gone.yml" in ignored.out + ignored.err


def test_completion_knows_environments(shop: Path) -> None:
    from bruscript.cli.run_options import _environments

    assert _environments(None, None, "lo") == ["local"]  # type: ignore[arg-type]


def test_files_of_a_workspace(bruscript: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "team.yml").write_text("vars: {a: b}\n")
    (tmp_path / "workspace.yml").write_text("info: {type: workspace}\n")
    done = bruscript("check")
    assert "environments/team.yml:1:1: `vars` is not a key of this file" in done.out
    assert done.err == "1 file, 1 problem\n"
