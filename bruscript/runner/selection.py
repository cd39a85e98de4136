"""Which requests of a collection a run makes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Literal

from bruscript.collection.layout import BRU, kind_of, root_of
from bruscript.collection.near import path_not_found
from bruscript.errors import CollectionError, PathOutsideError
from bruscript.evaluate.merge import merge
from bruscript.files import readable_path
from bruscript.records import record
from bruscript.runner.events import Notice
from bruscript.runner.nothing import no_requests, why_nothing
from bruscript.runner.results import SYNTAX, RequestResult

if TYPE_CHECKING:
    from pathlib import Path

    from bruscript.collection import Collection, Request, SkippedFile
    from bruscript.runner.options import RunOptions

_LINE_COMMENT = re.compile(r"//[^\r\n\u2028\u2029]*")
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STRINGS = tuple((re.compile(rf"{mark}(?:[^{mark}\\]|\\.)*{mark}"), mark * 2) for mark in ('"', "'", "`"))
_TEST_CALL = re.compile(r"(?<!\.)test\s*(?:\.\s*only\s*)?\(")
_JUMP = re.compile(r"\b(?:setNextRequest|stopExecution)\b")


_MOST_WARNINGS = 5


@record(frozen=True)
class Selection:
    """The requests of a collection that a run selects.

    `requests` are those of one iteration, in order; `broken` are files of the selection that cannot be used,
    `elsewhere` the others. `nothing` is the reason if no request is selected, else None. If only some paths
    select no requests, `empty` has the reasons for folders and request files, and `without` the other paths.
    """

    requests: list[Request]
    broken: list[SkippedFile]
    elsewhere: list[SkippedFile]
    nothing: str | None = None
    empty: tuple[str, ...] = ()
    without: tuple[Path, ...] = ()

    def notices(self, options: RunOptions) -> Iterator[Notice]:
        """Yield notices about paths without requests, and about broken files outside the selection."""
        yield from self.empty_paths(options)
        for file in self.elsewhere[:_MOST_WARNINGS]:
            yield Notice("warning", f"Outside this run, and skipped: {file.readable()}")
        if (more := len(self.elsewhere) - _MOST_WARNINGS) > 0:
            yield Notice("warning", f"{more} more such files; `bruscript check` lists them.")

    def empty_paths(self, options: RunOptions) -> Iterator[Notice]:
        """Yield notices about paths without requests."""
        level: Literal["warning", "error"] = "warning" if options.pass_with_no_requests else "error"
        yield from (Notice(level, text) for text in self.empty)
        yield from (Notice("warning", f"No requests in {readable_path(path)}.") for path in self.without)


def select(collection: Collection, options: RunOptions) -> Selection:
    """Choose by path, then by `tests_only`, then by tags.

    Raises PathNotFoundError for a path that does not exist, PathOutsideError for one outside the collection,
    and CollectionError where a selected folder's own file cannot be read: requests without their auth and
    scripts prove nothing.
    """
    options = options.located(collection.path)
    for path in options.paths:
        if not path.exists():
            raise path_not_found(path)
    _refuse_outside(options.paths, collection)
    paths = options.paths or (collection.path,)
    recursive = options.recursive or not options.paths
    broken = collection.skipped_in(paths, recursive=recursive)
    for file in broken:
        if isinstance(file.error, CollectionError):
            raise file.error
    by_path = [collection.select([path], recursive=recursive) for path in paths]
    at_paths = list(chain.from_iterable(by_path))
    empty = [path for path, matches in zip(paths, by_path, strict=True) if at_paths and not matches]
    empty = [path for path in empty if not collection.skipped_in([path], recursive=recursive)]
    wanted = [path for path in empty if _can_have_requests(path, collection)]
    tested = [request for request in at_paths if not options.tests_only or has_tests(request)]
    requests = [request for request in tested if _has_tags(request, options)]
    return Selection(
        requests,
        broken,
        [file for file in collection.skipped if file not in broken],
        None if requests else why_nothing(collection, options, at_paths, tested),
        tuple(no_requests(collection, replace(options, paths=(path,))) for path in wanted),
        tuple(path for path in empty if path not in wanted),
    )


def _refuse_outside(paths: Iterable[Path], collection: Collection) -> None:
    """Raise PathOutsideError for a path that does not lead into the collection."""
    for path in paths:
        if not is_inside(path, collection):
            other = root_of(path.parent if path.is_file() else path)
            raise PathOutsideError(
                f"{readable_path(path)} is outside the collection {readable_path(collection.path)}",
                hint=f"A run has one collection: run {readable_path(other)} by itself."
                if other
                else "Name only paths of this collection.",
            )


def is_inside(path: Path, collection: Collection) -> bool:
    """Return whether the path leads into the collection, by its name or by its links."""
    root = os.path.realpath(collection.path)
    return _is_below(os.path.abspath(path), str(collection.path)) or _is_below(os.path.realpath(path), root)


def _is_below(path: str, root: str) -> bool:
    return (path + os.sep).startswith(root.rstrip(os.sep) + os.sep)


def _can_have_requests(path: Path, collection: Collection) -> bool:
    """Return whether one expects requests there, as in a folder, and not in `environments` or a README."""
    if path.is_dir():
        return os.path.realpath(path) != os.path.realpath(collection.path / "environments")
    # A YAML file may be anything, such as a workflow of GitHub's.
    return collection.layout is BRU and path.name.endswith(BRU.suffix) and kind_of(path) == "request"


def has_tests(request: Request) -> bool:
    """Return whether the request's own file has an enabled assertion or calls `test()` in a script."""
    data = request.data
    script = data.get("script") or {}
    sources = (data.get("tests"), script.get("req"), script.get("res"))
    return any(item.get("enabled") for item in data.get("assertions") or ()) or any(map(calls_test, sources))


def jumps(requests: Iterable[Request]) -> bool:
    """Return whether a script that these requests run mentions what changes the order of a run."""
    return any(_JUMP.search(source) for request in requests for source in _sources(request))


def skipped_files(
    collection: Collection, broken: Iterable[SkippedFile], iteration_index: int
) -> Iterator[RequestResult]:
    """Yield a skipped result for every selected file that does not parse, as the reference reports it."""
    for skipped in broken:
        path = skipped.path.relative_to(collection.path).as_posix()
        error = skipped.message(collection.path)
        yield RequestResult(
            name=skipped.path.name,
            path=path,
            filename=path,
            suitename=path.removesuffix(skipped.path.suffix),
            status="skipped",
            skip_reason=SYNTAX,
            error=error,
            error_line=getattr(skipped.error, "line", None),
            error_column=getattr(skipped.error, "column", None),
            request={"method": None, "url": None, "headers": None, "data": None},
            response={"status": "skipped", "statusText": error, "data": None, "responseTime": 0},
            iteration_index=iteration_index,
        )


def _has_tags(request: Request, options: RunOptions) -> bool:
    tags = request.effective_tags
    included = not options.tags or any(tag in options.tags for tag in tags)
    return included and not any(tag in options.exclude_tags for tag in tags)


def calls_test(source: str | None) -> bool:
    """Return whether `source` calls `test()` outside comments and strings, as in the reference."""
    # In the reference's order: a URL in a string, or a block comment, hides the rest of its line.
    source = _BLOCK_COMMENT.sub("", _LINE_COMMENT.sub("", source or ""))
    for string, empty in _STRINGS:
        source = string.sub(empty, source)
    return bool(_TEST_CALL.search(source))


def _sources(request: Request) -> Iterator[str]:
    scripts = merge(request).scripts
    for segment in (*scripts.pre, *scripts.post, *scripts.tests):
        yield segment.source
