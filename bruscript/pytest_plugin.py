"""A pytest plugin: the requests of a Bruno collection as test items.

`pytest path/to/collection` collects every request file below a `bruno.json` or `opencollection.yml`; each
is an item of its own that passes, fails with its failing tests and assertions, or is skipped. The requests
of a collection run in the collection's order, with one client, jar and set of variables, as `bruscript run`
makes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from bruscript.collection import Collection
    from bruscript.runner.events import Event
    from bruscript.runner.masked import MaskedResult

_OPTIONS = {
    "bruscript_env": ("--bruscript-env", "NAME", "Environment of the collections."),
    "bruscript_secrets_env_file": (
        "--bruscript-secrets-env-file",
        "FILE",
        "Account for the secret managers that the environment names.",
    ),
    "bruscript_app": (
        "--bruscript-app",
        "MODULE_OR_FILE:ATTRIBUTE",
        "Send requests to this ASGI or WSGI application.",
    ),
    "bruscript_sandbox": (
        "--bruscript-sandbox",
        "MODE",
        "What scripts may do: safe (the default) or developer.",
    ),
}

_LISTS = (
    ("bruscript_env_var", "NAME=VALUE", "Set a variable"),
    ("bruscript_mask", "NAME", "Mask the value of this variable in all output"),
    ("bruscript_no_mask", "NAME", "Show the value of this variable, although it is or looks like a secret"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options, each of which can stand in the configuration file too."""
    group = parser.getgroup("bruscript", "Bruno collections")
    group.addoption("--bruscript", action="store_true", default=None, help="Collect Bruno collections.")
    parser.addini("bruscript", "Collect Bruno collections.", type="bool", default=False)
    for name, (option, metavar, text) in _OPTIONS.items():
        group.addoption(option, metavar=metavar, help=text)
        parser.addini(name, text, default="")
    for name, metavar, text in _LISTS:
        option = f"--{name.replace('_', '-')}"
        group.addoption(option, action="append", default=[], metavar=metavar, help=f"{text} (repeatable).")
        parser.addini(name, f"{text}, one per line.", type="linelist", default=[])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A collection where the file that makes it one is found, if collections are wanted."""
    if file_path.name not in ("bruno.json", "opencollection.yml") or not _wanted(parent.config):
        return None
    from bruscript.collection.layout import layout_at

    layout = layout_at(file_path.parent)
    if layout is None or layout.config_file != file_path.name:
        # With both, it is a collection of YAML files.
        return None
    node: BrunoCollection = BrunoCollection.from_parent(parent, path=file_path)
    return node


def _wanted(config: pytest.Config) -> bool:
    return bool(config.getoption("bruscript") or config.getini("bruscript"))


def _setting(config: pytest.Config, name: str) -> str | None:
    value = config.getoption(name) or config.getini(name)
    return str(value) if value else None


class BrunoCollection(pytest.File):
    """A collection: it is run when the first of its items is, and each item tells of its own request."""

    _results: dict[str, list[tuple[MaskedResult, str]]] | None = None
    _failure: Exception | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """An item a request, in the order of a run; files that do not parse are items that fail."""
        from bruscript.collection import load

        self.collection: Collection = load(self.path.parent)
        self.errors: list[str] = []
        for request in self.collection.walk():
            yield BrunoRequest.from_parent(self, name=request.relpath, file=request.path)
        for skipped in self.collection.skipped:
            name = skipped.path.relative_to(self.collection.path).as_posix()
            yield BrunoRequest.from_parent(self, name=name, file=skipped.path)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is wrong with the collection, without a Python traceback."""
        return _told(excinfo) or super().repr_failure(excinfo)

    def results(self, wanted: Iterable[str]) -> dict[str, list[tuple[MaskedResult, str]]]:
        """The results of the requests `wanted`, by path, each with what failed; the run is made once."""
        if self._failure is not None:
            raise self._failure
        if self._results is None:
            self._results = {}
            try:
                self._run(list(wanted))
            except Exception as error:
                self._failure = error
                raise
        return self._results

    def _run(self, wanted: list[str]) -> None:
        from bruscript.cli.own_code import load_app
        from bruscript.cli.values import pairs
        from bruscript.errors import BruscriptError
        from bruscript.runner import RunOptions, run_collection

        config = self.config
        app = _setting(config, "bruscript_app")
        secrets = _setting(config, "bruscript_secrets_env_file")
        sandbox = _setting(config, "bruscript_sandbox") or "safe"
        if sandbox not in ("safe", "developer"):
            raise BruscriptError(f"bruscript_sandbox must be safe or developer, not {sandbox!r}")
        given, mask, no_mask = ([*config.getini(name), *config.getoption(name)] for name, _, _ in _LISTS)
        options = RunOptions(
            paths=tuple(self.collection.path / name for name in wanted),
            env=_setting(config, "bruscript_env"),
            env_vars=pairs(given, "environment variable"),
            mask=tuple(mask),
            no_mask=tuple(no_mask),
            secrets_env_file=Path(secrets) if secrets else None,
            sandbox="developer" if sandbox == "developer" else "safe",
            app=load_app(app) if app else None,
            # A test run leaves the files under test as they are.
            persist=False,
        )
        run_collection(self.collection, options, reporters=[self])

    def handle(self, event: Event) -> None:
        """Keep each result as it comes, secrets masked."""
        from bruscript.runner.events import Notice, RequestFinished, RunStarted

        if isinstance(event, RunStarted):
            from bruscript.report.request_view import RequestView
            from bruscript.report.style import Style

            self._view = RequestView(Style(False), event.collection_path)
            self._view.mask, self._view.environment = event.mask, event.environment_name
        elif isinstance(event, RequestFinished) and self._results is not None:
            # The text is made at once: bodies are not kept for later.
            text = self._text(event.masked) if event.masked.any_failed else ""
            self._results.setdefault(event.masked.filename, []).append((event.masked, text))
        elif isinstance(event, Notice) and event.level == "error":
            self.errors.append(event.text)

    def _text(self, result: MaskedResult) -> str:
        from bruscript.terminal import plain

        return plain("\n".join(self._view.lines(result)).rstrip())

    def close(self) -> None:
        """Nothing is held."""


