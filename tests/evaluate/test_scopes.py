from __future__ import annotations

from typing import Any

from evaluate.conftest import Make, request_at

from bruscript.evaluate import Scopes, interpolate, merge

ORDER = ["global_env", "collection", "environment", "folder", "request", "oauth2", "runtime", "iteration"]


def test_the_stronger_scope_wins() -> None:
    for index, name in enumerate(ORDER):
        values: dict[str, Any] = {each: {"x": each} for each in ORDER[: index + 1]}
        scopes = Scopes(**values)
        assert scopes.combined()["x"] == name


def test_combined_has_what_stands_beside_variables() -> None:
    scopes = Scopes(
        environment={"a": "{{process.env.HOME}}{{b}}", "id": "{{$guid}}"},
        process_env={"HOME": "/h"},
        prompt={"your name": "Ann"},
        oauth2={"$oauth2.id.access_token": "T"},
        environment_name="Local",
    )
    combined = scopes.combined()
    assert combined["a"] == "/h{{b}}"
    assert interpolate("{{?your name}} {{$oauth2.id.access_token}} {{__name__}}", combined) == "Ann T Local"
    assert interpolate("{{id}}", combined) == interpolate("{{id}}", combined)
    assert scopes.environment["id"] == "{{$guid}}"


def test_changes_come_back_into_the_same_dicts() -> None:
    scopes = Scopes(environment={"a": 1, "b": 2}, runtime={"r": 1})
    environment = scopes.environment
    scopes.apply({"environment": {"a": 5, "__name__": "x"}, "processEnv": {"X": "1"}, "request": {"q": 1}})
    assert scopes.environment is environment
    assert (scopes.environment, scopes.runtime) == ({"a": 5}, {"r": 1})
    assert (scopes.process_env, scopes.request) == ({}, {})


def test_collection_variables_last_for_the_requests_that_follow(make: Make) -> None:
    collection = make(
        {
            "collection.bru": "vars:pre-request {\n  a: 1\n}\n",
            "one.bru": "get {\n  url: x\n}\nvars:pre-request {\n  mine: 1\n}\n",
            "two.bru": "get {\n  url: x\n}\n",
        }
    )
    one, two = request_at(collection, "one"), request_at(collection, "two")
    scopes = Scopes()
    scopes.enter(merge(one))
    assert (scopes.collection, scopes.request) == ({"a": "1"}, {"mine": "1"})
    scopes.apply({"collection": {"a": 2, "new": True}})
    scopes.enter(merge(two))
    assert (scopes.collection, scopes.request) == ({"a": 2, "new": True}, {})
    assert merge(one).collection_vars == {"a": "1"}


def test_state_for_scripts() -> None:
    state = Scopes(runtime={"a": 1}, environment_name="E", global_name="G").to_state()
    assert state["runtime"] == {"a": 1}
    assert (state["environmentName"], state["globalName"]) == ("E", "G")
    assert set(state) >= {
        "environment",
        "global",
        "collection",
        "folder",
        "request",
        "oauth2",
        "processEnv",
        "prompt",
    }


def test_a_copy_is_its_own() -> None:
    scopes = Scopes(runtime={"o": {"k": 1}}, process_env={"A": "1"}, environment_name="E")
    copy = scopes.copy()
    copy.runtime["o"] = 2
    assert scopes.runtime == {"o": {"k": 1}}
    assert (copy.process_env, copy.environment_name) == ({"A": "1"}, "E")


def test_a_name_is_hidden_from_scripts_hands_by_what_templates_call_so() -> None:
    scopes = Scopes(prompt={"host": "asked", "user": "ann"}, runtime={"host": "set", "token": "t"})
    scopes.touched["runtime"] |= {"host", "token"}
    scopes.touched["prompt"].add("user")
    assert scopes.touched_names() == {"host", "token", "?user"}
    scopes.iteration["host"] = "of the row"
    assert scopes.touched_names() == {"token", "?user"}
