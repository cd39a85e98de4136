# ruff: noqa: E501 - files of a collection, a line each

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from evaluate.conftest import HEAD, Make, prepared, request_at

from bruscript.errors import BruscriptError
from bruscript.evaluate import Scopes, merge, prepare, prompts, resolve, resolve_auth
from bruscript.http import FileBody, MultipartBody, OutgoingRequest

FORM = "application/x-www-form-urlencoded"


def outgoing(
    make: Make, body: str, mode: str = "none", url: str = "http://h/x", auth: str = "none", **scopes: Any
) -> OutgoingRequest:
    return resolve(*prepared(make, HEAD.format(url=url, mode=mode, auth=auth) + body, **scopes))


def test_everything_is_resolved_and_scripts_see_it_afterwards(make: Make) -> None:
    text = (
        HEAD.format(url="{{host}}/a?x={{v}}", mode="text", auth="none")
        + "headers {\n  X-{{v}}: {{v}}\n}\n\nbody:text {\n  <{{v}}>\n}\n"
    )
    request, scopes = prepared(make, text, environment={"host": "http://h", "v": "V"})
    assert (request.url, request.data) == ("{{host}}/a?x={{v}}", "<{{v}}>")
    sent = resolve(request, scopes)
    assert (sent.method, sent.url, sent.body) == ("POST", "http://h/a?x=V", b"<V>")
    assert sent.headers == [("X-V", "V"), ("content-type", "text/plain")]
    assert request.to_report() == {
        "method": "POST",
        "url": "http://h/a?x=V",
        "headers": {"X-V": "V", "content-type": "text/plain"},
        "data": "<V>",
    }


def test_what_scripts_change_is_what_is_sent(make: Make) -> None:
    request, scopes = prepared(
        make, HEAD.format(url="http://h", mode="none", auth="none") + "headers {\n  A: 1\n  B: 2\n}\n"
    )
    state = json.loads(json.dumps(request.to_state()))
    assert state["method"] == "POST"
    state |= {
        "method": "PUT",
        "url": "http://{{v}}/",
        "data": {"a": "{{v}}"},
        "timeout": 500,
        "maxRedirects": 2,
        "tags": ["no"],
    }
    state["headers"] |= {"C": "{{v}}", "A": None, "Content-Type": "application/json"}
    state["headersToDelete"] = ["User-Agent", "b", "Host"]
    request.apply_state(state)
    scopes.runtime["v"] = "V"
    sent = resolve(request, scopes)
    assert (sent.method, sent.url, sent.body) == ("PUT", "http://V/", b'{"a":"V"}')
    assert sent.headers == [("content-type", "application/json"), ("C", "V")]
    assert sent.omit_headers == {"user-agent", "b", "a"}
    assert (sent.timeout_ms, sent.max_redirects, request.tags) == (500, 2, [])


def test_preparing_leaves_the_collection_alone(make: Make) -> None:
    text = (
        HEAD.format(url="http://h", mode="formUrlEncoded", auth="none")
        + "body:form-urlencoded {\n  a: {{v}}\n}\n"
    )
    collection = make({"r.bru": text})
    request = request_at(collection, "r")
    assert request is not None
    before = json.dumps(request.data)
    for value in ("1", "2"):
        sent = resolve(prepare(merge(request), collection, Scopes()), Scopes(runtime={"v": value}))
        assert sent.body == f"a={value}".encode()
    assert json.dumps(request.data) == before


def sent_as(make: Make, headers: dict[str, Any], data: Any) -> Any:
    request, scopes = prepared(make, HEAD.format(url="http://h", mode="none", auth="none"))
    request.apply_state({"headers": headers, "data": data})
    body = resolve(request, scopes).body
    assert request.data == data or isinstance(request.data, str)
    return [(part.name, part.value) for part in body.parts] if isinstance(body, MultipartBody) else body


OBJECT = {"a": "x y", "list": [1, None, "two"], "deep": {"b": True, "l": [3]}, "none": None}


def test_an_object_of_a_script_becomes_the_fields_of_a_form(make: Make) -> None:
    named = b"a=x+y&list%5B%5D=1&list%5B%5D=two&deep%5Bb%5D=true&deep%5Bl%5D%5B0%5D=3"
    # A body's mode leaves a header of its own, here none; the script's comes behind it.
    assert sent_as(make, {"content-type": None, "Content-Type": FORM}, OBJECT) == named
    assert sent_as(make, {"content-type": f"{FORM}; charset=utf-8"}, OBJECT) == named
    repeated = b"a=x%20y&list=1&list=&list=two&deep%5Bb%5D=true&deep%5Bl%5D=3&none="
    assert sent_as(make, {"content-type": FORM}, OBJECT) == repeated