class BrunoFailure(Exception):
    """A request whose tests, assertions or scripts failed; its text is the report."""


def _told(excinfo: pytest.ExceptionInfo[BaseException]) -> str | None:
    """The message of an error that is the user's to mend; None for another."""
    from bruscript.errors import BruscriptError

    return str(excinfo.value) if isinstance(excinfo.value, (BrunoFailure, BruscriptError)) else None


class BrunoRequest(pytest.Item):
    """One request of a collection."""

    parent: BrunoCollection

    def __init__(self, *, file: Path, **given: Any) -> None:
        super().__init__(**given)
        self.file = file

    def runtest(self) -> None:
        """Fail or skip as the request did."""
        siblings = [
            item.name
            for item in self.session.items
            if isinstance(item, BrunoRequest) and item.parent is self.parent and not item.broken
        ]
        if self.broken:
            raise BrunoFailure(self.broken)
        results = self.parent.results(siblings).get(self.name)
        if not results:
            pytest.skip("not reached: a script ended the run, or went on elsewhere")
        for _, text in results:
            if text:
                # What failed before the first request, a secret that is missing, may be why this one did.
                raise BrunoFailure("\n".join([text, *self.parent.errors]))
        last, _ = results[-1]
        if last.skipped:
            pytest.skip(str(last.outline.get("statusText") or "skipped"))

    @property
    def broken(self) -> str:
        """Why the file does not parse; empty where it does."""
        skipped = self.parent.collection.skipped
        return next((str(item.error) for item in skipped if item.path == self.file), "")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The request's own report, without a Python traceback."""
        return _told(excinfo) or super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """The request's file and name."""
        return self.file, None, f"request {self.name}"
