"""What requests that run at once lack: the variables that one of them sets for the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from bruscript.evaluate.merge import merge
from bruscript.option_names import option

if TYPE_CHECKING:
    from pathlib import Path

    from bruscript.collection import Request

_SET: Final = re.compile(r"""\bset(?:Env|GlobalEnv|Collection)?Var\s*\(\s*(['"`])([\w-]+)\1""")
_USED: Final = re.compile(r"""\{\{([\w-]+)(?=[}.\[])|\bget\w*Var\s*\(\s*['"`]([\w-]+)['"`]""")
_MOST_NAMED: Final = 3


def lost_variables(requests: Sequence[Request]) -> str | None:
    """Return a warning if one of the requests sets a variable that another uses; else None.

    It goes by the texts of the files, so a name that a script puts together is not found.
    """
    setters: dict[str, Request] = {}
    sets = {request.path: frozenset(_set_by(request)) for request in requests}
    for request in requests:
        for name in sets[request.path]:
            setters.setdefault(name, request)
    if not setters:
        return None
    # By file: what is around requests is shared by many.
    uses: dict[Path, frozenset[str]] = {}
    used: set[str] = set()
    for request in requests:
        used |= _used_by(request, uses) - sets[request.path]
    used &= setters.keys()
    if not used:
        return None
    named = [f"`{name}` ({setters[name].relpath})" for name in sorted(used)[:_MOST_NAMED]]
    more = f" and {len(used) - _MOST_NAMED} more" if len(used) > _MOST_NAMED else ""
    return (
        f"With {option('--parallel')} each request has its own variables: what one sets, the others do not "
        f"see. This concerns {', '.join(named)}{more}."
    )


def _set_by(request: Request) -> Iterator[str]:
    """Yield the names of variables that the request's own file sets; others may inherit the rest, too."""
    text = request.document.text if request.document is not None else ""
    yield from (match[2] for match in _SET.finditer(text))
    yield from (name for entry in merge(request).post_vars if (name := str(entry["name"])) in text)


def _used_by(request: Request, uses: dict[Path, frozenset[str]]) -> frozenset[str]:
    for node in request.chain:
        if node.document is not None and node.path not in uses:
            found = _USED.finditer(node.document.text)
            uses[node.path] = frozenset(match[1] or match[2] for match in found)
    return frozenset().union(*(uses.get(node.path, ()) for node in request.chain))
