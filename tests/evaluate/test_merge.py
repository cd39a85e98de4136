# ruff: noqa: E501 - files of a collection, a line each

from __future__ import annotations

import gc
import weakref

import pytest
from evaluate.conftest import Make, request_at
from growth import assert_linear

from bruscript.evaluate import merge

SCRIPTS = """script:pre-request {{
  // {0} pre
}}

script:post-response {{
  // {0} post
}}

tests {{
  // {0} tests
}}
"""


def test_headers_of_inner_levels_replace_outer_ones(make: Make) -> None:
    collection = make(
        {
            "collection.bru": "headers {\n  A: c\n  B: c\n  ~Off: c\n}\n",
            "f/folder.bru": "headers {\n  B: f\n  a: f\n}\n",
            "f/r.bru": "get {\n  url: x\n}\nheaders {\n  C: r\n  C: again\n  ~A: r\n}\n",
        }
    )
    effective = merge(request_at(collection, "f/r"))
    assert list(effective.headers.items()) == [("A", "c"), ("B", "f"), ("a", "f"), ("C", ["r", "again"])]
    assert effective.disabled_headers == {"Off": "c", "A": "r"}


def test_the_time_is_in_proportion_to_the_number_of_headers(make: Make) -> None:
    def read(size: int) -> None:
        lines = "".join(f"  {name}: {at}\n" for at in range(size) for name in ("A", "Cookie"))
        collection = make({"r.bru": f"get {{\n  url: x\n}}\nheaders {{\n{lines}}}\n"})
        headers = merge(request_at(collection, "r")).headers
        assert (len(headers["A"]), headers["Cookie"].count("; ")) == (size, size - 1)

    assert_linear(read, 200)


def test_variables_keep_their_level(make: Make) -> None:
    collection = make(
        {
            "collection.bru": "vars:pre-request {\n  x: c\n  @number\n  n: 1\n}\nvars:post-response {\n  p: res.body.c\n}\n",
            "f/folder.bru": "vars:pre-request {\n  x: f\n  ~y: f\n}\n",
            "f/g/folder.bru": "vars:pre-request {\n  x: g\n}\nvars:post-response {\n  p: res.body.g\n}\n",
            "f/g/r.bru": "get {\n  url: x\n}\nvars:pre-request {\n  x: r\n}\nvars:post-response {\n  q: res.body.r\n}\n",
        }
    )
    effective = merge(request_at(collection, "f/g/r"))
    assert effective.collection_vars == {"x": "c", "n": 1}
    assert (effective.folder_vars, effective.request_vars) == ({"x": "g"}, {"x": "r"})
    assert [(entry["name"], entry["value"]) for entry in effective.post_vars] == [
        ("p", "res.body.g"),
        ("q", "res.body.r"),
    ]


@pytest.mark.parametrize(
    ("flow", "after"),
    [("sandwich", ["request", "folder", "collection"]), ("sequential", ["collection", "folder", "request"])],
)
def test_scripts_run_in_the_flows_order(make: Make, flow: str, after: list[str]) -> None:
    collection = make(
        {
            "bruno.json": f'{{"name": "t", "scripts": {{"flow": "{flow}"}}}}',
            "collection.bru": "docs {\n  hi\n}\n\n" + SCRIPTS.format("collection"),
            "f/folder.bru": SCRIPTS.format("folder"),
            "f/empty/folder.bru": "script:pre-request {\n  \n}\n",
            "f/empty/r.bru": "meta {\n  name: R\n}\n\nget {\n  url: x\n}\n\n" + SCRIPTS.format("request"),
        }
    )
    scripts = merge(request_at(collection, "f/empty/r")).scripts
    assert [segment.level for segment in scripts.pre] == ["collection", "folder", "request"]
    assert [segment.level for segment in scripts.post] == after
    assert [segment.level for segment in scripts.tests] == after
    request = scripts.pre[-1]
    assert (request.source, request.path.name, request.line, request.name) == (
        "// request pre",
        "r.bru",
        10,
        "R",
    )
    for segments in (scripts.pre, scripts.post, scripts.tests):
        for segment in segments:
            line = segment.path.read_text().splitlines()[segment.line - 1]
            assert line.strip() == segment.source.splitlines()[0]


AUTH = "auth {{\n  mode: {0}\n}}\n\nauth:{0} {{\n  {1}\n}}\n"


