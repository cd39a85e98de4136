"""The additional parameters of the authorization, token and refresh requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from bruscript.records import record

_FLAT = {
    ("authorization", "headers"): "auth_req_headers",
    ("authorization", "queryparams"): "auth_req_queryparams",
    ("token", "headers"): "access_token_req_headers",
    ("token", "queryparams"): "access_token_req_queryparams",
    ("token", "body"): "access_token_req_bodyvalues",
    ("refresh", "headers"): "refresh_token_req_headers",
    ("refresh", "queryparams"): "refresh_token_req_queryparams",
    ("refresh", "body"): "refresh_token_req_bodyvalues",
}
_FLAT_PREFIX = "oauth2_additional_parameters_"


@record(frozen=True)
class Parameter:
    """One enabled entry of an `additional_params` block; `send_in` is "headers", "queryparams" or "body".

    `lasting` is the value without the parts that are made anew each time it is asked for (`{{$guid}}`); None
    where it has no such parts.
    """

    name: str
    value: str = field(repr=False)
    send_in: str
    lasting: str | None = field(default=None, repr=False)


@record(frozen=True)
class Additional:
    """The additional parameters of the authorization, the token and the refresh request."""

    authorization: tuple[Parameter, ...] = ()
    token: tuple[Parameter, ...] = ()
    refresh: tuple[Parameter, ...] = ()

    @classmethod
    def of(cls, block: Mapping[str, Any]) -> Additional:
        """Return those of `additionalParameters`, or of the parser's flat keys, without disabled entries."""
        nested = block.get("additionalParameters") or {}
        parameters: dict[str, list[Parameter]] = {"authorization": [], "token": [], "refresh": []}
        for request, entries in parameters.items():
            for entry in nested.get(request) or ():
                entries.extend(_enabled([entry], str(entry.get("sendIn", ""))))
        for (request, place), key in _FLAT.items():
            parameters[request].extend(_enabled(block.get(_FLAT_PREFIX + key) or (), place))
        return cls(**{request: tuple(entries) for request, entries in parameters.items()})

    def __iter__(self) -> Iterator[Parameter]:
        """Iterate over the parameters of all requests."""
        yield from (*self.authorization, *self.token, *self.refresh)

    def value_of(self, name: str) -> str:
        """Return the value of the first parameter of this name, of any request; "" without one."""
        return next((parameter.value for parameter in self if parameter.name == name), "")


def _enabled(entries: Iterable[Mapping[str, Any]], place: str) -> list[Parameter]:
    return [
        Parameter(
            str(entry["name"]),
            "" if entry.get("value") is None else str(entry["value"]),
            place,
            None if entry.get("lasting") is None else str(entry["lasting"]),
        )
        for entry in entries
        if entry.get("enabled", True) and entry.get("name")
    ]
