"""From changes to the file: read again, edited, checked and replaced by one process at a time."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from errno import ENOENT
from pathlib import Path
from typing import Any, Final

from bruscript.collection.layout import is_yaml
from bruscript.collection.writeback.bru import BruCollection, BruEnvironment
from bruscript.collection.writeback.changes import Changes, same
from bruscript.collection.writeback.format import VariablesFile
from bruscript.collection.writeback.json_file import JsonEnvironment
from bruscript.errors import BruscriptError
from bruscript.files import locked, read_file, readable_path, replace_text
from bruscript.lang import BruSyntaxError
from bruscript.lang.js import trim
from bruscript.lang.place import place_at
from bruscript.option_names import switch

_REGULAR_NAME: Final = re.compile(r"[\w-]+")


class PersistError(BruscriptError):
    """Variables could not be written back. All that could be written is in the file."""

    exit_code = 2


def persist_environment(
    path: Path,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    deleted: Collection[str] | None = None,
    warn: Callable[[str], None] = lambda text: None,
) -> bool:
    """Write scripts' changes between the scopes `before` and `after` to the environment file at `path`.

    Only the lines of changed variables change. What a script left alone, `--env-var`'s values too, is not
    written, so that what another process wrote meanwhile stays. A number, boolean, object or list is stored
    with its type. A secret's value never gets into a `.bru` or `.yml` file, and into a JSON file only where
    it held one before. Of the variables that are missing in `after` only those in `deleted` leave the file;
    None means all. `warn` gets a text for each value that a `.bru` file holds only without the blanks around
    it. Return whether the file was written. Raises PersistError.
    """
    # A pipe (`--env-file <(…)`) cannot be read once more, nor written to.
    if _is_stream(path):
        return False
    return _persist(path, Changes.between(before, after, deleted), _environment_format(path), warn, new=False)


def persist_collection(
    path: Path,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    deleted: Collection[str] | None = None,
    warn: Callable[[str], None] = lambda text: None,
) -> bool:
    """Write scripts' changes to the collection's variables to its own file, at `path`.

    A missing collection.bru is created. See `persist_environment`.
    """
    if _is_stream(path):
        return False
    changes = Changes.between(before, after, deleted)
    return _persist(path, changes, _collection_format(path), warn, new=not is_yaml(path))


def _is_stream(path: Path) -> bool:
    return path.is_fifo() or path.is_char_device()


def stored_variables(path: Path, *, collection: bool) -> dict[str, Any]:
    """Return the variables in an environment's file, or in the collection's own; {} if it cannot be read."""
    try:
        file = (_collection_format if collection else _environment_format)(path)(
            read_file(path).decode("utf-8"), path
        )
        return file.values()
    except (OSError, ValueError, BruscriptError):
        return {}


def _environment_format(path: Path) -> type[VariablesFile]:
    suffix = path.suffix.lower()
    if is_yaml(path):
        # Imported here: collections of .bru files need no YAML.
        from bruscript.collection.writeback.yml import YmlEnvironment

        return YmlEnvironment
    return JsonEnvironment if suffix == ".json" else BruEnvironment


def _collection_format(path: Path) -> type[VariablesFile]:
    if is_yaml(path):
        from bruscript.collection.writeback.yml import YmlCollection

        return YmlCollection
    return BruCollection


def _persist(
    path: Path,
    changes: Changes,
    format_: type[VariablesFile],
    warn: Callable[[str], None],
    *,
    new: bool = True,
) -> bool:
    """Write the changes to the file, which may be `new`."""
    if not changes:
        return False
    try:
        with locked(path), _without_garbage_collection():
            if not new and not path.exists():
                raise FileNotFoundError(ENOENT, "it is not there any more")
            return _rewrite(path, changes, format_, warn)
    except OSError as error:
        message = f"Cannot write variables back to {readable_path(path)}: {error.strerror or error}"
        raise PersistError(
            message, hint=f"{switch('--no-persist')} leaves the collection's files alone."
        ) from None
    except BruSyntaxError as error:
        raise PersistError(f"Cannot write variables back: {error}") from None
    except PersistError:
        raise
    except (BruscriptError, ValueError, TypeError, RecursionError) as error:
        raise PersistError(f"Cannot write variables back to {readable_path(path)}: {error}") from None


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Have Python's garbage collector wait.

    All nodes of a file live at once: its passes would find nothing, and take the longer the more there is.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _rewrite(path: Path, changes: Changes, format_: type[VariablesFile], warn: Callable[[str], None]) -> bool:
    try:
        old = _decoded(read_file(path), path)
    except FileNotFoundError:
        old = ""
    text = old.replace("\r\n", "\n") if format_.unix else old
    file = format_(text, path)
    before = file.values()
    refused, trimmed = _apply(file, changes)
    new = file.text()
    if new != text:
        _check_nothing_lost(before, file.values(), changes)
        # A file keeps its line ends; one that mixes them gets those of Unix.
        if format_.unix and "\r\n" in old and text.count("\n") == old.count("\r\n"):
            new = new.replace("\n", "\r\n")
        replace_text(path, new, sync=True)
    for name in trimmed:
        warn(
            f'{readable_path(path)}: "{name}" was written without the blanks and line ends around its value, '
            "which the file cannot hold"
        )
    if refused:
        reasons = "".join(f'\n  "{name}": {reason}' for name, reason in refused.items())
        raise PersistError(
            f"Cannot write these variables back to {readable_path(path)}; all others were written:{reasons}",
            hint="bru.setVar() keeps a value for the run, and writes no file.",
        )
    return new != text


def _decoded(data: bytes, path: Path) -> str:
    """Return the text of a file. Raises PersistError for bytes that would not be written as they were."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        raise PersistError(
            f"Cannot write variables back to {readable_path(path)}:{place_at(before, len(before))}: "
            f"the byte 0x{data[error.start]:02x} is not UTF-8",
            hint="Save the file as UTF-8.",
        ) from None


