"""Finds what is legal in a .bru file but probably a mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bruscript.lang.bru import blocks
from bruscript.lang.bru.auth import AUTH_KEYS, MODES
from bruscript.lang.bru.blocks import METHODS
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.bru.settings import wrong_settings, wrong_sizes
from bruscript.lang.choices import CHOICES, is_valid, nearest, nearest_word, wrong_value
from bruscript.lang.document import Finding
from bruscript.lang.errors import BruSyntaxError
from bruscript.lang.nodes import Dictionary, Text
from bruscript.lang.oauth2 import OAUTH2_KEYS, unknown_key_hint
from bruscript.lang.own_settings import OWN_SETTINGS
from bruscript.lang.values import DATA_TYPES, SECRET_IDENTIFIERS

KEYS: dict[str, tuple[str, ...]] = {
    "meta": ("name", "type", "seq", "tags"),
    **dict.fromkeys(METHODS, ("url", "body", "auth")),
    "http": ("method", "url", "body", "auth"),
    "grpc": ("url", "method", "body", "protoPath", "auth", "methodType"),
    "ws": ("url", "body", "auth", "methodType"),
    "app": ("code", "enabled"),
    "settings": (
        *("encodeUrl", "timeout", "followRedirects", "maxRedirects"),
        *("forwardAuthorizationHeader", "keepAliveInterval", *OWN_SETTINGS),
    ),
    "body:grpc": ("name", "content"),
    "body:ws": ("name", "type", "content", "selected"),
    **AUTH_KEYS,
}
_TYPES = ("http", "graphql", "grpc", "ws", "app")
_BLOCK_START = re.compile(r"^([a-z][\w:-]*)[ \t]*[{\[]", re.ASCII | re.MULTILINE)


def lint(document: BruDocument) -> list[Finding]:
    """Return the findings of one document, by line."""
    findings = [*_unknown_keys(document), *_swallowed(document), *_values(document)]
    findings += [*_types(document), *_unusable(document)]
    if document.kind == "request":
        findings += [*_request(document), *_examples(document), *wrong_settings(document)]
    findings += wrong_sizes(document)
    if document.kind != "environment":
        findings += _missing_auth(document)
    return sorted(findings)


def auth_mode(document: BruDocument) -> tuple[str | None, int]:
    """Return the auth mode that a request, folder or collection names, and the line where it does."""
    for block in reversed(document.blocks):
        if isinstance(block, Dictionary) and block.name in (*METHODS, "http", "grpc", "ws", "auth"):
            key = "mode" if block.name == "auth" else "auth"
            for pair in reversed(block.pairs):
                if pair.key == key and isinstance(pair.value, str):
                    return pair.value, pair.line
    return None, 1


def _unusable(document: BruDocument) -> Iterator[Finding]:
    """Find what is written by the language's rules, but keeps a run from using the file."""
    try:
        document.content()
    except BruSyntaxError as error:
        yield Finding(error.line, f"{error.message}. {error.hint}")


def _unknown_keys(document: BruDocument) -> Iterator[Finding]:
    for block in document.blocks:
        keys = KEYS.get(block.name)
        if keys is None or not isinstance(block, Dictionary):
            continue
        previous: set[str] = set()
        for pair in block.pairs:
            if pair.key not in keys:
                hint = unknown_key_hint(pair.key) if keys is OAUTH2_KEYS else nearest(pair.key, keys)
                if pair.key.startswith("~") and pair.key[1:] in keys:
                    hint = f"; `{block.name}` cannot have disabled pairs"
                yield Finding(pair.line, f"`{pair.key}` is not a key of `{block.name}`{hint}", unread=True)
            elif pair.key in previous:
                yield Finding(pair.line, f"`{pair.key}` is in `{block.name}` twice", unread=True)
            previous.add(pair.key)


def _swallowed(document: BruDocument) -> Iterator[Finding]:
    """Find blocks that were read as part of the text before them."""
    for block in document.blocks:
        if not isinstance(block, Text):
            continue
        if block.source.startswith("}"):
            yield Finding(
                block.line,
                f"`{block.name}` looks empty, but goes on to the next line that begins with `}}`: delete it",
            )
        for match in _BLOCK_START.finditer(block.source):
            if match[1] in blocks.NAMES[_grammar(document)] and match.start() > 0:
                line = block.content_line + block.source.count("\n", 0, match.start())
                yield Finding(
                    line, f"`{match[1]}` is read as text of `{block.name}`, opened on line {block.line}"
                )


