"""What arrives at a server from the reference and from us, for the same collection, byte for byte."""

# ruff: noqa: E501 - each case is the text of a file

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from compat.known import Known, assert_equal, replaced
from compat.recorder import Arrival, Recorder, recording
from compat.reference import run_reference

from bruscript.collection import load
from bruscript.errors import BruscriptError
from bruscript.evaluate import Scopes, merge, prepare, prompts, resolve
from bruscript.http import Client, ClientConfig

pytestmark = pytest.mark.reference

VARYING = ("user-agent", "request-start-time", "content-length", "transfer-encoding", "host")
FORM = "application/x-www-form-urlencoded"
TYPED = ("x.tar.gz", "x.xml", "x.js", "x.YAML", "x.docx", "x.unknown", "txt")
# The block `http` is made of these; METHOD and the rest of the file follow.
CASES: dict[str, str] = {
    "precedence": "get {\n  url: {{host}}/p?a={{who}}&b={{folderOnly}}&c={{envOnly}}&d={{globalish}}\n}\n",
    "request beats folder": (
        "get {\n  url: {{host}}/p?a={{who}}\n}\nvars:pre-request {\n  who: request\n  ~off: 1\n}\n"
    ),
    "typed": (
        "get {\n  url: {{host}}/t?n={{n}}&f={{f}}&b={{b}}&o={{o}}&l={{o.list[1]}}&k={{o.deep.key}}&u={{o.none}}\n}\n"
        "vars:pre-request {\n  @number\n  n: 5\n  @number\n  f: 1.50\n  @boolean\n  b: true\n"
        '  @object\n  o: {"list": [1, {"x": 2}], "deep": {"key": "v"}, "none": null}\n}\n'
    ),
    "recursion": (
        "post {\n  url: {{host}}/r\n  body: text\n}\nbody:text {\n  {{one}} {{loop}} {{self}} {{half}} {{ one }}\n}\n"
        "vars:pre-request {\n  one: <{{two}}>\n  two: [{{three}}]\n  three: 3\n  loop: {{pool}}\n  pool: {{loop}}\n"
        "  self: x{{self}}y\n  half: {{one}}{{missing}}\n}\n"
    ),
    "unresolved": 'post {\n  url: {{host}}/u\n  body: json\n}\nbody:json {\n  {"a": "{{nope}}", "b": {{nope}}}\n}\n',
    "process env": "get {\n  url: {{host}}/e?a={{process.env.DOT}}&b={{process.env.OUTER}}&c={{viaEnv}}&d={{process.env.NOT}}\n}\n",
    "json": (
        'post {\n  url: {{host}}/j\n  body: json\n}\nbody:json {\n  {\n    // a comment\n    "a": {{count}}, /* b */\n\n'
        '    "url": "http://x//y", // tail\n    "multi": "{{lines}}"\n  }\n}\n'
    ),
    "json own type": (
        "post {\n  url: {{host}}/j\n  body: json\n}\nheaders {\n  Content-Type: application/vnd.api+json\n}\n"
        'body:json {\n  {"a": 1 }\n}\n'
    ),
    "json empty": "post {\n  url: {{host}}/j\n  body: json\n}\nbody:json {\n}\n",
    "json list": 'put {\n  url: {{host}}/j\n  body: json\n}\nbody:json {\n  [1, "{{who}}"]\n}\n',
    "text": "post {\n  url: {{host}}/x\n  body: text\n}\nbody:text {\n  hällo {{who}}\n    indented\n}\n",
    "xml": "post {\n  url: {{host}}/x\n  body: xml\n}\nbody:xml {\n  <a>{{who}}</a>\n}\n",
    "sparql": "post {\n  url: {{host}}/x\n  body: sparql\n}\nbody:sparql {\n  SELECT * WHERE { ?s ?p {{who}} }\n}\n",
    "form": (
        "post {\n  url: {{host}}/f\n  body: formUrlEncoded\n}\nbody:form-urlencoded {\n  a: 1\n  a: {{who}} &=+~*'()!\n"
        "  ~off: 1\n  empty:\n  ü: é\n}\n"
    ),
    "form with charset": (
        "post {\n  url: {{host}}/f\n  body: formUrlEncoded\n}\nheaders {\n  content-type: application/x-www-form-urlencoded\n}\n"
        "body:form-urlencoded {\n  a: b c\n}\n"
    ),
    "multipart": (
        "post {\n  url: {{host}}/m\n  body: multipartForm\n}\nbody:multipart-form {\n  a: {{who}}\n  a: two\n"
        '  j: {"x": 1} @contentType(application/json)\n  f: @file(files/a.txt|files/b.bin)\n'
        "  t: @file(files/a.txt) @contentType(text/csv)\n  ~off: no\n}\n"
    ),
    "multipart types": (
        "post {\n  url: {{host}}/m\n  body: multipartForm\n}\nbody:multipart-form {\n"
        + "".join(f"  f: @file(files/{name})\n" for name in TYPED)
        + "}\n"
    ),
    "multipart mixed": (
        "post {\n  url: {{host}}/m\n  body: multipartForm\n}\nheaders {\n  Content-Type: multipart/mixed\n}\n"
        "body:multipart-form {\n  a: 1\n}\n"
    ),
    "file": (
        "post {\n  url: {{host}}/b\n  body: file\n}\nbody:file {\n  file: @file(files/b.bin) @contentType(image/png)\n"
        "  ~file: @file(files/a.txt) @contentType(text/plain)\n}\n"
    ),
    "graphql": (
        "post {\n  url: {{host}}/g\n  body: graphql\n}\nbody:graphql {\n  query Q($id: ID!) {\n    item(id: $id) { name }\n  }\n}\n"
        'body:graphql:vars {\n  {\n    "id": "{{who}}", // who\n    "n": {{count}}\n  }\n}\n'
    ),
    "graphql without query": 'post {\n  url: {{host}}/g\n  body: graphql\n}\nbody:graphql:vars {\n  {"a": 1}\n}\n',
    "graphql without variables": 'post {\n  url: {{host}}/g\n  body: graphql\n}\nbody:graphql {\n  { a(x: "{{who}}") }\n}\n',
    "path params": (
        "get {\n  url: {{host}}/a/:id/b/:missing/:empty//c/:id/?q=1&r=a b\n}\nparams:path {\n  id: {{who}} x\n  empty:\n}\n"
    ),
    "odata": (
        "get {\n  url: {{host}}/svc/Items(':key')/Sub(a=:a,b=:b)/Fn(:none)\n}\nparams:path {\n  key: k1\n  a: 1\n  b: 'two'\n}\n"
    ),
    "path dots": "get {\n  url: {{host}}/a/../b/./c/:id#frag\n}\nparams:path {\n  id: 1/2\n}\n",
    "encode": (
        "get {\n  url: {{host}}/a b/ü/%20/x%zz?q=a b&e=%20&name=ü&=novalue&flag&x=1=2#frag\n}\nsettings {\n  encodeUrl: true\n}\n"
    ),
    "no encode": 'get {\n  url: {{host}}/a b/ü/%20?q=a b&e=%20&j={"a":[1]}&h=x#frag\n}\nsettings {\n  encodeUrl: false\n}\n',
    "encode with params": (
        'get {\n  url: {{host}}/:id/x?q={{spaced}}\n}\nparams:path {\n  id: a b"ü\n}\nsettings {\n  encodeUrl: true\n}\n'
    ),
    "no scheme": "get {\n  url: {{bare}}/n?a=1\n}\n",
    "query in url": "get {\n  url: {{host}}?a=1&a=2&b&c=\n}\nparams:query {\n  a: 1\n  a: 2\n  b:\n  c:\n}\n",
    "headers": (
        "get {\n  url: {{host}}/h\n}\nheaders {\n  X-Request: {{who}}\n  X-Shared: request\n  x-shared: lower\n  ~X-Off: 1\n"
        "  X-{{who}}: name\n  Accept: text/html\n  X-Empty:\n}\n"
    ),
    "path extension": "get {\n  url: {{host}}/a/:id.json/:id:verb\n}\nparams:path {\n  id: 7\n}\n",
    "big number": "get {\n  url: {{host}}/t?n={{n}}\n}\nvars:pre-request {\n  @number\n  n: 9007199254740993\n}\n",
    "name of a block": "post {\n  url: {{host}}/f\n  body: form-urlencoded\n}\nbody:form-urlencoded {\n  a: 1\n}\n",
    "headers that HTTP cannot carry": (
        "get {\n  url: {{host}}/h\n}\nheaders {\n  X-Lines: {{lines}}\n  X-Beyond: a日b 😀\n  X-Within: é\n}\n"
    ),
    "bearer": "get {\n  url: {{host}}/auth\n  auth: bearer\n}\nauth:bearer {\n  token: {{who}}\n}\n",
    "api key": (
        "get {\n  url: {{host}}/auth\n  auth: apikey\n}\nauth:apikey {\n  key: X-{{who}}\n  value: v{{count}}\n  placement: header\n}\n"
    ),
    "inherit": "get {\n  url: {{host}}/auth\n  auth: inherit\n}\n",
    "delete with body": 'delete {\n  url: {{host}}/d\n  body: json\n}\nbody:json {\n  {"a": 1}\n}\n',
    "custom method": "http {\n  method: PURGE\n  url: {{host}}/d\n}\n",
    "invalid json": 'post {\n  url: {{host}}/j\n  body: json\n}\nbody:json {\n  {broken: "{{who}}"\n}\n',
    "quotes in value": 'post {\n  url: {{host}}/j\n  body: json\n}\nbody:json {\n  {"a": "{{quoted}}"}\n}\n',
}

