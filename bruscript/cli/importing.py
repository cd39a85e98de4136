"""`bruscript import`."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bruscript.errors import ArgumentError, BruscriptError

if TYPE_CHECKING:
    from bruscript.importing.converters import Imported, Source
    from bruscript.lang import Format

EXAMPLES = """Examples:
  bruscript import openapi -s api.yml -o shop
  bruscript import openapi -s https://example.com/api.json -o shop --format bru -g path
  bruscript import openapi -s api.yml -o shop --update
  bruscript import openapi -s api.yml -o shop --check
  bruscript import postman -s shop.postman_collection.json -o shop
  bruscript import curl 'curl https://example.com/users -H "accept: application/json"' -o shop
"""

_FORMATS: Final = click.Choice(["yml", "bru", "opencollection"])


class _Group(click.Group):
    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        formatter.write(EXAMPLES)


@click.group(cls=_Group)
def command() -> None:
    """Make a collection from a specification or another program's export, or a request from curl."""


def _source_option() -> click.Option:
    return click.Option(
        ["-s", "--source"], required=True, metavar="FILE|URL", help="What to import: a file or a URL."
    )


def _options() -> list[click.Parameter]:
    return [
        _source_option(),
        click.Option(
            ["-o", "--output"],
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="The directory to write. If it exists, the collection becomes a directory in it.",
        ),
        click.Option(
            ["-f", "--output-file"],
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Write the collection as one JSON file, as Bruno's app exports it, instead.",
        ),
        click.Option(["-n", "--collection-name"], metavar="NAME", help="The collection's name."),
        click.Option(
            ["--format", "--collection-format", "format_"],
            type=_FORMATS,
            default="yml",
            show_default=True,
            help="The format of the files; opencollection is yml.",
        ),
        click.Option(["--insecure"], is_flag=True, help="Accept any certificate when the source is a URL."),
    ]


def _import(source_type: Source, **params: Any) -> int:
    if params.get("update") or params.get("check"):
        return _update(source_type, params)
    output, output_file = params["output"], params["output_file"]
    if (output is None) == (output_file is None):
        raise click.UsageError("Pass either --output DIR or --output-file FILE.")
    imported = _converted(source_type, params)
    collection = imported.collection
    if params["collection_name"]:
        collection["name"] = params["collection_name"]
    if output_file is not None:
        _write_json(output_file, collection)
        print(f"Wrote {_description(collection, imported)} to {output_file}", file=sys.stderr)
        return 1 if imported.issues else 0
    from bruscript.importing.layout import collection_files, target_directory, write_files

    target = target_directory(output, collection["name"], can_update=source_type == "openapi")
    # As the reference's command: specifications say nothing about the client.
    files = collection_files(collection, _format(params), settings=source_type in ("postman", "insomnia"))
    write_files(files, target)
    print(f"Wrote {_description(collection, imported)} to {target}", file=sys.stderr)
    if name := next((file.path.stem for file in files if file.path.parts[0] == "environments"), None):
        print(f"Next: {shlex.join(['bruscript', 'run', str(target), '--env', name])}", file=sys.stderr)
    return 1 if imported.issues else 0


def _update(source_type: Source, params: dict[str, Any]) -> int:
    """Compare a collection with its specification and, without --check, update it."""
    from bruscript.collection.layout import layout_at
    from bruscript.collection.loader import load
    from bruscript.importing.names import sanitized
    from bruscript.importing.update import plan_update

    output = params["output"]
    if output is None or params["output_file"] is not None:
        raise click.UsageError("Pass the collection's directory: --output DIR.")
    imported = _converted(source_type, params)
    name = params["collection_name"] or imported.collection["name"]
    root = next((path for path in (output, output / sanitized(name)) if layout_at(path)), None)
    if root is None:
        raise ArgumentError(f"{output} is not a collection", hint="Run without --update to create it.")
    collection = load(root)
    update = plan_update(collection, imported.collection)
    for file, operation in update.added:
        if operation:
            print(f"added: {file.path} ({operation})")
    for edit in update.edits:
        print(f"changed: {edit.path.relative_to(collection.path).as_posix()}: {', '.join(edit.additions)}")
    for request in update.removed:
        print(f"removed: {request.relpath} is not in the specification any more; the file stays")
    if not params["check"]:
        update.apply(collection.path)
    counts = (
        (sum(bool(operation) for _, operation in update.added), "added"),
        (len(update.edits), "changed"),
        (len(update.removed), "removed from the specification"),
    )
    words = ", ".join(f"{count} {what}" for count, what in counts if count)
    print(f"{root}: {words or 'in line with the specification'}", file=sys.stderr)
    return 1 if params["check"] and not update.is_empty else 0


