"""Scripts' changes to variables on their way back to the collection's files."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bruscript.collection.writeback import (
    PersistError,
    persist_collection,
    persist_environment,
    stored_variables,
)
from bruscript.files import readable_path
from bruscript.masking import Mask
from bruscript.runner.events import Notice

if TYPE_CHECKING:
    from bruscript.collection import Collection as BrunoCollection
    from bruscript.evaluate import Scopes
    from bruscript.runner.variables import RunVariables

_ATTRIBUTES: Final = {"environment": "environment", "global": "global_env", "collection": "collection"}
"""The scopes that have a file, by the sandbox's names."""
_MISSING: Final = object()


class WriteBack:
    """Writes variables that scripts changed to their files.

    A value over which scripts' permissions refused a request does not stay in a file: the next run would take
    it for the author's, and send what was refused.
    """

    def __init__(
        self, collection: BrunoCollection, variables: RunVariables, mask: Mask, emit: Callable[[Notice], None]
    ) -> None:
        self._files = {
            "environment": variables.environment_file,
            "global": variables.global_file,
            "collection": collection.file,
        }
        self._mask = mask
        self._emit = emit
        self._originals: dict[str, dict[str, Any]] = {}
        self._changed: dict[str, set[str]] = {key: set() for key in _ATTRIBUTES}
        self._refused: dict[str, set[str]] = {key: set() for key in _ATTRIBUTES}
        self._warnings: set[str] = set()
        self.directories: set[Path] = set()
        """Where files were written."""
        self.unwritten: list[str] = []
        """Why variables could not be written back, each reason once."""

    def write(
        self, before: Mapping[str, Any], scopes: Scopes, deleted: Mapping[str, Collection[str]]
    ) -> None:
        """Write what `scopes` have otherwise than `before`, their state before a job."""
        for key, attribute in _ATTRIBUTES.items():
            file, old, new = self._files[key], before[key], getattr(scopes, attribute)
            if file is None or old == new:
                continue
            if key not in self._originals:
                # What `--env-var` gave is not in the file.
                self._originals[key] = stored_variables(file, collection=key == "collection")
            names = old.keys() | new.keys()
            self._changed[key] |= {
                name for name in names if old.get(name, _MISSING) != new.get(name, _MISSING)
            }
            refused = self._refused[key]
            if refused:
                kept = {name: value for name, value in old.items() if name in refused}
                new = {name: value for name, value in new.items() if name not in refused} | kept
            self._persist(key, old, new, deleted.get(key, frozenset()))

    def take_back(self, scopes: Scopes, names: Collection[str]) -> None:
        """Give the variables `names` their earlier values in their files, and write them no more."""
        for key, attribute in _ATTRIBUTES.items():
            taken = self._changed[key].intersection(names) - self._refused[key]
            if not taken:
                continue
            self._refused[key] |= taken
            now, originals = getattr(scopes, attribute), self._originals[key]
            new = {name: value for name, value in now.items() if name not in taken}
            new |= {name: originals[name] for name in taken if name in originals}
            if self._persist(key, now, new, taken):
                file = readable_path(self._files[key] or "")
                variables = ", ".join(f"`{name}`" for name in sorted(taken))
                text = f"{file}: {variables} has its earlier value: with the script's, a request was refused"
                self._emit(Notice("warning", text))

    def _persist(
        self, key: str, old: Mapping[str, Any], new: Mapping[str, Any], deleted: Collection[str]
    ) -> bool:
        """Write a file; return whether that succeeded."""
        file = self._files[key]
        assert file is not None
        persist = persist_collection if key == "collection" else persist_environment
        self.directories.add(Path(os.path.realpath(file)).parent)
        try:
            return persist(file, old, new, deleted=deleted, warn=self._warn)
        except PersistError as error:
            reason = self._mask.mask(str(error), prose=True)
            if reason not in self.unwritten:
                self.unwritten.append(reason)
                self._emit(Notice("warning", reason))
            return False

    def _warn(self, text: str) -> None:
        if text not in self._warnings:
            self._warnings.add(text)
            self._emit(Notice("warning", text))
