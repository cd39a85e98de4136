"""Hosts: what a script has had a hand in goes only where scripts may go."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from apps.echoing import Server, echoing
from runner.small_requests import PRE, console, errors, get, script


@pytest.fixture
def server() -> Iterator[Server]:
    with echoing() as made:
        yield made


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names that this machine's resolver knows besides: each lookup takes the next of its addresses."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def lookup(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        addresses = known.get(str(host))
        if addresses is None:
            return real(host, port, *args, **kwargs)
        address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port or 0))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return known


HANDS = {
    "the URL": "req.setUrl('URL')",
    "the query": "bru.setVar('query', 'TARGET')",
    "a runtime variable": "bru.setVar('host', 'HOST')",
    "a variable of the environment": "bru.setEnvVar('host', 'HOST')",
    "a variable of the collection": "bru.setCollectionVar('host', 'HOST')",
    "a global variable": "bru.setGlobalEnvVar('host', 'HOST')",
    "the row of the data": "bru.runner.iterationData.set('host', 'HOST')",
    "a variable by way of another": "bru.setVar('inner', 'HOST'); bru.setVar('host', '{{inner}}')",
    "pieces": "bru.setVar('host', '{{in'); bru.setVar('end', 'ner}}'); bru.setVar('inner', 'HOST')",
    "a request within": "await bru.runRequest('setter')",
}


@pytest.mark.parametrize(
    ("hand", "mode"), [*((hand, "safe") for hand in HANDS), ("a runtime variable", "developer")]
)
def test_a_request_that_a_script_has_had_a_hand_in_reaches_no_denied_host(
    make: Any, server: Server, hand: str, mode: str
) -> None:
    there = server.at("localhost", "/a")
    source = HANDS[hand].replace("HOST", f"localhost:{server.port}").replace("URL", there)
    url = {
        "the query": server.at("127.0.0.1", server.to("{{query}}")),
        "pieces": "http://{{host}}{{end}}/a",
    }.get(hand, "http://{{host}}/a")
    setter = script(PRE, f"bru.setVar('host', 'localhost:{server.port}'); bru.runner.skipRequest()")
    files = {
        "first/a.bru": get(url, script(PRE, source.replace("TARGET", there))),
        "first/b.bru": get(server.at("127.0.0.1", "/own")),
        "setter.bru": get("http://{{host}}/own", setter),
    }
    collection = make(files)
    first = (collection.path / "first",)
    result = collection.run(paths=first, recursive=True, sandbox=mode, deny_net=["localhost"])
    assert 'deny_net="localhost"' in str(errors(result)[0])
    # The second is what the files alone say, and the first one's value is nowhere in it.
    assert (errors(result)[1], server.arrived) == (None, ["/own"])


def test_every_hop_of_a_request_that_a_script_has_moved_is_checked(make: Any, server: Server) -> None:
    inside = server.at("localhost", "/inside")
    targets = [
        server.at("127.0.0.1", first)
        for status in (301, 302, 303, 307, 308)
        for first in (
            server.to(inside, status),
            server.to(server.to(server.to(inside, status), status), status),
            server.to(inside.removeprefix("http:"), status),
        )
    ]
    moves = [script(PRE, f"req.setUrl('{target}')") for target in targets]
    start = server.at("127.0.0.1")
    collection = make({f"r{at:02}.bru": get(start, move) for at, move in enumerate(moves)})
    result = collection.run(allow_net=["127.0.0.1"])
    assert ['allow_net="localhost"' in str(error) for error in errors(result)] == [True] * len(targets)
    assert "/inside" not in server.arrived
    assert errors(collection.run(allow_net=["127.0.0.1", "localhost"])) == [None] * len(targets)
    assert server.arrived.count("/inside") == len(targets)


def test_a_redirect_is_checked_however_a_script_has_brought_it_about(make: Any, server: Server) -> None:
    inside = server.at("localhost", "/inside")
    by_query = server.at("127.0.0.1", server.to("{{target}}"))
    by_header = server.at("127.0.0.1", server.to("x"))
    files = {
        "a.bru": get(by_query, script(PRE, f"bru.setVar('target', '{inside}')")),
        "b.bru": get(by_header, script(PRE, f"req.setHeader('x-target', '{inside}')")),
        "c.bru": get(by_header, "headers {\n  x-target: {{target}}\n}\n\n"),
    }
    result = make(files).run(allow_net=["127.0.0.1"])
    assert ['allow_net="localhost"' in str(error) for error in errors(result)] == [True] * 3
    assert "/inside" not in server.arrived


def test_a_redirect_leads_anywhere_where_no_script_has_had_a_hand_in_it(make: Any, server: Server) -> None:
    start = server.at("127.0.0.1", server.to(server.at("localhost", "/inside")))
    files = {"a.bru": get(start), "b.bru": get(start, script(PRE, "bru.setVar('x', '1')"))}
    assert errors(make(files).run(allow_net=["nowhere.test"])) == [None] * 2
    assert server.arrived.count("/inside") == 2


def test_a_redirect_to_where_the_request_goes_anyway_is_followed(make: Any, server: Server) -> None:
    block = script(PRE, "req.setHeader('x-a', '1')")
    result = make({"a.bru": get(server.at("localhost", server.to("/b")), block)}).run(allow_net=["127.0.0.1"])
    assert (errors(result), server.arrived) == ([None], ["/to/302?/b", "/b"])


SENDS = """
  for (const send of [bru.sendRequest, fetch, require("axios")]) {
    try {
      await send("URL");
      console.log("sent");
    } catch (error) {
      console.log(error.message, error.code, error.cause?.message);
    }
  }
