"""The request as scripts first see it: merged, with its body chosen, nothing interpolated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bruscript.collection.tree import Collection
from bruscript.evaluate.comments import without_comments
from bruscript.evaluate.merge import Effective
from bruscript.evaluate.modes import body_mode
from bruscript.evaluate.prepared import PreparedRequest
from bruscript.evaluate.scopes import Scopes
from bruscript.http.request import FileBody

_CONTENT_TYPES: Final = {
    "text": "text/plain",
    "xml": "application/xml",
    "sparql": "application/sparql-query",
    "file": "application/octet-stream",
    "formUrlEncoded": "application/x-www-form-urlencoded",
    "graphql": "application/json",
}
_URL_BLOCKS: Final = {"grpc": "grpc", "ws": "ws"}


def prepare(effective: Effective, collection: Collection, scopes: Scopes) -> PreparedRequest:
    """Return the request to run, its own copy of everything: changing it changes nothing of the collection.

    A bearer token and an API key for a header are among the headers already, where scripts may see, change
    and remove them; all other auth follows after the scripts.
    """
    request = effective.definition
    data = request.data
    http = data.get("http") or {}
    source = data.get(_URL_BLOCKS.get(request.kind, "http")) or {}
    url = str(source.get("url") or "")
    prepared = PreparedRequest(
        name=request.name,
        method=str(http.get("method") or "").upper(),
        url=url,
        authored_url=url,
        headers={name: value for name, value in effective.headers.items() if name},
        disabled_headers=[
            {"name": name, "value": value} for name, value in effective.disabled_headers.items()
        ],
        mode=body_mode(http.get("body")),
        path_params=[dict(item) for item in data.get("params") or () if item.get("type") == "path"],
        tags=list(request.tags),
        settings=dict(effective.settings),
        auth=replace(effective.auth, config=dict(effective.auth.config)),
        pathname=str(request.path),
        base_dir=collection.path,
        script_texts=tuple(
            segment.source
            for segments in (effective.scripts.pre, effective.scripts.post, effective.scripts.tests)
            for segment in segments
        ),
    )
    has_content_type = any(name.lower() == "content-type" for name in prepared.headers)
    _place_auth(prepared)
    body = data.get("body") or {}
    _BODIES.get(prepared.mode, _no_body)(prepared, body, has_content_type)
    if scopes.withholds:
        prepared.mark_authored()
    return prepared


def _place_auth(prepared: PreparedRequest) -> None:
    config = prepared.auth.config
    if prepared.auth.mode == "bearer":
        prepared.placed_auth = ("Authorization", f"Bearer {config.get('token') or ''}")
    elif prepared.auth.mode == "apikey" and config.get("placement") == "header" and config.get("key"):
        prepared.placed_auth = (config["key"], config.get("value"))
        prepared.api_key_header_name = config["key"]
    if prepared.placed_auth:
        prepared.headers.update([prepared.placed_auth])


def _text_body(prepared: PreparedRequest, body: dict[str, Any], has_content_type: bool) -> None:
    if not has_content_type:
        prepared.headers["content-type"] = _CONTENT_TYPES[prepared.mode]
    prepared.data = body.get(prepared.mode)


def _json_body(prepared: PreparedRequest, body: dict[str, Any], has_content_type: bool) -> None:
    if not body.get("json"):
        return
    if not has_content_type:
        prepared.headers["content-type"] = "application/json"
    prepared.data = without_comments(body["json"])


def _file_body(prepared: PreparedRequest, body: dict[str, Any], has_content_type: bool) -> None:
    if not has_content_type:
        prepared.headers["content-type"] = _CONTENT_TYPES["file"]
    selected = next((entry for entry in body.get("file") or () if entry.get("selected")), None)
    if selected is None:
        return
    prepared.headers["content-type"] = selected.get("contentType")
    if selected.get("filePath"):
        path = Path(selected["filePath"])
        # With a template the path is not known yet: it may be absolute.
        prepared.data = FileBody(path if "{{" in selected["filePath"] else prepared.base_dir / path)


def _form_body(prepared: PreparedRequest, body: dict[str, Any], has_content_type: bool) -> None:
    if prepared.mode == "multipartForm":
        if not any(_is_multipart(name, value) for name, value in prepared.headers.items()):
            prepared.headers["content-type"] = "multipart/form-data"
    elif not has_content_type:
        prepared.headers["content-type"] = _CONTENT_TYPES["formUrlEncoded"]
    entries = body.get(prepared.mode) or ()
    prepared.data = [dict(entry) for entry in entries if entry.get("enabled")]


def _is_multipart(name: str, value: Any) -> bool:
    return name.lower() == "content-type" and isinstance(value, str) and value.startswith("multipart/")


def _graphql_body(prepared: PreparedRequest, body: dict[str, Any], has_content_type: bool) -> None:
    if not has_content_type:
        prepared.headers["content-type"] = _CONTENT_TYPES["graphql"]
    graphql = body.get("graphql") or {}
    # Without a query the body has no such key, as in the reference.
    query = {"query": graphql["query"]} if "query" in graphql else {}
    prepared.data = {**query, "variables": without_comments(graphql.get("variables") or "{}")}


def _no_body(prepared: PreparedRequest, body: dict[str, Any], has_content_type: bool) -> None:
    # None keeps a default content type from being sent; SigV4 signs that header, so there it stays.
    if prepared.mode == "none" and not has_content_type and prepared.auth.mode != "awsv4":
        prepared.headers["content-type"] = None


_BODIES: Final[dict[str, Callable[[PreparedRequest, dict[str, Any], bool], None]]] = {
    "json": _json_body,
    "text": _text_body,
    "xml": _text_body,
    "sparql": _text_body,
    "file": _file_body,
    "formUrlEncoded": _form_body,
    "multipartForm": _form_body,
    "graphql": _graphql_body,
}
