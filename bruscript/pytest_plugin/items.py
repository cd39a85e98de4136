"""The collector of a collection, and its requests as items."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bruscript.collection import load
from bruscript.errors import BruscriptError
from bruscript.pytest_plugin.failure import BrunoFailure, failure_representation
from bruscript.pytest_plugin.live_log import masked_live_log
from bruscript.pytest_plugin.runs import RUNS
from bruscript.runner.nothing import no_rows
from bruscript.runner.selection import is_inside, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bruscript.collection import Request
    from bruscript.pytest_plugin.session_run import SessionRun
    from bruscript.runner.options import RunOptions
    from bruscript.runner.selection import Selection

_MARK = re.compile(r"[^\W_][\w.+-]*")
_WITH_ARGUMENTS = frozenset(
    {"timeout", "parametrize", "usefixtures", "filterwarnings", "skipif", "xdist_group"}
)
"""Marks that mean nothing without arguments, which tags do not have."""


class BrunoCollection(pytest.Module):
    """A collection; for fixtures it acts as a module."""

    obj = None

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the requests that the options select, in the order of a run, once for each environment."""
        runs = self.config.stash[RUNS]
        collection = load(self.path.parent)
        options = runs.settings.for_collecting().located(collection.path)
        if parts := runs.parts.get(self.path.parent):
            options = replace(options, paths=tuple(parts), recursive=True)
        elif options.paths:
            # The option is every collection's: its paths may lead into another.
            paths = tuple(path for path in options.paths if not path.exists() or is_inside(path, collection))
            if not paths:
                return
            options = replace(options, paths=paths)
        selection = select(collection, options)
        iterations = _iterations(options)
        self._warn_of_nothing(selection, options, iterations)
        if runs.is_known_environment(collection, self.nodeid):
            for environment in runs.settings.environments:
                run = runs.new(collection, environment)
                for iteration in range(iterations):
                    ids = [environment or ""] if len(runs.settings.environments) > 1 else []
                    ids += [f"iteration{iteration + 1}"] if iterations > 1 else []
                    suffix = f"[{'-'.join(ids)}]" if ids else ""
                    for position, request in enumerate(selection.requests):
                        yield BrunoRequest.of(self, run, request, iteration, position, suffix)
        for skipped in selection.broken:
            name = skipped.path.relative_to(collection.path).as_posix()
            problem = skipped.message(collection.path)
            yield BrokenFile.from_parent(self, name=name, file=skipped.path, problem=problem)

    def _warn_of_nothing(self, selection: Selection, options: RunOptions, iterations: int) -> None:
        """Warn that the options leave nothing of the collection, or of a path, and say why.

        pytest itself says no more than "no tests ran".
        """
        texts = [notice.text for notice in selection.empty_paths(options)]
        if selection.nothing and not selection.broken:
            texts.append(selection.nothing)
        elif not iterations:
            texts.append(no_rows(file for file in (options.csv_file, options.json_file) if file))
        for text in texts if not options.pass_with_no_requests else ():
            self.warn(pytest.PytestCollectionWarning(text))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what is wrong with the collection, without a Python traceback."""
        if isinstance(excinfo.value, BruscriptError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *([style] if style else []))


def _iterations(options: RunOptions) -> int:
    if options.csv_file is None and options.json_file is None:
        return options.iteration_count
    from bruscript.runner.session import data_files

    return data_files(options)[-1].count()


def _is_hidden(excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
    """Return whether only our own code raised it: a time limit while pytest's thread waited."""
    entries = list(excinfo.traceback)
    ours = next((at for at, entry in enumerate(entries) if str(entry.path) == __file__), len(entries))
    return ours < len(entries) and all(entry.ishidden(excinfo) for entry in entries[ours:])


def _request(bruscript_options: Any) -> None:
    """Is there for its arguments: the fixtures of every request."""


