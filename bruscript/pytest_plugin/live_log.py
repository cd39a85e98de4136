"""What pytest writes while a request runs, `log_cli` and `log_file`, without secrets."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

_HANDLERS = ("log_cli_handler", "log_file_handler")


class _MaskedFormatter(logging.Formatter):
    """Masks what another formatter returns."""

    def __init__(self, inner: logging.Formatter, mask: Callable[[str], str]) -> None:
        super().__init__()
        self._inner = inner
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        return self._mask(self._inner.format(record))


@contextmanager
def masked_live_log(config: pytest.Config, mask: Callable[[str], str]) -> Iterator[None]:
    """Have `mask` change what is logged on the terminal and in pytest's file, such as by an application."""
    plugin = config.pluginmanager.get_plugin("logging-plugin")
    handlers = [handler for name in _HANDLERS if (handler := getattr(plugin, name, None)) is not None]
    before = [(handler, handler.formatter) for handler in handlers]
    for handler, formatter in before:
        handler.setFormatter(_MaskedFormatter(formatter or logging.Formatter(), mask))
    try:
        yield
    finally:
        for handler, formatter in before:
            handler.setFormatter(formatter)