ENCODED = "With `encodeUrl`, what is encoded already stays; `&`, `=`, `+`, `#`, `/` and `?` from a variable"
REPEATED = Known(
    "A header that a file has several times is sent several times, in order.",
    lambda theirs: (*theirs[:2], {**theirs[2], "x-shared": ["request", "lower"]}, theirs[3]),
)
KNOWN = {
    "collection-encode": replaced(ENCODED, "e=%2520", "e=%20"),
    "collection-encode-with-params": replaced(ENCODED, "q=a%2520b&c", "q=a%20b%26c"),
    "collection-headers": REPEATED,
    "two-headers": REPEATED,
    "collection-path-extension": replaced(
        "`:id.json`, `:id:verb` and", "/:id.json/:id:verb", "/7.json/7:verb"
    ),
    "collection-big-number": replaced(
        "Whole numbers beyond 2^53 keep their digits", "n=9007199254740992", "n=9007199254740993"
    ),
    "collection-name-of-a-block": Known(
        "`multipart-form` and `form-urlencoded`, the names of the blocks, are body modes",
        lambda theirs: (*theirs[:2], {**theirs[2], "content-type": [FORM]}, "a=1"),
    ),
    "one-inherit": Known(
        "A folder's `auth: none` ends inheritance",
        lambda theirs: (*theirs[:2], {k: v for k, v in theirs[2].items() if k != "authorization"}, theirs[3]),
    ),
}


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    root = tmp_path / "collection"
    folder = root / "one"
    (root / "environments").mkdir(parents=True)
    (root / "files").mkdir()
    (folder / "two").mkdir(parents=True)
    (root / "bruno.json").write_text('{"version": "1", "name": "evaluate", "type": "collection"}')
    (root / ".env").write_text("DOT='from file'\n")
    (root / "files" / "a.txt").write_text("text\n")
    (root / "files" / "b.bin").write_bytes(bytes(range(256)))
    for name in TYPED:
        (root / "files" / name).write_text("text\n")
    (root / "collection.bru").write_text(
        "headers {\n  X-Shared: collection\n  X-Collection: {{who}}\n  ~X-Never: 1\n}\n"
        "auth {\n  mode: bearer\n}\nauth:bearer {\n  token: collection\n}\n"
        "vars:pre-request {\n  who: collection\n  globalish: fromCollection\n  folderOnly: no\n  count: 7\n"
        "  spaced: a b&c\n  lines: '''\n    first\n    second\n  '''\n  quoted: say \"hi\"\n}\n"
    )
    (folder / "folder.bru").write_text(
        "meta {\n  name: One\n}\nheaders {\n  X-Shared: folder\n}\n"
        "vars:pre-request {\n  folderOnly: outer\n}\nauth {\n  mode: none\n}\n"
    )
    (folder / "two" / "folder.bru").write_text(
        "meta {\n  name: Two\n  seq: 1\n}\nauth {\n  mode: basic\n}\nauth:basic {\n  username: {{who}}\n  password: p:w\n}\n"
        "vars:pre-request {\n  folderOnly: inner\n}\n"
    )
    for index, (name, text) in enumerate(CASES.items()):
        places = [root, *([folder / "two"] if name in ("precedence", "inherit", "headers") else [])]
        for place in [*places, folder] if name == "inherit" else places:
            _write(place / f"{name}.bru", f"{place.name} {name}", index, text)
    return root


