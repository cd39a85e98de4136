"""What counts as a difference between what two runs sent."""

from __future__ import annotations

from bruscript.comparison.arrival import Arrival, Headers
from bruscript.comparison.secrets import mask_of
from bruscript.comparison.variation import same
from bruscript.comparison.wire import Sent, compare_wire, sent


def arrival(
    target: str = "/", headers: Headers | None = None, body: str = "", method: str = "POST"
) -> Arrival:
    return Arrival(method, "http", "h.test", target, headers or [], body.encode())


def found(
    left: list[Arrival], right: list[Arrival], again: list[Arrival] | None = None
) -> list[tuple[str, ...]]:
    sides = [[Sent(item) for item in items] for items in (left, right, again or [])]
    return [(d.what, d.left, d.right) for d in compare_wire(*sides)]


def test_each_part_of_a_request() -> None:
    theirs = arrival("/a?x=1", [("X-A", "1"), ("Only-There", "y")], "one")
    ours = arrival("/a?x=2", [("x-a", "2")], "two")
    assert found([theirs], [ours]) == [
        ("URL", "http://h.test/a?x=1", "http://h.test/a?x=2"),
        ("header x-a", "1", "2"),
        ("header only-there", "y", "not sent"),
        ("body", "one", "two"),
    ]


def test_another_method() -> None:
    assert found([arrival("/a", method="PUT")], [arrival("/a")]) == [("method", "PUT", "POST")]


def test_what_varies_by_nature_is_no_difference() -> None:
    boundaries = "----1a2b", "----3c4d"
    sides = [
        arrival(
            f"/?id={uuid}",
            [
                ("User-Agent", agent),
                ("Content-Type", f"multipart/form-data; boundary={boundary}"),
                ("Date", f"Fri, 27 Nov 2026 07:0{second}:00 GMT"),
                ("request-start-time", f"179582{second}000000"),
                ("Cookie", cookies),
                ("Connection", "keep-alive" if second else "close"),
                ("X-Callback", f"http://127.0.0.1:4567{second}/done"),
            ],
            f"--{boundary}\r\n\r\nat 179582{second}000 2026-11-27T07:00:0{second}Z",
        )
        for uuid, agent, boundary, second, cookies in (
            ("0e37df36-f698-4e83-99f2-5f4b4b0d5f6a", "bruno-runtime/4.1.0", boundaries[0], 0, "a=1; b=2"),
            ("7f1a60b1-9d1c-4a5f-8d1f-0c54a3e1f6aa", "bruscript/1.0", boundaries[1], 1, "b=2; a=1"),
        )
    ]
    assert found([sides[0]], [sides[1]]) == []


def test_what_a_second_run_shows_to_vary() -> None:
    names = "Ada Lovelace", "Alan Turing", "Grace Hopper"
    bodies = [arrival(body=f'{{"name": "{name}", "kind": "user"}}') for name in names]
    assert found([bodies[0]], [bodies[1]]) != []
    assert found([bodies[0]], [bodies[1]], [bodies[2]]) == []
    other = arrival(body='{"name": "Ada Lovelace", "kind": "admin"}')
    assert [what for what, *_ in found([other], [bodies[1]], [bodies[2]])] == ["body"]


def test_ports_that_are_given_differ() -> None:
    assert same("http://127.0.0.1:45671/", "http://127.0.0.1:45672/")
    assert not same("http://127.0.0.1:8080/", "http://127.0.0.1:8081/")
    assert not same("http://h.test:45671/", "http://h.test:45672/")


def test_a_user_agent_of_the_users_own() -> None:
    sides = [arrival(headers=[("User-Agent", name)]) for name in ("mine", "bruscript/1.0")]
    assert found([sides[0]], [sides[1]]) == [("header user-agent", "mine", "bruscript/1.0")]


def test_a_host_of_the_users_own() -> None:
    sides = [arrival(headers=[("Host", host)]) for host in ("tenant.test", "h.test")]
    assert found([sides[0]], [sides[1]]) == [("header host", "tenant.test", "h.test")]


def test_a_missing_request_does_not_shift_the_others() -> None:
    bodies = [arrival("/graphql", body=f"query {n}") for n in "abc"]
    assert found(bodies, [bodies[0], bodies[2]]) == [("sent", "http://h.test/graphql", "not sent")]
    assert found([bodies[0], bodies[2]], bodies) == [("sent", "not sent", "http://h.test/graphql")]


def test_requests_have_their_files() -> None:
    report = {
        "results": [
            {"request": {"method": "POST", "url": f"http://h.test:80{path}"}, "test": {"filename": file}}
            for path, file in (("/a?key=********", "a.bru"), ("/b", "b.bru"), ("/b", "c.bru"))
        ]
    }
    challenge = b"HTTP/1.1 401 Unauthorized\r\n\r\n"
    moved = b"HTTP/1.1 302 Found\r\nLocation: /landed\r\n\r\n"
    exchanges = [
        (arrival("/token"), b"HTTP/1.1 200 OK\r\n\r\n"),
        (arrival("/a?key=k"), challenge),
        (arrival("/a?key=k"), moved),
        (arrival("/landed", method="GET"), b"HTTP/1.1 200 OK\r\n\r\n"),
        (arrival("/b"), b"HTTP/1.1 200 OK\r\n\r\n"),
        (arrival("/b"), None),
    ]
    assert [item.file for item in sent(exchanges, report)] == [
        "",
        "a.bru",
        "a.bru",
        "a.bru",
        "b.bru",
        "c.bru",
    ]


def test_credentials_are_masked() -> None:
    mask = mask_of(
        [
            arrival(
                "/?api_key=query-s3cret",
                [("Authorization", "Bearer header-s3cret"), ("Content-Type", "application/json")],
                '{"user": {"password": "body-s3cret", "name": "visible"}}',
            ),
            arrival(
                "/",
                [("content-type", "application/x-www-form-urlencoded")],
                "client_secret=form-s3cret&a=visible",
            ),
        ]
    )
    shown = mask.mask("query-s3cret header-s3cret body-s3cret form-s3cret visible")
    assert "s3cret" not in shown
    assert "visible" in shown
