"""Converts a whole collection into a new directory."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import field
from pathlib import Path
from typing import Any, Final, TypeVar

from bruscript.collection.config import read_config
from bruscript.collection.ignored import Ignored
from bruscript.collection.layout import BRU, YML, Layout, layout_at
from bruscript.collection.setting_place import place_in_json
from bruscript.conversion.file import bru_file, collection_to_bru, collection_to_yml, yml_file
from bruscript.conversion.losses import Loss, described
from bruscript.conversion.refusal import RefusedError
from bruscript.errors import ArgumentError, BruscriptError, CollectionError
from bruscript.files import read_file
from bruscript.lang import BruSyntaxError, Format, Kind
from bruscript.lang.encoding import decoded
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.items import item_document, item_text
from bruscript.records import record
from bruscript.unicode import utf8

_NEVER: Final = frozenset({".git", "node_modules"})
_NESTED: Final = re.compile(r"""(\brunRequest\(\s*(["'`])[^"'`\n]*?)\.(?:bru|yml)(?=\2)""")
"""A request that a script names by its file: without the suffix it is found in both formats."""

_LEFTOVER: Final = "left out: a collection of {this} files ignores it, and one of {other} files would read it"
T = TypeVar("T")


@record
class ConversionResult:
    """The number of converted and of copied files, the losses of each file, and the files that could not be
    converted or copied, each with the reason.
    """

    written: int = 0
    copied: int = 0
    losses: dict[Path, list[Loss]] = field(default_factory=dict)
    failed: dict[Path, str] = field(default_factory=dict)


def convert(root: Path, to: Format, target: Path) -> ConversionResult:
    """Write the collection at `root` to the directory `target`, in the format `to`.

    What is not a file of the collection (scripts, data, `.env`) is copied; `.git` and `node_modules` are left
    out. A file that cannot be converted is in `failed`; the others are converted. Raises CollectionError
    if `root` is not a collection or its settings cannot be converted, and ArgumentError if it already has the
    format, or if the target is not a new or empty directory outside the collection.
    """
    layout = layout_at(root)
    if layout is None:
        raise CollectionError(f"{root} is not the directory of a collection")
    if layout.format == to:
        raise ArgumentError(f"{root} is a collection of {layout.suffix} files already")
    real, inner = Path(os.path.realpath(root)), Path(os.path.realpath(target))
    if inner.is_relative_to(real) or real.is_relative_to(inner):
        raise ArgumentError(
            f"{target} and the collection are one inside the other", hint="Name another directory."
        )
    if os.path.lexists(target) and not target.is_dir():
        raise ArgumentError(f"{target} is not a directory", hint="Name a new directory.")
    if target.exists() and any(target.iterdir()):
        raise ArgumentError(f"{target} is not empty", hint="Name a new directory.")
    return _Conversion(root, target, layout).run()


class _Conversion:
    def __init__(self, root: Path, target: Path, layout: Layout) -> None:
        self._root = root
        self._target = target
        self._from, self._to = layout, YML if layout is BRU else BRU
        self._result = ConversionResult()
        self._ignored = Ignored({})
        self._links: list[tuple[Path, Path]] = []
        self._failed_folders: set[Path] = set()

    def run(self) -> ConversionResult:
        settings = self._settings()
        try:
            self._target.mkdir(parents=True, exist_ok=True)
            for name, text in settings.items():
                self._write(Path(name), text)
        except OSError as error:
            raise BruscriptError(f"Cannot write {error.filename or self._target}: {error.strerror}") from None
        for path in self._files():
            try:
                self._file(path, path.relative_to(self._root))
            except OSError as error:
                self._fail(path, f"{path}: {error.strerror or error}")
        for path, link in self._links:
            if not link.exists():
                self._fail(path, f"{path}: the file that it is a link to is not in the new collection")
        return self._result

    def _files(self) -> Iterator[Path]:
        """Yield all files and links below the root, a folder's settings first."""

        def fail(error: OSError) -> None:
            path = Path(error.filename)
            self._fail(path, f"{path}: {error.strerror}")

        for directory, names, files in os.walk(self._root, onerror=fail):
            here = Path(directory)
            names[:] = sorted(set(names) - _NEVER)
            for name in [name for name in names if (here / name).is_symlink()]:
                names.remove(name)
                files.append(name)
            try:
                (self._target / here.relative_to(self._root)).mkdir(exist_ok=True)
            except OSError as error:
                fail(error)
                names.clear()
                continue
            yield from (
                here / name for name in sorted(files, key=lambda name: (name != self._from.folder_file, name))
            )

    def _file(self, path: Path, relative: Path) -> None:
        """Convert or copy a file. Raises OSError."""
        if relative.as_posix() in (self._from.config_file, self._from.collection_file):
            return
        if not stat.S_ISREG(path.stat().st_mode) and not (path.is_symlink() and path.is_dir()):
            self._fail(path, f"{path}: it is not a regular file")
        elif self._would_count(path, relative):
            # The new collection would read it, and it could overwrite a converted file.
            self._lose(path, [Loss(_LEFTOVER.format(this=self._from.suffix, other=self._to.suffix))])
        elif (kind := self._kind(path, relative)) is not None:
            self._convert(path, relative, kind)
        else:
            self._copy(path, relative)

    def _kind(self, path: Path, relative: Path) -> Kind | None:
        """Return the kind of a file of the collection; None for a file that is something else."""
        inside = relative.parts[:-1]
        if path.suffix != self._from.suffix or path.is_dir() or self._ignored.covers(relative.as_posix()):
            return None
        if inside == ("environments",):
            return "environment"
        if inside[:1] == ("environments",) or any(
            part == ".git" or "node_modules" in part for part in inside
        ):
            return None
        if path.name == self._from.folder_file and inside:
            return "folder"
        return None if self._from.is_own_file(path.name) else "request"

    def _would_count(self, path: Path, relative: Path) -> bool:
        """Whether a file that is not part of the collection would be part of the new one."""
        if self._ignored.covers(relative.as_posix()) or not path.is_file():
            return False
        if relative.as_posix() == self._to.config_file:
            return True
        if path.suffix != self._to.suffix:
            return False
        if self._to is BRU or relative.parent == Path("environments"):
            return True
        if YML.is_own_file(path.name):
            return path.name == YML.folder_file and path.parent != self._root
        try:
            text = item_text(read_file(path), str(path))
            return text is not None and item_document(text, str(path)) is not None
        except (BruSyntaxError, OSError):
            # It would be named as broken there.
            return True

    def _settings(self) -> dict[str, str]:
        """Return the files with the collection's own settings. Raises CollectionError."""
        if self._from is BRU:
            config_file = self._root / BRU.config_file
            config, ignored = read_config(config_file)
            self._lose(config_file, [Loss(mistake.message, mistake.line) for mistake in ignored])
            self._ignored = Ignored(config)
            settings = self._root / BRU.collection_file
            text = self._needed(settings, lambda: _text(settings) if os.path.lexists(settings) else "")
            file, lost = self._needed(
                settings, lambda: collection_to_yml(text, str(settings), config, _with_plain_names)
            )
            self._lose(settings, file.losses)
            self._lose(
                config_file,
                [Loss(described(path, "yml"), place_in_json(config_file, path).line) for path in lost],
            )
            return {YML.config_file: file.text or ""}
        settings = self._root / YML.config_file
        document = self._needed(
            settings, lambda: YmlDocument.parsed(_text(settings), "collection", str(settings))
        )
        file, config = self._needed(settings, lambda: collection_to_bru(document, _with_plain_names))
        self._ignored = Ignored(config)
        self._lose(settings, file.losses)
        files = {BRU.config_file: json.dumps(config, indent=2, ensure_ascii=False) + "\n"}
        return {**files, **({BRU.collection_file: file.text} if file.text else {})}

    def _needed(self, path: Path, make: Callable[[], T]) -> T:
        try:
            return make()
        except UnicodeDecodeError as error:
            message = f"{path}: byte {error.start + 1} is not UTF-8"
        except OSError as error:
            message = f"Cannot read {path}: {error.strerror}"
        except (BruSyntaxError, RefusedError) as error:
            message = str(error)
        raise CollectionError(
            message, hint="Every request of the collection depends on this file, so none can be converted."
        )

    def _convert(self, path: Path, relative: Path, kind: Kind) -> None:
        """Convert a request, a folder's settings or an environment. Raises OSError."""
        if folder := next((each for each in path.parents if each in self._failed_folders), None):
            what = (folder / self._from.folder_file).relative_to(self._root)
            self._fail(path, f"{path}: left out, since {what.as_posix()} could not be converted")
            return
        name = relative.with_suffix(self._to.suffix)
        try:
            convert_file = bru_file if self._from is BRU else yml_file
            file = convert_file(_text(path), kind, path, _with_plain_names)
        except UnicodeDecodeError as error:
            problem = f"{path}: byte {error.start + 1} is not UTF-8"
        except (BruSyntaxError, RefusedError) as error:
            problem = str(error)
        except RecursionError:
            problem = f"{path}: it is nested too deeply"
        except OSError as error:
            problem = f"{path}: {error.strerror}"
        else:
            if file is None or file.text is None:
                self._lose(path, file.losses if file else [])
                self._copy(path, relative)
                return
            obstacle = self._obstacle(path, name)
            if obstacle is None:
                self._lose(path, file.losses)
                self._write(name, file.text)
                return
            problem = obstacle
        if kind == "folder":
            self._failed_folders.add(path.parent)
        self._fail(path, problem)

    def _obstacle(self, path: Path, name: Path) -> str | None:
        """Return why a converted file cannot have this name."""
        if self._to.is_own_file(name.name) and not self._from.is_own_file(path.name):
            return f"{path}: {name.name} is the name of a file with settings there: rename the request"
        beside = self._root / name
        if os.path.lexists(beside) and not self._would_count(beside, name):
            return f"{path}: {name.name} already exists beside it"
        return None

    def _write(self, relative: Path, text: str) -> None:
        (self._target / relative).write_bytes(utf8(text))
        self._result.written += 1

    def _copy(self, path: Path, relative: Path) -> None:
        """Copy a file or link. Raises OSError."""
        target = self._target / relative
        if path.is_symlink():
            self._copy_link(path, target)
        elif path.suffix == ".js":
            code = read_file(path)
            text = code.decode("utf-8", "surrogateescape")
            target.write_bytes(_NESTED.sub(r"\1", text).encode("utf-8", "surrogateescape"))
        else:
            shutil.copy2(path, target)
        self._result.copied += 1

    def _copy_link(self, path: Path, target: Path) -> None:
        """Copy a link so that it leads to the same file, or to its copy if that is in the collection."""
        destination = os.readlink(path)
        real, root = os.path.realpath(path), os.path.realpath(self._root)
        if os.path.isabs(destination) or not Path(real).is_relative_to(root):
            destination = (
                real if os.path.isabs(destination) else os.path.relpath(real, os.path.realpath(target.parent))
            )
        target.symlink_to(destination)
        self._links.append((path, target))

    def _lose(self, path: Path, losses: list[Loss]) -> None:
        if losses:
            self._result.losses.setdefault(path, []).extend(losses)

    def _fail(self, path: Path, message: str) -> None:
        self._result.failed[path] = message


def _text(path: Path) -> str:
    data = read_file(path)
    decoded(data, str(path))
    return data.decode("utf-8")


def _with_plain_names(data: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON of a file whose scripts name requests without the ending of their files."""
    script = {key: _plain_names(code) for key, code in (data.get("script") or {}).items()}
    tests = {"tests": _plain_names(data["tests"])} if "tests" in data else {}
    return {**data, **({"script": script} if script else {}), **tests}


def _plain_names(code: Any) -> Any:
    return _NESTED.sub(r"\1", code) if isinstance(code, str) else code
