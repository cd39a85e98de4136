"""Readers of option values: they convert what a Python program passes.

Each takes the option's name and a value. A value that makes no sense is a TypeError that names the option.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

Reader = Callable[[str, Any], Any]


def _path(name: str, value: Any) -> Path:
    """Return a path as it is, or that of a request or a folder."""
    if isinstance(value, (str, os.PathLike)):
        return Path(value)
    at = getattr(value, "path", None)
    if isinstance(at, Path):
        return at
    raise wrong_value(name, "a path", value)


def _paths(name: str, value: Any) -> tuple[Path, ...]:
    return tuple(_path(name, each) for each in _elements(name, "a path or a list of paths", value))


def texts(name: str, value: Any) -> tuple[str, ...]:
    """Return a list of texts as a tuple; a single text or path is a list of one."""
    return tuple(_text(name, each) for each in _elements(name, "a text or a list of texts", value))


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
    return value


def _values(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise wrong_value(name, "a mapping of names to values", value)
    return value


def _or_none(read: Reader) -> Reader:
    return lambda name, value: None if value is None else read(name, value)


def wrong_value(name: str, kind: str, value: Any) -> TypeError:
    """Return the error for a value that option `name` cannot have."""
    # The value itself may be secret.
    return TypeError(f"{name} must be {kind}, not {type(value).__name__}")


READERS: Final[Mapping[str, Reader]] = {
    "tuple[Path, ...]": _paths,
    "Path | None": _or_none(_path),
    "tuple[str, ...]": texts,
    "tuple[str, ...] | None": _or_none(texts),
    "str | None": _or_none(_text),
    "bool": _switch,
    "int": _whole,
    "float": _number,
    "Mapping[str, str]": _values,
}
"""The reader for each type annotation of RunOptions. A new annotation without one fails a test."""
