"""bruscript runs Bruno collections from Python: parse, evaluate, send, script, report.

The public names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bruscript.collection import Collection, Environment, Folder, Request, load
    from bruscript.errors import (
        BruscriptError,
        CollectionError,
        EnvironmentNotFoundError,
        InvalidFileError,
        PathNotFoundError,
    )
    from bruscript.lang import BruSyntaxError, Document, parse
    from bruscript.runner.options import RunOptions
    from bruscript.runner.results import RequestResult, RunResult
    from bruscript.sandbox import Sandbox

__version__ = "0.1.0"

_HOMES = {
    "BruSyntaxError": "lang",
    "BruscriptError": "errors",
    "Collection": "collection",
    "CollectionError": "errors",
    "Document": "lang",
    "Environment": "collection",
    "EnvironmentNotFoundError": "errors",
    "Folder": "collection",
    "InvalidFileError": "errors",
    "PathNotFoundError": "errors",
    "Request": "collection",
    "RequestResult": "runner.results",
    "RunOptions": "runner.options",
    "RunResult": "runner.results",
    "Sandbox": "sandbox",
    "load": "collection",
    "parse": "lang",
}

__all__ = [
    "BruSyntaxError",
    "BruscriptError",
    "Collection",
    "CollectionError",
    "Document",
    "Environment",
    "EnvironmentNotFoundError",
    "Folder",
    "InvalidFileError",
    "PathNotFoundError",
    "Request",
    "RequestResult",
    "RunOptions",
    "RunResult",
    "Sandbox",
    "__version__",
    "load",
    "parse",
    "run",
]


def run(path: str, **options: Any) -> RunResult:
    """Run the collection, folder or request at `path`; `options` are the fields of `RunOptions`.

    A folder or a request runs alone, as on the command line; folders recursively unless `recursive=False`.
    Raises BruscriptError where the run cannot begin.
    """
    from pathlib import Path

    from bruscript.collection import load

    collection = load(path)
    where = Path(path).resolve()
    if where != collection.path and where.name != "bruno.json":
        options = {"paths": (where,), "recursive": True, **options}
    return collection.run(**options)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
