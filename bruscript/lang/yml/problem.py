"""What is wrong with a node."""

from __future__ import annotations

from typing import NamedTuple

from yaml.nodes import ScalarNode

from bruscript.lang.yml.compose import PLAIN, Node
from bruscript.lang.yml.scalars import plain_value


class Problem(NamedTuple):
    """A problem with `node`. A `serious` one must not run; `hint` says what to write.

    `unread` is a key that no reader takes. If it `warns`, a run prints it as a warning.
    """

    node: Node
    message: str
    hint: str | None = None
    serious: bool = True
    unread: bool = False
    warns: bool = False


def is_nothing(node: Node) -> bool:
    """Return whether a node is null."""
    return type(node) is ScalarNode and node.tag == PLAIN and plain_value(node.value) is None