def _apply(file: VariablesFile, changes: Changes) -> tuple[dict[str, str], list[str]]:
    """Make the changes; return the reasons, by name, of those that the format cannot hold, and the names of
    those that it holds without the blanks and line ends around them, as the reference writes all.
    """
    refused: dict[str, str] = {}
    trimmed: list[str] = []
    if changes.removed:
        _remove(file, sorted(changes.removed), refused)
    if changes.values:
        _set(file, changes.values, refused, trimmed)
    return refused, trimmed


def _remove(file: VariablesFile, names: Sequence[str], refused: dict[str, str]) -> None:
    """Remove the variables at once, or, where that is refused, the first half and then the second."""
    try:
        file.remove(names)
    except (ValueError, TypeError, RecursionError) as error:
        if len(names) == 1:
            refused[names[0]] = str(error)
        else:
            middle = len(names) // 2
            _remove(file, names[:middle], refused)
            _remove(file, names[middle:], refused)


def _set(
    file: VariablesFile,
    values: Mapping[str, Any],
    refused: dict[str, str],
    trimmed: list[str],
    *,
    sifted: bool = False,
) -> None:
    """Set the variables at once, or, where that is refused, without those that no file would take.

    If it is still refused, the first half and then the second.
    """
    # One by one, a value with blanks around it is refused and then trimmed; several are trimmed beforehand.
    trims = file.trims and len(values) > 1
    written = {name: _trimmed(value) for name, value in values.items()} if trims else values
    try:
        names = file.set(written)
    except (ValueError, TypeError, RecursionError) as error:
        if len(values) == 1:
            [(name, value)] = values.items()
            if _set_trimmed(file, name, value):
                trimmed.append(name)
            else:
                refused[name] = str(error)
        elif not sifted:
            reasons = _refused_anywhere(file, values)
            refused |= reasons
            rest = {name: value for name, value in values.items() if name not in reasons}
            if rest:
                _set(file, rest, refused, trimmed, sifted=True)
        else:
            items = list(values.items())
            middle = len(items) // 2
            _set(file, dict(items[:middle]), refused, trimmed, sifted=True)
            _set(file, dict(items[middle:]), refused, trimmed, sifted=True)
    else:
        trimmed += [name for name in names if _is_trimmed(written[name], values[name])]


def _refused_anywhere(file: VariablesFile, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the reasons, by name, of the values that a file without any variables refuses.

    Each of them is tried alone, so that the time does not grow with the file.
    """
    reasons: dict[str, str] = {}
    spared = file.secrets().union(name for name in file.values() if not _REGULAR_NAME.fullmatch(name))
    for name, value in values.items():
        empty = type(file)(file.empty, Path())
        try:
            empty.set({name: value})
        except (ValueError, TypeError, RecursionError) as error:
            # A secret's value is never written, and an irregular name may be spelled otherwise in the file.
            if name not in spared and not _set_trimmed(empty, name, value):
                reasons[name] = str(error)
    return reasons


def _trimmed(value: Any) -> Any:
    return trim(value) if isinstance(value, str) else value


def _is_trimmed(value: Any, original: Any) -> bool:
    return isinstance(original, str) and value != original


def _set_trimmed(file: VariablesFile, name: str, value: Any) -> bool:
    if not _is_trimmed(_trimmed(value), value):
        return False
    with suppress(ValueError):
        file.set({name: trim(value)})
        return True
    return False


def _check_nothing_lost(before: Mapping[str, Any], after: Mapping[str, Any], changes: Changes) -> None:
    """Raise PersistError if a variable is gone, or has another value, that no script deleted or set."""
    untouched = before.keys() - changes.removed - changes.values.keys()
    lost_names = sorted(untouched - after.keys()) + sorted(
        changes.values.keys() & before.keys() - after.keys()
    )
    if lost_names:
        raise PersistError(
            f"refused, since it would lose variables that no script deleted: {', '.join(lost_names)}"
        )
    altered = sorted(name for name in untouched if not same(before[name], after[name]))
    if altered:
        raise PersistError(
            f"refused, since it would change variables that no script set: {', '.join(altered)}"
        )
