"""`bru.sendRequest`: axios's manners over the host's client."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from sandbox.scripts import Answers, Mode, run

MODES = pytest.mark.parametrize("mode", ["safe", "developer"])


def answering(status: int = 200, body: object = None, **headers: str) -> Answers:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    def send(config: dict[str, Any]) -> dict[str, Any]:
        return {
            "status": status,
            "statusText": "Text",
            "headers": {"content-type": "application/json", **headers},
            "bodyBase64": base64.b64encode(raw).decode(),
            "url": config["url"],
            "responseTime": 7,
        }

    return Answers(http__send=send)


def sent(host: Answers) -> dict[str, Any]:
    ((name, (config,)),) = [(name, args) for name, args in host.asked if name == "http.send"]
    assert name == "http.send"
    return config


@MODES
def test_a_response_has_axioss_fields(mode: Mode) -> None:
    host = answering(201, {"a": [1]})
    source = (
        "const r = await bru.sendRequest('http://x.test/a'); console.log(r.status, "
        "r.statusText, r.data, r.headers['content-type'], typeof r.responseTime)"
    )
    assert run(source, mode=mode, host=host).printed == ["201 Text { a: [ 1 ] } application/json number"]
    assert sent(host)["url"] == "http://x.test/a"
    assert sent(host)["method"].upper() == "GET"


def test_an_object_is_sent_as_json() -> None:
    host = answering()
    run(
        (
            "await bru.sendRequest({url: 'http://x.test/', method: 'POST', data: {a: 1}, "
            "headers: {'X-Mine': 'y'}})"
        ),
        host=host,
    )
    config = sent(host)
    assert base64.b64decode(config["bodyBase64"]) == b'{"a":1}'
    headers = dict(config["headers"])
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Mine"] == "y"


def test_a_text_with_a_json_type_is_sent_as_it_is() -> None:
    host = answering()
    run(
        (
            "await bru.sendRequest({url: 'http://x.test/', method: 'PUT', data: '{\"a\": 1}', "
            "headers: {'content-type': 'application/json'}})"
        ),
        host=host,
    )
    assert base64.b64decode(sent(host)["bodyBase64"]) == b'{"a": 1}'


@MODES
def test_a_status_beyond_299_rejects(mode: Mode) -> None:
    source = (
        "try { await bru.sendRequest('http://x.test/') } catch (e) {"
        " console.log(e instanceof Error, e.name, e.message, e.code, e.status, "
        "e.response.status, e.response.data) }"
    )
    assert run(source, mode=mode, host=answering(404, {"no": 1})).printed == [
        "true AxiosError Request failed with status code 404 ERR_BAD_REQUEST 404 404 { no: 1 }"
    ]


@MODES
def test_callbacks_get_error_or_response(mode: Mode) -> None:
    source = (
        "const given = await bru.sendRequest('http://x.test/', (error, response) => "
        "console.log(error, response?.status ?? null, error?.status));"
        "console.log(given?.status)"
    )
    assert run(source, mode=mode, host=answering()).printed == ["null 200 undefined", "200"]
    failed = run(source.replace("log(error,", "log(error?.message,"), mode=mode, host=answering(500)).printed
    assert failed == ["Request failed with status code 500 null 500", "undefined"]


def test_an_error_in_the_callback_rejects() -> None:
    source = (
        "await bru.sendRequest('http://x.test/', () => { throw new Error('mine') "
        "}).catch((e) => console.log(e.message))"
    )
    assert run(source, host=answering()).printed == ["mine"]


def test_a_failure_of_the_network_rejects() -> None:
    def refuse(config: object) -> object:
        raise ConnectionError("connect ECONNREFUSED 127.0.0.1:1")

    outcome = run(
        "try { await bru.sendRequest('http://x.test/') } catch (e) { console.log(e.message) }",
        host=Answers(http__send=refuse),
    )
    assert outcome.printed == ["connect ECONNREFUSED 127.0.0.1:1"]


def test_what_was_sent_is_reported_without_its_secrets() -> None:
    host = answering()
    outcome = run(
        "await bru.sendRequest({url: 'http://x.test/', headers: {Authorization: 'Bearer s3cret'}})", host=host
    )
    (entry,) = outcome.changes["scriptedRequests"]
    assert entry["request"] == {"method": "GET", "url": "http://x.test/"}
    assert entry["response"] == {"status": 200, "statusText": "Text"}
    assert "s3cret" not in json.dumps(outcome.changes)


def test_a_request_that_is_not_awaited_is_waited_for() -> None:
    outcome = run(
        "bru.sendRequest('http://x.test/').then((r) => bru.setVar('status', r.status))", host=answering(202)
    )
    assert outcome.variables == {"status": 202}