def _format(params: dict[str, Any]) -> Format:
    return "bru" if params["format_"] == "bru" else "yml"


def _converted(source_type: Source, params: dict[str, Any]) -> Imported:
    from bruscript.importing.converters import convert_text
    from bruscript.importing.source import read_source, redacted_source

    text = read_source(params["source"], insecure=params["insecure"])
    group_by = params.get("group_by") or "tags"
    imported = convert_text(text, source_type, redacted_source(params["source"]), group_by=group_by)
    for note in (*imported.issues, *imported.notes):
        print(note, file=sys.stderr)
    return imported


def _description(collection: dict[str, Any], imported: Imported) -> str:
    count = imported.requests()
    return f"{count} request{'s' if count != 1 else ''} of {collection['name']!r}"


def _write_json(path: Path, collection: dict[str, Any]) -> None:
    from bruscript.files import replace_text

    try:
        replace_text(path, json.dumps(collection, indent=2, ensure_ascii=False))
    except OSError as error:
        raise BruscriptError(f"Cannot write {path}: {error.strerror}") from None


def _add(source_type: Source, help_text: str, *more: click.Parameter) -> None:
    def callback(**params: Any) -> int:
        return _import(source_type, **params)

    params = [*_options(), *more]
    command.add_command(click.Command(source_type, callback=callback, help=help_text, params=params))


_add(
    "openapi",
    """Import an OpenAPI 3.0, 3.1 or Swagger 2 specification, in YAML or JSON.

    Each operation becomes a request, each server an environment, and examples are kept.
    """,
    click.Option(
        ["-g", "--group-by"],
        type=click.Choice(["tags", "path"]),
        default="tags",
        show_default=True,
        help="Make folders from the operations' tags, or from the parts of their paths.",
    ),
    click.Option(
        ["--update"],
        is_flag=True,
        help="Update the collection at DIR from the specification: add new operations, name removed ones, "
        "and leave everything else as it is.",
    ),
    click.Option(
        ["--check"], is_flag=True, help="Change nothing: report what --update would; exit 1 if anything."
    ),
)
_add("wsdl", "Import a WSDL specification: a request with an envelope for each SOAP operation.")
_add(
    "postman",
    """Import a Postman collection (v2.0, v2.1); scripts are rewritten for bru, req and res.

    A request that cannot be converted is left out and named, and the exit status is 1.
    """,
)
_add("insomnia", "Import an Insomnia export (v4 in JSON, v5 in YAML), with its environments.")


@command.command("curl")
@click.argument("curl_command", metavar="COMMAND", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="PATH",
    help="The file to write, or the directory for it (default: the current one); - prints it.",
)
@click.option("-n", "--name", metavar="NAME", help="The request's name (default: its method and path).")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["yml", "bru"]),
    help="The format (default: that of the file or the collection, else yml).",
)
def _curl(curl_command: str | None, output: Path, name: str | None, format_: str | None) -> int:
    """Make a request from a curl command, passed as one argument or on standard input.

    Quotes may be those of bash or of cmd.exe, as browsers copy them; shell variables become templates.
    Options that cannot be imported are named.
    """
    from bruscript.importing.curl import request_of
    from bruscript.importing.request_file import write_request

    text = sys.stdin.read() if curl_command in (None, "-") else str(curl_command)
    request = request_of(text, name)
    for note in request.notes:
        print(note, file=sys.stderr)
    file_format: Format | None = None if format_ is None else "bru" if format_ == "bru" else "yml"
    write_request(request.item, output, file_format)
    return 0
