"""Odd collections send the same bytes in both formats."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from apps.raw import raw_server
from conversion.round_trip import request, write

import bruscript
from bruscript.conversion import convert

MULTIPART = """body:multipart-form {
  a: x
  "b c": '''
    one
      two
  '''
  ~d: off
  e: @file(data.txt|collection.csv) @contentType(text/csv)
  "~": y
}"""
BRU = {
    "1-headers.bru": request("headers {\n  a: '''x\n  b!c: [1]\n  ~d: e\n  accent: é\n  e: f\n  e: g\n}"),
    "2-text.bru": request("body:text {\n  \n  }\n\n    x  \n  \n}", head="body: text\n  auth: none"),
    "3-empty.bru": request(head="body: text\n  auth: none"),
    "4-form.bru": request(
        'body:form-urlencoded {\n  "a b": 1\n  ~c: 2\n  d: @file(x)\n  : z\n}',
        head="body: form-urlencoded\n  auth: none",
    ),
    "5-multipart.bru": request(MULTIPART, head="body: multipartForm\n  auth: none"),
    "6-query.bru": request(
        "params:path {\n  id: a/b\n  ~no: 1\n}\n\nparams:query {\n  q: x y\n  ~r: 2\n}",
        head="body: none\n  auth: none",
    ).replace("http://h/a", "http://h/:id/:no?q=x y|z&r"),
    "7-settings.bru": request("settings {\n  encodeUrl: true\n}").replace("http://h/a", "http://h/a?q=x y|z"),
    "8-basic.bru": request(
        "auth:basic {\n  username: '''\n    a\n    b\n  '''\n  password: {{p}}\n}",
        head="body: none\n  auth: basic",
    ),
    "9-variables.bru": request(
        "headers {\n  n: {{n}}\n  o: {{o}}\n  l: {{l}}\n}",
        'vars:pre-request {\n  @number\n  n: 1.50\n  @object\n  o: {"a": "\'\'\'"}\n  ~l: no\n}',
    ),
    "g-query.bru": request(
        'body:graphql {\n  \n}\n\nbody:graphql:vars {\n  {"a": 1}\n}', head="body: graphql\n  auth: none"
    ).replace("type: http", "type: graphql"),
    "environments/e.bru": "vars {\n  p: it's\n  @object\n  l: {}\n}\nvars:secret [\n  s\n]\n",
    "collection.bru": "headers {\n  ~x: no\n  all: 1\n}\n",
    "data.txt": "data",
    "collection.csv": "a,b\n",
}


def yml(http: dict[str, Any], kind: str = "http") -> str:
    """A YAML request."""
    info = {"name": "A", "type": kind, "seq": 1}
    return json.dumps({"info": info, kind: {"method": "POST", "url": "http://h/a", **http}})


YML = {
    "opencollection.yml": "opencollection: 1.0.0\ninfo:\n  name: c\n",
    "1-headers.yml": yml({"headers": [{"name": "a", "value": "'''x"}, {"name": "b", "value": "@a(b) ~"}]}),
    "2-text.yml": yml({"body": {"type": "text", "data": "\n\n}\n  x \n\n"}}),
    "3-empty.yml": yml({"body": {"type": "xml", "data": ""}}),
    "4-json.yml": yml({"body": {"type": "json", "data": '{\n"a": 1,\n}x\n'}}),
    "5-form.yml": yml({"body": {"type": "form-urlencoded", "data": [{"name": '"a: b', "value": "1\r\n2"}]}}),
    "6-graphql.yml": yml({}, "graphql"),
    "7-graphql.yml": yml({"body": {"query": "{ a }\n", "variables": '{"b": 1}\n'}}, "graphql"),
    "8-params.yml": yml(
        {
            "url": "http://h/:a/:b?c=1",
            "params": [
                {"name": "a", "value": "x", "type": "path"},
                {"name": "c", "value": "1", "type": "query"},
                {"name": "b", "value": "y", "type": "path", "disabled": True},
            ],
        }
    ),
    "9-basic.yml": yml({"auth": {"type": "basic", "username": "[a", "password": "b\nc"}}),
}


async def sent(root: Path, *, env: str | None = None) -> list[tuple[str, bytes]]:
    """What a run of a collection sends, without the server's port and without boundaries."""
    async with raw_server() as server:
        for path in [*root.glob("*.bru"), *root.glob("*.yml")]:
            path.write_bytes(path.read_bytes().replace(b"http://h/", server.url.encode() + b"/"))
        result = await bruscript.arun(root, env=env, persist=False)
        assert [each.error for each in result.results if each.error] == []
        changing = re.compile(rf"{server.port}|\d{{12,}}|(?<=boundary=)[^\r\n]+".encode())
        return [
            (changing.sub(b"#", one.head).decode("latin-1"), re.sub(rb"--[-\w]{16,}", b"--#", one.body))
            for one in server.arrived
        ]


def round_trip(root: Path, tmp_path: Path, env: str | None = None) -> int:
    """Convert there and back, compare what the three collections send, and return how much it is."""
    formats: tuple[Any, Any] = ("yml", "bru") if (root / "bruno.json").exists() else ("bru", "yml")
    there, back = tmp_path / "there", tmp_path / "back"
    for source, format_, target in ((root, formats[0], there), (there, formats[1], back)):
        result = convert(source, format_, target)
        assert (result.failed, result.losses) == ({}, {})
    requests = [asyncio.run(sent(each, env=env)) for each in (root, there, back)]
    assert requests[1] == requests[0]
    assert requests[2] == requests[0]
    return len(requests[0])


def test_from_bru_files(tmp_path: Path) -> None:
    assert round_trip(write(tmp_path / "c", BRU), tmp_path, "e") == 10


def test_from_yaml(tmp_path: Path) -> None:
    root = write(tmp_path / "c", YML)
    (root / "bruno.json").unlink()
    assert round_trip(root, tmp_path) == 9