def _values(document: BruDocument) -> Iterator[Finding]:
    for block in document.blocks:
        if not isinstance(block, Dictionary):
            continue
        if block.name.startswith("vars:externalsecrets:"):
            store = block.name.removeprefix("vars:externalsecrets:")
            if store not in SECRET_IDENTIFIERS:
                yield Finding(
                    block.line,
                    f"`{store}` is not a store of secrets{nearest(store, tuple(SECRET_IDENTIFIERS))}",
                    unread=True,
                )
        for pair in block.pairs:
            choices = CHOICES.get(block.name, {}).get(pair.key)
            if choices and isinstance(pair.value, str) and _is_wrong(pair.key, pair.value.strip(), choices):
                yield Finding(pair.line, wrong_value(pair.key, pair.value.strip(), choices))
            if (
                block.name == "meta"
                and pair.key == "seq"
                and not re.fullmatch(r"\d+(\.\d+)?", str(pair.value))
            ):
                yield Finding(pair.line, f"`seq` is `{pair.value}`, expected a number")


def _types(document: BruDocument) -> Iterator[Finding]:
    """Find annotations of variables that are probably meant as a type."""
    for block in document.blocks:
        if not isinstance(block, Dictionary) or block.name.partition(":")[0] != "vars":
            continue
        for annotation in (each for pair in block.pairs for each in pair.annotations):
            name = annotation.name
            if name not in (*DATA_TYPES, "description") and (near := nearest_word(name, DATA_TYPES)):
                yield Finding(annotation.line, f"`@{name}` is not a type; did you mean `@{near}`?")


def _is_wrong(key: str, value: str, choices: tuple[str, ...]) -> bool:
    if not value:
        # Everything else has a default.
        return key == "grant_type"
    return "{{" not in value and not is_valid(value, choices)


def _request(document: BruDocument) -> Iterator[Finding]:
    protocols = [block for block in document.blocks if block.name in (*METHODS, "http", "grpc", "ws")]
    meta = document.block("meta")
    kind = (
        next((p.value for p in meta.pairs if p.key == "type"), "http")
        if isinstance(meta, Dictionary)
        else "http"
    )
    if meta is None:
        yield Finding(1, "the block `meta` is missing, so the request has no name")
    elif kind not in _TYPES:
        yield Finding(meta.line, f"`{kind}` is not a type of request{nearest(str(kind), _TYPES)}")
    if not protocols and kind != "app":
        yield Finding(1, "the block with the method and URL, such as `get` or `post`, is missing")
    for extra in protocols[1:]:
        yield Finding(
            extra.line,
            f"`{extra.name}` is the second block with a method, after line {protocols[0].line}",
        )


def _examples(document: BruDocument) -> Iterator[Finding]:
    from bruscript.lang.bru.example import example_json

    for block in document.blocks:
        if isinstance(block, Text) and block.name == "example":
            error = example_json(block.source).get("error")
            if error is not None:
                yield Finding(block.line, f"the example is broken: {error}")


def _missing_auth(document: BruDocument) -> Iterator[Finding]:
    mode, line = auth_mode(document)
    if mode in (None, "", "none", "inherit"):
        return
    if mode not in MODES:
        yield Finding(line, f"`{mode}` is not an auth mode{nearest(str(mode), (*MODES, 'none', 'inherit'))}")
    elif document.block(f"auth:{mode}") is None:
        yield Finding(line, f"the auth mode is `{mode}`, but the block `auth:{mode}` is missing")
    elif mode == "apikey" and document.text_of("auth:apikey", "key"):
        block = document.block("auth:apikey")
        if block and not document.text_of("auth:apikey", "placement"):
            message = "the API key has no `placement`, so it is not sent: write header or queryparams"
            yield Finding(block.line, message)


def _grammar(document: BruDocument) -> str:
    return "collection" if document.kind == "folder" else document.kind