def test_an_object_of_a_script_becomes_the_parts_of_a_body(make: Make) -> None:
    parts = [("a", "x y"), ("list[]", "1"), ("list[]", "two"), ("deep[b]", "true"), ("deep[l][0]", "3")]
    assert sent_as(make, {"content-type": "multipart/form-data"}, OBJECT) == parts


def test_half_a_character_is_escaped_in_json(make: Make) -> None:
    body = sent_as(make, {"content-type": "application/json"}, {"\udc00": "a\ud800b", "e": "é"})
    assert body == '{"\\udc00":"a\\ud800b","e":"é"}'.encode()


@pytest.mark.parametrize(
    ("mode", "block", "content_type", "body"),
    [
        ("json", 'body:json {\n  {"a": "{{v}}" /* c */ }\n}\n', "application/json", b'{"a": "V"  }'),
        ("xml", "body:xml {\n  <a>{{v}}</a>\n}\n", "application/xml", b"<a>V</a>"),
        ("sparql", "body:sparql {\n  SELECT {{v}}\n}\n", "application/sparql-query", b"SELECT V"),
        (
            "formUrlEncoded",
            "body:form-urlencoded {\n  a: {{v}} &\n  a: 2\n  ~b: 3\n}\n",
            "application/x-www-form-urlencoded",
            b"a=V+%26&a=2",
        ),
        (
            "graphql",
            'body:graphql {\n  { q }\n}\n\nbody:graphql:vars {\n  {"x": {{n}}} // c\n}\n',
            "application/json",
            b'{"query":"{ q }","variables":{"x":1}}',
        ),
        ("graphql", "body:graphql {\n  { q }\n}\n", "application/json", b'{"query":"{ q }","variables":{}}'),
        ("json", "body:json {\n  {v: {{missing}}}\n}\n", "application/json", b'"{v: {{missing}}}"'),
    ],
)
def test_bodies(make: Make, mode: str, block: str, content_type: str, body: bytes) -> None:
    sent = outgoing(make, block, mode, runtime={"v": "V", "n": 1})
    assert (sent.header("Content-Type"), sent.body) == (content_type, body)


def test_no_body_has_no_content_type(make: Make) -> None:
    sent = outgoing(make, "")
    assert sent.body is None
    assert sent.headers == []
    assert sent.omit_headers == {"content-type"}


def test_files(make: Make, tmp_path: Path) -> None:
    files = {"f/a.txt": "A", "b.bin": "B"}
    block = "body:multipart-form {\n  t: {{v}}\n  f: @file(f/a.txt|b.bin)\n  j: {} @contentType(application/json)\n}\n"
    sent = outgoing(make, block, "multipartForm", files=files, runtime={"v": "V"})
    assert isinstance(sent.body, MultipartBody)
    root = tmp_path / "c"
    assert [(part.name, part.value, part.filename, part.content_type) for part in sent.body.parts] == [
        ("t", "V", None, None),
        ("f", FileBody(root / "f" / "a.txt"), "a.txt", None),
        ("f", FileBody(root / "b.bin"), "b.bin", None),
        ("j", "{}", None, "application/json"),
    ]
    sent = outgoing(
        make,
        "body:file {\n  ~file: @file(f/a.txt)\n  file: @file(b.bin) @contentType(image/png)\n}\n",
        "file",
        files=files,
    )
    assert (sent.body, sent.header("content-type")) == (FileBody(root / "b.bin"), "image/png")
    block = "body:file {\n  file: @file(f/{{name}}.txt)\n}\n"
    assert outgoing(make, block, "file", files=files, runtime={"name": "a"}).body == FileBody(
        root / "f" / "a.txt"
    )


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_the_users_multipart_type_stays(make: Make, name: str) -> None:
    headers = f"headers {{\n  {name}: multipart/related; boundary=b1\n}}\n"
    sent = outgoing(make, headers + "body:multipart-form {\n  a: 1\n}\n", "multipartForm")
    assert sent.headers == [(name, "multipart/related; boundary=b1")]
    assert isinstance(sent.body, MultipartBody)
    assert sent.body.boundary == "b1"


@pytest.mark.parametrize(
    ("mode", "block", "message"),
    [
        ("file", "body:file {\n  file: @file(no.bin)\n}\n", r"no\.bin"),
        ("multipartForm", "body:multipart-form {\n  part: @file(no.bin)\n}\n", r"'part'.*no\.bin"),
        (
            "graphql",
            "body:graphql {\n  { q }\n}\n\nbody:graphql:vars {\n  {x}\n}\n",
            "Failed to parse GraphQL variables",
        ),
    ],
)
def test_a_body_that_cannot_be_built_says_why(make: Make, mode: str, block: str, message: str) -> None:
    with pytest.raises(BruscriptError, match=message):
        outgoing(make, block, mode)


