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

from bruscript.errors import BruscriptError
from bruscript.pytest_plugin.settings import Settings

if TYPE_CHECKING:
    from bruscript.collection import Collection
    from bruscript.pytest_plugin.items import BrunoCollection
    from bruscript.pytest_plugin.loop_thread import LoopThread
    from bruscript.pytest_plugin.session_run import SessionRun

_NODE_ID = re.compile(
    # The group of a mark is only there with --dist loadgroup.
    r"((?:.*/)?(?:bruno\.json|opencollection\.yml)::).*?(?:\[([^\]]*?)(?:-?iteration\d+)?\])?(?:@[^\]]*)?$"
)
_TOKENS = "bruscript_token_store"


class Hooks:
    """The hooks; one for each pytest process."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        from bruscript.pytest_plugin.items import HOOKS

        config.stash[HOOKS] = self
        self.settings = settings
        self._worker: dict[str, Any] | None = getattr(config, "workerinput", None)
        self.parts: dict[Path, list[Path]] = {}
        """The folders and requests to collect of a collection whose root is not among the arguments."""
        self._missing: dict[str, None] = {}
        self._runs: list[SessionRun] = []
        self._loop: LoopThread | None = None
        self._tokens: Path | None = None
        if self._worker is not None and _TOKENS in self._worker:
            settings.share_tokens(Path(self._worker[_TOKENS]))

    def run(self, collection: Collection, environment: str | None) -> SessionRun:
        """Return a new run of a collection in an environment."""
        from bruscript.pytest_plugin.session_run import SessionRun

        run = SessionRun(collection, self.settings, environment, self._loop_thread)
        self._runs.append(run)
        return run

    def _loop_thread(self) -> LoopThread:
        """Return the event loop for sessions, a new one where the last one is stuck."""
        if self._loop is None or self._loop.is_stuck:
            from bruscript.pytest_plugin.loop_thread import LoopThread

            self._loop = LoopThread()
        return self._loop

    def pytest_unconfigure(self) -> None:
        """End the remaining runs."""
        if self._loop is not None:
            self._loop.close()
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
                self.parts.setdefault(root, []).append(path)
                session.config.args.append(str(root / layout.config_file))

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

    def is_known_environment(self, collection: Collection, node_id: str) -> bool:
        """Return whether the collection has the environments of the options; the run ends where it does not.

        Raises BruscriptError in a worker of pytest-xdist, where a usage error would be a crash.
        """
        for name in filter(None, self.settings.environments):
            try:
                collection.environment(name)
            except BruscriptError as error:
                if self._worker is not None:
                    raise
                self._missing[f"{node_id}: {error}"] = None
        return not self._missing

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self) -> None:
        """End the run where an environment is wrong: it is for all items. Raises UsageError."""
        if self._missing:
            raise pytest.UsageError(*self._missing)

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
            fixturedef.addfinalizer(self._close_runs)
        return value

    def _close_runs(self) -> None:
        for run in self._runs:
            run.close()

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
