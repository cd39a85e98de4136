"""Where a request may go, for requests that a script influenced."""

from __future__ import annotations

from typing import Protocol


class Fence(Protocol):
    """Decides which hosts are in reach. Both methods raise a BruscriptError for one that is not."""

    @property
    def by_address(self) -> bool:
        """Whether addresses make a difference."""

    def check_host(self, host: str, port: int) -> None:
        """Check a host by its name, or address, as a URL has it."""

    async def check_address(self, host: str, address: str, port: int) -> None:
        """Check an address that `host` has resolved to, right before it is connected to."""
