"""Examples: the small language inside an `example` block, read as the reference reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bruscript.lang import js
from bruscript.lang.bru.automaton import Action, Token, Unexpected
from bruscript.lang.bru.build import ACTIONS, Rejected, automaton, pair_action, request_value
from bruscript.lang.bru.entries import entry, file_entry, multipart_entry
from bruscript.lang.nodes import Pair
from bruscript.lang.values import outdent


def example_json(text: str) -> dict[str, Any]:
    """Return an example's JSON; `{"error": message}` where its text is broken, as the reference does."""
    try:
        return _parse("example", _undented(text))
    except Rejected as failure:
        return {"error": failure.message}


def _parse(grammar: str, text: str) -> dict[str, Any]:
    try:
        parts: list[dict[str, Any]] = automaton(grammar).parse(text)
    except Unexpected as failure:
        # Imported here: most examples can be read.
        from bruscript.lang.errors import unveiled
        from bruscript.lang.redaction import veiled

        rest = veiled(text, "bru", broken=True)[failure.position :].strip()
        excerpt = f"`{unveiled(rest.splitlines()[0][:60])}`" if rest else "the end of the text"
        place = "" if grammar == "example" else f" in the {grammar.removeprefix('example_')}"
        raise Rejected(failure.position, f"found {excerpt}, which cannot be read{place}") from None
    result: dict[str, Any] = {}
    for part in parts:
        # Only in the request do repeated lists follow one another; elsewhere they are laid over one another.
        js.merge(result, part, concatenate=grammar == "example_request")
    return result


def _undented(text: str) -> str:
    lines = text.split("\n")
    indent = min((len(line) - len(line.lstrip(" \t")) for line in lines if js.trim(line)), default=0)
    return js.trim("\n".join(line[indent:] if js.trim(line) else line for line in lines))


def _pairs(children: list[Any]) -> list[Pair]:
    return [child for child in children if isinstance(child, Pair)]


def _block_name(token: Token) -> str:
    return token.text.rstrip(" \t")[:-1].rstrip(" \t")


def _value(token: Token) -> str:
    if token.kind == "LIST":
        # The reference fails on them, too.
        raise Rejected(token.start, "found a list, expected a value on one line")
    value = request_value(token)
    return value if isinstance(value, str) else ""


# -- example --------------------------------------------------------------------------------------


def _name(children: list[Token]) -> dict[str, Any]:
    return {"name": js.trim(children[1].text) if len(children) > 1 else ""}


def _description(children: list[Token]) -> dict[str, Any]:
    if len(children) == 1:
        return {"description": ""}
    text = children[1].text
    if children[1].kind == "LINE":
        return {"description": js.trim(text)}
    content, quotes, suffix = text[3:].partition("'''")
    suffix = suffix.strip(" \t")
    return {"description": js.trim(outdent(content) + (" " + suffix if quotes and suffix else ""))}


def _section(children: list[Token]) -> dict[str, Any]:
    name = _block_name(children[0])
    content = children[2].text
    return {name: _parse(f"example_{name}", outdent(content.removesuffix("\r")))}


# -- its request ----------------------------------------------------------------------------------


def _field(children: list[Token]) -> dict[str, Any]:
    name = _block_name(children[0])
    value = js.trim(children[1].text) if len(children) > 1 else ""
    return {"body": {"mode": value or "none"}} if name == "mode" else {name: value}


def _entries(pairs: list[Pair]) -> list[dict[str, Any]]:
    return [entry(pair) for pair in pairs]


_DICTIONARIES: dict[str, Callable[[list[dict[str, Any]]], dict[str, Any]]] = {
    "params:path": lambda items: {"params": [{**item, "type": "path"} for item in items]},
    "params:query": lambda items: {"params": [{**item, "type": "query"} for item in items]},
    "headers": lambda items: {"headers": items},
    "body:form-urlencoded": lambda items: {"body": {"mode": "formUrlEncoded", "formUrlEncoded": items}},
    "body:multipart-form": lambda items: {
        "body": {
            "mode": "multipartForm",
            "multipartForm": [multipart_entry(i, keep_empty=True) for i in items],
        }
    },
    "body:file": lambda items: {"body": {"mode": "file", "file": [file_entry(item) for item in items]}},
}


def _request_dictionary(children: list[Any]) -> dict[str, Any]:
    return _DICTIONARIES[_block_name(children[0])](_entries(_pairs(children)))


def _request_text(children: list[Token]) -> dict[str, Any]:
    name = _block_name(children[0]).removeprefix("body:")
    text = outdent(children[2].text.removesuffix("\r"))
    if name.startswith("graphql"):
        return {
            "body": {"mode": "graphql", "graphql": {"variables" if name.endswith("vars") else "query": text}}
        }
    return {"body": {"mode": name, name: text}}


# -- its response ---------------------------------------------------------------------------------


def _response_dictionary(children: list[Any]) -> dict[str, Any]:
    pairs = _pairs(children)
    if _block_name(children[0]) == "headers":
        return {"headers": _entries(pairs)}
    values = {pair.key: pair.value for pair in reversed(pairs)}
    return {"status": values.get("code") or 200, "statusText": values.get("text") or "OK"}


def _response_body(children: list[Token]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for token in children:
        value = token.text.partition(":")[2]
        if token.kind == "TYPE":
            body["type"] = js.trim(value)
        elif token.kind == "CONTENT":
            content = value.lstrip(" \t").removeprefix("'''").removesuffix("'''").removesuffix("  ")
            body["content"] = outdent(content.removeprefix("\n").removesuffix("\n"), 4)
    return {"body": body}


_PAIR = pair_action(_value)
_PAIRS: dict[str, Action] = {"first_pair": _PAIR, "next_pair": _PAIR}

ACTIONS["example"] = {"name": _name, "description": _description, "section": _section}
ACTIONS["example_request"] = {
    "field": _field,
    "dictionary": _request_dictionary,
    "text": _request_text,
    **_PAIRS,
}
ACTIONS["example_response"] = {"dictionary": _response_dictionary, "body": _response_body, **_PAIRS}