"""
HERE = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "127.8.9.1", socket.gethostname()]


NAMES = [*HERE, "127.1", "[::ffff:127.0.0.1]", "[::]", "a.localhost", "rebound.test"]


@pytest.mark.parametrize("denied", HERE)
def test_this_machine_is_one_place_under_all_its_names(
    make: Any, server: Server, names: dict[str, list[str]], denied: str
) -> None:
    names["rebound.test"] = names["a.localhost"] = ["127.0.0.1"]
    moves = [f"req.setUrl('{server.at(host)}')" for host in NAMES]
    files = {f"{at}.bru": get("http://x.test", script(PRE, move)) for at, move in enumerate(moves)}
    sends = "".join(SENDS.replace("URL", server.at(host)) for host in NAMES)
    files["sends.bru"] = get("http://x.test", script(PRE, sends + "bru.runner.skipRequest();"))
    result = make(files).run(deny_net=[denied])
    lines = [*console(result), *map(str, errors(result)[:-1])]
    assert len(lines) == 4 * len(NAMES)
    assert [line for line in lines if f'deny_net="{denied}"' not in line] == []
    assert server.arrived == []


def test_the_port_of_a_denied_host_counts(make: Any, server: Server) -> None:
    block = script(PRE, f"req.setUrl('{server.at('127.0.0.1')}')")
    files = {"a.bru": get("http://x.test", block)}
    assert errors(make(files).run(deny_net=[f"localhost:{server.port + 1}"])) == [None]
    assert "deny_net" in str(errors(make(files).run(deny_net=[f"localhost:{server.port}"]))[0])


def test_a_kept_connection_to_a_denied_address_is_not_used(
    make: Any, server: Server, names: dict[str, list[str]]
) -> None:
    names["app.test"] = ["127.0.0.1"]
    files = {
        "a.bru": get(server.at("app.test", "/own")),
        "b.bru": get(
            server.at("app.test", "/own"), script(PRE, f"req.setUrl('{server.at('app.test', '/b')}')")
        ),
        "c.bru": get(server.at("app.test", "/own")),
    }
    result = make(files).run(deny_net=["127.0.0.1"])
    assert [error is None for error in errors(result)] == [True, False, True]
    assert "app.test" in str(errors(result)[1])
    assert "127.0.0.1" in str(errors(result)[1])
    assert server.arrived == ["/own", "/own"]


def test_a_denied_host_is_denied_by_the_address_it_has(make: Any, names: dict[str, list[str]]) -> None:
    names["inner.test"] = ["192.0.2.7"]
    block = script(PRE, "req.setUrl('http://192.0.2.7/')")
    [error] = errors(make({"a.bru": get("http://x.test", block)}).run(deny_net=["inner.test"]))
    assert 'deny_net="inner.test"' in str(error)


OAUTH = """
auth:oauth2 {
  grant_type: %s
  callback_url: %s
  authorization_url: %s
  access_token_url: %s
  client_id: shop
  client_secret: shop-secret
  scope: %s
  credentials_placement: body
  credentials_id: credentials
  token_placement: header
  token_header_prefix: Bearer
}