class BrunoRequest(pytest.Function):
    """A request, in one environment and iteration.

    For fixtures it is in its folders too, which are between it and its collection.
    """

    run: SessionRun
    request: Request
    iteration: int
    position: int
    """Where it is in the iteration's order: as collected, from `follow` on among the selected items."""

    def __init__(self, *, folders: tuple[pytest.Directory, ...] = (), **kwargs: Any) -> None:
        self._folders = folders
        super().__init__(**kwargs)

    def listchain(self) -> list[Any]:
        """Return the nodes above and the item, the folders among them: their autouse fixtures apply."""
        *above, item = super().listchain()
        return [*above, *self._folders, item]

    def iter_parents(self) -> Iterator[Any]:
        """Yield the item and the nodes above it, the folders among them: the fixtures of each are found."""
        yield from reversed(self.listchain())

    @property
    def ihook(self) -> Any:
        """The hooks of conftest.py files above the request's own file."""
        return self.session.gethookproxy(self._folders[-1].path if self._folders else self.path)

    @classmethod
    def of(
        cls,
        parent: BrunoCollection,
        run: SessionRun,
        request: Request,
        iteration: int,
        position: int,
        suffix: str,
    ) -> BrunoRequest:
        """Return the item for `request`; its tags are marks."""
        folders = parent.config.stash[RUNS].folders.of(request.relpath, parent)
        item: BrunoRequest = cls.from_parent(
            parent, name=f"{request.relpath}{suffix}", callobj=_request, folders=folders
        )
        item.run, item.request, item.iteration, item.position = run, request, iteration, position
        for tag in request.effective_tags:
            item._mark(tag)
        if hasattr(item.config.option, "dist"):
            # Of pytest-xdist, whatever it is loaded as.
            # No brackets: with one behind its @, xdist takes the group for a parameter.
            group = f"{parent.nodeid}:{run.environment or ''}"
            item.add_marker(pytest.mark.xdist_group(name=group))
        return item

    def _mark(self, tag: str) -> None:
        if _MARK.fullmatch(tag) and tag not in _WITH_ARGUMENTS:
            # Known, so that `--strict-markers` lets it pass.
            self.config.addinivalue_line("markers", f"{tag}: a tag of Bruno requests")
            self.add_marker(getattr(pytest.mark, tag))
        else:
            self.extra_keyword_matches.add(tag)

    def setup(self) -> None:
        """Set up the fixtures, and a session with the options that they give."""
        super().setup()
        if self.run.open(self.funcargs["bruscript_options"]):
            # After the collection's last item; hooks close it earlier where its options end earlier.
            assert self.parent is not None
            self.parent.addfinalizer(self.run.close)

    def runtest(self) -> None:
        """Send the request."""
        __tracebackhide__ = True
        with masked_live_log(self.config, self.run.masked):
            warnings = self.run.run(self.iteration, self.position)
        for text in warnings:
            self.warn(pytest.PytestWarning(text))

    def add_report_section(self, when: str, key: str, content: str) -> None:
        """Add what was captured, such as the application's log, without secrets."""
        super().add_report_section(when, key, self.run.masked(content))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the request's own report, without a Python traceback."""
        is_told = isinstance(excinfo.value, (BrunoFailure, BruscriptError))
        if is_told or _is_hidden(excinfo):
            return failure_representation(excinfo, self.path.parent, self.request.relpath)
        return super().repr_failure(excinfo, *([style] if style else []))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the request's file and name."""
        return self.request.path, 0, f"request {self.name}"


class BrokenFile(pytest.Item):
    """A file that cannot be used."""

    def __init__(self, *, file: Path, problem: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._file = file
        self._problem = problem

    def runtest(self) -> None:
        """Fail: a file that was not read was not checked."""
        raise BrunoFailure(*self._problem.partition("\n")[::2])

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what is wrong, without a Python traceback."""
        if isinstance(excinfo.value, BrunoFailure):
            return failure_representation(excinfo, self.path.parent, self._file.name)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the file and its name."""
        return self._file, 0, f"request {self.name}"


def follow(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return `items` with those of a collection in its own order, and have their runs follow it.

    Requests depend on each other, as statements do: what shuffles tests leaves them as they are.
    """
    from bruscript.pytest_plugin.flow import Flow

    runs: dict[SessionRun, list[BrunoRequest]] = {}
    for item in items:
        if isinstance(item, BrunoRequest):
            runs.setdefault(item.run, []).append(item)
    ordered: dict[SessionRun, Iterator[BrunoRequest]] = {}
    for run, its_items in runs.items():
        its_items.sort(key=lambda item: (item.iteration, item.position))
        ordered[run] = iter(its_items)
        iterations: list[list[Request]] = [[] for _ in range(its_items[-1].iteration + 1)]
        for item in its_items:
            requests = iterations[item.iteration]
            item.position = len(requests)
            requests.append(item.request)
        run.follow([Flow(requests) for requests in iterations])
    return [next(ordered[item.run]) if isinstance(item, BrunoRequest) else item for item in items]
