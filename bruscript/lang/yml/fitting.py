"""Whether values have the shapes of the schema: the quick answer of the lint, without places or reasons."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from bruscript.lang.yml.schema import FILES, ITEMS, UNKNOWN
from bruscript.lang.yml.spec import Either, Keys, Leaf, Rows, Spec, Typed

Check = Callable[[Any], bool]

_UNKNOWN_KEY: Final = object()


def fits(value: Any, kind: str) -> bool:
    """Return whether a run certainly neither refuses a file of this kind nor warns of something in it."""
    if type(value) is not dict:
        return value is None
    if kind == "request":
        info = value.get("info")
        item = (info if isinstance(info, dict) and "type" in info else value).get("type")
        return _file(item if isinstance(item, str) and item in ITEMS else "")(value)
    return _file(kind)(value)


@cache
def _file(name: str) -> Check:
    check = _compiled(FILES.get(name) or ITEMS.get(name, UNKNOWN))
    assert check is not None
    return check


def _compiled(spec: Spec) -> Check | None:
    """Return the check of a shape; None where anything will do."""
    if isinstance(spec, Leaf):
        return _leaf(spec)
    if isinstance(spec, Rows):
        return _rows(spec)
    if isinstance(spec, Keys):
        return _keys(spec)
    return _typed(spec) if isinstance(spec, Typed) else _either(spec)


def _leaf(spec: Leaf) -> Check | None:
    words = spec.words
    if spec.warns:
        return lambda value: value is None or (type(value) is str and value in words)
    if spec.kind == "any" or spec.lenient:
        return None if spec.kind == "any" else lambda value: type(value) is not dict
    if spec.kind == "text":
        if words:
            return lambda value: value is None or (type(value) is str and (value in words or "{{" in value))
        return lambda value: type(value) is str or type(value) is not dict
    if spec.kind == "flag":
        return lambda value: value is None or type(value) is bool
    if spec.kind == "switch":
        return lambda value: value is None or type(value) is bool or value in ("true", "false", "inherit")
    if spec.kind == "amount":
        return lambda value: value is None or (type(value) in (int, float) and 0 <= value < math.inf)
    if spec.kind == "count":
        return lambda value: value is None or (type(value) is int and value >= 0)
    others = ("inherit",) if spec.kind == "timeout" else ()
    return lambda value: (
        value is None or (isinstance(value, (int, float)) and type(value) is not bool) or value in others
    )


def _rows(spec: Rows) -> Check:
    item = _compiled(spec.item)
    filled = not isinstance(spec.item, Leaf)

    def check(value: Any) -> bool:
        if type(value) is not list:
            return value is None
        if filled and None in value:
            return False
        return item is None or all(map(item, value))

    return check


def _keys(spec: Keys) -> Check:
    checks = {key: _compiled(inner) for key, inner in spec.keys.items()}
    wrong, required, choice, needs = frozenset(spec.wrong), spec.required, spec.choice, spec.needs

    def check(value: Any) -> bool:
        if type(value) is not dict:
            return (value is None and not spec.empty) or not checks
        if choice and value and checks.keys().isdisjoint(value):
            return False
        if needs and value.get(needs) in (None, ""):
            return False
        for key, inner in value.items():
            key_check: Any = checks.get(key, _UNKNOWN_KEY)
            if key_check is _UNKNOWN_KEY:
                if key in wrong:
                    return False
            elif key_check is not None and not key_check(inner):
                return False
        return all(key in value for key in required) if required else True

    return check


def _typed(spec: Typed) -> Check:
    by, lenient = spec.by, spec.lenient
    checks = {kind: _compiled(inner) for kind, inner in spec.types.items()}

    def check(value: Any) -> bool:
        if type(value) is not dict:
            return value is None
        kind = value.get(by)
        kind_check = checks.get(kind) if type(kind) is str else None
        return kind_check(value) if kind_check is not None else kind in lenient

    return check


def _either(spec: Either) -> Check:
    scalar = None if spec.scalar is None else _compiled(spec.scalar)
    mapping = None if spec.mapping is None else _compiled(spec.mapping)
    sequence = None if spec.sequence is None else _compiled(spec.sequence)

    def check(value: Any) -> bool:
        if type(value) is dict:
            return spec.mapping is not None and (mapping is None or mapping(value))
        if type(value) is list:
            return spec.sequence is not None and (sequence is None or sequence(value))
        return value is None or (spec.scalar is not None and (scalar is None or scalar(value)))

    return check
