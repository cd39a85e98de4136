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


REMOVALS = [
    "await bru.cookies.jar().deleteCookie('HOST', 'to')",
    "await bru.cookies.jar().deleteCookies('HOST')",
    "await bru.cookies.jar().clear()",
    "await bru.cookies.jar().setCookie('HOST', {key: 'to', value: '', maxAge: 0})",
    "const j = bru.cookies.jar(); await j.setCookie('HOST', 'to', '/x'); await j.deleteCookie('HOST', 'to')",
]


@pytest.mark.parametrize("removal", REMOVALS)
@pytest.mark.parametrize("when", ["then", "before"])
def test_a_cookie_that_a_script_has_removed_counts_too(
    make: Any, server: Server, removal: str, when: str
) -> None:
    led = server.at("127.0.0.1", "/led?" + quote(server.at("localhost", "/inside"), safe=""))
    remove = script(PRE, removal.replace("HOST", server.at("127.0.0.1")))
    files = {"a.bru": get(server.at("127.0.0.1", "/cookie/%2Fstay"))}
    if when == "before":
        files["b.bru"] = get(server.at("127.0.0.1"), remove)
    files["c.bru"] = get(led, *([remove] if when == "then" else []))
    result = make(files).run(allow_net=["127.0.0.1"])
    assert 'allow_net="localhost"' in str(errors(result)[-1])
    assert "/inside" not in server.arrived
    # The script's hand is in requests to that host alone.
    elsewhere = server.at("localhost", server.to(server.at("127.0.0.1", "/away")))
    files = {"a.bru": get(server.at("127.0.0.1", "/cookie/%2Fstay"), remove), "b.bru": get(elsewhere)}
    assert errors(make({**files, "c.bru": get(elsewhere)}).run(allow_net=["x"]))[1:] == [None, None]


@pytest.mark.parametrize(
    "hand",
    [
        "bru.setVar('next', 'TARGET')",
        "req.setUrl('START' + 'TARGET')",
        "req.setHeader('x-other', '1')",
        "await bru.cookies.jar().setCookie('HOST', 'any', '1')",
    ],
)
def test_what_is_hidden_from_scripts_does_not_follow_where_they_lead(
    make: Any, server: Server, monkeypatch: pytest.MonkeyPatch, hand: str
) -> None:
    monkeypatch.setenv("TOPSEC", "sup3rs3cretvalue99")
    target = quote(server.at("localhost", "/taken"), safe="")
    start = server.at("127.0.0.1", "/to/302?")
    source = hand.replace("TARGET", target).replace("START", start).replace("HOST", server.at("127.0.0.1"))
    url = start + ("{{next}}" if "setVar" in hand else "/" if "setUrl" in hand else target)
    blocks = "headers {\n  x-auth: {{process.env.TOPSEC}}\n}\n\n"
    files = {"a.bru": get(url, blocks, script(PRE, source))}
    [error] = errors(make(files).run(deny_env=["TOPSEC"]))
    assert "hidden from scripts" in str(error)
    assert "/taken" not in server.arrived
    # Without the script, and on the same host, it is sent as before.
    assert errors(make({"a.bru": get(start + target, blocks)}).run(deny_env=["TOPSEC"])) == [None]
    near = quote(server.at("127.0.0.1", "/near"), safe="")
    files = {"a.bru": get(start + "{{next}}", blocks, script(PRE, f"bru.setVar('next', '{near}')"))}
    assert errors(make(files).run(deny_env=["TOPSEC"])) == [None]