def _write(path: Path, name: str, index: int, text: str) -> None:
    meta = f"meta {{\n  name: {name}\n  type: http\n  seq: {index + 1}\n}}\n\n"
    case = f"  x-case: {name.replace(' ', '-')}\n"
    if "headers {" in text:
        text = text.replace("headers {\n", "headers {\n" + case, 1)
    else:
        text += f"headers {{\n{case}}}\n"
    path.write_text(meta + text)


async def _ours(root: Path) -> list[str]:
    collection = load(root)
    assert collection.skipped == []
    environment = collection.environment("Local")
    scopes = Scopes(
        environment=environment.variables,
        environment_name=environment.name,
        process_env={"OUTER": "from process", **collection.dotenv()},
    )
    client = Client(ClientConfig(cookies=False, noproxy=True, base_dir=root))
    failed = []
    for request in collection.walk():
        effective = merge(request)
        scopes.enter(effective)
        prepared = prepare(effective, collection, scopes)
        assert prompts(prepared, scopes) == []
        try:
            outgoing = resolve(prepared, scopes)
        except BruscriptError:
            failed.append(request.name)
            continue
        if outgoing.auth.mode == "basic":
            import httpx

            config = outgoing.auth.config
            await client.send(outgoing, httpx.BasicAuth(config["username"], config["password"]))
        else:
            await client.send(outgoing)
    await client.aclose()
    return failed