def test_an_impossible_url_says_so(make: Make) -> None:
    with pytest.raises(BruscriptError, match="Invalid URL format"):
        outgoing(make, "params:path {\n  id: 1\n}\n", url="{{host}}/:id", runtime={"host": "http://a^b"})


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", (0, True, 5, None)),
        ("  timeout: 250\n  followRedirects: false\n  maxRedirects: 2\n", (250, False, 2, None)),
        ("  timeout: inherit\n  maxRedirects: 0\n  forwardAuthorizationHeader: false\n", (0, True, 0, False)),
    ],
)
def test_settings(make: Make, settings: str, expected: tuple[int, bool, int, bool | None]) -> None:
    sent = outgoing(make, f"settings {{\n{settings}}}\n" if settings else "")
    assert (
        sent.timeout_ms,
        sent.follow_redirects,
        sent.max_redirects,
        sent.forward_authorization,
    ) == expected


def test_auth_is_resolved_before_and_after(make: Make) -> None:
    text = (
        HEAD.format(url="http://h", mode="none", auth="digest")
        + "auth:digest {\n  username: {{u}}\n  password: {{p}}\n}\n"
    )
    request, scopes = prepared(make, text, runtime={"u": "me", "p": "{{u}}!"})
    assert resolve_auth(request, scopes).config == {"username": "me", "password": "me!"}
    assert request.auth.config["username"] == "{{u}}"
    assert resolve(request, scopes).auth.config == {"username": "me", "password": "me!"}


BEARER = HEAD.format(url="http://h", mode="none", auth="bearer") + "auth:bearer {\n  token: {{t}}\n}\n"
API_KEY = (
    HEAD.format(url="http://h", mode="none", auth="apikey")
    + "auth:apikey {\n  key: X-{{t}}\n  value: {{t}}\n  placement: header\n}\n"
)


@pytest.mark.parametrize(
    ("text", "name", "value"), [(BEARER, "Authorization", "Bearer T"), (API_KEY, "X-T", "T")]
)
def test_auth_in_a_header_is_there_for_scripts(make: Make, text: str, name: str, value: str) -> None:
    request, scopes = prepared(make, text, runtime={"t": "T"})
    placed = next(key for key in request.headers if key != "content-type")
    assert "{{t}}" in str(request.headers[placed])
    assert resolve(request, scopes).header(name) == value
    assert request.auth.mode in ("bearer", "apikey")

    changed, scopes = prepared(make, text, runtime={"t": "T"})
    changed.headers[placed] = "mine"
    sent = resolve(changed, scopes)
    assert (sent.header(name), sent.auth.mode) == ("mine", "none")

    removed, scopes = prepared(make, text, runtime={"t": "T"})
    del removed.headers[placed]
    sent = resolve(removed, scopes)
    assert (sent.header(name), sent.auth.mode) == (None, "none")


def test_a_header_that_is_repeated_is_sent_repeatedly(make: Make) -> None:
    sent = outgoing(make, "headers {\n  X-A: {{v}}\n  B: 2\n  x-a: 3\n}\nvars:pre-request {\n  v: 1\n}\n")
    assert sent.headers == [("X-A", "1"), ("X-A", "3"), ("B", "2")]


def test_names_that_differ_in_case_are_one_header(make: Make) -> None:
    text = HEAD.format(url="http://h", mode="none", auth="none") + "headers {\n  x-a: 3\n}\n"
    outer = "headers {\n  X-A: 1\n  X-A: 2\n  B: 2\n}\n"
    sent = resolve(*prepared(make, text, {"collection.bru": outer}))
    assert sent.headers == [("X-A", "3"), ("B", "2")]


def test_what_a_header_loses_is_told(make: Make) -> None:
    sent = outgoing(make, "headers {\n  A: {{v}}\n  B: {{end}}\n}\n", runtime={"v": "s3\u65e5", "end": "x\n"})
    assert len(sent.warnings) == 1
    assert "header A " in sent.warnings[0]
    assert "s3" not in sent.warnings[0]


def test_prompts_are_found_wherever_they_stand(make: Make) -> None:
    text = HEAD.format(url="http://{{?host}}", mode="text", auth="bearer") + (
        "auth:bearer {\n  token: {{?token}}\n}\n\nbody:text {\n  {{?a b}} {{?host}} {{? no}}\n}\n\n"
        "script:pre-request {\n  // {{?script}}\n}\n"
    )
    request, scopes = prepared(make, text, environment={"x": ["{{?env}}"]})
    assert prompts(request, scopes) == ["host", "token", "a b", "script", "env"]
    scopes.prompt.update({"host": "h", "token": "T", "a b": "{{?token}}"})
    sent = resolve(request, scopes)
    assert (sent.url, sent.body, sent.header("authorization")) == ("http://h", b"T h {{? no}}", "Bearer T")


