"""Loads the user's own code that options name: applications (`--app`) and reporters (`--reporter`)."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from bruscript.errors import ArgumentError, BruscriptError
from bruscript.runner.by_hand import name_app
from bruscript.runner.own_reporter import described


class OwnCodeError(ArgumentError):
    """An option names nothing that can be loaded."""


def load_app(name: str) -> Callable[..., Any]:
    """Return the ASGI or WSGI application that `name` (MODULE_OR_FILE:ATTRIBUTE) names.

    The attribute may be dotted; with `()` behind it, it is called for the application. Raises OwnCodeError.
    """
    app = load(name, "--app", "server.py:app or shop.main:app")
    if not callable(app):
        attribute = name.rpartition(":")[2]
        raise OwnCodeError(
            f"--app {name}: {attribute} is of type {type(app).__name__}, not an ASGI or WSGI application"
        )
    name_app(app, name)
    return app  # type: ignore[no-any-return]


def load(name: str, option: str, example: str) -> Any:
    """Load the object that `name` (MODULE_OR_FILE:ATTRIBUTE), the value of `option`, names."""
    return _Loader(name, option, example).load()


class _Loader:
    def __init__(self, name: str, option: str, example: str) -> None:
        self._name = name
        self._option = option
        self._hint = f"Give it as MODULE:ATTRIBUTE or FILE.py:ATTRIBUTE, for example {example}."

    def load(self) -> Any:
        source, _, attribute = self._name.rpartition(":")
        if not source or not attribute:
            raise self._error(f" {self._name}: no attribute named")
        is_file = source.endswith(".py")
        value: Any = self._from_file(Path(source)) if is_file else self._from_module(source)
        for part in attribute.removesuffix("()").split("."):
            if not hasattr(value, part):
                raise self._error(f" {self._name}: {source} has no attribute {attribute!r}")
            value = getattr(value, part)
        return call(self._option, self._name, value) if attribute.endswith("()") else value

    def _error(self, what: str) -> OwnCodeError:
        return OwnCodeError(f"{self._option}{what}", hint=self._hint)

    def _from_file(self, path: Path) -> ModuleType:
        if not path.is_file():
            raise self._error(f": file not found: {path}")
        # As when it is run: the modules beside it can be imported.
        sys.path.insert(0, str(path.parent.resolve()))
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules.setdefault(path.stem, module)
        loader = spec.loader
        call(self._option, str(path), lambda: loader.exec_module(module))
        return module

    def _from_module(self, name: str) -> ModuleType:
        sys.path.insert(0, str(Path.cwd()))
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name and (name == error.name or name.startswith(f"{error.name}.")):
                raise self._error(f": module not found: {name}") from None
            raise broken(self._option, name, error) from error
        except (Exception, SystemExit) as error:
            raise broken(self._option, name, error) from error


def call(option: str, name: str, function: Callable[[], Any]) -> Any:
    """Return what `function`, the user's own code, gives.

    Raises OwnCodeError, which names the line that failed.
    """
    try:
        return function()
    except BruscriptError:
        raise
    except (Exception, SystemExit) as error:
        raise broken(option, name, error) from error


def broken(option: str, name: str, error: BaseException) -> OwnCodeError:
    """Return the error for the user's own code that failed with `error`."""
    return OwnCodeError(f"{option} {name} failed to load: {described(error)}")
