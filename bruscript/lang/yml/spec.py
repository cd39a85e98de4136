"""The shapes that the schema is made of."""

from __future__ import annotations

from dataclasses import field

from bruscript.records import record


@record(frozen=True)
class Leaf:
    """A scalar.

    Its kind is `text`, `number`, `amount` (a number from 0), `count` (a whole one), `flag` (true or false),
    `switch` (a flag, or its text), `timeout` (a number, or `inherit`), or `any` value.

    With `words` it is one of them; another one is an error, or with `lenient` a finding.
    """

    kind: str = "text"
    words: tuple[str, ...] = ()
    lenient: bool = False
    warns: bool = False
    """Whether a run warns of another word."""


@record(frozen=True)
class Keys:
    """A mapping. `wrong` are keys that people write for others: what to write instead."""

    keys: dict[str, Spec]
    wrong: dict[str, str] = field(default_factory=dict)
    open: bool = False
    """Whether other keys are allowed; only what looks like a misspelt one is then a finding."""
    needs: str = ""
    """The key without which an entry means nothing."""
    required: tuple[str, ...] = ()
    hint: str | None = None
    """A hint for a missing required key."""
    advice: dict[str, str] = field(default_factory=dict)
    """Hints for keys that it does not have."""
    empty: str | None = None
    """What to write if the value is missing and has to be there."""
    choice: bool = False
    """Whether it is one of the keys, so that without any of them another key is an error."""


@record(frozen=True)
class Rows:
    """A list whose items all have the same shape; `example` shows one."""

    item: Spec
    example: str = "- name: …"


@record(frozen=True)
class Either:
    """A shape for each sort of node; None where the sort is an error."""

    scalar: Spec | None = None
    mapping: Spec | None = None
    sequence: Spec | None = None


@record(frozen=True)
class Typed:
    """A mapping whose key `by` says which keys it has beside that."""

    by: str
    types: dict[str, Spec]
    wrong: dict[str, str] = field(default_factory=dict)
    after: str = ""
    """The key that `by` follows where Bruno writes them."""
    lenient: tuple[str, ...] = ()
    """Types of the specification that Bruno passes over."""


Spec = Leaf | Keys | Rows | Either | Typed
