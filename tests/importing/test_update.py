"""`import openapi --update`: a changed specification, and a collection that people have worked on."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from cli.invoke import Invoke

import bruscript as library

HEAD = """\
openapi: 3.0.3
info: {title: Pets, version: "1"}
servers: [{url: https://api.example.com/v1}]
paths:
"""
LIST = """\
  /pets:
    get:
      tags: [pets]
      summary: List pets
      parameters:
        - {name: page, in: query, schema: {type: integer, default: 1}}
      responses: {"200": {description: ok}}
"""
ADD = """\
    post:
      tags: [pets]
      summary: Add a pet
      requestBody: {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}
      responses: {"201": {description: ok}}
"""
ONE = """\
  /pets/{id}:
    get:
      tags: [pets]
      summary: Read a pet
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
      responses: {"200": {description: ok}}
"""
OWNERS = """\
  /owners/{id}.json:
    get:
      tags: [owners]
      summary: Read an owner
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
      responses: {"200": {description: ok}}
"""
MORE_PARAMETERS = """\
        - {name: limit, in: query, schema: {type: integer}}
        - {name: sort, in: query, required: true, schema: {type: string, enum: [age, name]}}
        - {name: X-Trace, in: header, schema: {type: string, default: "on"}}
"""

HAND_MADE = {
    "bru": """\
meta {
  name: All of them
  type: http
  seq: 7
}

get {
  url: {{host}}/v1/pets?page=3
  body: none
  auth: bearer
}

params:query {
  page: 3
}

headers {
  x-mine: 1
}

auth:bearer {
  token: {{secret}}
}

vars:pre-request {
  page: 3
}

assert {
  res.status: eq 200
}

script:pre-request {
  req.setHeader("x", "y"); // mine
}

tests {
  test("pets", () => expect(res.body).to.have.length(2));
}

docs {
  What we know of pets.
}
""",
    "yml": """\
# ours
info:
  name: All of them
  type: http
  seq: 7

http:
  method: GET
  url: "{{host}}/v1/pets?page=3"
  headers:
    - name: x-mine
      value: '1' # quoted
  params:
    - {name: page, value: "3", type: query}
  auth:
    type: bearer
    token: "{{secret}}"

runtime:
  scripts:
    - type: before-request
      code: |-
        req.setHeader("x", "y"); // mine
    - type: tests
      code: |-
        test("pets", () => expect(res.body).to.have.length(2));
  assertions:
    - expression: res.status
      operator: eq
      value: "200"

settings:
  encodeUrl: false

docs: What we know of pets.
""",
}
FORMATS = pytest.mark.parametrize("format_", ["yml", "bru"])


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "api.yml"
    path.write_text(HEAD + LIST + ONE)
    return path


imported: dict[str, Path] = {}
"""The directory that was made of `spec`, by format."""


def make(bruscript: Invoke, spec: Path, format_: str) -> Path:
    root = spec.parent / "pets"
    if format_ in imported:
        shutil.copytree(imported[format_], root)
        return root
    assert bruscript("import", "openapi", "-s", str(spec), "-o", str(root), "--format", format_).status == 0
    imported[format_] = spec.parent / "as made"
    shutil.copytree(root, imported[format_])
    return root


def texts(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in files}


def update(bruscript: Invoke, spec: Path, root: Path, option: str = "--update") -> tuple[int, list[str], str]:
    done = bruscript("import", "openapi", "-s", str(spec), "-o", str(root), option)
    return done.status, done.out.splitlines(), done.err.removeprefix(f"{root}: ").strip()


@FORMATS
def test_nothing_to_do(bruscript: Invoke, spec: Path, format_: str) -> None:
    root = make(bruscript, spec, format_)
    before = texts(root)
    for option in ("--check", "--update"):
        assert update(bruscript, spec, root, option) == (0, [], "in line with the specification")
    assert texts(root) == before


@FORMATS
def test_new_operations_are_added_and_removed_ones_named(bruscript: Invoke, spec: Path, format_: str) -> None:
    root = make(bruscript, spec, format_)
    before = texts(root)
    spec.write_text(HEAD + LIST + ADD + OWNERS)
    lines = [
        f"added: pets/Add a pet.{format_} (POST /pets)",
        f"added: owners/Read an owner.{format_} (GET /owners/:id.json)",
        f"removed: pets/Read a pet.{format_} is not in the specification any more; the file stays",
    ]
    words = "2 added, 1 removed from the specification"
    assert update(bruscript, spec, root, "--check") == (1, lines, words)
    assert texts(root) == before, "a check changes nothing"
    assert update(bruscript, spec, root) == (0, lines, words)
    after = texts(root)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {
        f"pets/Add a pet.{format_}",
        f"owners/Read an owner.{format_}",
        f"owners/folder.{format_}",
    }
    added = library.load(root).find("Add a pet")
    assert added is not None
    assert (added.seq, added.data["http"]["method"].upper()) == (3, "POST")
    # What is gone stays to be named, until somebody deletes it.
    assert update(bruscript, spec, root, "--check")[:2] == (1, lines[2:])
    (root / "pets" / f"Read a pet.{format_}").unlink()
    assert update(bruscript, spec, root, "--check")[0] == 0


@FORMATS
def test_what_people_have_written_stays(bruscript: Invoke, spec: Path, format_: str) -> None:
    """Moved, renamed, with another variable for the host: it is the same operation, and only grows."""
    root = make(bruscript, spec, format_)
    (root / "pets" / f"List pets.{format_}").unlink()
    moved = root / "animals" / f"all.{format_}"
    moved.parent.mkdir()
    moved.write_text(HAND_MADE[format_], newline="\n")
    spec.write_text(HEAD + LIST.replace("      responses", MORE_PARAMETERS + "      responses") + ONE)
    what = "query parameter limit, query parameter sort, header X-Trace"
    changes = [f"changed: animals/all.{format_}: {what}"]
    assert update(bruscript, spec, root) == (0, changes, "1 changed")
    text = moved.read_text("utf-8")
    remaining = iter(text.splitlines())
    assert all(line in remaining for line in HAND_MADE[format_].splitlines()), "every line, in its order"
    request = library.load(root).find("All of them")
    assert request is not None
    rows = [(each["name"], each["value"], each["enabled"]) for each in request.data["params"]]
    assert rows == [("page", "3", True), ("limit", "", False), ("sort", "age", True)]
    assert [each["name"] for each in request.data["headers"]] == ["x-mine", "X-Trace"]
    assert update(bruscript, spec, root, "--check") == (0, [], "in line with the specification")


@FORMATS
def test_requests_of_ones_own(bruscript: Invoke, spec: Path, format_: str) -> None:
    """Values in the place of path parameters, several requests of one operation, and other hosts."""
    root = make(bruscript, spec, format_)
    path = root / "pets" / f"Read a pet.{format_}"
    text = path.read_text("utf-8")
    for name, url in (
        ("seven", "{{baseUrl}}/pets/7"),
        ("variable", "https://api.example.com/v1/pets/{{petId}}/"),
        ("login", "https://id.example.com/pets/login/token"),
    ):
        (root / f"{name}.{format_}").write_text(re.sub(r"\{\{baseUrl\}\}/pets/:id", url, text))
    path.unlink()
    assert update(bruscript, spec, root, "--check") == (0, [], "in line with the specification")
    other = root / f"other.{format_}"
    other.write_text(re.sub(r"\{\{baseUrl\}\}/pets/:id", "{{baseUrl}}/gone", text))
    assert update(bruscript, spec, root, "--check")[1] == [
        f"removed: other.{format_} is not in the specification any more; the file stays"
    ]


def test_new_requests_go_beside_those_of_their_tag(bruscript: Invoke, spec: Path) -> None:
    root = make(bruscript, spec, "bru")
    (root / "pets").rename(root / "Animals")
    (root / "Animals" / "Add a pet.bru").write_text("meta {\n  name: other\n}\n\nget {\n  url: http://x\n}\n")
    spec.write_text(HEAD + LIST + ADD + ONE)
    assert update(bruscript, spec, root)[1] == ["added: Animals/Add a pet 2.bru (POST /pets)"]
    assert not (root / "pets").exists()


def test_a_collection_that_cannot_be_compared(bruscript: Invoke, spec: Path) -> None:
    root = make(bruscript, spec, "bru")
    none = bruscript("import", "openapi", "-s", str(spec), "-o", str(spec.parent / "no"), "--update")
    assert none.err == f"{spec.parent / 'no'} is not a collection\nRun without --update to create it.\n"
    (root / "pets" / "List pets.bru").write_text("get {\n")
    broken = bruscript("import", "openapi", "-s", str(spec), "-o", str(root), "--check")
    assert broken.status == 255
    assert "List pets.bru cannot be read\nFix it first: `bruscript check` shows the errors." in broken.err
    missing = bruscript("import", "openapi", "-s", str(spec), "--update")
    assert missing.status == 1
    assert "--output DIR" in missing.err
