"""The handshake with a SOCKS server (SOCKS 4, 4a; RFC 1928 and RFC 1929), its messages made by socksio."""

from __future__ import annotations

import ipaddress

import httpcore
from socksio import ProtocolError, SOCKSError, socks4, socks5

from bruscript.http.dialling import lookup
from bruscript.http.errors import RequestError
from bruscript.http.fence import Fence
from bruscript.http.network import Greet
from bruscript.http.proxy import Proxy

_READ_AT_MOST = 4096


def greeting(proxy: Proxy, fence: Fence | None = None) -> Greet:
    """Return what to say to `proxy` on a new connection so that it leads on to a host, if `fence` lets it."""

    async def greet(stream: httpcore.AsyncNetworkStream, host: str, port: int) -> None:
        target = host.strip("[]")
        # Without the letter a or h at its end, a SOCKS URL means that names are looked up on this side.
        if proxy.scheme in ("socks4", "socks5"):
            target = _pick(await lookup(target, port), ipv4=proxy.scheme == "socks4", host=host)
            if fence is not None:
                await fence.check_address(host, target, port)
        try:
            if proxy.scheme in ("socks4", "socks4a"):
                await _socks4(stream, proxy, target, port)
            else:
                await _socks5(stream, proxy, target, port)
        except (SOCKSError, ValueError):
            raise RequestError(
                f"{proxy} is not a SOCKS server: its answer does not follow the protocol", "ERR_PROXY"
            ) from None

    return greet


def _pick(addresses: list[str], *, ipv4: bool, host: str) -> str:
    for address in addresses:
        if not ipv4 or ":" not in address:
            return address
    raise RequestError(f"{host} has no IPv4 address, and SOCKS 4 supports no others", "ERR_PROXY")


async def _socks4(stream: httpcore.AsyncNetworkStream, proxy: Proxy, host: str, port: int) -> None:
    user = proxy.username.encode()
    connection = socks4.SOCKS4Connection(user_id=user)
    kind = socks4.SOCKS4Request if _is_ipv4(host) else socks4.SOCKS4ARequest
    # socksio takes an empty user for a missing one unless the request says it too.
    connection.send(kind.from_address(socks4.SOCKS4Command.CONNECT, (host, port), user_id=user))
    await stream.write(connection.data_to_send())
    try:
        reply = connection.receive_data(await _read(stream, proxy))
    except ProtocolError as error:
        raise ValueError(str(error)) from None
    if reply.reply_code != socks4.SOCKS4ReplyCode.REQUEST_GRANTED:
        raise _refusal(proxy, host, port, reply.reply_code.name)


async def _socks5(stream: httpcore.AsyncNetworkStream, proxy: Proxy, host: str, port: int) -> None:
    connection = socks5.SOCKS5Connection()
    methods = [socks5.SOCKS5AuthMethod.NO_AUTH_REQUIRED]
    if proxy.username:
        methods.append(socks5.SOCKS5AuthMethod.USERNAME_PASSWORD)
    connection.send(socks5.SOCKS5AuthMethodsRequest(methods))
    await stream.write(connection.data_to_send())
    chosen = connection.receive_data(await _read(stream, proxy))
    assert isinstance(chosen, socks5.SOCKS5AuthReply)
    if chosen.method not in methods:
        raise RequestError(
            f"{proxy} accepts none of the authentication methods that were offered",
            "ERR_PROXY",
            hint="Set auth.username and auth.password of the proxy in the collection's settings.",
        )
    if chosen.method == socks5.SOCKS5AuthMethod.USERNAME_PASSWORD:
        connection.send(
            socks5.SOCKS5UsernamePasswordRequest(proxy.username.encode(), proxy.password.encode())
        )
        await stream.write(connection.data_to_send())
        verdict = connection.receive_data(await _read(stream, proxy))
        assert isinstance(verdict, socks5.SOCKS5UsernamePasswordReply)
        if not verdict.success:
            raise RequestError(f"{proxy} refused the user name or the password", "ERR_PROXY")
    connection.send(socks5.SOCKS5CommandRequest.from_address(socks5.SOCKS5Command.CONNECT, (host, port)))
    await stream.write(connection.data_to_send())
    reply = connection.receive_data(await _read(stream, proxy))
    assert isinstance(reply, socks5.SOCKS5Reply)
    if reply.reply_code != socks5.SOCKS5ReplyCode.SUCCEEDED:
        raise _refusal(proxy, host, port, reply.reply_code.name)


async def _read(stream: httpcore.AsyncNetworkStream, proxy: Proxy) -> bytes:
    try:
        data = await stream.read(_READ_AT_MOST)
    except httpcore.NetworkError:
        data = b""
    if not data:
        raise RequestError(f"{proxy} closed the connection during the SOCKS handshake", "ERR_PROXY")
    return data


def _refusal(proxy: Proxy, host: str, port: int, code: str) -> RequestError:
    reason = code.replace("_", " ").lower()
    return RequestError(f"{proxy} could not connect to {host}:{port}: {reason}", "ERR_PROXY")


def _is_ipv4(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 4
    except ValueError:
        return False
