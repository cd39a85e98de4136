"""A pytest plugin: the requests of a Bruno collection as test items.

`pytest --bruscript path/to/collection` collects every collection below its arguments; each request is an
separate item, with fixtures, time, output and failure. The items of a collection share one session, as in
`bruscript run`: variables, cookies, tokens.

Every pytest run loads this module, so it imports only what declares options.
"""

from __future__ import annotations

from typing import Any

import pytest

from bruscript.pytest_plugin.settings import Settings, declare


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options, each of which the configuration file may have too."""
    declare(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Set up the rest of the plugin, if collections are wanted. Raises UsageError for unusable options."""
    if config.getoption("bruscript") or config.getini("bruscript"):
        settings = Settings(config)
        from bruscript.pytest_plugin.hooks import Hooks

        config.pluginmanager.register(Hooks(config, settings), "bruscript-items")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: pytest.ExitCode, config: pytest.Config
) -> None:
    """Say which arguments are of collections, if pytest found no tests in them."""
    if exitstatus in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED):
        from bruscript.pytest_plugin.hint import hints

        is_on = config.pluginmanager.has_plugin("bruscript-items")
        for text in hints(config.args, config.invocation_params.dir, is_on=is_on):
            terminalreporter.write_line(f"bruscript: {text}", yellow=True)


@pytest.fixture(scope="session")
def bruscript_options() -> dict[str, Any]:
    """Options for the requests of Bruno collections: override it in a conftest.py, with any scope.

    The names are those of `bruscript.RunOptions`; they apply to the collections below the conftest.py's
    directory.
    """
    return {}
