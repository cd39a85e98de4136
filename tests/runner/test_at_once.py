"""Requests that run at once do not see each other's variables, and the run says where that matters."""

from __future__ import annotations

from typing import Any

import pytest

from bruscript.runner.events import Notice

REQUEST = "get {\n  url: http://app.test/%s\n}\n\n"
SETS = REQUEST % "login" + "script:post-response {\n  bru.setEnvVar('token', 'set');\n}\n"
BEARER = "auth {\n  mode: bearer\n}\n\nauth:bearer {\n  token: {{token}}\n}\n"


def notices(collection: Any, echo: Any, **options: Any) -> list[str]:
    texts: list[str] = []

    class Notices:
        def handle(self, event: Any) -> None:
            if isinstance(event, Notice):
                texts.append(event.text)

        def close(self) -> None: ...

    collection.run(app=echo, reporters=[Notices()], persist=False, **options)
    return texts


@pytest.mark.parametrize(
    "files",
    [
        {"a.bru": SETS, "b.bru": REQUEST % "{{token}}"},
        {"a.bru": SETS, "b.bru": REQUEST % "{{token.id}}"},
        {"a.bru": SETS, "b.bru": REQUEST % "" + 'script:pre-request {\n  bru.getEnvVar("token");\n}\n'},
        {"a.bru": SETS, "b.bru": REQUEST % "b", "collection.bru": BEARER},
        {
            "a.bru": REQUEST % "" + "vars:post-response {\n  token: res.body.token\n}\n",
            "b.bru": REQUEST % "{{token}}",
        },
    ],
)
def test_a_variable_that_another_request_sets_is_named(make: Any, echo: Any, files: dict[str, str]) -> None:
    collection = make(files)
    assert notices(collection, echo, parallel=2) == [
        "With parallel each request has its own variables: what one sets, the others do not see. "
        "This concerns `token` (a.bru)."
    ]
    assert notices(collection, echo) == []
    assert notices(collection, echo, parallel=2, iteration_count=2) == []


@pytest.mark.parametrize(
    "files",
    [
        {"a.bru": SETS, "b.bru": REQUEST % "b"},
        {"a.bru": SETS + "\nheaders {\n  x: {{token}}\n}\n", "b.bru": SETS},
        {
            "a.bru": REQUEST % "a",
            "b.bru": REQUEST % "{{token}}",
            "collection.bru": "script:pre-request {\n  bru.setVar('token', 1);\n}\n",
        },
    ],
)
def test_what_each_request_sets_itself_is_not_named(make: Any, echo: Any, files: dict[str, str]) -> None:
    assert notices(make(files), echo, parallel=2) == []


def test_of_many_some_are_named(make: Any, echo: Any) -> None:
    script = " ".join(f"bru.setVar('n{number}', 1);" for number in range(5))
    users = "".join(f"{{{{n{number}}}}}" for number in range(5))
    files = {"a.bru": REQUEST % "a" + f"tests {{\n  {script}\n}}\n", "b.bru": REQUEST % users}
    (text,) = notices(make(files), echo, parallel=2)
    assert text.endswith("This concerns `n0` (a.bru), `n1` (a.bru), `n2` (a.bru) and 2 more.")
