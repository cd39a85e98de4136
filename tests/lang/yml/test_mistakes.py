"""What people write wrong, and what they are told."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from bruscript import BruSyntaxError, parse
from bruscript.lang.lint import lint
from bruscript.lang.yml.document import YmlDocument

HEAD = "info:\n  name: A\n  type: http\n"


def failure(text: str, kind: Any = "request") -> BruSyntaxError:
    with pytest.raises(BruSyntaxError) as failed:
        parse(text, kind, format="yml", filename="a.yml")
    return failed.value


def dropped(text: str, kind: Any = "request") -> BruSyntaxError:
    """The error of what parses, but must not be run."""
    document = parse(text, kind, format="yml", filename="a.yml")
    with pytest.raises(BruSyntaxError) as failed:
        document.content()
    return failed.value


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        (
            "info:\n  name: A\n<<<<<<< HEAD\n  seq: 1\n=======\n  seq: 2\n>>>>>>> x\n",
            (3, 1),
            "merge conflict marker `<<<<<<<`",
            "Git left both versions",
        ),
        (
            HEAD + "http:\n  url: {{host}}/a\n",
            (5, 8),
            "begins with `{{` and is not in quotes",
            'url: "{{host}}/a"',
        ),
        (
            HEAD + "http:\n  headers:\n    - name: a\n      value: {{a}} {{b}}\n",
            (7, 14),
            "begins with `{{`",
            'value: "{{a}} {{b}}"',
        ),
        (HEAD + "http:\n\turl: x\n", (5, 1), "a tab in the indentation", "Use spaces only"),
        (HEAD + "  name: B\n", (4, 3), "the key `name` again: line 2 has it", "once"),
        (
            HEAD + "http:\n  auth: {type: oauth2, flow: authorization_code, pkce: null}\n",
            (5, 56),
            "`pkce` has no content",
            "`pkce: {}`",
        ),
        (HEAD + "http:\n  url: @x\n", (5, 8), "begins with `@`", '"@x"'),
        (HEAD + "http:\n  url: %x\n", (5, 8), "begins with `%`", '"%x"'),
        (
            HEAD + "http:\n  headers:\n    - name: accept\n      value: */*\n",
            (7, 14),
            "begins with `*`",
            '"*/*"',
        ),
        (
            HEAD + "http:\n  url: *x\n",
            (5, 8),
            "found `*x`, which refers to an anchor `&x` that the file does not have",
            '"*x"',
        ),
        (
            "info:\n  name: a: b\n  type: http\n",
            (2, 10),
            "`: ` inside a value that is not in quotes",
            'name: "a: b"',
        ),
        (HEAD + "---\ninfo: {}\n", (4, 1), "a second document", "remove `---`"),
        ("info:\n  name: 'A\n", (2, 9), "a quote that is never closed", ""),
        (HEAD + 'docs: "\\q"\n', (4, 8), "the unknown escape `\\q`", "single quotes"),
        (HEAD + "http: {url: x\n", (4, 14), "expected `,` or `}` here: `{` on line 4 is still open", ""),
        ("info:\n  name: A\n type: http\n", (3, 2), "expected the next key or item", "indented"),
        (HEAD + "just words\nhttp: {}\n", (4, 1), "found `just words`, expected `key: value`", "indent"),
        (HEAD + "http:\n  headers: accept\n", (5, 12), "`headers` is a text, expected a list", "- name: …"),
        (HEAD + "http:\n  params:\n    -\n", (6, 6), "an item without content", "fill it in"),
        ("info: A\n", (1, 7), "`info` is a text, expected a mapping", ""),
        ("info:\n  name: A\nhttp: {}\n", (1, 1), "`info.type` is missing", ""),
        ("info: {name: A, type: soap}\n", (1, 1), "`soap` is not a type of request", ""),
        ("", (1, 1), "the file is empty, expected a request", ""),
        ("- a\n", (1, 1), "`info.type` is missing", ""),
    ],
)
def test_errors_name_the_mistake(text: str, place: tuple[int, int], message: str, hint: str) -> None:
    error = failure(text)
    assert message in error.message
    assert (error.line, error.column) == place
    assert hint in (error.hint or "")
    assert str(error).startswith(f"a.yml:{place[0]}:{place[1]}: {error.message}\n  {place[0]} | ")
    assert f"\n    | {' ' * (place[1] - 1)}^" in str(error).replace("\t", " ")


def request(block: str, more: str = "") -> str:
    return f"{HEAD}http:\n  url: http://localhost/\n{block}{more}"


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        (
            request("  body:\n    type: multipartForm\n"),
            7,
            "`type` of `body` is `multipartForm`",
            "multipart-form",
        ),
        (request("  body:\n    type: urlencoded\n"), 7, "is `urlencoded`", "form-urlencoded"),
        (request("  body:\n    - title: a\n      body: {type: json}\n"), 7, "`body` is a list", "Variants"),
        (request("  body: json\n"), 6, "`body` is `json`", ""),
        (request("  headers:\n    accept: a\n"), 7, "`headers` is a mapping, expected a list", "- name: …"),
        (
            request("  headers:\n    - {name: a, value: b, enabled: false}\n"),
            7,
            "`enabled` is not a key of `headers`, and has no effect",
            "`disabled: true`",
        ),
        (request("  params:\n    - {key: a, value: b}\n"), 7, "`key` is not a key of `params`", "`name`"),
        (request("  params:\n    - {name: a, type: patj}\n"), 7, "`type` is `patj`", "path"),
        (request("  params:\n    - {name: a, disabled: yes}\n"), 7, "is the text `yes`", "YAML 1.2"),
        (
            request("  url2: x\n", "vars:\n  a: b\n"),
            7,
            "`vars` is not a key of this file",
            "`runtime: variables:`",
        ),
        (request("", "scripts: []\n"), 6, "`scripts` is not a key of this file", "`runtime: scripts:`"),
        (request("", "headers: []\n"), 6, "`headers` is not a key of this file", "`headers` in `http`"),
        (request("", "runtime:\n  scripts:\n    tests: a()\n"), 8, "`scripts` is a mapping", "- type: tests"),
        (
            request("", "runtime:\n  scripts:\n    - {type: pre-request, code: a()}\n"),
            8,
            "`type` of `scripts` is `pre-request`",
            "before-request",
        ),
        (
            request("", "runtime:\n  variables:\n    - {name: a, value: {b: 1}}\n"),
            8,
            "without `type`",
            "JSON",
        ),
        (request("", "settings:\n  followRedirects: no\n"), 7, "`followRedirects` is `no`", ""),
        (request("", 'settings:\n  timeout: "5"\n'), 7, "`timeout` is `5`", ""),
        (
            request("", 'settings:\n  maxRedirects: "5"\n'),
            7,
            "is the text `5`, expected a number",
            "without quotes",
        ),
        (
            request("", "settings:\n  retries: -1\n"),
            7,
            "`retries` is `-1`, expected a whole number from 0",
            "",
        ),
        (
            request("", "settings:\n  retries: 1.5\n"),
            7,
            "`retries` is `1.5`, expected a whole number from 0",
            "",
        ),
        (request("", "settings:\n  retryDelay: .inf\n"), 7, "`retryDelay` is `.inf`, expected a number", ""),
        (
            request(
                "  auth:\n    type: oauth2\n    flow: implicit\n    tokenConfig:\n      placement:\n"
                "        cookie: x\n"
            ),
            11,
            "`cookie` is not a key of `placement`",
            "It is `header` or `query`.",
        ),
        (request("  auth: {type: oauth1, signatureMethod: MD5}\n"), 6, "`signatureMethod` is `MD5`", ""),
        (request("  auth: basic\n"), 6, "`auth` is `basic`", ""),
        (request("  auth: {type: kerberos}\n"), 6, "`type` of `auth` is `kerberos`", ""),
        (request("  auth: {type: oauth2, flow: device}\n"), 6, "`flow` of `auth` is `device`", ""),
        (request("  auth: {type: oauth2, flow: password}\n"), 6, "is `password`", "resource_owner_password"),
        (request("  auth: {type: apikey, key: a, placement: cookie}\n"), 6, "`placement` is `cookie`", ""),
        (f"{HEAD}http:\n  url: {{{{host}}}}\n", 5, "`url` is {{host}} without quotes", 'url: "{{host}}"'),
        (request("  method: {a: 1}\n"), 6, "`method` is a mapping, expected a text", ""),
    ],
)
def test_what_would_be_dropped_is_an_error(text: str, line: int, message: str, hint: str) -> None:
    error = dropped(text)
    assert message in error.message
    assert error.line == line
    assert hint in (error.hint or "")


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("folder", "info: {name: a, type: folder}\nruntime: {}\n", "Write `request`, with `scripts`"),
        ("collection", "info: {name: a}\nheaders: []\n", "`headers` in `request`"),
        ("collection", "config: {proxy: {hostname: a}}\n", "`hostname` in `config`"),
        ("collection", "config: {clientCertificates: [{type: jks}]}\n", "`type` of `clientCertificates`"),
        ("environment", "vars: {a: b}\n", "`variables`, a list"),
        ("environment", "variables: {a: b}\n", "expected a list"),
        ("environment", "variables: [{name: a, value: b, enabled: false}]\n", "`disabled: true`"),
        ("environment", "extends: base\n", "the variables themselves"),
    ],
)
def test_so_is_what_folders_and_environments_drop(kind: str, text: str, message: str) -> None:
    assert message in str(dropped(text, kind))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("request", request("  headers:\n    - {name: a, enabled: true}\n")),
        ("request", request("  x-own: 1\n", "settings:\n  timeout: inherit\n")),
        ("request", request("  auth: none\n  body: none\n")),
        ("request", request("  url2: x\n", "settings:\n  retries: 2.0\n  retryDelay: 1.5\n")),
        (
            "request",
            request("  auth: {type: oauth2, flow: implicit, tokenConfig: {placement: {header: a, x: b}}}\n"),
        ),
        ("request", request("  auth: {type: oauth2, flow: implicit, tokenConfig: {placement: {}}}\n")),
        ("request", request("  body: {type: json, data: {a: [1]}}\n")),
        ("request", request("", "runtime:\n  scripts:\n    - {type: hooks, code: a()}\n")),
        ("request", request("", "examples:\n  - {name: a, response: {status: 200, body: {type: json}}}\n")),
        ("request", request("", "docs: {content: x, type: text/markdown}\n")),
        ("environment", "variables: [{name: a, value: {type: number, data: 5}}, {secret: true, name: b}]\n"),
        ("collection", "info: {name: a, authors: [{name: b}]}\nitems: []\nextensions: {other: {x: 1}}\n"),
        ("folder", "info: {name: a, type: folder, seq: 2}\nrequest: {settings: {x: 1}, metadata: []}\n"),
    ],
)
def test_what_is_harmless_runs(kind: Any, text: str) -> None:
    parse(text, kind, format="yml").content()


def findings(text: str, kind: Any = "request") -> list[tuple[int, str]]:
    return [(found.line, found.message) for found in lint(parse(text, kind, format="yml"))]


def test_the_lint_names_what_does_no_harm() -> None:
    text = request(
        "  retries: 3\n  auth: {type: oauth2, flow: implicit}\n",
        "settings:\n  maxRedirect: 1\nruntime:\n  assertions:\n    - expression: a\n      value: 1\n"
        "  scripts:\n    - {type: tests, code: a()}\n    - {type: tests, code: b()}\n"
        "    - {type: hooks, code: c()}\n",
    )
    assert findings(text) == [
        (6, "`retries` is not a key of `http`"),
        (
            7,
            "`tokenConfig: placement:` is missing, so Bruno itself does not send the token. "
            "Write tokenConfig: {placement: {header: Bearer}}.",
        ),
        (9, "`maxRedirect` is not a key of `settings`. Did you mean `maxRedirects`?"),
        (12, "the assertion has no `operator`, such as `operator: eq`"),
        (
            15,
            "this script is not run: another one of `type: tests` follows. "
            "Bruno runs the last script of a type: join them.",
        ),
        (17, "`hooks` in `scripts` is not read by Bruno"),
    ]


def test_the_lint_marks_what_no_reader_takes() -> None:
    text = request(
        "  retries: 3\n  auth: {type: oauth2, flow: implicit}\n",
        "runtime:\n  scripts:\n    - {type: tests, code: a()}\n    - {type: tests, code: b()}\n"
        "    - {type: hooks, code: c()}\n  actions:\n    - {type: other}\n",
    )
    unread = {found.line: found.unread for found in lint(parse(text, format="yml"))}
    assert unread == {6: True, 7: False, 10: True, 12: True, 14: True}


def test_the_lint_is_silent_about_what_is_right() -> None:
    assert findings(request("  auth: inherit\n", "settings: {}\n")) == []
    assert findings("name: x\nvariables:\n  - {name: a, value: b}\n", "environment") == []


def test_names_missing_parts() -> None:
    assert findings("info: {type: http}\n") == [
        (1, "`info: name:` is missing, so the request has no name"),
        (1, "the block `http` with the request is missing"),
    ]
    text = request("  auth: {type: apikey, key: a, value: b}\n")
    assert "has no `placement`" in findings(text)[0][1]


@pytest.mark.parametrize(
    "text",
    [
        "info: " + "[" * 200_000,
        "info: " + "{a: " * 100_000 + "}" * 100_000,
        "- " * 200_000 + "a",
        "? " * 200_000 + "a",
        "docs: " + "[" * 900 + "]" * 900,
        HEAD + "http:\n  body:\n    type: json\n    data: " + "[" * 400 + "]" * 400 + "\n",
        "".join(f"{' ' * level}value:\n" for level in range(1500)),
    ],
)
def test_values_without_bottom_take_no_time(text: str) -> None:
    """libyaml alone would take gigabytes, or the interpreter its stack."""
    with contextlib.suppress(BruSyntaxError):
        parse(text, format="yml").content()


def test_brackets_in_a_text_are_no_depth() -> None:
    text = HEAD + "docs: |\n  " + "[" * 5000 + "\n"
    assert YmlDocument.parsed(text, "request").value["docs"] == "[" * 5000 + "\n"
    with pytest.raises(BruSyntaxError, match="nested too deeply"):
        parse(HEAD + "docs: " + "[" * 5000, format="yml")


@pytest.mark.parametrize("kind", ["request", "folder"])
@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ("danger", "`tags` is a text, expected a list"),
        ("danger, slow", "`tags` is a text, expected a list"),
        ("{danger: true}", "`tags` is a mapping, expected a list"),
        ("[{danger: true}]", "`tags` is a mapping, expected a text"),
    ],
)
def test_tags_that_are_not_a_list_are_not_dropped(kind: str, tags: str, message: str) -> None:
    """Without them a run would send what `--exclude-tags` excludes."""
    error = dropped(f"info:\n  name: A\n  type: http\n  tags: {tags}\n", kind)
    assert message in str(error)
    assert error.line == 4


@pytest.mark.parametrize("kind", ["request", "folder"])
def test_tags_outside_of_info_are_not_dropped(kind: str) -> None:
    error = dropped("info:\n  name: A\n  type: http\ntags: [danger]\n", kind)
    assert "`tags` is not a key of this file" in str(error)
    assert error.hint == "Write `tags` in `info`."


@pytest.mark.parametrize(
    ("block", "near"), [("body: {type: JSON}", "json"), ("body: {type: Form-Data}", "multipart-form")]
)
def test_suggestions_whatever_the_case(block: str, near: str) -> None:
    error = dropped(HEAD + f"http:\n  {block}\n")
    assert error.hint == f"Did you mean `{near}`?"
