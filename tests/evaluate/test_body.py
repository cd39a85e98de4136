"""Bodies whose content type a script or a header changes."""

# ruff: noqa: E501 - files of a collection, a line each

from __future__ import annotations

import json

import pytest
from evaluate.conftest import HEAD, Make, prepared

from bruscript.evaluate import resolve
from bruscript.http import MultipartBody


@pytest.mark.parametrize(
    ("mode", "block"),
    [("formUrlEncoded", "body:form-urlencoded {\n  a: {{v}} c\n}\n"), ("multipartForm", "body:multipart-form {\n  a: {{v}} c\n}\n")],
)  # fmt: skip
@pytest.mark.parametrize("removed", [True, False])
def test_a_form_stays_one_where_a_script_removes_its_content_type(
    make: Make, mode: str, block: str, removed: bool
) -> None:
    request, scopes = prepared(
        make, HEAD.format(url="http://h", mode=mode, auth="none") + block, runtime={"v": "b"}
    )
    request.headers.clear()
    request.headers_to_delete = ["Content-Type"] if removed else []
    sent = resolve(request, scopes)
    if isinstance(sent.body, MultipartBody):
        assert [(part.name, part.value) for part in sent.body.parts] == [("a", "b c")]
    else:
        assert sent.body == b"a=b+c"
        assert sent.header("content-type") is None
    # The client adds that of a multipart body, with the boundary.
    assert sent.header("content-type") != "application/json"


@pytest.mark.parametrize("removed", [True, False])
def test_an_object_that_a_script_makes_a_forms_body_is_one(make: Make, removed: bool) -> None:
    request, scopes = prepared(make, HEAD.format(url="http://h", mode="formUrlEncoded", auth="none"))
    request.apply_state(
        {"headers": {}, "data": {"x": "é&1"}, "headersToDelete": ["content-type"] if removed else []}
    )
    sent = resolve(request, scopes)
    kind = None if removed else "application/x-www-form-urlencoded"
    assert (sent.body, sent.header("content-type")) == (b"x=%C3%A9%261", kind)


def test_a_removed_content_type_is_not_sent(make: Make) -> None:
    request, scopes = prepared(make, HEAD.format(url="http://h", mode="none", auth="none"))
    request.apply_state({"headers": {}, "data": {"a": 1}, "headersToDelete": ["content-type"]})
    sent = resolve(request, scopes)
    assert (sent.body, sent.header("content-type"), "content-type" in sent.omit_headers) == (
        b'{"a":1}',
        None,
        True,
    )


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "text/plain", "APPLICATION/XML"]
)
@pytest.mark.parametrize("from_script", [True, False])
def test_a_forms_fields_are_one_under_any_content_type(
    make: Make, content_type: str, from_script: bool
) -> None:
    header = "" if from_script else f"headers {{\n  Content-Type: {content_type}\n}}\n\n"
    block = 'body:form-urlencoded {\n  a: {{v}} c\n  ~b: 2\n  c: "q"\n}\n'
    request, scopes = prepared(
        make,
        HEAD.format(url="http://h", mode="formUrlEncoded", auth="none") + header + block,
        runtime={"v": "b"},
    )
    if from_script:
        request.apply_state({"headers": {**request.headers, "Content-Type": content_type}})
    sent = resolve(request, scopes)
    assert (sent.body, sent.header("content-type")) == (b"a=b+c&c=%22q%22", content_type)


@pytest.mark.parametrize("data", [[1, 2], [{"name": "a"}], [], {"a": 1}])
def test_what_a_script_sets_in_place_of_a_form_is_json_where_it_says_so(make: Make, data: object) -> None:
    request, scopes = prepared(
        make,
        HEAD.format(url="http://h", mode="formUrlEncoded", auth="none")
        + "body:form-urlencoded {\n  a: b\n}\n",
    )
    request.apply_state({"headers": {"content-type": "application/json"}, "data": data})
    sent = resolve(request, scopes)
    assert sent.body == json.dumps(data, separators=(",", ":")).encode()


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_a_multipart_body_stays_one_where_a_script_sets_a_content_type(make: Make, content_type: str) -> None:
    block = "body:multipart-form {\n  a: {{v}}\n  f: @file(a.txt)\n}\n"
    request, scopes = prepared(
        make,
        HEAD.format(url="http://h", mode="multipartForm", auth="none") + block,
        files={"a.txt": "A"},
        runtime={"v": "b"},
    )
    request.apply_state({"headers": {**request.headers, "Content-Type": content_type}})
    sent = resolve(request, scopes)
    assert isinstance(sent.body, MultipartBody)
    assert [part.name for part in sent.body.parts] == ["a", "f"]
    assert sent.header("content-type") is None
