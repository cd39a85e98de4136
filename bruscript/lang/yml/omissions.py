"""Finds what is missing in a file, and scripts that never run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bruscript.lang.yml.compose import Node
from bruscript.lang.yml.places import child, item_type
from bruscript.lang.yml.problem import Problem, is_nothing
from bruscript.lang.yml.scalars import plain_value


def omissions(root: Node | None, kind: str) -> Iterator[Problem]:
    """Find parts that are missing, probably by mistake; a file without them can run."""
    if type(root) is not MappingNode:
        return
    for block in ("http", "graphql", "grpc", "websocket", "request"):
        auth = child(root, block, "auth")
        mode = child(auth, "type")
        if mode is None:
            continue
        if mode.value == "oauth2" and child(auth, "tokenConfig", "placement") is None:
            yield Problem(
                auth,
                "`tokenConfig: placement:` is missing, so Bruno itself does not send the token",
                "Write tokenConfig: {placement: {header: Bearer}}.",
                False,
            )
        if mode.value == "apikey" and child(auth, "placement") is None:
            yield Problem(
                auth,
                "the API key has no `placement`, so Bruno itself sends it nowhere",
                "Write placement: header, or placement: query.",
                False,
            )
    if kind == "collection":
        yield from _unused_proxy(child(root, "config", "proxy"))
    if kind != "request":
        return
    assertions = child(root, "runtime", "assertions")
    for assertion in assertions.value if type(assertions) is SequenceNode else ():
        if type(assertion) is MappingNode and child(assertion, "operator") is None:
            yield Problem(assertion, "the assertion has no `operator`, such as `operator: eq`", None, False)
    if child(root, "info", "name") is None and child(root, "info") is not None:
        yield Problem(root, "`info: name:` is missing, so the request has no name", None, False)
    block = item_type(root)
    if block in ("http", "graphql", "grpc", "websocket") and child(root, block) is None:
        yield Problem(root, f"the block `{block}` with the request is missing", None, False)
    scripts = child(root, "runtime", "scripts")
    yield from _repeated(scripts)


def _unused_proxy(proxy: Any) -> Iterator[Problem]:
    """Find a proxy that Bruno does not read, since half of it is missing."""
    if type(proxy) is not MappingNode or not proxy.value:
        return
    for key in ("inherit", "config"):
        given = child(proxy, key)
        if (given is None or is_nothing(given)) and not _is_true(child(proxy, "inherit")):
            message = f"the proxy has no `{key}`, so the system's is used"
            yield Problem(proxy, message, "Write `inherit: false` and `config:`.", False)
            return


def _is_true(node: Any) -> bool:
    return type(node) is ScalarNode and plain_value(node.value) is True


def _repeated(scripts: Any) -> Iterator[Problem]:
    previous: set[str] = set()
    for script in reversed(scripts.value) if type(scripts) is SequenceNode else ():
        kind, code = child(script, "type"), child(script, "code")
        if type(kind) is not ScalarNode or code is None or not code.value:
            continue
        if kind.value in previous:
            yield Problem(
                script,
                f"this script is not run: another one of `type: {kind.value}` follows",
                "Bruno runs the last script of a type: join them.",
                False,
                unread=True,
            )
        previous.add(kind.value)
