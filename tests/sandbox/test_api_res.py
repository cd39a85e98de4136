"""`res`: the response as scripts see it, and queries into its body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from apps.charsets import CASES
from sandbox.scripts import Mode, run, script

MODES = pytest.mark.parametrize("mode", ["safe", "developer"])
TREE = {"items": [{"id": 1, "tags": ["a"]}, {"id": 2, "tags": ["a", "b"]}], "deep": {"none": None, "id": 9}}


def shown(source: str, body: object, mode: Mode = "safe", **response: Any) -> list[str]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return run(source, body=raw, response=response, mode=mode).printed


def test_there_is_no_response_before_the_request_is_sent() -> None:
    assert run("console.log(typeof res)").printed == ["undefined"]


@MODES
def test_what_scripts_are_given_is_of_their_realm(mode: Mode) -> None:
    source = (
        "const caught = (f) => { try { f(); } catch (error) { return error; } };"
        "expect(caught(() => null.x)).to.be.instanceof(TypeError);"
        "expect(() => JSON.parse('{')).to.throw(SyntaxError);"
        "console.log(res.body instanceof Object, res.body.list instanceof Array);"
    )
    assert shown(source, {"list": []}, mode) == ["true true"]


@MODES
def test_fields_and_getters_agree(mode: Mode) -> None:
    source = (
        "console.log(res.status === res.getStatus(), res.statusText === res.getStatusText(), "
        "res.url === res.getUrl(),"
        " res.responseTime === res.getResponseTime(), res.headers === res.getHeaders(), "
        "res.body === res.getBody(),"
        " res.status, res.url, res.getHeader('X-A'), res.headerList.get('X-A'))"
    )
    assert shown(source, {}, mode, status=404, headers={"x-a": "b"}) == [
        "true true true true true true 404 http://x.test/ b b"
    ]


@pytest.mark.parametrize(
    ("body", "headers", "wanted"),
    [
        (b'{"a": 1}', {}, '{"a":1}'),
        (b'\xef\xbb\xbf{"a": 1}', {"content-type": "application/json"}, '{"a":1}'),
        (
            '{"a": "\u00e4"}'.encode("latin-1"),
            {"content-type": "application/json; charset=iso-8859-1"},
            '{"a":"\u00e4"}',
        ),
        ('{"a": "\u20ac"}'.encode("utf-16-le"), {"content-type": "x; charset=utf-16"}, '{"a":"\u20ac"}'),
        ('{"a": "\u65e5"}'.encode("shift_jis"), {"content-type": "x; charset=Shift_JIS"}, '{"a":"\u65e5"}'),
        (
            '{"a": "\u00e4\U0001f600"}'.encode(),
            {"content-type": "x; charset=nonsense"},
            '{"a":"\u00e4\U0001f600"}',
        ),
        (b"text", {"content-type": "application/json"}, '"text"'),
        (b"", {}, '""'),
        (b"17", {}, "17"),
        (b"null", {}, "null"),
    ],
)
def test_bodies_are_decoded_and_parsed(body: bytes, headers: dict[str, str], wanted: str) -> None:
    assert shown("console.log(JSON.stringify(res.body))", body, headers=headers) == [wanted]


def test_texts_are_decoded_by_byte_order_marks_and_names() -> None:
    for body, content_type, text in CASES:
        headers = {"content-type": content_type}
        (printed,) = shown("console.log(JSON.stringify(res.body))", body, headers=headers)
        assert json.loads(printed) == text, (body, content_type)


def test_a_long_body_is_decoded_whole() -> None:
    text = "x" * 300_000 + "\u00e4"
    assert shown("console.log(res.body.length, res.getSize().body)", text.encode()) == ["300001 300002"]
    assert shown("console.log(res.body.length)", b"y" * 70_000) == ["70000"]


def test_parsing_can_be_switched_off() -> None:
    assert shown("console.log(typeof res.body)", {"a": 1}, parseJson=False) == ["string"]


def test_big_integers_are_printed_as_they_came() -> None:
    body = (
        b'{"id": 12345678901234567891, "list": [9007199254740993, 1, -9007199254740995], "s": '
        b'"12345678901234567891", "f": 1.5}'
    )
    assert shown(
        (
            "console.log(res.body); console.log(res.body.id, typeof res.body.id); res.body.id = "
            "5; console.log(res.body.id)"
        ),
        body,
    ) == [
        "{\n  id: 12345678901234567891,\n  list: [ 9007199254740993, 1, -9007199254740995 ],\n"
        "  s: '12345678901234567891',\n  f: 1.5\n}",
        "12345678901234567891 number",
        "5",
    ]


def test_size_counts_bytes() -> None:
    source = "const s = res.getSize(); console.log(s.header, s.body, s.total, res.getDataBuffer().length)"
    head = len("HTTP/1.1 200 OK\r\nx-a: \u00e4\r\nset-cookie: a\r\nset-cookie: b\r\n\r\n".encode())
    headers = {"x-a": "\u00e4", "set-cookie": ["a", "b"]}
    assert shown(source, "\u20ac".encode(), headers=headers) == [f"{head} 3 {head + 3} 3"]


@MODES
def test_a_body_that_was_set_is_seen_by_all_that_follows(mode: Mode) -> None:
    outcome = run(
        script(
            (
                "const made = {z: [1]}; res.setBody(made); made.z.push(2); console.log(res.body, "
                "res('z[0]'), res.getSize().body)"
            ),
            phase="post-response",
        ),
        script("console.log(res.getBody(), String(res.getDataBuffer()))", phase="tests"),
        body=b"{}",
        mode=mode,
    )
    assert outcome.printed == ["{ z: [ 1 ] } 1 9", '{ z: [ 1 ] } {"z":[1]}']
    assert outcome.changes == {"response": {"data": {"z": [1]}}}


@pytest.mark.parametrize("value", ["null", "undefined", "''"])
def test_a_body_can_be_emptied(value: str) -> None:
    outcome = run(f"res.setBody({value}); console.log(res.getSize().body)", body=b"{}")
    assert outcome.printed == ["0"]
    assert outcome.changes["response"] == {"data": "" if value == "''" else None}


def test_the_header_list_cannot_be_written() -> None:
    source = (
        "for (const m of ['add', 'upsert', 'remove', 'clear', 'populate', 'repopulate', "
        "'assimilate']) { try { res.headerList[m]('a: b'); console.log(m); } catch (e) { } }"
    )
    assert shown(source, {}) == []


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("res('items.id')", [1, 2]),
        ("res('items[1].id')", 2),
        ("res('..id')", [1, 2, 9]),
        ("res('..tags[0]')", "a"),
        ("res('items.tags')", ["a", "a", "b"]),
        ("res('nope.deeper') ?? 'none'", "none"),
        ("res(' items [0] . id ')", 1),
        ("res('items[?].id', i => i.id > 1)", [2]),
        ("res('items[?].id', {id: 2})", [2]),
        ("res('items[?]', i => i.id * 10)", [10, 20]),
        ("res('items[?].tags[?]', i => true, t => t === 'b')", ["b"]),
        ("res('deep[?]', d => d.id)", 9),
    ],
)
def test_queries(call: str, wanted: object) -> None:
    assert shown(f"console.log(JSON.stringify({call}))", TREE) == [json.dumps(wanted, separators=(",", ":"))]


def test_a_query_without_its_function_says_so() -> None:
    assert shown("try { res('items[?]') } catch (e) { console.log(e.message) }", TREE) == [
        "missing function for items"
    ]


@pytest.mark.parametrize(("path", "found"), [("undefined", "undefined"), ("null", "null"), ("5", "number")])
def test_a_query_that_is_no_path_is_refused(path: str, found: str) -> None:
    outcome = run(f"try {{ res({path}) }} catch (error) {{ console.log(error.message) }}", body=b"{}")
    assert outcome.printed == [f'res(path) takes a path such as "items[0].id", not {found}']


ORDER = """<?xml version="1.0"?>
<s:Envelope xmlns:s="urn:s">
  <order id="7">
    <total currency="EUR">9.50</total><item><name>a &amp; b</name></item><item><name>c</name></item><empty/>
  </order>