def test_a_script_may_set_any_body(make: Make) -> None:
    for data, content_type, expected in (
        ({"a": [1, "x"]}, None, b'{"a":[1,"x"]}'),
        (
            {"a": [1, "x y"], "b": {"c": True}},
            "application/x-www-form-urlencoded",
            b"a=1&a=x%20y&b%5Bc%5D=true",
        ),
        (5, "application/json", b"5"),
        ("{{v}}", "application/octet-stream", b"V"),
    ):
        request, scopes = prepared(
            make, HEAD.format(url="http://h", mode="none", auth="none"), runtime={"v": "V"}
        )
        if content_type:
            request.headers["content-type"] = content_type
        request.data = data
        sent = resolve(request, scopes)
        assert sent.body == expected
        assert sent.header("content-type") == (content_type or "application/json")


@pytest.mark.parametrize(
    ("mode", "content_type", "data", "body"),
    [
        ("none", None, {"{{v}}": ["{{v}}", {"n": "{{v}}"}]}, '{"V":["V",{"n":"V"}]}'),
        ("none", None, ["{{quoted}}", 1], '["say \\"hi\\"",1]'),
        ("none", "text/plain", {"a": "{{v}}"}, '{"a":"V"}'),
        ("text", None, {"a": "{{v}}"}, '{"a":"V"}'),
        ("xml", None, "<a>{{v}}</a>", "<a>V</a>"),
        ("json", None, '{"a": "{{v}}", "n": {{n}}}', '{"a": "V", "n": 5}'),
        ("json", None, {"a": "{{quoted}}"}, '{"a":"say \\"hi\\""}'),
        ("graphql", None, '{"query": "{{v}}"}', '{"query": "V"}'),
        ("graphql", None, {"a": {"b": "{{v}}"}}, '{"a":{"b":"V"}}'),
        (
            "graphql",
            None,
            {"query": "{ {{v}} }", "variables": {"x": "{{v}}"}, "operationName": "{{v}}"},
            '{"query":"{ V }","variables":{"x":"V"},"operationName":"V"}',
        ),
        ("formUrlEncoded", None, {"a": "{{v}}", "b": ["{{v}}", "2"]}, "a=V&b=V&b=2"),
        ("formUrlEncoded", None, "a={{v}}", "a=V"),
        ("none", f"{FORM}; charset=utf-8", {"a": "{{v}}"}, "a=V"),
        ("file", None, "{{v}}", "V"),
    ],
)
def test_templates_in_what_a_script_sets(
    make: Make, mode: str, content_type: str | None, data: Any, body: str
) -> None:
    variables = {"v": "V", "n": 5, "quoted": 'say "hi"'}
    request, scopes = prepared(make, HEAD.format(url="http://h", mode=mode, auth="none"), runtime=variables)
    if content_type:
        request.headers["content-type"] = content_type
    request.data = data
    assert resolve(request, scopes).body == body.encode()


def test_templates_in_a_multipart_body_that_a_script_sets(make: Make) -> None:
    text = HEAD.format(url="http://h", mode="multipartForm", auth="none")
    request, scopes = prepared(make, text, runtime={"v": "V"})
    request.data = {"a": "{{v}}"}
    body = resolve(request, scopes).body
    assert isinstance(body, MultipartBody)
    assert [(part.name, part.value) for part in body.parts] == [("a", "V")]


def test_no_secret_in_the_repr(make: Make) -> None:
    request, scopes = prepared(make, BEARER.replace("{{t}}", "s3cret"), runtime={"x": "s3cret"})
    assert "s3cret" not in repr((request, scopes, resolve(request, scopes).auth))


def test_names_that_javascript_keeps_for_itself_and_deep_values(make: Make) -> None:
    deep = "[" * 700 + "]" * 700
    text = HEAD.format(url="http://h", mode="text", auth="none") + (
        "headers {\n  __proto__: 1\n  constructor: {{constructor}}\n}\n\n"
        f"vars:pre-request {{\n  __proto__: 1\n  constructor: c\n  @object\n  deep: {deep}\n}}\n\nbody:text {{\n  {{{{__proto__}}}}\n}}\n"
    )
    request, scopes = prepared(make, text)
    assert prompts(request, scopes) == []
    sent = resolve(request, scopes)
    assert (sent.headers[0], sent.body) == (("constructor", "c"), b"{{__proto__}}")
