"""`req`: what scripts see of the request and what they change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sandbox.scripts import Answers, Mode, Outcome, run, script

from bruscript.sandbox import Step

MODES = pytest.mark.parametrize("mode", ["safe", "developer"])
JSON = {"headers": {"content-type": "application/json"}, "data": '{"a": 1}'}


def test_an_untouched_request_is_no_change() -> None:
    assert run("req.getBody().a = 2; req.getUrl();", request=JSON).changes == {}


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("req.setBody('same')", False),
        ("req.setBody('other')", True),
        ("req.setBody([{name: 'a', value: '1'}])", True),
        ("req.setHeader('X', undefined)", False),
        ("delete req.getHeaders().Accept", True),
    ],
)
def test_a_change_is_told_from_none(source: str, changed: bool) -> None:
    request = {"headers": {"Accept": "a"}, "data": "same"}
    assert ("request" in run(source, request=request).changes) is changed


@MODES
def test_setters_change_the_request(mode: Mode) -> None:
    source = (
        "req.setUrl('http://y.test/'); req.setMethod('PUT'); req.setTimeout(5); req.setMaxRedirects(2);"
        "req.setHeader('X', '1'); req.deleteHeader('Accept'); req.setBody({b: [1]}); "
        "req.disableParsingResponseJson();"
    )
    changed = run(source, mode=mode, request=JSON).changes["request"]
    wanted: dict[str, Any] = {
        "url": "http://y.test/",
        "method": "PUT",
        "timeout": 5,
        "maxRedirects": 2,
        "headers": {"content-type": "application/json", "X": "1"},
        "headersToDelete": ["Accept"],
        "data": '{"b":[1]}',
        "disableParsingResponseJson": True,
    }
    assert {key: changed[key] for key in wanted} == wanted


@MODES
def test_properties_follow_the_setters(mode: Mode) -> None:
    source = (
        "req.setUrl('u'); req.setMethod('M'); req.setTimeout(1); req.setHeader('H', 'h'); "
        "req.setBody({x: 1});"
        "console.log(req.url, req.method, req.timeout, req.headers.H, req.body)"
    )
    assert run(source, mode=mode, request=JSON).printed == ["u M 1 h { x: 1 }"]


def test_a_body_that_is_no_json_stays_text() -> None:
    source = "console.log(req.getBody(), req.body); req.setBody('b'); console.log(req.getBody({raw: true}))"
    assert run(source, request={"headers": {"content-type": "text/plain"}, "data": "a"}).printed == [
        "a a",
        "b",
    ]


def test_bytes_as_body_go_beside_the_json() -> None:
    changed = run("req.setBody(new Uint8Array([0, 255, 16]))", mode="developer").changes["request"]
    assert (changed["data"], changed["dataBase64"]) == (None, "AP8Q")


def test_path_parameters_fill_the_path() -> None:
    source = (
        "console.log(req.getPath(), req.getHost(), req.getQueryString(), JSON.stringify(req.getPathParams()))"
    )
    parameters = [
        {"name": "id", "value": "7", "type": "path", "enabled": True},
        {"name": "empty", "value": " ", "type": "path", "enabled": True},
    ]
    request = {"url": "http://x.test:81/a/:id/:empty/:none?q=1", "pathParams": parameters}
    assert run(source, request=request).printed == [
        (
            "/a/7/:empty/:none x.test:81 q=1 "
            '[{"name":"id","value":"7","type":"path"},{"name":"empty","value":" ","type":"path"}]'
        )
    ]


@pytest.mark.parametrize(
    ("request_state", "mode"),
    [
        ({"authMode": "oauth2", "headers": {"Authorization": "Basic x"}}, "oauth2"),
        ({"authMode": "bearer", "headers": {"Authorization": "Bearer x"}}, "bearer"),
        ({"authMode": "none", "headers": {"Authorization": "Basic x"}}, "basic"),
        ({"authMode": "basic"}, "basic"),
        ({"authMode": "digest"}, "digest"),
        ({}, "none"),
    ],
)
def test_the_mode_of_authentication(request_state: dict[str, Any], mode: Mode) -> None:
    assert run("console.log(req.getAuthMode())", request=request_state).printed == [mode]


def test_disabled_headers_are_seen_and_removed() -> None:
    request = {"headers": {"A": "1"}, "disabledHeaders": [{"name": "Off", "value": "o"}]}
    outcome = run(
        (
            "console.log(req.headerList.get('off')); req.headerList.remove('OFF'); "
            "req.headerList.upsert('a', '2')"
        ),
        request=request,
    )
    assert outcome.printed == ["o"]
    assert outcome.changes["request"]["disabledHeaders"] == []
    assert outcome.changes["request"]["headers"] == {"a": "2"}


def test_a_header_that_comes_back_is_not_deleted() -> None:
    outcome = run("req.deleteHeader('Accept'); req.headerList.add('accept', 'x')")
    assert outcome.changes["request"]["headersToDelete"] == []


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_json_with_templates_outside_of_its_strings(mode: Any) -> None:
    text = '{"n": {{count}}, "t": "{{count}}", "o": {{object}}, "l": [{{yes}}], "\\"{{": 1}'
    variables = {"runtime": {"count": 3, "object": {"a": 1}, "yes": True}}
    outcome = run(
        "const body = req.getBody(); console.log(body, req.body.n); body.n += 1; req.setBody(body);",
        request={"headers": {"content-type": "application/json"}, "data": text},
        variables=variables,
        mode=mode,
    )
    assert outcome.printed == ["{ n: 3, t: '{{count}}', o: { a: 1 }, l: [ true ], '\"{{': 1 } 3"]
    sent = json.loads(outcome.changes["request"]["data"])
    assert sent == {"n": 4, "t": "{{count}}", "o": {"a": 1}, "l": [True], '"{{': 1}


def test_a_dynamic_value_that_a_script_has_read_is_sent() -> None:
    outcome = run(
        "console.log(req.getBody().n)",
        request={
            "headers": {"content-type": "application/json"},
            "data": '{"n": {{$randomInt}}, "s": "{{$guid}}"}',
        },
        host=Answers(dynamic=lambda name: "7"),
    )
    assert outcome.printed == ["7"]
    assert outcome.changes["request"]["data"] == '{"n": 7, "s": "{{$guid}}"}'


@pytest.mark.parametrize("text", ['{"n": {{unknown}}}', '{"n": {{', "{{count}}}", '{"a": "{{count}}'])
def test_json_that_cannot_be_read_stays_a_text(text: str) -> None:
    outcome = run(
        "console.log(typeof req.getBody(), req.getBody() === req.getBody({ raw: true }))",
        request={"headers": {"content-type": "application/json"}, "data": text},
        variables={"runtime": {"count": 3}},
    )
    assert outcome.printed == ["string true"]


def test_headers_ignore_case() -> None:
    outcome = run(
        (
            "console.log(req.getHeader('X-a'), req.getHeader('none'), req.getHeader('twice'));"
            "req.setHeader('b', '3'); req.setHeader('B', '4'); console.log(req.getHeader('b'));"
            "req.deleteHeader('x-A'); console.log(req.getHeader('X-A'));"
            "req.deleteHeader('C'); req.setHeader('c', '5');"
            "console.log(req.headerList.filter(({ key }) => key === 'Twice').map(({ value }) => value))"
        ),
        request={"headers": {"X-A": "1", "B": "2", "C": "0", "Twice": ["one", "two"]}},
    )
    assert outcome.printed == ["1 undefined [ 'one', 'two' ]", "4", "undefined", "[ 'one', 'two' ]"]
    changed = outcome.changes["request"]
    assert changed["headers"] == {"B": "4", "Twice": ["one", "two"], "c": "5"}
    assert changed["headersToDelete"] == ["x-A"]


def test_on_fail_takes_functions_only() -> None:
    outcome = run(
        "try { req.onFail('x') } catch (error) { console.log(error.message) } req.onFail(undefined)"
    )
    assert outcome.printed == ["x is not a function"]


def failing(source: str, error: object) -> tuple[Outcome, Answers]:
    host = Answers(run__exchange=lambda changes: error)
    return run(script(source), Step(kind="onFail", phase="on-fail"), host=host), host


def test_on_fail_gets_the_error_of_the_exchange() -> None:
    source = (
        "bru.setVar('before', 1); let held = 'kept'; req.setUrl('http://y.test/');"
        "req.onFail(async (error) => { await bru.sleep(1); bru.setVar('why', error.code);"
        " console.log(held, error instanceof Error, error.message); test('in it', () => {}) })"
    )
    outcome, host = failing(source, {"message": "connect ECONNREFUSED", "code": "ECONNREFUSED"})
    assert outcome.printed == ["kept true connect ECONNREFUSED"]
    assert outcome.variables == {"before": 1, "why": "ECONNREFUSED"}
    assert [result["description"] for result in outcome.last.results] == ["in it"]
    ((_, (changes,)),) = host.asked
    assert changes["variables"] == {"runtime": {"before": 1}}
    assert changes["request"]["url"] == "http://y.test/"


def test_on_fail_is_not_called_where_a_response_came() -> None:
    outcome, host = failing("req.onFail(() => console.log('called'))", None)
    assert outcome.printed == []
    assert [name for name, _ in host.asked] == ["run.exchange"]


@pytest.mark.parametrize(
    "source",
    [
        "req.setUrl('x')",
        "req.onFail(() => {}); bru.runner.skipRequest()",
        "req.onFail(() => {}); throw new Error('x')",
    ],
)
def test_without_a_handler_nothing_is_sent_from_the_sandbox(source: str) -> None:
    _, host = failing(source, None)
    assert host.asked == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("req.setHeaders(undefined)", "req.setHeaders takes an object, not undefined"),
        ("req.setHeaders(null)", "req.setHeaders takes an object, not null"),
        ("req.deleteHeaders('Accept')", "names.forEach is not a function"),
        ("req.setUrl(undefined)", "req.setUrl takes a URL, not undefined"),
        ("req.setTimeout('soon')", 'req.setTimeout takes milliseconds, 0 for no limit, not "soon"'),
        ("req.setTimeout(-1)", "req.setTimeout takes milliseconds, 0 for no limit, not -1"),
    ],
)
def test_a_setter_says_what_it_takes(call: str, message: str) -> None:
    request = {"headers": {"Accept": "a", "A": "b"}}
    outcome = run(f"try {{ {call} }} catch (error) {{ console.log(error.message) }}", request=request)
    assert outcome.printed == [message]
    assert outcome.changes == {}


def test_no_method_is_get() -> None:
    assert run("req.setMethod(undefined)", request={"method": "PUT"}).changes["request"]["method"] == "GET"


@MODES
def test_null_as_a_json_body_is_sent_and_nothing_is_not(mode: Mode) -> None:
    assert run("req.setBody(null)", mode=mode, request=JSON).changes["request"]["data"] == "null"
    assert run("req.setBody(undefined)", mode=mode, request=JSON).changes["request"]["data"] is None
    assert run("req.setBody(null)", mode=mode, request={"data": "text"}).changes["request"]["data"] is None


@MODES
def test_a_body_of_bytes_is_fetched_when_a_script_wants_it(mode: Mode) -> None:
    asked = []

    def body() -> str:
        asked.append(True)
        return "AAEC"

    request = {"data": None, "bodyElsewhere": True}
    assert run("req.getUrl()", mode=mode, request=request, host=Answers(run__body=body)).changes == {}
    assert asked == []
    source = (
        "console.log(Buffer.isBuffer(req.getBody()), req.getBody().toString('hex'), "
        "req.getBody({raw: true}).length)"
    )
    outcome = run(source, mode=mode, request=request, host=Answers(run__body=body))
    assert outcome.printed == ["true 000102 3"]
    assert outcome.changes == {}
    assert asked == [True]


@MODES
def test_the_body_is_parsed_by_the_headers_that_a_script_finds(mode: Mode) -> None:
    source = "req.setHeaders({'content-type': 'text/plain'}); console.log(req.body.a, req.getBody())"
    assert run(source, mode=mode, request=JSON).printed == ['1 {"a": 1}']


@MODES
def test_the_fields_of_search_parameters_are_the_body_as_text(mode: Mode) -> None:
    source = (
        "req.setBody(new URLSearchParams({ a: '1 2', b: 'ü' })); console.log(req.getBody(), req.body);"
        "req.setBody({ [Symbol.toStringTag]: 'Own', a: 1 });"
        "req.setBody(new URLSearchParams([['x', '1'], ['x', '2']]));"
    )
    outcome = run(
        source, mode=mode, request={"method": "POST", "url": "http://h", "headers": {}, "data": None}
    )
    assert outcome.printed == ["a=1+2&b=%C3%BC a=1+2&b=%C3%BC"]
    assert outcome.changes["request"]["data"] == "x=1&x=2"
