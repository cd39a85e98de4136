"""Failures of the network, in the user's words."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from typing import Any

from bruscript.errors import BruscriptError
from bruscript.http.malformed import explain
from bruscript.option_names import option, switch


class RequestError(BruscriptError):
    """A request that got no response.

    `code` is the short name that the reference (Node) gives such a failure, for scripts that look at it:
    ECONNREFUSED, ENOTFOUND, ECONNABORTED (a timeout), CERT_HAS_EXPIRED and so on. `for_scripts` has Node's
    message, as scripts compare it, and its error's other fields: errno, syscall, address, port, hostname.
    `timeline` is what happened until then, as in a `Response`.
    """

    def __init__(
        self,
        message: str,
        code: str = "ERR_NETWORK",
        *,
        hint: str | None = None,
        for_scripts: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.for_scripts = for_scripts or {"message": message}
        self.timeline: list[dict[str, Any]] = []


_CERTIFICATE_CODES = {
    9: "CERT_NOT_YET_VALID",
    10: "CERT_HAS_EXPIRED",
    18: "DEPTH_ZERO_SELF_SIGNED_CERT",
    19: "SELF_SIGNED_CERT_IN_CHAIN",
    20: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    21: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    62: "ERR_TLS_CERT_ALTNAME_INVALID",
    64: "ERR_TLS_CERT_ALTNAME_INVALID",
}
_MISMATCHES = (62, 64)
_MISMATCH = "Hostname/IP does not match certificate's altnames: "
_CERTIFICATE_HINTS = {
    9: "Check the clock of this machine",
    10: "The server needs a new certificate",
    62: "Use a name that the certificate is for",
    64: "Use a name that the certificate is for",
}


def _certificate_hint(code: int) -> str:
    hint = (
        _CERTIFICATE_HINTS.get(code) or f"Add the certificate of its issuer with {option('--cacert', 'FILE')}"
    )
    return f"{hint}, or pass {switch('--insecure')} to skip the check for this run."


def _system_error(syscall: str, code: str, number: int, **facts: Any) -> dict[str, Any]:
    """Return what Node says where the system refused `syscall`, in its order."""
    place = f" {facts['address']}:{facts['port']}" if "address" in facts else ""
    return {
        "message": f"{syscall} {code}{place}",
        "errno": -number,
        "code": code,
        "syscall": syscall,
        **facts,
    }


def connect_error(
    error: BaseException, host: str, port: int, address: str, *, proxy: bool = False
) -> RequestError:
    """Return why no connection to `host`, which may be a proxy, came about.

    `address` was the last one tried.
    """
    place = f"the proxy {host}:{port}" if proxy else f"{host}:{port}"
    reason = next((cause for cause in causes(error) if isinstance(cause, OSError) and cause.errno), None)
    number = reason.errno if reason else None
    code = errno.errorcode.get(number or 0, "ERR_NETWORK")
    details = _system_error("connect", code, number, address=address, port=port) if number else None
    if number == errno.ECONNREFUSED:
        return RequestError(
            f"Could not connect to {place}: connection refused",
            code,
            hint=f"Is the {'proxy' if proxy else 'server'} running, and is this its port?",
            for_scripts=details,
        )
    if number in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return RequestError(f"Could not connect to {place}: no route to the host", code, for_scripts=details)
    if number == errno.ETIMEDOUT:
        return RequestError(
            f"Could not connect to {place}: it did not answer in time", code, for_scripts=details
        )
    if reason is not None and number is not None:
        # Not its own text: asyncio's has the address in it, as Python writes it.
        return RequestError(
            f"Could not connect to {place}: {os.strerror(number).lower()}", code, for_scripts=details
        )
    slow = "timeout" in type(error).__name__.lower()
    return RequestError(
        f"Could not connect to {place}{': it did not answer in time' if slow else ''}", "ECONNREFUSED"
    )


def system_reason(error: Exception) -> str:
    """Return why the system, or a server that the standard library asked, refused."""
    cause = next((cause for cause in causes(error) if isinstance(cause, OSError) and cause.errno), None)
    if cause is not None and cause.errno is not None:
        return os.strerror(cause.errno).lower()
    if isinstance(code := getattr(error, "code", None), int):
        return f"the server answered {code}"
    return str(getattr(error, "reason", None) or error).strip("<>") or type(error).__name__


def name_error(error: Exception, host: str, *, proxy: bool = False) -> RequestError:
    """Return why `host`, which may be a proxy, has no address."""
    place = f"the proxy {host}" if proxy else host
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return RequestError(
            f"Could not look up {place}: the name server did not answer",
            "EAI_AGAIN",
            hint="Is this machine connected to the network?",
            for_scripts=_lookup_error("EAI_AGAIN", -3001, host),
        )
    return RequestError(
        f"Could not find {place if proxy else f'the host {host}'}",
        "ENOTFOUND",
        hint=f"Check the proxy in the collection and in the system's settings, or pass {switch('--noproxy')}."
        if proxy
        else "Check the name in the URL, and that variables in it have values.",
        for_scripts=_lookup_error("ENOTFOUND", -3008, host),
    )


def _lookup_error(code: str, number: int, host: str) -> dict[str, Any]:
    return {
        "message": f"getaddrinfo {code} {host}",
        "errno": number,
        "code": code,
        "syscall": "getaddrinfo",
        "hostname": host,
    }


def tls_error(error: ssl.SSLError, host: str, certificate: str = "") -> RequestError:
    """Return why the TLS handshake with `host` failed; `certificate` describes what the server showed."""
    suffix = f" ({certificate})" if certificate else ""
    if isinstance(error, ssl.SSLCertVerificationError):
        code = error.verify_code
        return RequestError(
            f"The certificate of {host} is not trusted: {error.verify_message}{suffix}",
            _CERTIFICATE_CODES.get(code, "ERR_TLS_CERT"),
            hint=_certificate_hint(code),
            for_scripts={"message": ("" if code not in _MISMATCHES else _MISMATCH) + error.verify_message},
        )
    reason = (error.reason or str(error)).replace("_", " ").lower()
    details = _system_error("write", "EPROTO", errno.EPROTO)
    details["message"] += f" {reason}"
    if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"):
        return RequestError(
            f"{host} does not speak TLS on this port",
            "EPROTO",
            hint="Should the URL begin with http://?",
            for_scripts=details,
        )
    if "CERTIFICATE_REQUIRED" in (error.reason or "") or error.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE":
        return RequestError(
            f"{host} refused the TLS handshake: {reason}",
            "EPROTO",
            hint="It may want a client certificate: see clientCertificates in the collection's settings.",
            for_scripts=details,
        )
    return RequestError(f"The TLS handshake with {host} failed: {reason}", "EPROTO", for_scripts=details)


def handshake_slow(host: str, seconds: float) -> RequestError:
    """Return the TLS handshake took longer than a connection may."""
    return RequestError(
        f"{host} did not answer the TLS handshake within {seconds:g} s",
        "ETIMEDOUT",
    )


def handshake_closed(host: str) -> RequestError:
    """Return the connection ended while the TLS handshake was under way."""
    return RequestError(
        f"{host} closed the connection during the TLS handshake",
        "ECONNRESET",
        hint="Does the server speak TLS on this port?",
        for_scripts={
            "message": "Client network socket disconnected before secure TLS connection was established"
        },
    )


def no_response(place: str) -> RequestError:
    """Return the server closed the connection before it had sent anything."""
    return RequestError(
        f"{place} closed the connection without a response",
        "ECONNRESET",
        for_scripts={"message": "socket hang up"},
    )


def cut_short(place: str, text: str) -> RequestError:
    """Return the connection ended within the response."""
    return RequestError(
        f"The response of {place} is cut short: {text}", "ECONNRESET", for_scripts={"message": "aborted"}
    )


def not_http(place: str, reason: str, head: bytes = b"") -> RequestError:
    """Return the error for a response that is not HTTP; `reason` is the parser's, `head` what came."""
    words, node = explain(reason, head)
    return RequestError(
        f"The response of {place} is not valid HTTP: {words}",
        "HPE_INVALID_CONSTANT",
        for_scripts={"message": f"Parse Error: {node}"},
    )


def broken_off(place: str, how: str) -> RequestError:
    """Return the server ended an exchange by HTTP/2 with the error `how`."""
    return RequestError(
        f"{place} broke off the exchange (HTTP/2: {how})",
        "ECONNRESET",
        for_scripts={"message": f"Stream closed with error code {how}"},
    )


def switched_protocols(place: str) -> RequestError:
    """Return the server answered 101; Node closes such a connection, and says no more than that."""
    return RequestError(
        f"{place} switches protocols (101 Switching Protocols), which the request did not ask for",
        "ECONNRESET",
        hint="Is it a WebSocket's URL? The answer would come in another protocol than HTTP.",
        for_scripts={"message": "socket hang up"},
    )


def connection_reset(place: str) -> RequestError:
    """Return the server broke the connection off."""
    return RequestError(
        f"{place} reset the connection",
        "ECONNRESET",
        for_scripts=_system_error("read", "ECONNRESET", errno.ECONNRESET),
    )


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield `error`, and what it was raised from, and so on."""
    visited: set[int] = set()
    while error is not None and id(error) not in visited:
        visited.add(id(error))
        yield error
        yield from (arg for arg in error.args if isinstance(arg, BaseException))
        error = error.__cause__ or error.__context__
