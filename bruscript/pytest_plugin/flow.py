"""Which request of a collection is next, where every request is an item and scripts may go elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bruscript.runner.engine import MAX_JUMPS, EndlessLoopError

if TYPE_CHECKING:
    from bruscript.collection import Request
    from bruscript.runner.request import Outcome


class Flow:
    """The order of one iteration's requests, which are the selected items.

    Items come in that order. A script that jumps ahead leaves items out, which are skipped; what it goes
    back to runs again within its own item, up to where the next item begins.
    """

    def __init__(self, requests: Sequence[Request]) -> None:
        self._requests = requests
        self._by_name = {request.name: at for at, request in reversed(list(enumerate(requests)))}
        self._left_out: dict[int, str] = {}
        self._ended = ""
        self._jumps = 0
        self.warnings: list[str] = []

    def why_not(self, position: int) -> str:
        """Return why the item at `position` is not to run; empty if it is."""
        return self._ended or self._left_out.get(position, "")

    def request(self, position: int) -> Request:
        """Return the request at `position`."""
        return self._requests[position]

    def end(self, reason: str) -> None:
        """Let no further item run."""
        self._ended = reason

    def after(self, position: int, item: int, outcome: Outcome) -> int | None:
        """Return the position of the request that runs next within the item at position `item`, if one does.

        `outcome` is that of the request at `position`. Raises EndlessLoopError after too many jumps.
        """
        request = self._requests[position]
        following = position + 1
        if outcome.stop:
            self.end(f"{request.relpath} stopped the run (bru.runner.stopExecution)")
            return None
        if outcome.jump:
            self._jumps += 1
            if self._jumps > MAX_JUMPS:
                raise EndlessLoopError(
                    f"Too many jumps, possible infinite loop: {request.relpath} set the next request for the "
                    f"{MAX_JUMPS + 1}th time"
                )
            name = outcome.next_request
            if name is None:
                self.end(f"{request.relpath} ended the run (bru.setNextRequest(null))")
                return None
            if name not in self._by_name:
                self.warnings.append(
                    f"{request.relpath} set the next request to {name!r}, which is not among the selected "
                    "items: the run goes on in order"
                )
            else:
                following = self._by_name[name]
        for left_out in range(item + 1, following):
            target = self._requests[following].relpath
            self._left_out[left_out] = f"{request.relpath} went on with {target} (bru.setNextRequest)"
        return following if following <= item else None