</s:Envelope>"""


@MODES
@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("res('s:Envelope.order.item[1].name')", "c"),
        ("res('s:Envelope.order.item.name')", ["a & b", "c"]),
        ("res('..name')", ["a & b", "c"]),
        ("res('..item[?].name', item => item.name === 'c')", ["c"]),
        ("res('s:Envelope.order.$.id')", "7"),
        ("res('..total')", ["9.50"]),
        ("res('s:Envelope.order.total')", "9.50"),
        ("res('s:Envelope.order.total.$.currency')", "EUR"),
        ("res('s:Envelope.order.empty')", ""),
        ("res('s:Envelope.order.nope.deeper') ?? 'none'", "none"),
        ("res('s:Envelope.order.item[0]').hasOwnProperty('name')", True),
        ("typeof res.body", "string"),
    ],
)
def test_queries_into_xml(mode: Mode, call: str, wanted: object) -> None:
    headers = {"content-type": "application/soap+xml; charset=utf-8"}
    printed = shown(f"console.log(JSON.stringify({call}))", ORDER.encode(), mode, headers=headers)
    assert printed == [json.dumps(wanted, separators=(",", ":"))]


def test_xml_is_known_by_its_type_or_its_declaration() -> None:
    source = "console.log(res('a.b'))"
    xml = b"<a><b>1</b></a>"
    declared = b'<?xml version="1.0"?>' + xml
    for body, content_type, wanted in (
        (xml, "text/xml", "1"),
        (xml, "text/plain", "undefined"),
        (xml, "text/html", "undefined"),
        (declared, "text/plain", "1"),
        (declared.decode().encode("utf-16"), "text/xml", "1"),
        (b" ", "text/xml", "undefined"),
        (b'{"a": {"b": 2}}', "text/xml", "2"),
    ):
        assert shown(source, body, headers={"content-type": content_type}) == [wanted], (body, content_type)


def test_a_query_into_broken_xml_says_where_it_breaks() -> None:
    source = "try { res('a.b') } catch (error) { console.log(error.message) }"
    (message,) = shown(source, b"<a>\n  <b>\n</a>", headers={"content-type": "text/xml"})
    assert message == (
        "the response's body is not XML that res(path) can read: Unexpected close tag at line 3, column 4"
    )


def test_a_query_into_xml_that_a_script_set() -> None:
    source = "res.setBody('<a><b>\u00fc</b></a>'); console.log(res('a.b'), res.getBody({ raw: true }))"
    headers = {"content-type": "text/xml; charset=utf-16"}
    assert shown(source, "<a/>".encode("utf-16"), headers=headers) == ["\u00fc <a><b>\u00fc</b></a>"]
