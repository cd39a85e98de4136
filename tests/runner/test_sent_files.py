"""Files: what a script has had a hand in sends only what scripts may read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from runner.small_requests import PRE, console, errors, script

from bruscript import load

BODIES = {
    "multipart": """post {
  url: URL
  body: multipartForm
}

body:multipart-form {
  f: @file({{path}})
}

""",
    "file": """post {
  url: URL
  body: file
}

body:file {
  file: @file({{path}}) @contentType(text/plain)
}

""",
}
PATHS = [
    "../outside.txt",
    "{OUTSIDE}",
    "link.txt",
    "directory/outside.txt",
    "a/../../outside.txt",
    "../missing.txt",
]
SETS = {
    "runtime": "bru.setVar('path', 'PATH')",
    "environment": "bru.setEnvVar('path', 'PATH')",
    "collection": "bru.setCollectionVar('path', 'PATH')",
    "another": "bru.setVar('inner', 'PATH'); bru.setVar('path', '{{inner}}')",
}


def files_beside(tmp_path: Path, requests: dict[str, str]) -> Any:
    home = tmp_path / "collection"
    (home / "a").mkdir(parents=True)
    settings = {"version": "1", "name": "made", "type": "collection"}
    (home / "bruno.json").write_text(json.dumps(settings))
    (tmp_path / "outside.txt").write_text("the secret")
    (home / "inside.txt").write_text("known to all")
    (home / "link.txt").symlink_to(tmp_path / "outside.txt")
    (home / "directory").symlink_to(tmp_path)
    (home / "inner-link.txt").symlink_to(home / "inside.txt")
    for seq, (name, text) in enumerate(requests.items()):
        meta = f"meta {{\n  name: {name}\n  type: http\n  seq: {seq}\n}}\n\n"
        (home / f"{name}.bru").write_text(meta + text.replace("URL", f"http://app.test/{name}"))
    return load(home)


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_a_script_has_no_file_from_outside_sent_by_way_of_a_variable(
    echo: Any, tmp_path: Path, mode: str
) -> None:
    paths = [path.replace("{OUTSIDE}", str(tmp_path / "outside.txt")) for path in PATHS]
    good = ["inside.txt", "inner-link.txt", str(tmp_path / "collection" / "inside.txt")]
    # Each scope has a variable of its own, since they last from request to request.
    requests = [
        BODIES[body].replace("path", f"path-{where}")
        + script(PRE, SETS[where].replace("PATH", path).replace("'path'", f"'path-{where}'"))
        for body in BODIES
        for where in SETS
        for path in (*paths, *good)
    ]
    collection = files_beside(tmp_path, {f"r{at:03}": text for at, text in enumerate(requests)})
    times = len(BODIES) * len(SETS)

    result = collection.run(app=echo, sandbox=mode)
    refused = ["allow_read" in str(error) for error in errors(result)]
    assert refused == ([True] * len(paths) + [False] * len(good)) * times
    assert [error for error in errors(result) if error is None] == [None] * len(good) * times
    assert all("known to all" in seen["body"] for seen in echo.requests)

    result = collection.run(app=echo, sandbox=mode, deny_read=["*"])
    assert ["deny_read" in str(error) for error in errors(result)] == [True] * len(requests)

    result = collection.run(app=echo, sandbox=mode, allow_read=[".."])
    missing = ["not found" in str(error) for error in errors(result)]
    assert missing == ([False] * (len(paths) - 1) + [True] + [False] * len(good)) * times
    assert [error for error in errors(result) if error is None] == [None] * missing.count(False)


@pytest.mark.parametrize("body", BODIES)
def test_a_file_that_the_user_names_is_sent_wherever_it_is(echo: Any, tmp_path: Path, body: str) -> None:
    collection = files_beside(tmp_path, {"a": BODIES[body] + script(PRE, "bru.setVar('other', '1')")})
    for path in ("../outside.txt", str(tmp_path / "outside.txt"), "link.txt"):
        result = collection.run(app=echo, env_vars={"path": path}, deny_read=["/nowhere"])
        assert errors(result) == [None]
    assert ["the secret" in seen["body"] for seen in echo.requests] == [True] * 3


def test_a_script_gets_no_bytes_of_a_file_that_it_may_not_read(echo: Any, tmp_path: Path) -> None:
    read = "try { console.log(String(req.getBody())) } catch (e) { console.log(e.message) }"
    handler = f"req.onFail(() => {{ {read} }});"
    own = BODIES["file"].replace("{{path}}", "../outside.txt")
    files = {
        "a": BODIES["file"] + script(PRE, handler + "bru.setVar('path', '../outside.txt')"),
        "b": own + script(PRE, read),
    }
    collection = files_beside(tmp_path, files)
    first, second = console(collection.run(app=echo))
    assert "allow_read" in first
    assert second == "the secret"
    assert "deny_read" in console(collection.run(app=echo, deny_read=[".."]))[1]


def test_a_file_is_sent_as_it_was_when_it_was_checked(
    echo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bruscript import beneath
    from bruscript.http import body as body_module

    collection = files_beside(
        tmp_path, {"a": BODIES["multipart"] + script(PRE, "bru.setVar('path', 'inside.txt')")}
    )
    real = beneath.open_regular_beneath

    def swap_then_open(base: Any, path: Any) -> int:
        inside = tmp_path / "collection" / "inside.txt"
        inside.unlink()
        inside.symlink_to(tmp_path / "outside.txt")
        return real(base, path)

    monkeypatch.setattr(body_module, "open_regular_beneath", swap_then_open)
    [error] = errors(collection.run(app=echo))
    assert (str(error).startswith("Cannot read"), echo.requests) == (True, [])


OAUTH1 = """get {
  url: URL
  auth: oauth1
}

auth:oauth1 {
  consumer_key: k
  signature_method: RSA-SHA256
  private_key: @file({{path}})
  placement: header
}

"""


def test_the_key_that_a_script_chooses_to_sign_with_is_one_that_it_may_read(
    echo: Any, tmp_path: Path
) -> None:
    collection = files_beside(tmp_path, {"a": OAUTH1 + script(PRE, "bru.setVar('path', '../outside.txt')")})
    [error] = errors(collection.run(app=echo))
    assert "allow_read" in str(error)


def test_a_script_has_no_file_sent_by_a_request_of_another_kind(echo: Any, tmp_path: Path) -> None:
    graphql = "post {\n  url: URL\n  body: graphql\n}\n\nbody:graphql {\n  { a }\n}\n\n"
    put = (
        "req.setHeader('content-type', 'multipart/form-data');"
        "req.setBody([{ name: 'f', type: 'file', value: FILE }])"
    )
    texts = [graphql, graphql.replace("graphql", "text"), graphql.replace("body: graphql", "body: none")]
    outside = [f"'{path}'" for path in ("../outside.txt", "{{way}}", "link.txt")] + [
        "['inside.txt', '../outside.txt']"
    ]
    sources = [
        script(PRE, f"bru.setVar('way', '../outside.txt'); {put.replace('FILE', file)}") for file in outside
    ]
    requests = [text + source for text in texts for source in sources]
    collection = files_beside(tmp_path, {f"r{at}": text for at, text in enumerate(requests)})
    result = collection.run(app=echo)
    assert [error is None for error in errors(result)] == [False] * len(requests)
    assert echo.requests == []