@pytest.mark.parametrize(
    ("outer", "inner", "request_mode", "expected"),
    [
        ("", "", "inherit", ("bearer", "collection.bru")),
        (AUTH.format("basic", "username: f"), "", "inherit", ("basic", "f/folder.bru")),
        (
            AUTH.format("basic", "username: f"),
            AUTH.format("wsse", "username: g"),
            "inherit",
            ("wsse", "f/g/folder.bru"),
        ),
        (
            AUTH.format("basic", "username: f"),
            "auth {\n  mode: inherit\n}\n",
            "inherit",
            ("basic", "f/folder.bru"),
        ),
        (
            AUTH.format("basic", "username: f"),
            "auth {\n  mode: none\n}\n",
            "inherit",
            ("none", "f/g/folder.bru"),
        ),
        ("auth {\n  mode: none\n}\n", "", "inherit", ("none", "f/folder.bru")),
        (
            "auth {\n  mode: none\n}\n",
            AUTH.format("wsse", "username: g"),
            "inherit",
            ("wsse", "f/g/folder.bru"),
        ),
        (AUTH.format("basic", "username: f"), "", "none", ("none", "f/g/r.bru")),
        (AUTH.format("basic", "username: f"), "", "digest", ("digest", "f/g/r.bru")),
    ],
)
def test_auth_is_inherited_from_the_nearest_that_has_one(
    make: Make, outer: str, inner: str, request_mode: str, expected: tuple[str, str]
) -> None:
    collection = make(
        {
            "collection.bru": AUTH.format("bearer", "token: c"),
            "f/folder.bru": outer,
            "f/g/folder.bru": inner,
            "f/g/r.bru": f"get {{\n  url: x\n  auth: {request_mode}\n}}\n\nauth:digest {{\n  username: u\n  password: p\n}}\n",
        }
    )
    auth = merge(request_at(collection, "f/g/r")).auth
    assert auth.source is not None
    assert (auth.mode, auth.source.relative_to(collection.path).as_posix()) == expected


def test_headers_of_one_name_are_a_list(make: Make) -> None:
    headers = (
        "headers {\n  X-A: 1\n  Accept: a\n  ~x-a: off\n  x-a: 2\n  X-A: 3\n  Content-Type: a\n"
        "  content-type: b\n  Cookie: a=1\n  cookie: b=2\n}\n"
    )
    collection = make(
        {
            "f/folder.bru": headers,
            "f/r.bru": "get {\n  url: x\n}\n",
            "f/own.bru": "get {\n  url: x\n}\nheaders {\n  X-A: own\n}\n",
        }
    )
    expected = {"X-A": ["1", "2", "3"], "Accept": "a", "Content-Type": "b", "Cookie": "a=1; b=2"}
    assert merge(request_at(collection, "f/r")).headers == expected
    assert merge(request_at(collection, "f/own")).headers == {**expected, "X-A": "own"}


def test_nothing_to_inherit_is_none(make: Make) -> None:
    collection = make({"r.bru": "get {\n  url: x\n  auth: inherit\n}\n"})
    assert merge(request_at(collection, "r")).auth.mode == "none"


def test_oauth2_brings_its_additional_parameters(make: Make) -> None:
    collection = make(
        {
            "collection.bru": (
                "auth {\n  mode: oauth2\n}\n\nauth:oauth2 {\n  grant_type: client_credentials\n  access_token_url: http://t\n}\n\n"
                "auth:oauth2:additional_params:access_token_req:body {\n  audience: api\n  ~off: x\n}\n"
            ),
            "r.bru": "get {\n  url: x\n  auth: inherit\n}\n",
        }
    )
    config = merge(request_at(collection, "r")).auth.config
    assert config["grantType"] == "client_credentials"
    token = config["additionalParameters"]["token"]
    assert [(each["name"], each["value"], each["enabled"], each["sendIn"]) for each in token] == [
        ("audience", "api", True, "body"),
        ("off", "x", False, "body"),
    ]


def test_no_secret_in_the_repr(make: Make) -> None:
    collection = make(
        {
            "collection.bru": AUTH.format("bearer", "token: s3cret"),
            "r.bru": "get {\n  url: x\n  auth: inherit\n}\n",
        }
    )
    assert "s3cret" not in repr(merge(request_at(collection, "r")))


def test_merging_keeps_no_collection_alive(make: Make) -> None:
    collection = make({"r.bru": "get {\n  url: x\n}\n"})
    request = request_at(collection, "r")
    assert merge(request) is merge(request)
    gone = weakref.ref(request)
    del collection, request
    gc.collect()
    assert gone() is None
