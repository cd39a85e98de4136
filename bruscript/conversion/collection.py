"""A whole collection in the other format, in a directory of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from bruscript.collection.config import read_config
from bruscript.collection.ignored import Ignored
from bruscript.collection.layout import BRU, YML, Layout, layout_at
from bruscript.conversion.file import Made, bru_file, collection_to_bru, collection_to_yml, yml_file
from bruscript.conversion.losses import Loss
from bruscript.errors import BruscriptError, CollectionError
from bruscript.files import read_file
from bruscript.lang import BruSyntaxError, Format, Kind
from bruscript.lang.yml.document import YmlDocument
from bruscript.lang.yml.items import item_document
from bruscript.records import record

_NEVER: Final = frozenset({".git", "node_modules"})
_NESTED: Final = re.compile(r"""(\brunRequest\(\s*(["'`])[^"'`\n]*?)\.(?:bru|yml)(?=\2)""")
"""A request that a script names by its file: without the ending it is found in both formats."""

_LEFTOVER: Final = (
    "left out: it is no part of this collection of {this} files, and would be one of {other} files"
)


@record
class Converted:
    """What came of a conversion: how many files were written anew or copied, what of which file could not be
    kept, and the files that could not be converted, with the reason.
    """

    written: int = 0
    copied: int = 0
    losses: dict[Path, list[Loss]] = field(default_factory=dict)
    failed: dict[Path, str] = field(default_factory=dict)


def convert(root: Path, to: Format, target: Path) -> Converted:
    """Write the collection at `root` to the directory `target`, in the format `to`.

    What is no file of the collection's (scripts, data, `.env`) is copied; `.git` and `node_modules` are left
    out. A file that cannot be converted is named in the result, and the others are. Raises CollectionError
    where there is no collection, or none in the other format, and BruscriptError for a target that is not a
    new or empty directory outside of the collection.
    """
    layout = layout_at(root)
    if layout is None:
        raise CollectionError(f"{root} is not the directory of a collection")
    if layout.format == to:
        raise CollectionError(f"{root} is a collection of {layout.suffix} files already")
    real, inner = Path(os.path.realpath(root)), Path(os.path.realpath(target))
    if inner.is_relative_to(real) or real.is_relative_to(inner):
        raise BruscriptError(
            f"{target} and the collection are one inside the other", hint="Name another directory."
        )
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BruscriptError(f"{target} is not empty", hint="Name a new directory.")
    return _Conversion(root, target, layout).run()


class _Conversion:
    def __init__(self, root: Path, target: Path, layout: Layout) -> None:
        self._root = root
        self._target = target
        self._from, self._to = layout, YML if layout is BRU else BRU
        self._result = Converted()
        self._ignored = Ignored({})

    def run(self) -> Converted:
        self._target.mkdir(parents=True, exist_ok=True)
        self._collection()
        for path in self._files():
            relative = path.relative_to(self._root)
            if (
                path.name in (self._from.config_file, self._from.collection_file)
                and path.parent == self._root
            ):
                continue
            if self._would_count(path, relative):
                # Else it would be read from now on, and even replace what has just been written.
                self._lost(path, [Loss(_LEFTOVER.format(this=self._from.suffix, other=self._to.suffix))])
            elif path.suffix == self._from.suffix and not self._ignored.covers(relative.as_posix()):
                self._file(path, relative)
            else:
                self._copy(path, relative)
        return self._result

    def _would_count(self, path: Path, relative: Path) -> bool:
        """Whether a file that is no part of the collection would be a part of the new one."""
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
            return item_document(read_file(path).decode("utf-8", "replace"), str(path)) is not None
        except (BruSyntaxError, OSError):
            # It would be named as broken there.
            return True

    def _files(self) -> Iterator[Path]:
        for directory, names, files in os.walk(self._root):
            here = Path(directory)
            names[:] = sorted(set(names) - _NEVER)
            for name in [name for name in names if (here / name).is_symlink()]:
                names.remove(name)
                files.append(name)
            (self._target / here.relative_to(self._root)).mkdir(exist_ok=True)
            yield from (here / name for name in sorted(files))

    def _collection(self) -> None:
        """Convert the collection's own settings. Raises CollectionError: nothing is right without them."""
        if self._from is BRU:
            config, _ = read_config(self._root / BRU.config_file)
            self._ignored = Ignored(config)
            settings = self._root / BRU.collection_file
            text = _text(settings) if settings.is_file() else ""
            made = self._whole(settings, lambda: collection_to_yml(text, str(settings), _rewritten(config)))
            self._write(Path(YML.config_file), made.text or "")
            self._lost(settings if text else self._root / BRU.config_file, made.losses)
            return
        settings = self._root / YML.config_file
        document = self._whole(
            settings, lambda: YmlDocument.parsed(_text(settings), "collection", str(settings))
        )
        made, config = collection_to_bru(document)
        self._ignored = Ignored(config)
        self._write(Path(BRU.config_file), json.dumps(config, indent=2, ensure_ascii=False) + "\n")
        if made.text:
            self._write(Path(BRU.collection_file), made.text)
        self._lost(settings, made.losses)

    def _whole(self, path: Path, make: Any) -> Any:
        try:
            return make()
        except (BruSyntaxError, ValueError) as error:
            raise CollectionError(str(error)) from None
        except OSError as error:
            raise CollectionError(f"Cannot read {path}: {error.strerror}") from None

    def _file(self, path: Path, relative: Path) -> None:
        """Convert a request, a folder's settings or an environment."""
        kind: Kind = "folder" if path.name == self._from.folder_file else "request"
        if kind == "request" and relative.parent == Path("environments"):
            kind = "environment"
        try:
            convert_file = bru_file if self._from is BRU else yml_file
            made = convert_file(_text(path), kind, path, _rewritten)
        except UnicodeDecodeError as error:
            self._result.failed[path] = f"{path}: byte {error.start + 1} is not UTF-8"
        except (BruSyntaxError, ValueError) as error:
            self._result.failed[path] = (
                str(error) if isinstance(error, BruSyntaxError) else f"{path}: {error}"
            )
        except OSError as error:
            self._result.failed[path] = f"{path}: {error.strerror}"
        else:
            if made is None:
                self._copy(path, relative)
                return
            self._lost(path, made.losses)
            if made.text is None:
                self._copy(path, relative)
                return
            name = relative.with_suffix(self._to.suffix)
            beside = self._root / name
            if beside.exists() and not self._would_count(beside, name):
                self._result.failed[path] = f"{path}: {name.name} stands beside it already"
                return
            self._write(name, made.text)

    def _write(self, relative: Path, text: str) -> None:
        (self._target / relative).write_bytes(text.encode("utf-8", "surrogatepass"))
        self._result.written += 1

    def _copy(self, path: Path, relative: Path) -> None:
        target = self._target / relative
        self._result.copied += 1
        if path.suffix == ".js" and path.is_file() and not path.is_symlink():
            code = path.read_bytes()
            text = code.decode("utf-8", "surrogateescape")
            changed = _NESTED.sub(r"\1", text)
            target.write_bytes(code if changed == text else changed.encode("utf-8", "surrogateescape"))
            return
        shutil.copy2(path, target, follow_symlinks=False)

    def _lost(self, path: Path, losses: list[Loss]) -> None:
        if losses:
            self._result.losses.setdefault(path, []).extend(losses)


def _text(path: Path) -> str:
    return read_file(path).decode("utf-8")


def _rewritten(value: Any) -> Any:
    """Return the JSON of a file whose scripts name requests without the ending of their files."""
    if isinstance(value, dict):
        return {key: _rewritten(item) for key, item in value.items()}
    if isinstance(value, list):
        return type(value)(_rewritten(item) for item in value)
    return _NESTED.sub(r"\1", value) if isinstance(value, str) and "runRequest" in value else value


__all__ = ["Converted", "Made", "convert"]
