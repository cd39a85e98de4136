"""The folders of collections as pytest's directories, which have the fixtures of their conftest.py files."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest


class Folders:
    """The directory nodes of a pytest process.

    pytest ties the fixtures of a conftest.py to the node of its directory, once that is collected. A
    request is below the node of its collection, so its folders may not be collected yet, or not at all.
    """

    def __init__(self) -> None:
        self._nodes: dict[Path, pytest.Directory] = {}
        self._collected: set[pytest.Collector] = set()
        self._early: dict[pytest.Collector, pytest.CollectReport] = {}

    def learn(self, collector: pytest.Collector, report: pytest.CollectReport) -> None:
        """Remember a directory that is collected, and those in it."""
        if isinstance(collector, pytest.Directory):
            self._collected.add(collector)
            for node in report.result:
                if isinstance(node, pytest.Directory):
                    self._nodes.setdefault(node.path, node)

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> pytest.CollectReport | None:
        """Return the report of a directory that a request needed before pytest came to it.

        The nodes in it stay the same, and so do the fixtures that belong to them.
        """
        return self._early.pop(collector, None)

    def of(self, request: str, collection: pytest.Collector) -> tuple[pytest.Directory, ...]:
        """Return the folders of the request with this path in its collection, down to the last one with a
        conftest.py, each collected. Raises CollectError where a conftest.py cannot be imported.
        """
        root = collection.path.parent
        folders = [root / folder for folder in reversed(PurePath(request).parents) if folder.parts]
        while folders and not (folders[-1] / "conftest.py").is_file():
            folders.pop()
        nodes: list[pytest.Directory] = []
        for folder in folders:
            nodes.append(self._node(folder, nodes[-1] if nodes else collection))
        return tuple(nodes)

    def _node(self, folder: Path, parent: pytest.Collector) -> pytest.Directory:
        node = self._nodes.get(folder)
        if node is None:
            # pytest leaves it out, by its name for example; its requests are collected all the same.
            node = self._nodes[folder] = pytest.Dir.from_parent(parent, path=folder)
        if node not in self._collected:
            report = self._early[node] = node.ihook.pytest_make_collect_report(collector=node)
            if report.failed:
                raise pytest.Collector.CollectError(report.longreprtext)
        return node
