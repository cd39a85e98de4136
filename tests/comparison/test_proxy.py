"""The recording proxy: what it keeps, and that both ways through it arrive."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from compat.recorder import recording

from bruscript.comparison.answers import STUB, Replay, Servers, Stub
from bruscript.comparison.authority import Authority
from bruscript.comparison.proxy import Proxy, recording_proxy


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def stub(authority: Authority) -> Iterator[Proxy]:
    with recording_proxy(authority, Stub()) as proxy:
        yield proxy


def client(proxy: Proxy, authority: Authority) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(authority.certificate))
    return httpx.Client(proxy=proxy.url, verify=context, trust_env=False)


def test_every_url_has_the_same_answer(stub: Proxy, authority: Authority) -> None:
    with client(stub, authority) as http:
        answers = [
            http.get("http://nowhere.invalid:81/a?b=c"),
            http.post("https://api.invalid/token", content=b"grant"),
            http.get("https://10.1.2.3:8443/"),
            http.post("https://api.invalid/chunks", content=iter([b"one", b"two"])),
        ]
        assert http.head("http://nowhere.invalid/").content == b""
    assert [answer.json() for answer in answers] == [STUB] * 4
    assert [(a.method, a.url, a.body) for a in stub.arrivals] == [
        ("GET", "http://nowhere.invalid:81/a?b=c", b""),
        ("POST", "https://api.invalid/token", b"grant"),
        ("GET", "https://10.1.2.3:8443/", b""),
        ("POST", "https://api.invalid/chunks", b"onetwo"),
        ("HEAD", "http://nowhere.invalid/", b""),
    ]


def test_only_who_was_told_trusts_it(stub: Proxy) -> None:
    with httpx.Client(proxy=stub.url, trust_env=False) as http, pytest.raises(httpx.ConnectError):
        http.get("https://api.invalid/")
    assert stub.arrivals == []


def test_a_redirected_connection_says_where_it_was_to_go(stub: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", stub.port)) as connection:
        connection.sendall(b"TARGET real.invalid:8080\r\nGET /x HTTP/1.1\r\nHost: other.invalid\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"
    assert [a.url for a in stub.arrivals] == ["http://real.invalid:8080/x"]
    assert stub.arrivals[0].values("host") == ["other.invalid"]


def test_a_redirected_handshake_is_announced(authority: Authority) -> None:
    """Before or after it begins."""
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.set_alpn_protocols(["http/1.1"])

    def announce(port: int) -> None:
        with socket.create_connection(("127.0.0.1", proxy.port)) as messenger:
            messenger.sendall(f"TARGET real.invalid:8443 {port}\r\n".encode())
            assert messenger.recv(1) == b""

    with recording_proxy(authority, Stub(), redirected=True) as proxy:
        for late in (False, True):
            with socket.create_connection(("127.0.0.1", proxy.port)) as plain:
                port = plain.getsockname()[1]
                messenger = threading.Thread(target=announce, args=(port,))
                if not late:
                    announce(port)
                else:
                    messenger.start()
                with context.wrap_socket(plain, server_hostname="tenant.invalid") as connection:
                    connection.sendall(b"GET /x HTTP/1.1\r\nHost: tenant.invalid\r\n\r\n")
                    assert connection.recv(12) == b"HTTP/1.1 200"
                    if late:
                        messenger.join()
        assert [a.url for a in proxy.arrivals] == ["https://real.invalid:8443/x"] * 2


def test_servers_answer_themselves_and_can_be_replayed(authority: Authority) -> None:
    with recording() as server, recording_proxy(authority, Servers()) as proxy:
        with client(proxy, authority) as http:
            for _ in range(2):
                assert http.post(f"{server.url}/a", content=iter([b"one", b"two"])).json() == {}
        assert [(a.method, a.target, a.body) for a in server.arrivals] == [("POST", "/a", b"onetwo")] * 2
        # As it was sent, but for what a proxy is told.
        assert server.arrivals[0].header("transfer-encoding") == "chunked"
        exchanges = list(proxy.exchanges)
    with recording_proxy(authority, Replay(exchanges[:1])) as proxy, client(proxy, authority) as http:
        assert http.post(f"{server.url}/a").json() == {}
        assert http.post(f"{server.url}/a").json() == STUB
    assert len(server.arrivals) == 2


def test_a_server_that_is_not_there_gives_no_answer(authority: Authority) -> None:
    with recording() as server:
        gone = server.url
    with recording_proxy(authority, Servers()) as proxy, client(proxy, authority) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            http.get(gone)
        assert [response for _, response in proxy.exchanges] == [None]


def test_servers_are_verified(authority: Authority, tmp_path: Path) -> None:
    """The stub stands for a server whose certificate nobody trusts, or only `--cacert`."""
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")
    with recording_proxy(other, Stub()) as server:
        url = f"https://127.0.0.1:{server.port}/"
        for answers, count in (
            (Servers(), 0),
            (Servers(cacert=str(other.certificate)), 1),
            (Servers(insecure=True), 2),
        ):
            with recording_proxy(authority, answers) as proxy, client(proxy, authority) as http:
                if count:
                    assert http.get(url).json() == STUB
                else:
                    with pytest.raises(httpx.RemoteProtocolError):
                        http.get(url)
            assert len(server.arrivals) == count


@pytest.mark.parametrize("target", ["('10.255.255.1', 80)", "('127.0.0.1', 9)", "('nowhere.invalid', 80)"])
def test_the_offline_process_reaches_the_proxy_alone(stub: Proxy, target: str) -> None:
    program = f"""
import socket
from bruscript.comparison.offline import confine
confine({stub.port})
socket.create_connection(("127.0.0.1", {stub.port})).close()
try:
    socket.create_connection({target})
except OSError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("--stub "), done.stderr
