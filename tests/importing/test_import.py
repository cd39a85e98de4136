"""`bruscript import` of specifications and exports."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cli.invoke import Invoke

import bruscript as library

SOURCES = Path(__file__).parent / "sources"
SPEC = """\
openapi: 3.0.3
info: {title: Tiny, version: "1"}
servers: [{url: http://localhost:9}]
paths:
"""


@pytest.fixture
def server() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/moved.json":
                self.send_response(302)
                self.send_header("location", "/weather.json?key=k")
                self.end_headers()
                return
            found = self.path.startswith("/weather.json")
            self.send_response(200 if found else 404)
            self.end_headers()
            if found:
                self.wfile.write((SOURCES / "weather-3.1.json").read_bytes())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("format_", ["yml", "bru"])
@pytest.mark.parametrize(
    ("kind", "name", "requests"),
    [
        ("openapi", "library-3.0.yml", 9),
        ("openapi", "weather-3.1.json", 6),
        ("openapi", "inventory-2.0.yml", 4),
        ("wsdl", "quotes.wsdl", 2),
        ("postman", "shop.postman_collection.json", 5),
        ("insomnia", "shop.insomnia-v4.json", 4),
        ("insomnia", "shop.insomnia-v5.yml", 2),
    ],
)
def test_every_source_becomes_a_collection_that_loads_and_is_canonical(
    bruscript: Invoke, tmp_path: Path, kind: str, name: str, requests: int, format_: str
) -> None:
    target = tmp_path / "made"
    done = bruscript("import", kind, "-s", str(SOURCES / name), "-o", str(target), "--format", format_)
    assert (done.status, done.out) == (0, ""), done.err
    assert f"Wrote {requests} requests" in done.err
    environments = library.load(target).environments()
    proposed = shlex.split(done.err.partition("Next: ")[2])
    assert proposed[:-1] == (["bruscript", "run", str(target), "--env"] if environments else [])
    assert set(proposed[-1:]) <= set(environments)
    assert {path.suffix for path in target.rglob("*") if path.is_file()} == {f".{format_}"} | (
        {".json"} if format_ == "bru" else set()
    )
    assert len(list(library.load(target).walk())) == requests
    # Bruno ends collection.bru without a line end.
    changed = bruscript("fmt", "--check", str(target)).out.splitlines()
    assert [line for line in changed if not line.endswith("collection.bru")] == []


def test_scripts_of_postman_are_rewritten(bruscript: Invoke, tmp_path: Path) -> None:
    source = str(SOURCES / "shop.postman_collection.json")
    assert bruscript("import", "postman", "-s", source, "-o", str(tmp_path / "shop")).status == 0
    text = (tmp_path / "shop" / "Users" / "List - all.yml").read_text("utf-8")
    assert "expect(res.getStatus()).to.equal(200)" in text
    assert 'bru.setEnvVar("first", body.users[0].id)' in text.replace("'", '"')
    # What the export says of the client is kept.
    assert "encodeUrl: false" in text
    assert "followRedirects: false" in text


def test_what_only_postman_has_is_named(bruscript: Invoke, tmp_path: Path) -> None:
    scripts = {
        "exec": [
            "const a = await pm.vault.get('a'); fetch('https://a.test', pm.mock); 'pm.no';",
            "// pm.cookies.jar()",
            "console.log('spm.x'); require('ajv-errors');",
            "pm.variables.get('base'); pm.variables.get('own'); pm.variables.set('own', 1);",
        ]
    }
    folder = {
        "name": "f",
        "auth": {"type": "jwt"},
        "item": [
            {
                "name": "b",
                "event": [{"listen": "test", "script": {"exec": "pm.mock; require('ajv-errors')"}}],
                "request": {"method": "GET", "url": "http://h/b"},
            }
        ],
    }
    request = {
        "method": "GET",
        "url": "http://h/a",
        "auth": {"type": "jwt", "jwt": [{"key": "secret", "value": "sesame-42"}]},
    }
    exported = {
        "info": {
            "name": "x",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "auth": {"type": "hawk"},
        "item": [{"name": "a", "event": [{"listen": "test", "script": scripts}], "request": request}, folder],
    }
    source = tmp_path / "p.json"
    source.write_text(json.dumps(exported))
    done = bruscript("import", "postman", "-s", str(source), "-o", str(tmp_path / "out"))
    assert (done.status, done.err.splitlines()[:-1]) == (
        0,
        [
            "Scripts require the package ajv-errors, which npm has to install, in a, f/b",
            "Left out: auth of type `hawk`, which Bruno does not have, in the collection",
            "Left out: auth of type `jwt`, which Bruno does not have, in a, the folder f",
            "Scripts use pm.vault, which only Postman has, in a",
            "Scripts use pm.mock, which only Postman has, in a, f/b",
            "`bru.getVar`, unlike `pm.variables.get`, sees only what scripts set: use `bru.getCollectionVar` "
            "or `bru.getEnvVar` for base, in a",
        ],
    )


def test_the_name_the_groups_and_the_json_file(bruscript: Invoke, tmp_path: Path) -> None:
    source = str(SOURCES / "library-3.0.yml")
    (tmp_path / "in").mkdir()
    args = ("import", "openapi", "-s", source, "-n", "My: books", "-g", "path")
    assert bruscript(*args, "-o", str(tmp_path / "in")).status == 0
    root = tmp_path / "in" / "My- books"
    assert 'name: "My: books"' in (root / "opencollection.yml").read_text("utf-8")
    assert (root / "books" / "List books.yml").is_file() or list(root.glob("books/*.yml"))
    assert bruscript(*args, "-f", str(tmp_path / "one.json")).status == 0
    assert json.loads((tmp_path / "one.json").read_text("utf-8"))["name"] == "My: books"
    both = bruscript(*args, "-o", str(tmp_path / "x"), "-f", str(tmp_path / "y"))
    assert both.status == 1
    assert "either --output DIR or --output-file FILE" in both.err


def test_a_url_is_fetched(bruscript: Invoke, tmp_path: Path, server: str) -> None:
    assert bruscript("import", "openapi", "-s", f"{server}/moved.json", "-o", str(tmp_path / "w")).status == 0
    assert (tmp_path / "w" / "stations" / "Move stations in two lines.yml").is_file() or list(
        (tmp_path / "w").rglob("Move stations*.yml")
    )
    missing = bruscript("import", "openapi", "-s", f"{server}/no.json?key=hush", "-o", str(tmp_path / "n"))
    assert missing.status == 255
    assert missing.err == f"{server}/no.json answered 404 Not Found\n"


def test_an_unreachable_url_is_named(bruscript: Invoke, tmp_path: Path, server: str) -> None:
    done = bruscript("import", "wsdl", "-s", "http://user:hush@127.0.0.1:1/a.wsdl", "-o", str(tmp_path / "n"))
    assert done.status == 255
    assert done.err.startswith("Cannot fetch http://127.0.0.1:1/a.wsdl: ")
    assert "hush" not in done.err
    assert not (tmp_path / "n").exists()


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (
            "openapi",
            "a: b\n c: [1,\n",
            "{source}:2:3: not valid YAML: bad indentation of a mapping entry\n  2 |  c: [1,",
        ),
        (
            "openapi",
            '{\n  "openapi": "3.0.0",\n  "info" {}\n}',
            "{source}:3:10: not valid JSON: Expecting ':'",
        ),
        (
            "openapi",
            "paths: {}",
            "{source} is not an OpenAPI document\nIt has neither `openapi` nor `swagger`",
        ),
        ("openapi", "", "{source} is not an OpenAPI document\nIt has neither"),
        ("openapi", '{"info": {}, "item": []}', "a Postman collection: use `bruscript import postman`"),
        ("openapi", "<definitions/>", "a WSDL document: use `bruscript import wsdl`"),
        ("openapi", "<html></html>", "{source} is not an OpenAPI document\nIt is XML or HTML"),
        (
            "openapi",
            '{"swagger": "2.0", "info": {}, "paths": {"/a": {"get": null}}}',
            "is it valid?",
        ),
        ("postman", '{"info": {}, "item": []}', "Unsupported Postman schema version"),
        ("postman", "openapi: 3.0.0", "an OpenAPI document: use `bruscript import openapi`"),
        ("insomnia", "[1]", "{source} is not an Insomnia export\nIt has neither `_type: export`"),
        ("wsdl", "<a/>", "{source} is not a WSDL document: it has no <definitions>"),
        ("wsdl", "<definitions", "{source} is not a WSDL document"),
        ("wsdl", "<definitions><a></definitions>", "{source} cannot be converted: "),
    ],
)
def test_what_is_not_a_specification_is_said(
    bruscript: Invoke, tmp_path: Path, kind: str, text: str, message: str
) -> None:
    source = tmp_path / "source"
    source.write_text(text)
    done = bruscript("import", kind, "-s", str(source), "-o", str(tmp_path / "made"))
    assert done.status in (10, 255)
    assert message.format(source=source) in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "made").exists()


def test_sources_that_cannot_be_read(bruscript: Invoke, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"openapi: \xff")
    for source, status, message in (
        ("missing.yml", 5, "File not found: missing.yml\n"),
        (str(tmp_path), 10, f"{tmp_path} is a directory\nName the file to import.\n"),
        (str(tmp_path / "bytes"), 10, f"{tmp_path / 'bytes'}: byte 10 is not UTF-8\n"),
    ):
        done = bruscript("import", "openapi", "-s", source, "-o", str(tmp_path / "made"))
        assert (done.status, done.err) == (status, message)


def test_directories_that_are_not_written_to(bruscript: Invoke, tmp_path: Path) -> None:
    args = ("import", "openapi", "-s", str(SOURCES / "weather-3.1.json"), "-o")
    assert bruscript(*args, str(tmp_path)).status == 0
    again = bruscript(*args, str(tmp_path))
    assert (again.status, again.err) == (
        1,
        f"{tmp_path / 'Weather'} is a collection already\nName another directory, or use --update.\n",
    )
    inside = bruscript(*args, str(tmp_path / "Weather"))
    assert inside.err == again.err
    (tmp_path / "full" / "Weather").mkdir(parents=True)
    (tmp_path / "full" / "Weather" / "a").touch()
    full = bruscript(*args, str(tmp_path / "full"))
    assert full.err == f"{tmp_path / 'full' / 'Weather'} is not empty\nName a new directory.\n"
    assert bruscript(*args, str(tmp_path / "no" / "where")).err.startswith("The directory ")


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("postman", "shop.postman_collection.json"),
        ("insomnia", "shop.insomnia-v4.json"),
        ("wsdl", "quotes.wsdl"),
    ],
)
def test_only_specifications_are_said_to_update(
    bruscript: Invoke, tmp_path: Path, kind: str, source: str
) -> None:
    args = ("import", kind, "-s", str(SOURCES / source), "-o", str(tmp_path / "made"))
    assert bruscript(*args).status == 0
    again = bruscript(*args)
    assert (again.status, again.err) == (
        1,
        f"{tmp_path / 'made'} is a collection already\nName another directory.\n",
    )


@pytest.mark.parametrize(("format_", "suffix"), [("yml", ".yml"), ("bru", ".bru")])
def test_no_file_takes_anothers_name(bruscript: Invoke, tmp_path: Path, format_: str, suffix: str) -> None:
    """A request called `folder` is no folder's settings; names that differ in case only are two files."""
    summaries = ["folder", "collection", "opencollection", "CON", "-", "Get", "get", "ü" * 300]
    paths = "".join(
        f"  /p{number}: {{get: {{tags: [environments], summary: '{summary}', responses: {{}}}}}}\n"
        for number, summary in enumerate(summaries)
    )
    (tmp_path / "spec.yml").write_text(SPEC + paths)
    args = ("-s", str(tmp_path / "spec.yml"), "-o", str(tmp_path / "made"), "--format", format_)
    assert bruscript("import", "openapi", *args).status == 0
    folder = tmp_path / "made" / "environments 2"
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == len({name.casefold() for name in names}) == len(summaries) + 1
    assert {f"folder{suffix}", f"folder 2{suffix}", f"CON_{suffix}", f"Untitled{suffix}"} <= set(names)
    assert len(list(library.load(tmp_path / "made").walk())) == len(summaries)


def test_hostile_documents_end_with_a_message(bruscript: Invoke, tmp_path: Path) -> None:
    """A document is data: nothing in it is run, and a bomb ends the worker, not the command."""
    (tmp_path / "spec.json").write_text(
        json.dumps(
            {
                "openapi": "3.0.0",
                "info": {"title": "../../x\n', process.exit(), '", "version": "1"},
                "paths": {"/{{x}}`${1}`": {"get": {"summary": "../../../etc/\u2028x", "responses": {}}}},
            }
        )
    )
    done = bruscript("import", "openapi", "-s", str(tmp_path / "spec.json"), "-o", str(tmp_path))
    assert done.status == 0, done.err
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 3
    assert all(path.is_relative_to(tmp_path) for path in written)


def test_other_commands_do_not_load_it() -> None:
    """Neither the module nor the bundle is touched until something is imported."""
    code = (
        "import sys; from bruscript.cli import main; main(['list', '--help']); "
        "sys.exit(any('importing' in name for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


@pytest.mark.parametrize("name", ["tool/converters", "@usebruno/converters"])
def test_scripts_cannot_load_the_converters(name: str) -> None:
    with library.Sandbox("developer") as sandbox:
        result = sandbox.run_script(f"require({name!r})")
    assert result.error is not None
    assert "Cannot find module" in result.error.message


@pytest.mark.parametrize("format_", ["yml", "bru"])
def test_a_placement_that_does_not_run_is_named(bruscript: Invoke, tmp_path: Path, format_: str) -> None:
    target = tmp_path / "made"
    source = ("-s", str(SOURCES / "library-3.0.yml"), "-o", str(target), "--format", format_)
    done = bruscript("import", "openapi", *source)
    words = "`credentials_placement` is `header` in 1 request, which does not run: set `body`"
    assert words in done.err
    found = bruscript("check", str(target))
    assert "placement` is `header`, expected" in found.out
    assert "id you mean `basic_auth_header`?" in found.out


@pytest.mark.parametrize("format_", ["yml", "bru"])
def test_a_folder_of_postman_without_auth_stays_without(
    bruscript: Invoke, tmp_path: Path, format_: str
) -> None:
    item = {"name": "a", "request": {"method": "GET", "url": "http://h/"}}
    collection = {
        "info": {
            "name": "Shop",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "t"}]},
        "item": [
            {"name": "public", "auth": {"type": "noauth"}, "item": [item]},
            {"name": "users", "item": [item]},
        ],
    }
    (tmp_path / "shop.json").write_text(json.dumps(collection))
    target = tmp_path / "shop"
    outcome = bruscript(
        "import", "postman", "-s", str(tmp_path / "shop.json"), "-o", str(target), "--format", format_
    )
    assert outcome.status == 0, outcome.err
    entries = [json.loads(line) for line in bruscript("list", "-r", "--json", str(target)).out.splitlines()]
    assert [(Path(entry["path"]).parts[0], entry["auth"]) for entry in entries] == [
        ("public", "none"),
        ("users", "bearer"),
    ]
