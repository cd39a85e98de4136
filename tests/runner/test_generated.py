"""Dynamic values in variables: one for each request, wherever the request uses the variable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bruscript.evaluate import Scopes, interpolate
from bruscript.evaluate.generated import filled, make

NAMES = ("request", "folder", "collection", "environment", "row", "set", "object", "quoted")
REQUEST = """meta {
  name: %(name)s
  type: http
  seq: %(seq)d
}

post {
  url: http://app.test/x?request={{request}}
  body: json
}

headers {
  %(headers)s
}

body:json {
  {"request": "{{request}}", "object": "{{object.id}}", "quoted": "{{quoted}}"}
}

vars:pre-request {
  request: {{$guid}}
  @object
  object: {"id": "{{$guid}}", "list": ["{{$guid}}"]}
  quoted: {{$randomLoremParagraphs}}
}

script:pre-request {
  bru.setVar("set", "{{$guid}}");
  const seen = bru.getVar("set");
  test("the same in scripts", () => {
    expect(bru.getVar("set")).to.equal(seen);
    expect(bru.interpolate("{{set}} {{request}}")).to.equal(seen + " " + bru.getRequestVar("request"));
    expect(bru.interpolate("{{object.id}}")).to.equal(bru.getRequestVar("object").id);
    expect(bru.interpolate("{{$guid}}")).to.not.equal(bru.interpolate("{{$guid}}"));
  });
}

assert {
  JSON.parse(res.body.body).request: eq {{request}}
  request: eq {{request}}
}

tests {
  test("the same after it", () => {
    const { headers, body, query } = res.body;
    expect(query).to.equal("request=" + bru.getRequestVar("request"));
    expect(headers.set).to.equal(bru.getVar("set"));
    expect(headers.environment).to.equal(bru.getEnvVar("environment"));
    expect(headers.collection).to.equal(bru.getCollectionVar("collection"));
    expect(headers.folder).to.equal(bru.getFolderVar("folder"));
    expect(headers.row).to.equal(bru.interpolate("{{row}}"));
    expect(headers.object).to.equal(JSON.stringify(bru.getRequestVar("object")));
    expect(JSON.parse(body).object).to.equal(bru.getRequestVar("object").id);
    expect(JSON.parse(body).quoted).to.equal(bru.getRequestVar("quoted"));
  });
}
"""


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_every_kind_of_variable(make: Any, echo: Any, mode: Any, tmp_path: Path) -> None:
    headers = "\n  ".join(f"{name}: {{{{{name}}}}}" for name in NAMES if name != "quoted")
    collection = make(
        {
            "collection.bru": "vars:pre-request {\n  collection: {{$guid}}\n}\n",
            "f/folder.bru": "meta {\n  name: f\n}\n\nvars:pre-request {\n  folder: <{{$guid}}>\n}\n",
            "environments/e.bru": "vars {\n  environment: {{$guid}}\n}\n",
            "rows.json": '[{"row": "{{$guid}}"}]',
            **{f"f/{name}.bru": REQUEST % {"name": name, "seq": 1, "headers": headers} for name in "ab"},
        }
    )
    result = collection.run(app=echo, env="e", json_file=tmp_path / "rows.json", sandbox=mode)
    assert [check.get("error") for item in result.results for check in item.checks] == [None] * 8
    first, second = (seen["headers"] for seen in echo.requests)
    for name in NAMES[:-1]:
        assert "{{" not in first[name]
        assert first[name] != second[name], name
    ids = json.loads(first["object"])
    assert ids["id"] != ids["list"][0] != first["request"]
    # What is written to files is what was written by hand.
    assert "{{$guid}}" in (tmp_path / "environments" / "e.bru").read_text()


def test_a_variable_that_is_set_again_is_made_again(make: Any, echo: Any) -> None:
    script = (
        "script:pre-request {\n  bru.setVar('v', '{{$guid}}'); const one = bru.getVar('v');\n"
        "  bru.setVar('v', 'plain'); bru.setVar('w', bru.getVar('v'));\n"
        "  bru.setVar('v', 'again {{$guid}}');\n  bru.setVar('one', one);\n}\n"
    )
    text = "headers {\n  x: {{one}}|{{w}}|{{v}}\n}\n" + script
    assert make({"a.bru": text}).run(app=echo).ok
    one, plain, again = echo.requests[0]["headers"]["x"].split("|")
    assert len(one) == 36
    assert plain == "plain"
    assert again.startswith("again ")
    assert again != f"again {one}"


def test_what_was_made_is_for_what_was_written() -> None:
    made = make("a {{$guid}} {{$nothing}} {{$guid}}")
    assert made is not None
    text = filled("a {{$guid}} {{$nothing}} {{$guid}}", made)
    first, kept, second = text.removeprefix("a ").split(" ")
    assert (len(first), kept) == (36, "{{$nothing}}")
    assert first != second
    assert filled("b", made) == "b"
    assert filled("a {{$guid}} {{$nothing}} {{$guid}}", ["?"]) == "a {{$guid}} {{$nothing}} {{$guid}}"
    assert make("{{$nothing}}") is make("{{guid}}") is make(5) is None


def test_in_json_strings_they_are_escaped() -> None:
    scopes = Scopes(request={"v": "{{$guid}}"})
    scopes.generated = {"request": {"v": ["{{$guid}}", ['say "hi"\n']]}}
    variables = scopes.combined()
    assert interpolate("{{v}}", variables) == 'say "hi"\n'
    assert interpolate("{{v}}", variables, escape_json_strings=True) == 'say \\"hi\\"\\n'
