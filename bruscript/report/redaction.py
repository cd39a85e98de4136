"""Source files without the literal secrets of auth blocks and headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bruscript.masking import MASKED, SENSITIVE_HEADERS
from bruscript.masking.names import is_secret_setting

_OPEN = re.compile(r"(auth:[\w:-]+|headers)\s*\{\s*$")
_MAPPING = re.compile(r"(\s*)(?:- )?(auth|headers):\s*$")
_PAIR = re.compile(r"""(\s*(?:- )?~?["']?([\w.-]+)["']?\s*:\s*)(\S.*)$""")
_TEMPLATE = re.compile(r"""["']?\{\{[^{}]*\}\}["']?""")
_QUOTES = "'''"


def redacted(lines: Iterable[str]) -> Iterator[str]:
    """Yield `lines` of a .bru or .yml file, the secret values of its auth blocks and headers masked."""
    kind, indent, inside = "", -1, False
    for line in lines:
        if inside:
            # A value of several lines goes on.
            inside = _QUOTES not in line
            yield line if not inside else line[: len(line) - len(line.lstrip())] + MASKED
            continue
        kind, indent = _block(line, kind, indent)
        pair = _PAIR.match(line) if kind and not _OPEN.match(line) else None
        if pair is None or _TEMPLATE.fullmatch(pair[3]) or not _is_secret(kind, pair[2]):
            yield line
            continue
        inside = pair[3].startswith(_QUOTES) and _QUOTES not in pair[3][3:]
        yield pair[1] + (_QUOTES if inside else MASKED)


def _block(line: str, kind: str, indent: int) -> tuple[str, int]:
    """Return the block that `line` is in, and, in YAML, the indentation of its parent."""
    if opened := _OPEN.match(line):
        return opened[1], -1
    if line.startswith("}"):
        return "", -1
    if indent >= 0 and line.strip() and len(line) - len(line.lstrip()) <= indent:
        kind, indent = "", -1
    if indent < 0 and not kind and (opened := _MAPPING.match(line)):
        return opened[2], len(opened[1])
    return kind, indent


def _is_secret(kind: str, name: str) -> bool:
    if kind == "headers":
        return name.lower() in SENSITIVE_HEADERS
    return ":additional_params" in kind or is_secret_setting(name)
