# ruff: noqa: E501 - files of a collection, a line each
"""`bruscript check`: what it finds, where, and what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.invoke import Invoke, lay

from bruscript.cli.checks.bodies import json_error
from bruscript.cli.checks.modules import required
from bruscript.lang import Document
from bruscript.lang.choices import OPERATORS, UNARY_OPERATORS
from bruscript.lang.document import Script

META = "meta {\n  name: a\n  type: http\n}\n\n"


def post(mode: str = "json", url: str = "http://h/x", method: str = "post") -> str:
    return f"{META}{method} {{\n  url: {url}\n  body: {mode}\n}}\n\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bruno.json").write_text('{"name": "c"}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        '{"a": {{n}}, "b": "{{s}}", "{{k}}": [{{x}}], {{more}} }',
        "{{whole}}",
        '[1, {{more}}]\n// comment with "quotes\n/* and\nmore */',
        "{ {{name}}: 1 }",
        '{"a": 1 {{rest}} }',
        '{"a": "say \\"{{x}}\\" // no comment"}',
        "{" + ", ".join(f'"k{at}": {{{{v{at}}}}}' for at in range(9)) + "}",
    ],
)
def test_json_with_templates_and_comments(text: str) -> None:
    assert json_error(text) is None


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('{"a": 1,\n}', 1, ""),
        ('{\n  // here\n  "a": {{x}}\n  "b": 2\n}', 4, "expecting ',' delimiter, found `\"b\": 2`"),
        ("{'a': 1}", 1, "expecting property name enclosed in double quotes"),
        ('{"a": NaN}', 1, "NaN is not JSON"),
        ("[1, 2", 1, "at its end"),
    ],
)
def test_what_is_not_json(text: str, line: int, message: str) -> None:
    error = json_error(text)
    assert error is not None
    assert message in error[1]
    assert error[0] == line or not message


CASES = {
    "json": (
        post() + 'body:json {\n  {\n    "a": tru\n  }\n}\n',
        "a.bru:13: the body is not valid JSON: expecting value, found `tru`",
    ),
    "graphql variables": (
        post("graphql") + "body:graphql {\n  { a }\n}\n\nbody:graphql:vars {\n  {a: 1}\n}\n",
        "a.bru:16: the variables are not valid JSON: expecting property name",
    ),
    "mode": (post("jsonn"), "a.bru:8: The body mode 'jsonn' does not exist: did you mean 'json'?"),
    "block without mode": (
        META + "post {\n  url: x\n}\n\nbody:xml {\n  <a/>\n}\n",
        "a.bru:11: `body:xml` is not sent: the block `post` has no `body: xml`",
    ),
    "method": (
        post(method="get") + "body:json {\n  {}\n}\n",
        "a.bru:8: a GET request with a body: servers may ignore or refuse it (RFC 9110)",
    ),
    "file": (
        post("file") + "body:file {\n  file: @file(none.bin)\n  ~file: @file(other.bin)\n}\n",
        "a.bru:12: the file none.bin does not exist",
    ),
    "files of a form": (
        post("multipart-form")
        + "body:multipart-form {\n  a: @file(here.txt|none.txt)\n  b: @file({{f}})\n}\n",
        "a.bru:12: the file none.txt does not exist",
    ),
    "operator of another tool": (
        post("none")
        + "assert {\n  res.status: equals 200\n  res.body: is what it says\n  res.a: isJson\n}\n",
        "a.bru:12: `equals` is not an operator, so `res.status` is compared with the text `equals 200`; "
        "did you mean `eq`?",
    ),
    "misspelt operator": (
        post("none") + "assert {\n  res.a: contains x\n  res.b: contans x\n  res.c: contents\n}\n",
        "a.bru:13: `contans` is not an operator, so `res.b` is compared with the text `contans x`; "
        "did you mean `contains`?",
    ),
    "operator in capitals": (
        post("none") + "assert {\n  res.a: ISJSON\n}\n",
        "a.bru:12: `ISJSON` is not an operator, so `res.a` is compared with the text `ISJSON`; "
        "did you mean `isJson`?",
    ),
    "type of a variable": (
        post("none") + "vars:pre-request {\n  @number\n  a: 1\n  @mine\n  b: 2\n  @numbr\n  c: 3\n}\n",
        "a.bru:16: `@numbr` is not a type; did you mean `@number`?",
    ),
    "path parameter": (
        post("none", "{{host}}/x/:id.json") + "params:path {\n  id: 1\n  lost: 2\n  ~off: 3\n}\n",
        "a.bru:13: `params:path` has `lost`, but the path of the URL has no `:lost`",
    ),
    "module": (
        post("none") + "tests {\n  // require('commented')\n  require('./lib'); require('lodash');\n"
        '  const text = "require(\'quoted\')";\n  require( "lodahs" );\n}\n',
        "a.bru:15:3: the module `lodahs` cannot be found; did you mean `lodash`?",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_problems(bruscript: Invoke, root: Path, name: str) -> None:
    text, expected = CASES[name]
    lay(root, {"a.bru": text, "here.txt": "", "lib.js": ""})
    outcome = bruscript("check")
    lines = [line for line in outcome.out.splitlines() if ": note: " not in line]
    assert len(lines) == 1, outcome.out
    assert lines[0].startswith(expected)
    assert outcome.status == 1


NOTES = {
    "tags": (
        {"a.bru": META.replace("http\n", "http\n  tags: [x]\n") + "get {\n  url: x\n}\n"},
        "a.bru:4: note: Bruno itself does not read tags on one line; `bruscript fmt` makes a list of them",
    ),
    "tags that no list holds": (
        {"a.bru": META.replace("http\n", "http\n  tags: [x, v1.2]\n") + "get {\n  url: x\n}\n"},
        "a.bru:4: note: Bruno itself does not read tags on one line, and its lists cannot hold `v1.2`",
    ),
    "none": (
        {
            "collection.bru": "auth {\n  mode: bearer\n}\n\nauth:bearer {\n  token: t\n}\n",
            "f/folder.bru": "meta {\n  name: f\n}\n\nauth {\n  mode: none\n}\n",
            "f/g/a.bru": META + "get {\n  url: x\n  auth: inherit\n}\n",
            "f/g/b.bru": META + "get {\n  url: x\n  auth: none\n}\n",
            "f/g/c.bru": META + "get {\n  url: x\n  auth: inherit\n}\n",
        },
        "f/folder.bru:6: note: `none` ends inheritance: 2 requests that inherit are sent without credentials; "
        "Bruno's own command sends those of collection.bru",
    ),
    "escapes": (
        {"a.bru": META + "get {\n  url: x?a=%20b\n}\n\nsettings {\n  encodeUrl: true\n}\n"},
        "a.bru:7: note: `%20` in the query is sent as it is; Bruno's own command encodes it once more (`%2520`)",
    ),
    "value": (
        {
            "a.bru": META
            + "get {\n  url: {{host}}/{{prefix}}/x?q={{q}}\n}\n\nsettings {\n  encodeUrl: true\n}\n",
            "environments/e.bru": "vars {\n  host: http://h/x\n  prefix: api/v1\n  q: a/b\n}\n",
        },
        "a.bru:7: note: `/` in the value of `{{prefix}}` is sent as %2F, since `encodeUrl` is on; Bruno's own "
        "command sends it as it is",
    ),
    "dynamic value": (
        {
            "a.bru": META
            + "get {\n  url: x\n}\n\nvars:pre-request {\n  n: {{n}}\n  id: a-{{$guid}}\n  b: {{$nope}}\n}\n"
        },
        "a.bru:12: note: `{{$guid}}` in a variable is made once for each request; Bruno's own command makes "
        "a new one at each use of the variable",
    ),
    "dynamic value of an environment": (
        {
            "a.bru": META + "get {\n  url: x\n}\n",
            "environments/e.bru": "vars {\n  id: {{$guid}}\n  ~b: {{$guid}}\n}\n",
        },
        "environments/e.bru:2: note: `{{$guid}}` in a variable is made once for each request; Bruno's own "
        "command makes a new one at each use of the variable",
    ),
    "dynamic value of a script": (
        {"a.bru": META + "get {\n  url: x\n}\n\nscript:pre-request {\n  bru.setVar('id', '{{$guid}}');\n}\n"},
        "a.bru:11:3: note: `{{$guid}}` in a variable is made once for each request; Bruno's own command makes "
        "a new one at each use of the variable",
    ),
    "prompt": (
        {"a.bru": META + "get {\n  url: x/{{?Name}}/{{?Time (HH:MM)}}\n}\n"},
        "a.bru:7:20: note: `{{?Time (HH:MM)}}` asks for `Time (HH`, by default `MM)`; Bruno itself asks for "
        "`Time (HH:MM)`",
    ),
    "prompt with blanks": (
        {"a.bru": META + "get {\n  url: x/{{? Id : 5 }}\n}\n"},
        "a.bru:7:10: note: `{{? Id : 5 }}` is not a prompt, and is sent as it is written: "
        "it begins or ends with a blank",
    ),
    "headers": (
        {"a.bru": META + "get {\n  url: x\n}\n\nheaders {\n  X-A: 1\n  x-a: 2\n  ~B: 1\n  B: 2\n}\n"},
        "a.bru:11: note: the header X-A is sent 2 times; Bruno's own command sends only the last one",
    ),
    "block's name": (
        {"a.bru": post("form-urlencoded") + "body:form-urlencoded {\n  a: 1\n}\n"},
        "a.bru:8: note: `form-urlencoded` is read as `formUrlEncoded`; Bruno's own command sends no body",
    ),
    "empty": (
        {"a.bru": post()},
        "a.bru:8: note: the body is empty: the block `body:json` is missing",
    ),
}


@pytest.mark.parametrize("name", NOTES)
def test_notes_do_not_fail(bruscript: Invoke, root: Path, name: str) -> None:
    files, expected = NOTES[name]
    lay(root, files)
    outcome = bruscript("check")
    assert [line for line in outcome.out.splitlines() if "`seq`" not in line] == [expected]
    assert "1 note" in outcome.err
    assert outcome.status == 0


def test_the_collections_own_settings(bruscript: Invoke, root: Path) -> None:
    config = {
        "name": "c",
        "ignore": ["old", "node_modules"],
        "presets": {"defaultEnvironment": "none"},
        "scripts": {"additionalContextRoots": ["../shared-nowhere"]},
        "clientCertificates": {"certs": [{"domain": "h", "certFilePath": "c.pem", "keyFilePath": "k.pem"}]},
    }
    lay(
        root,
        {
            "bruno.json": json.dumps(config),
            "a.bru": META + "get {\n  url: x\n}\n",
            "c.pem": "",
            "old/b.bru": "x",
        },
    )
    outcome = bruscript("check")
    assert outcome.out.splitlines() == [
        "bruno.json:1:26: note: `ignore` excludes old; Bruno's own command runs it",
        "bruno.json:1:84: `defaultEnvironment` is none, which is not an environment of the collection",
        "bruno.json:1:132: `additionalContextRoots` has ../shared-nowhere, which is not a directory",
        "bruno.json:1:244: `keyFilePath`: the file k.pem does not exist",
    ]
    assert bruscript("check", "a.bru").out == ""


def test_encodings_that_are_not_utf_8(bruscript: Invoke, root: Path) -> None:
    (root / "a.bru").write_bytes(
        META.replace("name: a", "name: caf\xe9").encode("latin-1") + b"get {\n  url: x\n}\n"
    )
    outcome = bruscript("check")
    assert (
        outcome.out == "a.bru:2:12: the byte 0xe9 is not UTF-8, and read as U+FFFD: save the file as UTF-8\n"
    )
    assert outcome.status == 1


@pytest.mark.parametrize("where", [".", "empty"])
def test_nothing_to_check_is_not_no_problems(bruscript: Invoke, root: Path, where: str) -> None:
    (root / "empty").mkdir()
    outcome = bruscript("check", where)
    assert outcome.out.startswith(f"{where}: there is nothing to check")
    assert outcome.status == 1


def test_ignore_that_leaves_nothing_to_check_is_named(bruscript: Invoke, root: Path) -> None:
    (root / "bruno.json").write_text('{"version": "1", "name": "x", "type": "collection", "ignore": ["old"]}')
    lay(root, {"old/a.bru": META + "get {\n  url: x\n}\n"})
    outcome = bruscript("check")
    assert outcome.out.endswith("`ignore` in bruno.json leaves out old/a.bru.\n")
    assert outcome.status == 1


def test_variables_that_are_not_set(bruscript: Invoke, root: Path) -> None:
    lay(
        root,
        {
            "environments/ci.bru": "vars {\n  host: h\n  token: t\n  base: {{hots}}/x\n}\n",
            "environments/dev.bru": "vars {\n  host: h\n  tokn: t\n  base: b\n}\n",
            "helpers.js": "bru.setEnvVar('fromHelper', 1)",
            "a.bru": META
            + "get {\n  url: {{base}}?t={{tokn}}&i={{id}}&h={{fromHelper}}&o={{order.id}}&p={{?Ask}}"
            "&x={{$oauth2.c.access_token}}&e={{process.env.NO_SUCH_VARIABLE_HERE}}\n}\n",
            "b.bru": META + "get {\n  url: {{host}}\n}\n\nvars:post-response {\n  id: res.body.id\n}\n\n"
            'script:post-response {\n  bru.setVar("order", res.body)\n}\n',
        },
    )
    assert "is not set" not in bruscript("check").out
    outcome = bruscript("check", "--env", "ci")
    assert sorted(line for line in outcome.out.splitlines() if "not set" in line) == [
        "a.bru:7:111: the variable `{{process.env.NO_SUCH_VARIABLE_HERE}}` is not set",
        "a.bru:7:19: the variable `{{tokn}}` is not set; did you mean `{{token}}`?",
        "environments/ci.bru:4:9: the variable `{{hots}}` is not set; did you mean `{{host}}`?",
    ]
    assert outcome.status == 1
    outcome = bruscript("check", "--env", "dev", "a.bru")
    assert [line for line in outcome.out.splitlines() if "not set" in line] == [
        "a.bru:7:111: the variable `{{process.env.NO_SUCH_VARIABLE_HERE}}` is not set",
    ]
    assert "tokn" not in bruscript("check", "--env", "ci", "--env-var", "tokn=1").out
    assert bruscript("check", "--env", "none").status == 6
    (root / "rows.csv").write_text("tokn,hots\n1,h\n")
    (root / "rows.json").write_text('[{}, {"tokn": 1, "hots": null}]')
    for option, status in (("--csv-file-path", 10), ("--json-file-path", 11)):
        kind = option[2:].partition("-")[0]
        out = bruscript("check", "--env", "ci", option, f"rows.{kind}").out
        assert "{{tokn}}" not in out
        assert "{{hots}}" not in out
        assert bruscript("check", "--env", "ci", option, "none").status == status
        assert "the variable `{{host}}` is not set" in bruscript("check", option, f"rows.{kind}").out


def test_files_of_the_other_format(
    bruscript: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    request = {
        "type": "http-request",
        "name": "a",
        "seq": 1,
        "request": {
            "method": "POST",
            "url": "{{host}}/:id",
            "headers": [],
            "params": [{"name": "lost", "value": "1", "type": "path", "enabled": True}],
            "body": {"mode": "json", "json": '{\n  "a": tru\n}'},
            "auth": {"mode": "none"},
            "script": {"req": "require('lodahs')"},
        },
    }
    text = Document.from_json(request, "request", format="yml").text
    lay(tmp_path, {"opencollection.yml": "opencollection: 1.0.0\ninfo:\n  name: c\n", "a.yml": text})
    outcome = bruscript("check", "--env-var", "x=1")
    assert "a.yml:" in outcome.out
    for expected in (
        "the body is not valid JSON",
        "`params:path` has `lost`",
        "the module `lodahs` cannot be found; did you mean `lodash`?",
        "the variable `{{host}}` is not set",
    ):
        assert expected in outcome.out


def test_what_a_script_requires() -> None:
    code = (
        "a = require('x')\n/* require('no') */ const b = require(\"y/z\"), c = `require('t')`;\nrequire(name)"
    )
    assert required(Script("tests", code, 1)) == [(0, "x"), (1, "y/z")]


ONE_OF = f"Write one of {', '.join((*OPERATORS, *UNARY_OPERATORS))}."


def test_operators_in_yaml(bruscript: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        *("{expression: res.a, operator: eq, value: x}", "{expression: res.b, operator: '>', value: 1}"),
        *("{expression: res.a, operator: isnul}", "{expression: res.a, operator: '{{op}}', value: 1}"),
        "{expression: res.a, operator: xyz, value: 2}",
    ]
    assertions = "".join(f"    - {entry}\n" for entry in entries)
    text = "info: {name: a, type: http}\nhttp: {method: GET, url: x}\nruntime:\n  assertions:\n" + assertions
    lay(tmp_path, {"opencollection.yml": "info: {name: c}\n", "a.yml": text})
    monkeypatch.chdir(tmp_path)
    assert bruscript("check").out.splitlines() == [
        "a.yml:6:7: `>` is not an operator, so `res.b` is compared with the text `> 1`; did you mean `gt`?",
        "a.yml:7:7: `isnul` is not an operator, so `res.a` is compared with the text `isnul`; "
        "did you mean `isNull`?",
        f"a.yml:9:7: `xyz` is not an operator, so `res.a` is compared with the text `xyz 2`. {ONE_OF}",
    ]