"""


def token_request(server: Server, set_: str, **block: str) -> str:
    settings = {
        "grant": "client_credentials",
        "callback": "https://app.example/callback",
        "authorization": server.at("127.0.0.1", "/authorize"),
        "token": server.at("127.0.0.1", "/token"),
        "scope": "read",
        **block,
    }
    text = get(server.at("127.0.0.1", "/x")).replace("url:", "auth: oauth2\n  url:")
    return text + OAUTH % tuple(settings.values()) + script(PRE, set_)


def test_a_token_is_not_fetched_where_a_script_may_not_go(make: Any, server: Server) -> None:
    there = server.at("localhost", "/token")
    files = {
        "a.bru": token_request(server, f"bru.setVar('t', '{there}')", token="{{t}}"),
        "b.bru": token_request(server, "bru.setVar('other', '1')", token=there),
    }
    result = make(files).run(allow_net=["127.0.0.1"])
    assert 'allow_net="localhost"' in str(errors(result)[0])
    # The second is what the files alone say.
    assert (errors(result)[1], server.arrived) == (None, ["/token", "/x"])


SIGN_INS = {
    "authorization": "{{t}}",
    "callback": "{{t}}",
    "scope": "{{t}}",
}


@pytest.mark.parametrize("field", SIGN_INS)
def test_a_user_is_not_led_where_a_script_may_not_go(make: Any, server: Server, field: str) -> None:
    visited = []

    def authorize(url: str) -> str:
        visited.append(url)
        return (
            "https://app.example/callback?error=denied&state=" + url.rpartition("state=")[2].partition("&")[0]
        )

    block = {"grant": "authorization_code", "authorization": server.at("localhost", "/authorize")}
    text = token_request(
        server, f"bru.setVar('t', '{server.at('localhost')}')", **{**block, field: SIGN_INS[field]}
    )
    [error] = errors(make({"a.bru": text}).run(allow_net=["127.0.0.1"], authorize=authorize))
    assert ('allow_net="localhost"' in str(error), visited) == (True, [])
    plain = token_request(server, "bru.setVar('other', '1')", **block)
    [error] = errors(make({"a.bru": plain}).run(allow_net=["127.0.0.1"], authorize=authorize))
    assert ("refused the authorization" in str(error), len(visited)) == (True, 1)


def test_a_proxy_is_what_the_files_say_whatever_a_script_sets(make: Any, server: Server) -> None:
    proxy = {
        "inherit": False,
        "config": {"protocol": "http", "hostname": "{{proxy}}", "port": server.port},
    }
    block = script(PRE, "bru.setVar('proxy', '192.0.2.1'); bru.setEnvVar('proxy', '192.0.2.1')")
    files = {
        "a.bru": get("http://app.test/a", block),
        "b.bru": get("http://app.test/b", script(PRE, "req.setUrl('http://inner.test/b')")),
        "environments/e.bru": "vars {\n  proxy: 127.0.0.1\n}\n",
    }
    collection = make(files, proxy=proxy)
    result = collection.run(env="e", persist=False, deny_net=["127.0.0.1", "inner.test"])
    # The proxy itself is not the script's choice; where it is asked to go is.
    assert errors(result)[0] is None
    assert 'deny_net="inner.test"' in str(errors(result)[1])
    assert server.arrived == ["http://app.test/a"]


def test_a_row_that_a_script_may_have_written_is_the_scripts(make: Any, server: Server) -> None:
    here = f"127.0.0.1:{server.port}"
    write = "require('fs').appendFileSync('data.csv', 'x')"
    collection = make({"a.bru": get("http://{{host}}/a", script("tests", write))})
    data = collection.path / "data.csv"
    data.write_text(f"host\n{here}\n{here}\n")
    result = collection.run(csv_file=data, sandbox="developer", deny_net=["localhost"])
    assert ["deny_net" in str(error) for error in errors(result)] == [False, True]
    assert server.arrived == ["/a"]


def test_what_comes_of_a_response_is_not_what_the_files_say(make: Any, server: Server) -> None:
    take = 'vars:post-response {\n  next: "' + server.at("localhost", "/inside") + '"\n}\n\n'
    files = {"a.bru": get(server.at("127.0.0.1"), take), "b.bru": get("{{next}}")}
    result = make(files).run(deny_net=["localhost"])
    assert errors(result)[0] is None
    assert 'deny_net="localhost"' in str(errors(result)[1])


def test_a_name_that_changes_its_address_on_the_way_to_a_proxy_leads_nowhere(
    make: Any, server: Server, names: dict[str, list[str]]
) -> None:
    names["rebound.test"] = ["192.0.2.1", "127.0.0.1"]
    config = {"protocol": "socks5", "hostname": "127.0.0.1", "port": server.port}
    files = {"a.bru": get("http://x.test/", script(PRE, "req.setUrl('http://rebound.test/')"))}
    [error] = errors(make(files, proxy={"inherit": False, "config": config}).run(deny_net=["127.0.0.1"]))
    assert '"rebound.test" (it leads to 127.0.0.1, which is denied with deny_net="127.0.0.1")' in str(error)


WRITERS = {
    "environment": ("bru.setEnvVar('host', VALUE)", "environments/e.bru", "vars {\n  host: HERE\n}\n"),
    "collection": (
        "bru.setCollectionVar('host', VALUE)",
        "collection.bru",
        "vars:pre-request {\n  host: HERE\n}\n",
    ),
}


@pytest.mark.parametrize("where", WRITERS)
def test_a_value_over_which_a_request_was_refused_is_not_the_authors_in_the_next_run(
    make: Any, server: Server, where: str
) -> None:
    """Its file would give it to the next run, where no script has had a hand in it."""
    here, there = f"127.0.0.1:{server.port}", f"localhost:{server.port}"
    call, file, text = WRITERS[where]
    setter = f"{call.replace('VALUE', repr(there))}; bru.setEnvVar('kept', 'yes');"
    files = {
        "environments/e.bru": "vars {\n  other: o\n}\n",
        file: text.replace("HERE", here),
        "a.bru": get("http://{{host}}/a", script(PRE, setter)),
        "b.bru": get("http://{{host}}/b", script(PRE, f"{setter} bru.setEnvVar('more', 'yes');")),
    }
    collection = make(files)
    heard: list[str] = []

    class Listener:
        def handle(self, event: Any) -> None:
            if event.__class__.__name__ == "Notice":
                heard.append(event.text)

        def close(self) -> None: ...

    result = collection.run(env="e", deny_net=["localhost"], reporters=[Listener()])
    assert ["deny_net" in str(error) for error in errors(result)] == [True, True]
    assert server.arrived == []
    assert f"host: {here}\n" in (collection.path / file).read_text()
    assert "localhost" not in (collection.path / file).read_text()
    # What no request was refused over is written as always.
    environment = (collection.path / "environments/e.bru").read_text()
    assert "kept: yes" in environment
    assert "more: yes" in environment
    said = [text for text in heard if "`host` has its earlier value" in text]
    assert len(said) == 1
    assert file in said[0]


def test_a_new_variable_over_which_a_request_was_refused_leaves_its_file(make: Any, server: Server) -> None:
    there = f"localhost:{server.port}"
    files = {
        "environments/e.bru": "vars {\n  other: o\n}\n",
        "a.bru": get("http://{{host}}/a", script(PRE, f"bru.setEnvVar('host', '{there}')")),
    }
    collection = make(files)
    result = collection.run(env="e", env_vars={"host": "127.0.0.1:9"}, deny_net=["localhost"])
    assert "deny_net" in str(errors(result)[0])
    assert (collection.path / "environments/e.bru").read_text() == files["environments/e.bru"]


def test_a_path_over_which_a_file_was_refused_is_not_the_authors_in_the_next_run(
    make: Any, server: Server
) -> None:
    files = {
        "environments/e.bru": "vars {\n  file: own.txt\n}\n",
        "own.txt": "own",
        "a.bru": get(
            server.at("127.0.0.1", "/a"),
            "body:file {\n  file: @file({{file}})\n}\n\n"
            + script(PRE, "bru.setEnvVar('file', '/etc/hostname')"),
        ).replace("get {", "post {\n  body: file", 1),
    }
    collection = make(files)
    result = collection.run(env="e")
    assert "allow_read" in str(errors(result)[0])
    assert (collection.path / "environments/e.bru").read_text() == files["environments/e.bru"]
    assert server.arrived == []
