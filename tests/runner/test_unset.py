"""Variables that are not set: reported with their place, or errors before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from growth import assert_linear

from bruscript.evaluate.unresolved import missing_names

POST = "post {\n  url: http://app.test/%s\n  body: json\n}\n\n"


def warnings(result: Any) -> list[list[str]]:
    return [item.warnings for item in result.results]


def test_each_is_reported_once_for_a_file_with_its_place(make: Any, echo: Any, tmp_path: Path) -> None:
    collection = make(
        {
            "collection.bru": "headers {\n  x-all: {{traceid}}\n}\n\nvars:pre-request {\n  traceId: 5\n}\n",
            "environments/e.bru": "vars {\n  token: t\n  base: http://{{hots}}\n}\n",
            "a.bru": POST % "{{tokn}}?q={{tokn}}" + 'body:json {\n  {\n    "t": "{{ token }}"\n  }\n}\n',
            "b.bru": POST % "{{tokn}}" + 'headers {\n  b: {{base}}\n}\n\nbody:json {\n  {"a": {{$gid}}}\n}\n',
        }
    )
    result = collection.run(app=echo, env="e", iteration_count=2)
    assert result.ok
    first, second, third, fourth = warnings(result)
    assert first == [
        "a.bru:8: the variable `{{tokn}}` is not set; did you mean `{{token}}`?",
        "collection.bru:2: the variable `{{traceid}}` is not set; did you mean `{{traceId}}`?",
        "a.bru:14: the variable `{{ token }}` is not set; did you mean `{{token}}`?",
    ]
    assert second == [
        "b.bru:8: the variable `{{tokn}}` is not set; did you mean `{{token}}`?",
        "b.bru:17: the variable `{{$gid}}` is not set; did you mean `{{$guid}}`?",
        "environments/e.bru:3: the variable `{{hots}}` is not set",
    ]
    assert third == fourth == []
    assert echo.requests[0]["path"] == "/{{tokn}}"


@pytest.mark.parametrize(
    ("written", "missing"),
    [
        ("{{user.nme}}", "`{{user.nme}}` is not set; did you mean `{{user.name}}`?"),
        ("{{user.name}} {{list[0]}} {{$guid}} {{process.env.HOME}} {{?Id}}", None),
        ("{{list[7]}}", "`{{list[7]}}` is not set"),
        ("{{process.env.HOMEE}}", "`{{process.env.HOMEE}}` is not set; did you mean `{{process.env.HOME}}`?"),
        ("{{indirect}}", "`{{deep}}` is not set"),
        ("{{$oauth2.credentials.access_token}}", "`{{$oauth2.credentials.access_token}}` is not set"),
        ("{{set}}", None),
        ("{{by-script}}", "`{{by-script}}` is not set"),
    ],
)
def test_what_counts_as_set(make: Any, echo: Any, written: str, missing: str | None) -> None:
    script = (
        "bru.setVar('set', 1)" if "by-script" not in written else "req.setHeader('x', '{{by-' + 'script}}')"
    )
    header = "" if "by-script" in written else f"headers {{\n  x: {written}\n}}\n\n"
    text = (
        header + 'vars:pre-request {\n  @object\n  user: {"name": 1}\n  @object\n  list: [1]\n'
        "  indirect: a {{deep}}\n}\n\n" + f"script:pre-request {{\n  {script}\n}}\n"
    )
    result = make({"a.bru": text}).run(app=echo, prompts={"Id": "1"})
    found = warnings(result)[0]
    assert [warning.partition(": the variable ")[2] for warning in found] == ([missing] if missing else [])
    if "by-script" in written:
        assert found[0].startswith("a.bru: ")


def test_strictly_they_are_errors_before_anything_is_sent(make: Any, echo: Any) -> None:
    oauth2 = (
        "post {\n  url: http://app.test/c\n  auth: oauth2\n}\n\nauth:oauth2 {\n"
        "  grant_type: client_credentials\n  access_token_url: http://app.test/token\n"
        "  client_id: {{clint}}\n  client_secret: x\n}\n\nheaders {\n"
        "  x: {{$oauth2.credentials.access_token}}\n}\n"
    )
    files = {"a.bru": POST % "{{one}}/{{two}}", "b.bru": POST % "b", "c.bru": oauth2}
    result = make(files).run(app=echo, strict_variables=True)
    assert [item.status for item in result.results] == ["error", "pass", "error"]
    assert result.results[0].error == (
        "a.bru:8: the variable `{{one}}` is not set\na.bru:8: the variable `{{two}}` is not set"
    )
    assert result.results[2].error == "c.bru:15: the variable `{{clint}}` is not set"
    assert [seen["path"] for seen in echo.requests] == ["/b"]


def test_a_declared_secret_without_a_value_is_not_set(make: Any, echo: Any) -> None:
    files = {
        "environments/e.bru": "vars {\n  empty:\n}\n\nvars:secret [\n  key,\n  later,\n  other\n]\n",
        "a.bru": POST % "{{key}}{{empty}}"
        + "script:post-response {\n  bru.setEnvVar('later', 'set-by-the-script');\n}\n",
        "b.bru": POST % "{{later}}",
    }
    collection = make(files)
    result = collection.run(app=echo, env="e", persist=False)
    assert warnings(result) == [
        ['a.bru:8: the secret `{{key}}` has no value; give it with env_vars={"key": "VALUE"}'],
        [],
    ]
    assert [seen["path"] for seen in echo.requests] == ["/", "/set-by-the-script"]
    strict = collection.run(app=echo, env="e", persist=False, strict_variables=True)
    assert [item.status for item in strict.results] == ["error", "error"]
    for value in ("given", ""):
        given = collection.run(
            app=echo, env="e", persist=False, strict_variables=True, env_vars={"key": value}
        )
        assert given.ok
        assert warnings(given) == [[], []]


def test_a_secret_without_a_value_is_named_where_the_token_fails(make: Any, echo: Any) -> None:
    oauth2 = (
        "post {\n  url: http://app.test/c\n  auth: oauth2\n}\n\nauth:oauth2 {\n"
        "  grant_type: client_credentials\n  access_token_url: http://app.test/token\n"
        "  client_id: c\n  client_secret: {{key}}\n}\n"
    )
    collection = make({"environments/e.bru": "vars:secret [\n  key\n]\n", "a.bru": oauth2})
    (result,) = collection.run(app=echo, env="e").results
    assert result.status == "error"
    assert result.warnings == [
        'a.bru:16: the secret `{{key}}` has no value; give it with env_vars={"key": "VALUE"}'
    ]


def test_fields_of_a_token_are_set_once_it_is_there(make: Any) -> None:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"access_token": "t"}'})

    text = (
        "get {\n  url: http://app.test/c\n  auth: oauth2\n}\n\nauth:oauth2 {\n"
        "  grant_type: client_credentials\n  access_token_url: http://app.test/token\n"
        "  client_id: c\n  client_secret: x\n  credentials_id: mine\n}\n\nheaders {\n"
        "  x: {{$oauth2.mine.%s}}\n}\n"
    )
    files = {"a.bru": text % "access_token", "b.bru": text % "acces_token"}
    first, second = make(files).run(app=app, strict_variables=True).results
    assert (first.status, first.request["headers"]["x"]) == ("pass", "t")
    assert second.error == (
        "b.bru:21: the variable `{{$oauth2.mine.acces_token}}` is not set; "
        "did you mean `{{$oauth2.mine.access_token}}`?"
    )


def test_of_very_many_some_are_named(make: Any, echo: Any) -> None:
    script = "req.setBody(Array.from({ length: 20000 }, (_, i) => '{{' + `n${i}}}`).join(''));"
    collection = make({"a.bru": POST % "" + f"script:pre-request {{\n  {script}\n}}\n"})
    (result,) = collection.run(app=echo).results
    assert result.warnings[0] == "a.bru: the variable `{{n0}}` is not set"
    assert result.warnings[49:] == [
        "a.bru: the variable `{{n49}}` is not set",
        "19950 more variables that the request uses are not set",
    ]


def test_texts_without_end_are_searched_in_linear_time() -> None:
    text = "{{a\n{{b}} {{\n{{{{ {{" + "c" * 201 + "}}{{" + "d" * 200 + "}}"
    assert missing_names([text], {}) == ["b", "d" * 200]
    assert_linear(lambda size: missing_names(["{{" * size, "{{a" * size], {}), 10_000)
