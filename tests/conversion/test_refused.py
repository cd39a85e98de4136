"""What has no form in the other format: the file is named with place and reason, and left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conversion.round_trip import request, write

from bruscript.cli import main
from bruscript.conversion import convert
from bruscript.conversion.file import bru_file, yml_file
from bruscript.conversion.refusal import RefusedError
from bruscript.errors import CollectionError
from bruscript.lang import Kind
from bruscript.lang.yml.document import YmlDocument

PATH, QUERY = ({"name": name, "value": "1", "type": kind} for name, kind in (("a", "path"), ("b", "query")))
COLLECTION = "opencollection: 1.0.0\ninfo:\n  name: c\n"


def yml(**blocks: Any) -> str:
    """A YAML request, each part of `http` and each block on a line of its own; line 5 is the first."""
    http = "".join(f"  {key}: {json.dumps(value)}\n" for key, value in blocks.pop("http", {}).items())
    rest = "".join(f"{key}: {json.dumps(value)}\n" for key, value in blocks.items())
    return f"info: {{name: A, type: http, seq: 2}}\nhttp:\n  method: POST\n  url: http://h/a\n{http}{rest}"


def to_bru(text: str) -> str:
    converted = yml_file(text, "request", Path("a.yml"), lambda value: value)
    assert converted is not None
    assert converted.losses == []
    return str(converted.text)


def content(text: str, kind: Kind = "request") -> dict[str, Any]:
    return YmlDocument.parsed(text, kind).content()


def headers(*entries: tuple[str, str]) -> str:
    return yml(http={"headers": [{"name": name, "value": value} for name, value in entries]})


def parts(*entries: dict[str, Any]) -> str:
    return yml(http={"body": {"type": "multipart-form", "data": list(entries)}})


def body(text: str, kind: str = "text") -> str:
    return yml(http={"body": {"type": kind, "data": text}})


def variables(*entries: dict[str, Any]) -> str:
    return yml(runtime={"variables": list(entries)})


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (headers(("a:b", "x"), ('"q', "x"), ("a b", "[1]")), '"a:b": x\n  "\\"q": x\n  "a b": [1]\n'),
        (headers(("@x", ""), ("", "y"), ("}", "z")), '@x: \n  : y\n  "}": z\n'),
        (headers(("a", "'''x"), ("b", "it's")), "a: '''x\n  b: it's\n"),
        (headers(("a", "one\n  two\n}")), "a: '''\n    one\n      two\n    }\n  '''\n"),
        (headers(("a", "one\r\ntwo")), "a: '''\n    one\r\n    two\n  '''\n"),
        (body("}\n\n}x\n"), "body:text {\n  }\n  \n  }x\n  \n}\n"),
        (body("\n\n  a  "), "body:text {\n  \n  \n    a  \n}\n"),
        (body("", "xml"), "body:xml {\n  \n}\n"),
        (
            yml(http={"auth": {"type": "basic", "username": "a\nb", "password": "[x"}}),
            "username: '''\n    a\n    b\n  '''\n  password: [x\n",
        ),
        (variables({"name": "a b", "value": "1"}, {"name": "c:d", "value": ""}), '"a b": 1\n  "c:d": \n'),
        (
            variables({"name": "o", "value": {"type": "object", "data": '{"a": "\'\'\'"}'}}),
            '@object\n  o: {"a":"\'\'\'"}\n',
        ),
        (
            yml(
                http={
                    "params": [
                        {"name": n, "value": "1", "type": t} for n, t in (("a", "path"), ("b", "query"))
                    ]
                }
            ),
            "params:path {\n  a: 1\n}\n\nparams:query {\n  b: 1\n}\n",
        ),
        (
            yml(http={"headers": [{"name": "a", "value": "b", "description": "it's ')\n'''x"}]}),
            "@description('''\n    it's ')\n    \\'\\'\\'x\n  ''')\n  a: b\n",
        ),
        (
            yml(http={"headers": [{"name": "~y", "value": "b", "disabled": True}]}),
            "headers {\n  ~~y: b\n}\n",
        ),
    ],
)
def test_what_has_a_form_is_written_in_it(text: str, written: str) -> None:
    bru = to_bru(text)
    assert written in bru
    back = bru_file(bru, "request", Path("a.bru"), lambda value: value)
    assert (
        YmlDocument.parsed(str(back.text), "request").content()
        == YmlDocument.parsed(text, "request").content()
    )


FORM = "has no form in .bru files"
BLANKS = f"{FORM}: blanks and line ends around a value are not read"
MARKS = f"{FORM}: `@file(…)` and `@contentType(…)` are marks of the language"
ACTION = {"type": "set-variable", "phase": "after-response"}


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        (
            headers(("a", "b"), ("~x", "v")),
            {"~x": f"the name `~x` in `headers` {FORM}: `~` disables an entry"},
        ),
        (headers(("x\ny", "v")), {"x\ny": f"the name `x\\ny` in `headers` {FORM}: a name is on one line"}),
        (
            headers(("x", " v"), ("y", "v\n")),
            {
                " v": f"the value of `x` in `headers` {BLANKS}",
                "v\n": f"the value of `y` in `headers` {BLANKS}",
            },
        ),
        (
            headers(("x", "a\n'''")),
            {"a\n'''": f"the value of `x` in `headers` {FORM}: three single quotes end a text"},
        ),
        (
            headers(("x", "'''a'''")),
            {"'''a'''": f"the value of `x` in `headers` {FORM}: three"},
        ),
        (
            headers(("__proto__", "a")),
            {"__proto__": f"the name `__proto__` in `headers` {FORM}: it"},
        ),
        (
            parts(
                {"name": "f", "type": "text", "value": "@file(x)"},
                {"name": "g", "type": "text", "value": "x @contentType(a)"},
                {"name": "h", "type": "file", "value": ["a", "b|c"]},
                {"name": "i", "type": "file", "value": ["a"], "contentType": "x\ny"},
            ),
            {
                "@file(x)": f"the value of `f` in `body:multipart-form` {MARKS}",
                "x @contentType(a)": f"the value of `g` in `body:multipart-form` {MARKS}",
                "b|c": f"the value of `h` in `body:multipart-form` {FORM}: `|` separates files",
                "x\ny": f"the content type of `i` in `body:multipart-form` {FORM}: it stands between",
            },
        ),
        (body("a\r\nb"), {"a\r\nb": f"`body:text` {FORM}: all line ends of a body are read as LF"}),
        (
            yml(http={"auth": {"type": "basic", "username": "a", "password": "b "}}),
            {"b ": f"`password` of `auth:basic` {BLANKS}"},
        ),
        (
            yml(http={"auth": {"type": "oauth1", "privateKey": "@file(k)"}}),
            {"@file(k)": f"`privateKey` of `auth:oauth1` {FORM}: `@file(…)` is a key's file"},
        ),
        (
            variables({"name": "@a", "value": ""}),
            {"@a": f"the name `@a` in `vars:pre-request` {FORM}: `@` makes a variable local"},
        ),
        (
            yml(runtime={"assertions": [{"expression": "a ? 1 : 2", "operator": "eq", "value": "1"}]}),
            {"a ? 1 : 2": f"the name `a ? 1 : 2` in `assert` {FORM}: an expression ends at its first colon"},
        ),
        (
            yml(
                runtime={
                    "actions": [
                        {"type": "other"},
                        {**ACTION, "variable": {"name": "~v"}, "selector": {"expression": "x "}},
                    ]
                }
            ),
            {
                '"~v"': f"the name `~v` in `vars:post-response` {FORM}: `~` disables",
                '{"expression": "x "': f"the value of `~v` in `vars:post-response` {BLANKS}",
            },
        ),
    ],
)
def test_what_has_none_is_named_with_its_place_in_the_source(text: str, reasons: dict[str, str]) -> None:
    with pytest.raises(RefusedError) as caught:
        to_bru(text)
    line = text.split("\n")[4]
    starts = []
    for part, reason in reasons.items():
        column = line.index(part if part[0] in '{"' else json.dumps(part)) + 1
        starts.append(f"a.yml:5:{column}: {reason}")
    found = zip(caught.value.reasons, starts, strict=True)
    assert [reason[: len(start)] for reason, start in found] == starts


def test_of_many_reasons_some_are_named() -> None:
    with pytest.raises(RefusedError) as caught:
        to_bru(headers(*[(f"h{at}", f"{at} ") for at in range(200)]))
    assert len(caught.value.reasons) == 20


def test_names_that_command_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tags = yml(info={"name": "A", "type": "http", "tags": ["\x1b[2J"]}).split("\n", 1)[1]
    files = {"opencollection.yml": COLLECTION, "a\x1b[31m.yml": headers(("~\x1b[2J", "v")), "b\x1b.yml": tags}
    write(tmp_path / "c", files)
    (tmp_path / "c/bruno.json").unlink()
    assert main(["convert", "c", "--to", "bru", "-o", "out"]) == 1
    output = capsys.readouterr()
    assert "\x1b" not in output.out + output.err
    assert "b\ufffd.yml" in output.out


def test_no_value_is_in_a_message() -> None:
    with pytest.raises(RefusedError) as caught:
        to_bru(yml(http={"auth": {"type": "basic", "username": "a", "password": "secret "}}))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "reason"),
    [
        ({"name": "a b", "value": "1"}, "the name `a b` in `vars`"),
        ({"name": "a", "value": "1\n"}, "the value of `a` in `vars`"),
        ({"name": "a,b", "secret": True}, "the name `a,b` in `vars`"),
        ({"name": "", "secret": True}, "the name `` in `vars`"),
    ],
)
def test_environments(variable: dict[str, Any], reason: str) -> None:
    text = f"name: a\nvariables:\n  - {json.dumps(variable)}\n"
    with pytest.raises(RefusedError, match=r"a\.yml:3:\d+: ") as caught:
        yml_file(text, "environment", Path("a.yml"), lambda value: value)
    assert reason in str(caught.value)


def test_variables_and_secrets_keep_their_order() -> None:
    rows = ("{name: a, secret: true}", "{name: b, value: x}", "{name: c, secret: true}")
    text = "".join(["name: a\nvariables:\n", *(f"  - {row}\n" for row in rows)])
    there = yml_file(text, "environment", Path("a.yml"), lambda value: value)
    assert there is not None
    assert there.text == "vars:secret [\n  a\n]\nvars {\n  b: x\n}\nvars:secret [\n  c\n]\n"
    back = bru_file(there.text, "environment", Path("a.bru"), lambda value: value)
    assert (
        YmlDocument.parsed(str(back.text), "environment").content()["variables"]
        == (YmlDocument.parsed(text, "environment").content()["variables"])
    )


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (
            "headers {\n  a: b\n  l: [\n    x\n    y\n  ]\n}",
            "15:6: the value of `l` in `headers` has no form in YAML: a value",
        ),
        (
            "auth:oauth2 {\n  grant_type: client_credentials\n  dpop: true\n}",
            "15: `dpop` of `auth:oauth2` has no form in YAML: move it to bruscript.toml",
        ),
        (
            "auth:oauth2 {\n  grant_type: client_credentials\n  token_placement: nowhere\n}",
            "15:20: in `auth:oauth2`, `token_placement` is `nowhere`, expected header or url",
        ),
        (
            "auth:oauth2 {\n  grant_type: client_credentials\n  token_placement: {{p}}\n}",
            "15:20: `tokenPlacement` of `auth:oauth2` has no form in YAML",
        ),
        (
            "auth:oauth2 {\n  grant_type: client_credentials\n  token_source: idtoken\n}",
            "15:17: in `auth:oauth2`, `token_source` is `idtoken`, expected access_token or id_token; did",
        ),
        (
            "auth:akamai-edgegrid {\n  maxBodySize: 2k\n}",
            "14: in `auth:akamai-edgegrid`, `maxBodySize` is `2k`, expected a number of bytes",
        ),
        (
            "auth:oauth1 {\n  signature_method: HMAC-SHA3\n}",
            "14:21: in `auth:oauth1`, `signature_method` is `HMAC-SHA3`, expected HMAC-SHA1, HMAC-SHA256",
        ),
        (
            "auth:apikey {\n  key: k\n  placement: query\n}",
            "15:14: in `auth:apikey`, `placement` is `query`, expected header or queryparams; did you mean",
        ),
        (
            "settings {\n  encodeUrl: yes\n  timeout: 1s\n}",
            "14: in `settings`, `encodeUrl` is `yes`, expected true or false; did you mean `true`?\n"
            "a.bru:15: in `settings`, `timeout` is `1s`, expected a whole number",
        ),
        (
            "auth:oauth2 {\n  grant_type: authorization_code\n  pkce: S256\n}",
            "15:9: in `auth:oauth2`, `pkce` is `S256`, expected true or false; did you mean `true`?",
        ),
        (
            "auth:oauth2 {\n  grant_type: authorization_code\n  pkce: {{p}}\n}",
            "15:9: the template in `pkce` of `auth:oauth2` has no form in YAML: write true or false",
        ),
        (
            "auth:oauth2 {\n  grant_type: password\n  auto_fetch_token: {{f}}\n  auto_refresh_token: yes\n}",
            "15:21: the template in `auto_fetch_token` of `auth:oauth2` has no form in YAML: "
            "write true or false\na.bru:16:23: in `auth:oauth2`, `auto_refresh_token` is `yes`, ",
        ),
        (
            "auth:oauth1 {\n  include_body_hash: yes\n}",
            "14:22: in `auth:oauth1`, `include_body_hash` is `yes`, expected true or false",
        ),
    ],
)
def test_to_yaml(block: str, reason: str) -> None:
    mode = block.split()[0].removeprefix("auth:") if block.startswith("auth") else "none"
    text = request(block, head=f"body: none\n  auth: {mode}")
    with pytest.raises(RefusedError) as caught:
        bru_file(text, "request", Path("a.bru"), lambda value: value)
    assert str(caught.value).startswith(f"a.bru:{reason}")


def test_names_of_blocks_that_a_run_takes_for_modes_stay_what_they_mean() -> None:
    text = request("body:form-urlencoded {\n  a: 1\n}", head="body: form-urlencoded\n  auth: none")
    converted = bru_file(text, "request", Path("a.bru"), lambda value: value)
    assert converted.losses == []
    data = content(str(converted.text))
    assert data["http"]["body"] == "formUrlEncoded"
    assert [entry["name"] for entry in data["body"]["formUrlEncoded"]] == ["a"]


def test_only_scripts_lose_the_endings_of_requests(tmp_path: Path) -> None:
    call = 'runRequest("b.bru")'
    root = write(
        tmp_path / "c",
        {
            "a.bru": request(
                f"body:text {{\n  {call}\n}}",
                f"tests {{\n  await bru.{call};\n}}",
                head="body: text\n  auth: none",
            ),
            "b.bru": request(),
        },
    )
    assert convert(root, "yml", tmp_path / "yml").failed == {}
    data = content((tmp_path / "yml/a.yml").read_text())
    assert data["body"]["text"] == call
    assert data["tests"] == 'await bru.runRequest("b");'


def test_a_collection_whose_own_settings_have_no_form_is_not_written(tmp_path: Path) -> None:
    write(
        tmp_path / "c",
        {"opencollection.yml": COLLECTION + "request:\n  headers:\n    - {name: ~x, value: a}\n"},
    )
    (tmp_path / "c/bruno.json").unlink()
    with pytest.raises(CollectionError, match=r"opencollection\.yml:6:14: the name `~x` in `headers`"):
        convert(tmp_path / "c", "bru", tmp_path / "bru")
    assert not (tmp_path / "bru").exists()


def test_the_command_names_it_and_writes_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "c", {"opencollection.yml": COLLECTION, "a.yml": headers(("~x", "v")), "b.yml": yml()})
    (tmp_path / "c/bruno.json").unlink()
    assert main(["convert", "c", "--to", "bru", "-o", "out"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"c/a.yml:5:22: the name `~x` in `headers` {FORM}: `~` disables an entry\n")
    assert err.endswith("Wrote 2 files to out; 1 file could not be converted\n")
    assert not (tmp_path / "out/a.bru").exists()
    assert "url: http://h/a" in (tmp_path / "out/b.bru").read_text()
