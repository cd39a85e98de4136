"""Loads the application that `--app` names."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from bruscript.errors import BruscriptError

_FORM = "Give it as MODULE:ATTRIBUTE or FILE.py:ATTRIBUTE, for example server.py:app or shop.main:app."


class AppError(BruscriptError):
    """`--app` names nothing that can be loaded."""


def load_app(name: str) -> Callable[..., Any]:
    """The ASGI or WSGI application that `name` (MODULE_OR_FILE:ATTRIBUTE) stands for.

    The attribute may be dotted; with `()` behind it, it is called for the application. Raises AppError.
    """
    source, _, attribute = name.rpartition(":")
    if not source or not attribute:
        raise AppError(f"--app {name}: no attribute named", hint=_FORM)
    module = _from_file(Path(source)) if source.endswith(".py") else _from_module(source)
    found: Any = module
    for part in attribute.removesuffix("()").split("."):
        if not hasattr(found, part):
            raise AppError(f"--app {name}: {source} has no attribute {attribute!r}", hint=_FORM)
        found = getattr(found, part)
    if attribute.endswith("()"):
        found = _run(name, found)
    if not callable(found):
        raise AppError(
            f"--app {name}: {attribute} is of type {type(found).__name__}, not an ASGI or WSGI application"
        )
    return found  # type: ignore[no-any-return]


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise AppError(f"--app: there is no file {path}", hint=_FORM)
    # As when it is run: the modules beside it can be imported.
    sys.path.insert(0, str(path.parent.resolve()))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    loader = spec.loader
    _run(str(path), lambda: loader.exec_module(module))
    return module


def _from_module(name: str) -> ModuleType:
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise AppError(f"--app: there is no module {name}", hint=_FORM) from None
        raise _broken(name, error) from error
    except (Exception, SystemExit) as error:
        raise _broken(name, error) from error


def _run(name: str, call: Callable[[], Any]) -> Any:
    """What `call`, the user's own code, gives; its errors name the line that failed."""
    try:
        return call()
    except (Exception, SystemExit) as error:
        raise _broken(name, error) from error


def _broken(name: str, error: BaseException) -> AppError:
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        place = f" at {error.filename}:{error.lineno}"
    return AppError(f"--app {name} failed to load: {type(error).__name__}: {error}{place}")
