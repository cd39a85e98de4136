"""Ways on which a script has a hand in a request that do not show in its own texts: cookies, and prompts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from apps.echoing import Server, echoing
from runner.small_requests import PRE, errors, get, script


@pytest.fixture
def server() -> Iterator[Server]:
    with echoing() as made:
        yield made


def test_a_redirect_that_a_cookie_of_a_scripts_may_bring_about_is_checked(make: Any, server: Server) -> None:
    start = server.at("127.0.0.1", server.to(server.at("localhost", "/inside")))
    cookie = f"bru.cookies.jar().setCookie('{start}', 'where', 'there')"
    result = make({"a.bru": get(start, script(PRE, cookie)), "b.bru": get(start)}).run(
        allow_net=["127.0.0.1"]
    )
    assert ['allow_net="localhost"' in str(error) for error in errors(result)] == [True, True]
    assert errors(make({"a.bru": get(start), "b.bru": get(start)}).run(allow_net=["x"])) == [None, None]


def test_a_cookie_of_a_scripts_counts_wherever_it_is_sent_on_the_way(make: Any, server: Server) -> None:
    inside = quote(server.at("localhost", "/inside"), safe="")
    cookie = f"await bru.cookies.jar().setCookie('{server.at('127.0.0.1')}', 'to', '{inside}')"
    start = server.at("localhost", server.to(server.at("127.0.0.1", "/led")))
    files = {"a.bru": get(start, script(PRE, cookie))}
    # The first host is the author's own, however it is reached.
    assert errors(make(files).run(allow_net=["127.0.0.1"])) == [None]
    away = quote(server.at("127.0.0.9", "/away"), safe="")
    cookie = f"await bru.cookies.jar().setCookie('{server.at('localhost')}', 'to', '{away}')"
    start = server.at("127.0.0.1", server.to(server.at("localhost", "/led")))
    files = {"a.bru": get(start, script(PRE, cookie)), "b.bru": get(start)}
    result = make(files).run(allow_net=["localhost"])
    assert ['allow_net="127.0.0.9"' in str(error) for error in errors(result)] == [True, True]


@pytest.mark.parametrize("way", ["req.setUrl('URL')", "await bru.sendRequest({url: 'URL', method: 'GET'})"])
def test_a_cookie_that_a_server_sets_because_a_script_asked_is_the_scripts(
    make: Any, server: Server, way: str
) -> None:
    setting = server.at("127.0.0.1", "/cookie/" + quote(server.at("localhost", "/inside"), safe=""))
    moved = script(PRE, way.replace("URL", setting))
    files = {"a.bru": get(server.at("127.0.0.1"), moved), "b.bru": get(server.at("127.0.0.1", "/led"))}
    result = make(files).run(allow_net=["127.0.0.1"])
    # A script's own requests leave no cookies.
    refused = way.startswith("req")
    assert ['allow_net="localhost"' in str(error) for error in errors(result)] == [False, refused]
    assert "/inside" not in server.arrived


def test_a_cookie_that_a_server_sets_by_itself_is_nobodys(make: Any, server: Server) -> None:
    setting = server.at("127.0.0.1", "/cookie/" + quote(server.at("localhost", "/inside"), safe=""))
    files = {"a.bru": get(setting), "b.bru": get(server.at("127.0.0.1", "/led"))}
    assert errors(make(files).run(allow_net=["127.0.0.1"])) == [None, None]
    assert server.arrived[-1] == "/inside"


@pytest.mark.parametrize("before", [{}, {"0.bru": "SKIPPED"}])
def test_a_prompt_hides_no_variable_of_its_name(make: Any, server: Server, before: dict[str, str]) -> None:
    asked = "vars:pre-request {\n  host: {{?host}}\n}\n\n"
    skip = get(server.at("127.0.0.1", "/{{?host}}"), script(PRE, "bru.runner.skipRequest()"))
    files = dict.fromkeys(before, skip)
    move = script(PRE, f"bru.setVar('host', 'localhost:{server.port}')")
    files["a.bru"] = get("http://{{host}}/moved", move, "" if before else asked)
    result = make(files).run(
        prompts={"host": f"127.0.0.1:{server.port}"}, allow_net=["127.0.0.1"], sandbox="safe"
    )
    assert 'allow_net="localhost"' in str(errors(result)[-1])
    assert server.arrived == []


def test_a_prompt_hides_no_path_of_its_name(make: Any, server: Server, tmp_path: Any) -> None:
    outside = tmp_path.parent / "outside.txt"
    outside.write_text("kept inside")
    body = "body:multipart-form {\n  f: @file({{path}})\n}\n\nvars:pre-request {\n  path: {{?path}}\n}\n\n"
    move = script(PRE, "bru.setVar('path', '../outside.txt')")
    text = f"post {{\n  url: {server.at('127.0.0.1')}\n  body: multipartForm\n}}\n\n{body}{move}"
    result = make({"a.bru": text}).run(prompts={"path": "inside.txt"})
    assert "EACCES" in str(errors(result)[0])
    assert server.arrived == []
