"""`bruscript list`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bruscript.cli.masked import mask_of
from bruscript.cli.selection import collection_of, selection
from bruscript.cli.values import split
from bruscript.masking.messages import own_message
from bruscript.report.style import Style
from bruscript.report.table import width
from bruscript.terminal import printable

if TYPE_CHECKING:
    from bruscript.collection import Collection, Request
    from bruscript.masking import Mask

_TOKEN = (("clientId", "client"), ("user", "user"), ("scope", "scope"))

EXAMPLES = """\b
Examples:
  bruscript list                     the whole collection
  bruscript list folder -r --tags smoke
  bruscript list --json | jq -r .path
"""


@click.command(name="list", epilog=EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("-r", "--recursive", is_flag=True, help="List the requests of subfolders too.")
@click.option(
    "--tags", multiple=True, metavar="TAGS", help="Only requests with one of these tags (comma-separated)."
)
@click.option(
    "--exclude-tags", multiple=True, metavar="TAGS", help="Leave out requests with one of these tags."
)
@click.option("--tests-only", is_flag=True, help="Only requests that have a test or an active assertion.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def command(**params: Any) -> int:
    """Show what `bruscript run` would run with the same arguments, in order.

    Each request is shown with its method, URL and tags, and with its effective auth: the mode, and the file
    that it comes from.
    """
    collection = collection_of(params["paths"])
    from bruscript.runner.options import RunOptions
    from bruscript.runner.selection import select

    paths, recursive = selection(params["paths"], params["recursive"], collection.path)
    selected = select(
        collection,
        RunOptions(
            paths=paths,
            recursive=recursive,
            tests_only=params["tests_only"],
            tags=split(params["tags"]),
            exclude_tags=split(params["exclude_tags"]),
        ),
    )
    mask = mask_of(collection, selected.requests)
    entries = [_entry(request, collection, mask) for request in selected.requests]
    if params["as_json"]:
        from bruscript.report.json import dump
        from bruscript.report.output import StandardOutput

        for entry in entries:
            StandardOutput().write(f"{dump(entry)}\n")
    else:
        _show(entries, Style.of(sys.stdout))
    style = Style.of(sys.stderr)
    for skipped in (*selected.broken, *selected.elsewhere):
        click.echo(style.yellow(printable(own_message(mask, f"Skipped: {skipped.readable()}"))), err=True)
    for text in (selected.nothing, *selected.empty):
        if text:
            click.echo(printable(text), err=True)
    return 0


def _entry(request: Request, collection: Collection, mask: Mask) -> dict[str, Any]:
    from bruscript.evaluate import merge

    auth = merge(request).auth
    http = request.data.get("http") or {}
    source = auth.source if auth.mode not in ("none", "inherit") else None
    oauth2 = auth.config if auth.mode == "oauth2" else {}
    grant = oauth2.get("grantType")
    url = http.get("url") or (request.data.get(request.kind) or {}).get("url") or ""
    return {
        "path": request.relpath,
        "name": mask.mask(request.name, prose=True),
        "kind": request.kind,
        "method": str(http.get("method") or "").upper(),
        "url": mask.mask(str(url)),
        "tags": list(request.effective_tags),
        "auth": auth.mode,
        "grant": grant,
        **({"token": mask.mask(_token(oauth2))} if oauth2 else {}),
        "authFrom": _relative(source, collection.path) if source else None,
    }


def _token(block: dict[str, Any]) -> dict[str, str]:
    """Return whose token the request gets, as the collection says it."""
    from bruscript.auth.oauth2 import Config

    config = Config.from_block(block)
    return {
        "credentialsId": config.credentials_id,
        "clientId": config.client_id,
        "user": config.user,
        "scope": config.scope,
    }


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_printable(item) for item in value]
    return {key: _printable(item) for key, item in value.items()} if isinstance(value, dict) else value


def _show(entries: list[dict[str, Any]], style: Style) -> None:
    number = len(str(len(entries)))
    entries = [_printable(entry) for entry in entries]
    paths = max((width(entry["path"]) for entry in entries), default=0)
    for position, entry in enumerate(entries, 1):
        path = entry["path"] + " " * (paths - width(entry["path"]))
        tags = f" [{', '.join(entry['tags'])}]" if entry["tags"] else ""
        click.echo(
            f"{style.dim(f'{position:>{number}}.')} {path}  "
            f"{entry['method'] or entry['kind']} {entry['url']}{style.dim(tags)}"
        )
        click.echo(style.dim(f"{'':>{number}}  auth: {_auth(entry)}"))


def _auth(entry: dict[str, Any]) -> str:
    mode = f"{entry['auth']} ({entry['grant']})" if entry["grant"] else entry["auth"]
    token = entry.get("token") or {}
    parts = [f"{label} {token[key]}" for key, label in _TOKEN if token.get(key)]
    mode = ", ".join([str(mode), *parts])
    return f"{mode}, from {entry['authFrom']}" if entry["authFrom"] else mode
