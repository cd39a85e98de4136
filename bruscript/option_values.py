"""Readers of what a Python program passes: the values of options, and other arguments.

Each takes the option's name and a value. A value of another type is a TypeError that names the option and
what it accepts; a number that makes no sense is a ValueError.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

Reader = Callable[[str, Any], Any]


def check_strings(**arguments: Any) -> None:
    """Raise TypeError for an argument that is not a string."""
    for name, value in arguments.items():
        if not isinstance(value, str):
            raise wrong_value(name, "a string", value)


def check_choice(name: str, value: Any, choices: Iterable[str]) -> None:
    """Raise TypeError for a value that is not a string, ValueError for one that is not among `choices`."""
    if not isinstance(value, str):
        raise wrong_value(name, f"one of {', '.join(choices)}", value)
    if value not in choices:
        raise ValueError(f"{name} is {value!r}, expected one of {', '.join(choices)}")


def path_of(name: str, value: Any) -> Path:
    """Return a path as it is, or that of a request or a folder."""
    if isinstance(value, (str, os.PathLike)):
        return Path(value)
    at = getattr(value, "path", None)
    if isinstance(at, Path):
        return at
    raise wrong_value(name, "a path", value)


def paths_of(name: str, value: Any) -> tuple[Path, ...]:
    """Return a list of paths as a tuple; a single path, request or folder is a list of one."""
    return _list(name, "a path or a list of paths", value, path_of)


def texts(name: str, value: Any) -> tuple[str, ...]:
    """Return a list of texts as a tuple; a single text or path is a list of one."""
    return _list(name, "a text or a list of texts", value, text_of)


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


def text_of(name: str, value: Any) -> str:
    """Return a text, also of a path."""
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str):
        raise wrong_value(name, "a text", value)
    return value


def switch_of(name: str, value: Any) -> bool:
    """Return True or False as it is."""
    if not isinstance(value, bool):
        raise wrong_value(name, "True or False", value)
    return value


def whole_of(name: str, value: Any) -> int:
    """Return a whole number as it is."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_value(name, "a whole number", value)
    return value


def number_of(name: str, value: Any) -> float:
    """Return a finite number as it is."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise wrong_value(name, "a number", value)
    if not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number, not {value}")
    return value


def _texts_by_name(name: str, value: Any) -> Mapping[str, str]:
    return _mapping(name, "texts", value, lambda each: isinstance(each, str))


def values_of(name: str, value: Any, *, finite: bool = True) -> Mapping[str, Any]:
    """Return a mapping of names to what JSON has; scripts have numbers that are not `finite`, too."""
    kind = "texts, numbers, booleans, lists or dicts"
    return _mapping(name, kind, value, lambda each: _is_json(each, finite))


def _mapping(name: str, kind: str, value: Any, is_valid: Callable[[Any], bool]) -> Mapping[str, Any]:
    kind = f"a mapping of names to {kind}"
    if not isinstance(value, Mapping):
        raise wrong_value(name, kind, value)
    for key, each in value.items():
        if not isinstance(key, str):
            raise TypeError(f"{name} must be {kind}, not one with {type(key).__name__} for a name")
        if not is_valid(each):
            what = type(each).__name__ if not isinstance(each, float) else "not a finite number"
            raise TypeError(f"{name} must be {kind}, but {key} is {what}")
    return value


def _is_json(value: Any, finite: bool) -> bool:
    """Return whether JSON has such a value."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_json(each, finite) for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return all(_is_json(each, finite) for each in value)
    if isinstance(value, float):
        return not finite or math.isfinite(value)
    return value is None or isinstance(value, (str, bool, int))


def _app(name: str, value: Any) -> Any:
    if not callable(value):
        raise wrong_value(name, "an ASGI or WSGI application (a callable)", value)
    return value


def _prompt(name: str, value: Any) -> Any:
    kind = "a function that takes a prompt and returns its answer or None"
    if not callable(value):
        raise wrong_value(name, kind, value)
    # Imported here: reading files needs the checks above, not this.
    import inspect

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


def or_none(read: Reader) -> Reader:
    """Return a reader that leaves None as it is."""
    return lambda name, value: None if value is None else read(name, value)


def wrong_value(name: str, kind: str, value: Any) -> TypeError:
    """Return the error for a value that option `name` cannot have."""
    # The value itself may be secret.
    what = f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
    return TypeError(f"{name} must be {kind}, not {what}")


READERS: Final[Mapping[str, Reader]] = {
    "tuple[Path, ...]": paths_of,
    "Path | None": or_none(path_of),
    "tuple[str, ...]": texts,
    "tuple[str, ...] | None": or_none(texts),
    "str | None": or_none(text_of),
    "bool": switch_of,
    "int": whole_of,
    "float": number_of,
    "Mapping[str, str]": _texts_by_name,
    "Mapping[str, Value]": values_of,
    "App | None": or_none(_app),
    "Prompt | None": or_none(_prompt),
    "Authorize | None": or_none(_authorize),
    "Store | None": or_none(_store),
}
"""The reader for each type annotation of RunOptions. A new annotation without one fails a test."""
