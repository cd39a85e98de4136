"""The modes of a request's body: the values of the key `body` of a method's block."""

from __future__ import annotations

from typing import Any, Final

from bruscript.near import near_word

BODY_MODES: Final = (
    *("none", "json", "text", "xml", "sparql", "graphql"),
    *("formUrlEncoded", "multipartForm", "file"),
)
_BLOCKS: Final = {"form-urlencoded": "formUrlEncoded", "multipart-form": "multipartForm"}


def body_mode(written: Any) -> str:
    """Return the mode that is meant: the names of the two form blocks mean their modes.

    What is not a mode comes back as it is, see `unknown_mode`.
    """
    mode = str(written or "none")
    return _BLOCKS.get(mode, mode)


def unknown_mode(mode: str) -> str | None:
    """Return the message about an unknown mode, with a similar one; else None."""
    if mode in BODY_MODES:
        return None
    modes = {each.lower(): each for each in (*BODY_MODES, *_BLOCKS)}
    near = near_word(mode.lower(), modes)
    hint = f"did you mean {modes[near]!r}?" if near else f"the modes are {', '.join(BODY_MODES)}"
    return f"The body mode {mode!r} does not exist: {hint}"
