"""Keeps a script from sending, by way of its request, what it may not reach itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bruscript.http import FileBody, MultipartBody

if TYPE_CHECKING:
    from bruscript.evaluate import PreparedRequest
    from bruscript.http import OutgoingRequest
    from bruscript.sandbox import Policy


class Guard:
    """Remembers what a request's own files ask for, its URL and the files of its parts.

    What the collection's author wrote is sent as ever; a URL or a file that a script put there must be one
    that scripts may reach. Takes the request before any script has seen it.
    """

    def __init__(self, prepared: PreparedRequest, policy: Policy) -> None:
        self._policy = policy
        self._url = prepared.url
        self._files = _files(prepared.data)
        self._other_url = self._other_files = False

    def look(self, prepared: PreparedRequest) -> None:
        """See what scripts have made of it; before its templates are resolved."""
        self._other_url = prepared.url != self._url
        self._other_files = not _files(prepared.data) <= self._files

    def check(self, outgoing: OutgoingRequest) -> None:
        """Raise PermissionRefused for what scripts may not reach."""
        if self._other_url:
            self._policy.check_net(outgoing.url)
        if self._other_files and isinstance(outgoing.body, MultipartBody):
            for part in outgoing.body.parts:
                if isinstance(part.value, FileBody):
                    self._policy.check_file(part.value.path)


def _files(data: Any) -> frozenset[str]:
    """The files that the fields of a multipart body name."""
    fields = [item for item in data if isinstance(item, Mapping)] if isinstance(data, list) else []
    return frozenset(str(item.get("value")) for item in fields if item.get("type") == "file")
