from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from apps.managers import Managers, secret_managers
from apps.secret_collections import accounts, write_account, write_collection

from bruscript import load
from bruscript.runner.events import Event, Notice, RunStarted


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Managers]:
    with secret_managers(tmp_path_factory.mktemp("managers")) as managers:
        yield managers


@pytest.fixture
def managers(servers: Managers, monkeypatch: pytest.MonkeyPatch) -> Managers:
    """The servers, emptied; the system's settings lead to them, and no account of this machine counts."""
    for name in list(os.environ):
        if name.upper().endswith("_PROXY") or name.startswith(("AWS_", "AZURE_", "VAULT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HTTPS_PROXY", servers.url)
    for content in (servers.asked, servers.kv1, servers.kv2, servers.apps, servers.aws):
        content.clear()
    servers.azure.clear()
    servers.google.clear()
    servers.vault_tokens = {"root-token": ""}
    servers.busy = 0
    return servers


class Run:
    """A collection's run: what arrived for each request, what the user heard, what was masked."""

    def __init__(self, root: Path, **options: Any) -> None:
        self.notices: list[tuple[str, str]] = []
        self.mask: Any = None
        from bruscript.runner import RunOptions, run_collection

        result = run_collection(load(root), RunOptions(**options), reporters=[self])
        self.status = result.exit_code
        self.sent = {item.name: item.response["data"]["got"] for item in result.results}
        self.types = {
            item.name: [test["description"] for test in item.post_response_tests] for item in result.results
        }

    def handle(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self.mask = event.mask
        elif isinstance(event, Notice):
            self.notices.append((event.level, event.text))

    def close(self) -> None:
        pass

    @property
    def text(self) -> str:
        return "\n".join(text for _, text in self.notices)


Fetch = Callable[..., Run]


@pytest.fixture
def fetch(managers: Managers, tmp_path: Path) -> Fetch:
    """Runs a collection whose environment has `secrets` of `store`, with requests that send the templates."""

    def run(
        store: str, secrets: str, *settings: dict[str, str], templates: dict[str, str], **options: Any
    ) -> Run:
        block = f"vars:externalsecrets:{store} {{\n  {secrets}\n}}\n"
        root = write_collection(tmp_path / "shop", managers.url, block, **templates)
        file = write_account(tmp_path / "account.env", *(settings or [accounts(managers)[store]]))
        options = {
            "env": "prod",
            "secrets_env_file": file,
            "cacert": managers.authority.path,
            "isolation": "thread",
            **options,
        }
        return Run(root, **options)

    return run
