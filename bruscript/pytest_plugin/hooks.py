"""The plugin's hooks in a pytest run that collects collections."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bruscript.pytest_plugin.runs import RUNS, Runs
from bruscript.pytest_plugin.settings import Settings

if TYPE_CHECKING:
    from bruscript.pytest_plugin.items import BrunoCollection

_NODE_ID = re.compile(
    # The group of a mark is only there with --dist loadgroup.
    r"((?:.*/)?(?:bruno\.json|opencollection\.yml)::).*?(?:\[([^\]]*?)(?:-?iteration\d+)?\])?(?:@[^\]]*)?$"
)
_TOKENS = "bruscript_token_store"


class Hooks:
    """The hooks; one for each pytest process."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        worker: dict[str, Any] | None = getattr(config, "workerinput", None)
        self._runs = config.stash[RUNS] = Runs(settings, in_worker=worker is not None)
        config.pluginmanager.register(self._runs.folders, "bruscript folders")
        self._tokens: Path | None = None
        if worker is not None and _TOKENS in worker:
            settings.share_tokens(Path(worker[_TOKENS]))

    def pytest_unconfigure(self) -> None:
        """End the remaining runs."""
        self._runs.end()
        if self._tokens is not None:
            shutil.rmtree(self._tokens, ignore_errors=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Take folders and request files among the arguments as parts of their collections."""
        from bruscript.collection.layout import layout_at, root_of

        arguments = [Path(session.config.invocation_params.dir, arg) for arg in session.config.args]
        for arg, path in list(zip(session.config.args, arguments, strict=True)):
            root = root_of(path.parent) if path.exists() and layout_at(path) is None else None
            layout = None if root is None else layout_at(root)
            if root is None or layout is None:
                continue
            if path.suffix != layout.suffix and next(path.rglob(f"*{layout.suffix}"), None) is None:
                continue
            if path.is_file():
                session.config.args.remove(arg)
            if not any(root.is_relative_to(os.path.abspath(other)) for other in arguments):
                self._runs.parts.setdefault(root, []).append(path)
                session.config.args.append(str(root / layout.config_file))

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Register directories."""
        report = yield
        self._runs.folders.learn(collector, report)
        return report

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Return a collection where the file that makes it one is found."""
        if file_path.name not in ("bruno.json", "opencollection.yml"):
            return None
        from bruscript.collection.layout import layout_at

        layout = layout_at(file_path.parent)
        if layout is None or layout.config_file != file_path.name:
            # With both, it is a collection of YAML files.
            return None
        from bruscript.pytest_plugin.items import BrunoCollection

        node: BrunoCollection = BrunoCollection.from_parent(parent, path=file_path)
        return node

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session) -> None:
        """End the run where an environment is wrong: it is for all items. Raises UsageError."""
        problem = self._runs.environment_problem()
        if problem and self._runs.in_worker:
            # A usage error would be a crash there. What all workers say, pytest-xdist shows once.
            report = pytest.CollectReport("bruscript_env", "failed", problem, [])
            session.ihook.pytest_collectreport(report=report)
        elif problem:
            raise pytest.UsageError(problem)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Pass the runs their selected items."""
        from bruscript.pytest_plugin.items import follow

        session.items[:] = follow(session.items)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Close the session before the fixtures that its options came from end."""
        value = yield
        if fixturedef.argname == "bruscript_options":
            fixturedef.addfinalizer(self._runs.close)
        return value

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Let the workers of pytest-xdist share tokens, as one run would."""
        if self._tokens is None:
            self._tokens = Path(tempfile.mkdtemp(prefix="bruscript-"))
        node.workerinput[_TOKENS] = str(self._tokens / "tokens.json")

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Keep the items of a collection on one worker where the distribution would spread them."""
        dist = config.getvalue("dist")
        if dist not in ("load", "worksteal", "loadgroup"):
            return None
        from xdist.scheduler import LoadGroupScheduling

        class CollectionScheduling(LoadGroupScheduling):  # type: ignore[misc]  # has no types
            def _split_scope(self, nodeid: str) -> str:
                group = group_of(nodeid)
                # Marks group other tests too, but only where that was asked for.
                return str(super()._split_scope(nodeid)) if group == nodeid and dist == "loadgroup" else group

        return CollectionScheduling(config, log)


def group_of(nodeid: str) -> str:
    """Return what a worker takes as a whole: the run of a collection in an environment, or a single test."""
    match = _NODE_ID.match(nodeid)
    return nodeid if match is None else f"{match[1]}[{match[2] or ''}]"