def _seen(recorder: Recorder) -> dict[str, Any]:
    return {
        arrival.header("x-case") or "": _comparable(arrival, recorder.port) for arrival in recorder.arrivals
    }


def _comparable(arrival: Arrival, port: int) -> tuple[str, str, dict[str, list[str]], str]:
    headers: dict[str, list[str]] = {}
    for name, value in arrival.headers:
        if name.lower() not in VARYING:
            headers.setdefault(name.lower(), []).append(value.replace(str(port), "PORT"))
    body = arrival.body.decode("latin-1").replace(str(port), "PORT")
    (content_type,) = headers.get("content-type", [""])
    boundary = re.search(r"boundary=(\S+)", content_type)
    if boundary:
        body = body.replace(boundary[1], "BOUNDARY")
        headers["content-type"] = [content_type.replace(boundary[1], "BOUNDARY")]
    return arrival.method, arrival.target.replace(str(port), "PORT"), headers, body


async def test_same_requests_arrive(collection: Path) -> None:
    with recording() as theirs, recording() as ours:
        environment = collection / "environments" / "Local.bru"

        def point_at(url: str) -> None:
            environment.write_text(
                f"vars {{\n  host: {url}\n  bare: {url.removeprefix('http://')}\n  envOnly: env\n  who: env\n"
                "  viaEnv: [{{process.env.DOT}}]\n  ~off: x\n}\n"
            )

        point_at(theirs.url)
        run_reference(collection, "-r", "--env", "Local", env={"OUTER": "from process"})
        point_at(ours.url)
        failed = await _ours(collection)
    assert failed == []
    assert_equal(_seen(theirs), _seen(ours), KNOWN)
