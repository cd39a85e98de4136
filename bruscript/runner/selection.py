"""Which requests of a collection a run makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bruscript.errors import PathNotFoundError
from bruscript.evaluate.merge import merge
from bruscript.runner.results import RequestResult

if TYPE_CHECKING:
    from bruscript.collection import Collection, Request
    from bruscript.runner.options import RunOptions

_LINE_COMMENT = re.compile(r"//[^\r\n\u2028\u2029]*")
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STRINGS = tuple((re.compile(rf"{mark}(?:[^{mark}\\]|\\.)*{mark}"), mark * 2) for mark in ('"', "'", "`"))
_TEST_CALL = re.compile(r"(?<!\.)test\s*\(")
_JUMP = re.compile(r"\b(?:setNextRequest|stopExecution)\b")


def select(collection: Collection, options: RunOptions) -> list[Request]:
    """The requests of one iteration, in order: by path, then by `tests_only`, then by tags.

    Raises PathNotFoundError for a path that does not exist.
    """
    for path in options.paths:
        if not path.exists():
            raise PathNotFoundError(f"Path not found: {path.resolve()}")
    paths = options.paths or (collection.path,)
    requests = collection.select(paths, recursive=options.recursive or not options.paths)
    if options.tests_only:
        requests = [request for request in requests if has_tests(request)]
    return [request for request in requests if _has_tags(request, options)]


def has_tests(request: Request) -> bool:
    """Whether the request's own file has an enabled assertion or calls `test()` in a script."""
    data = request.data
    script = data.get("script") or {}
    sources = (data.get("tests"), script.get("req"), script.get("res"))
    return any(item.get("enabled") for item in data.get("assertions") or ()) or any(map(calls_test, sources))


def jumps(requests: Iterable[Request]) -> bool:
    """Whether a script that these requests run mentions what changes the order of a run."""
    return any(_JUMP.search(source) for request in requests for source in _sources(request))


def skipped_files(collection: Collection, iteration_index: int) -> Iterator[RequestResult]:
    """A skipped result for every file of the collection that does not parse, as the reference reports it."""
    for skipped in collection.skipped:
        path = skipped.path.relative_to(collection.path).as_posix()
        yield RequestResult(
            name=skipped.path.name,
            path=path,
            filename=path,
            suitename=path.removesuffix(".bru"),
            status="skipped",
            skip_reason="syntax",
            error=str(skipped.error),
            request={"method": None, "url": None, "headers": None, "data": None},
            response={"status": "skipped", "statusText": str(skipped.error), "data": None, "responseTime": 0},
            iteration_index=iteration_index,
        )


def _has_tags(request: Request, options: RunOptions) -> bool:
    included = not options.tags or any(tag in options.tags for tag in request.tags)
    return included and not any(tag in options.exclude_tags for tag in request.tags)


def calls_test(source: str | None) -> bool:
    """Whether `source` calls `test()` outside of comments and strings, as the reference looks for it."""
    # In the reference's order: a URL in a string, or a block comment, hides the rest of its line.
    source = _BLOCK_COMMENT.sub("", _LINE_COMMENT.sub("", source or ""))
    for string, empty in _STRINGS:
        source = string.sub(empty, source)
    return bool(_TEST_CALL.search(source))


def _sources(request: Request) -> Iterator[str]:
    scripts = merge(request).scripts
    for segment in (*scripts.pre, *scripts.post, *scripts.tests):
        yield segment.source
