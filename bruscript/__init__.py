"""bruscript runs Bruno collections from Python: parse, evaluate, send, script, report.

The public names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bruscript._version import __version__

if TYPE_CHECKING:
    from bruscript.api import Collection, Folder, Request, arun, load, run
    from bruscript.collection import Environment
    from bruscript.errors import (
        BruscriptError,
        CollectionError,
        EnvironmentNotFoundError,
        InvalidFileError,
        PathNotFoundError,
    )
    from bruscript.lang import BruSyntaxError, Document, parse
    from bruscript.runner.events import Reporter
    from bruscript.runner.failures import Failure, Place
    from bruscript.runner.options import RunOptions
    from bruscript.runner.results import RequestResult
    from bruscript.runner.run_result import RunFailedError, RunResult
    from bruscript.sandbox import Sandbox

_HOMES = {
    "BruSyntaxError": "lang",
    "BruscriptError": "errors",
    "Collection": "api",
    "CollectionError": "errors",
    "Document": "lang",
    "Environment": "collection",
    "EnvironmentNotFoundError": "errors",
    "Failure": "runner.failures",
    "Folder": "api",
    "InvalidFileError": "errors",
    "PathNotFoundError": "errors",
    "PathOutsideError": "errors",
    "Place": "runner.failures",
    "Request": "api",
    "Reporter": "runner.events",
    "RequestResult": "runner.results",
    "RunFailedError": "runner.run_result",
    "RunOptions": "runner.options",
    "RunResult": "runner.run_result",
    "Sandbox": "sandbox",
    "arun": "api",
    "load": "api",
    "parse": "lang",
    "run": "api",
}

_MODULES = ("dynamic", "errors", "lang", "runner", "sandbox")
"""Packages that users reach as attributes; type checkers let them."""

__all__ = [
    "BruSyntaxError",
    "BruscriptError",
    "Collection",
    "CollectionError",
    "Document",
    "Environment",
    "EnvironmentNotFoundError",
    "Failure",
    "Folder",
    "InvalidFileError",
    "PathNotFoundError",
    "PathOutsideError",
    "Place",
    "Reporter",
    "Request",
    "RequestResult",
    "RunFailedError",
    "RunOptions",
    "RunResult",
    "Sandbox",
    "__version__",
    "arun",
    "load",
    "parse",
    "run",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
