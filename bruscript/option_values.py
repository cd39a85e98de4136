"""Readers of option values: they convert what a Python program passes.

Each takes the option's name and a value. A value of another type is a TypeError that names the option and
what it accepts; a number that makes no sense is a ValueError.
"""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

Reader = Callable[[str, Any], Any]


def path_of(name: str, value: Any) -> Path:
    """Return a path as it is, or that of a request or a folder."""
    if isinstance(value, (str, os.PathLike)):
        return Path(value)
    at = getattr(value, "path", None)
    if isinstance(at, Path):
        return at
    raise wrong_value(name, "a path", value)


def _paths(name: str, value: Any) -> tuple[Path, ...]:
    return _list(name, "a path or a list of paths", value, path_of)


def texts(name: str, value: Any) -> tuple[str, ...]:
    """Return a list of texts as a tuple; a single text or path is a list of one."""
    return _list(name, "a text or a list of texts", value, _text)


def _list(name: str, kind: str, value: Any, read: Reader) -> tuple[Any, ...]:
    elements = []
    for each in _elements(name, kind, value):
        try:
            elements.append(read(name, each))
        except TypeError:
            raise TypeError(f"{name} must be {kind}, not a list with {type(each).__name__} in it") from None
    return tuple(elements)


def _elements(name: str, kind: str, value: Any) -> Iterable[Any]:
    """Return the elements of a list; a single text, path, request or folder is a list of one."""
    if isinstance(value, (str, os.PathLike)) or hasattr(value, "path"):
        return (value,)
    if isinstance(value, (bytes, bytearray, Mapping)) or not isinstance(value, Iterable):
        raise wrong_value(name, kind, value)
    return value


def _text(name: str, value: Any) -> str:
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str):
        raise wrong_value(name, "a text", value)
    return value


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong_value(name, "True or False", value)
    return value


def _whole(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_value(name, "a whole number", value)
    return value


def _number(name: str, value: Any) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise wrong_value(name, "a number", value)
    if not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number, not {value}")
    return value


def _texts_by_name(name: str, value: Any) -> Mapping[str, str]:
    return _mapping(name, "texts", value, lambda each: isinstance(each, str))


def _values_by_name(name: str, value: Any) -> Mapping[str, Any]:
    return _mapping(name, "texts, numbers, booleans, lists or dicts", value, _is_json)


def _mapping(name: str, kind: str, value: Any, is_valid: Callable[[Any], bool]) -> Mapping[str, Any]:
    kind = f"a mapping of names to {kind}"
    if not isinstance(value, Mapping):
        raise wrong_value(name, kind, value)
    for key, each in value.items():
        if not isinstance(key, str):
            raise TypeError(f"{name} must be {kind}, not one with {type(key).__name__} for a name")
        if not is_valid(each):
            raise TypeError(f"{name} must be {kind}, but {key} is {type(each).__name__}")
    return value


def _is_json(value: Any) -> bool:
    """Return whether JSON has such a value."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_json(each) for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return all(map(_is_json, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (str, bool, int))


def _app(name: str, value: Any) -> Any:
    if not callable(value):
        raise wrong_value(name, "an ASGI or WSGI application (a callable)", value)
    return value


def _prompt(name: str, value: Any) -> Any:
    kind = "a function that takes a prompt and returns its answer or None"
    if not callable(value):
        raise wrong_value(name, kind, value)
    if inspect.iscoroutinefunction(value):
        raise TypeError(f"{name} must be {kind}, not an asynchronous one")
    return value


def _authorize(name: str, value: Any) -> Any:
    if not callable(value):
        raise wrong_value(name, "a function that takes a URL and returns the one it leads to", value)
    return value


def _store(name: str, value: Any) -> Any:
    methods = ("get", "save", "delete", "items", "exclusive")
    if isinstance(value, (str, os.PathLike)) or (
        not isinstance(value, type) and all(callable(getattr(value, method, None)) for method in methods)
    ):
        return value
    raise wrong_value(name, f"a path, a text or a TokenStore (with the methods {', '.join(methods)})", value)


def _or_none(read: Reader) -> Reader:
    return lambda name, value: None if value is None else read(name, value)


def wrong_value(name: str, kind: str, value: Any) -> TypeError:
    """Return the error for a value that option `name` cannot have."""
    # The value itself may be secret.
    what = f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
    return TypeError(f"{name} must be {kind}, not {what}")


READERS: Final[Mapping[str, Reader]] = {
    "tuple[Path, ...]": _paths,
    "Path | None": _or_none(path_of),
    "tuple[str, ...]": texts,
    "tuple[str, ...] | None": _or_none(texts),
    "str | None": _or_none(_text),
    "bool": _switch,
    "int": _whole,
    "float": _number,
    "Mapping[str, str]": _texts_by_name,
    "Mapping[str, Value]": _values_by_name,
    "App | None": _or_none(_app),
    "Prompt | None": _or_none(_prompt),
    "Authorize | None": _or_none(_authorize),
    "Store | None": _or_none(_store),
}
"""The reader for each type annotation of RunOptions. A new annotation without one fails a test."""
