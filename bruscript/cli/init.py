"""`bruscript init`."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click

from bruscript.collection.layout import layout_at
from bruscript.errors import ArgumentError, BruscriptError

EXAMPLES = """\b
Examples:
  bruscript init shop                    a directory "shop" with a first request
  bruscript init . --name "Shop API" --host https://api.example.org
  bruscript init shop --format yml       in OpenCollection's YAML
"""

_COLLECTION = """headers {
  accept: application/json
}

docs {
  Headers, auth, variables and scripts here are inherited by every request below.
}
"""

_ENVIRONMENT = """vars {
  host: %s
}
"""

_REQUEST = """meta {
  name: Health
  type: http
  seq: 1
}

get {
  url: {{host}}/health
  body: none
  auth: none
}

assert {
  res.status: lt 500
}

tests {
  test("answers within two seconds", function () {
    expect(res.getResponseTime()).to.be.below(2000);
  });
}
"""

_YML_COLLECTION = """request:
  headers:
    - name: accept
      value: application/json

docs:
  content: Headers, auth, variables and scripts here are inherited by every request below.
  type: text/markdown
extensions:
  bruno:
    ignore:
      - .git
"""

_YML_REQUEST = """info:
  name: Health
  type: http
  seq: 1

http:
  method: GET
  url: "{{host}}/health"

runtime:
  scripts:
    - type: tests
      code: |-
        test("answers within two seconds", function () {
          expect(res.getResponseTime()).to.be.below(2000);
        });
  assertions:
    - expression: res.status
      operator: lt
      value: "500"

settings:
  encodeUrl: true
"""


@click.command(epilog=EXAMPLES)
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--name", help="Name of the collection (default: the directory's).")
@click.option(
    "--host", default="http://localhost:8000", show_default=True, help="The API's URL, for the environment."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["bru", "yml"]),
    default="bru",
    show_default=True,
    help="The format of its files.",
)
def command(directory: Path, name: str | None, host: str, format_: str) -> int:
    """Create a first collection in DIRECTORY: settings, one environment, one request with a test.

    Existing files are not overwritten.
    """
    root = directory.resolve()
    if layout_at(root) is not None:
        raise ArgumentError(f"{root} is a collection already", hint="Name another directory.")
    name = name or root.name
    contents = _yml_files(name, host) if format_ == "yml" else _bru_files(name, host)
    for relative, text in contents.items():
        _write(root / relative, text)
    where = f"cd {_quoted(directory)} && " if directory != Path() else ""
    click.echo(f"Created the collection {name!r} in {root}.")
    click.echo(f"Next: {where}bruscript run --env local")
    return 0


def _quoted(directory: Path) -> str:
    """Return the directory as a shell takes it after `cd`."""
    text = str(directory)
    # What begins with a dash would be an option.
    return shlex.quote(f"./{text}" if text.startswith("-") else text)


def _bru_files(name: str, host: str) -> dict[str, str]:
    config = {"version": "1", "name": name, "type": "collection", "ignore": [".git"]}
    return {
        "bruno.json": json.dumps(config, indent=2, ensure_ascii=False) + "\n",
        "collection.bru": _COLLECTION,
        "environments/local.bru": _ENVIRONMENT % host,
        "health.bru": _REQUEST,
        ".gitignore": ".env\n",
    }


def _yml_files(name: str, host: str) -> dict[str, str]:
    from bruscript.lang.yml.emit import emit

    environment = {"name": "local", "variables": [{"name": "host", "value": host}]}
    return {
        "opencollection.yml": emit({"opencollection": "1.0.0", "info": {"name": name}})
        + "\n"
        + _YML_COLLECTION,
        "environments/local.yml": emit(environment),
        "health.yml": _YML_REQUEST,
        ".gitignore": ".env\n",
    }


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        click.echo(f"Left as it is: {path}", err=True)
    except OSError as error:
        raise BruscriptError(f"Cannot write {path}: {error.strerror}") from None
