"""Servers that fail, each in its own way, on ports of their own."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Behaviour = Callable[[socket.socket], None]


def _close(_: socket.socket) -> None:
    """Say nothing."""


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _cut(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")


def _babble(connection: socket.socket) -> None:
    connection.sendall(b"garbage\r\n\r\n")


def _stall(connection: socket.socket) -> None:
    connection.recv(1)


@contextlib.contextmanager
def faulty_servers() -> Iterator[dict[str, str]]:
    """URLs by what happens there: refused, closes, resets, cut, garbage, stalls, untrusted."""
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = {
            name: f"http://127.0.0.1:{_listen(stack, behaviour)}/"
            for name, behaviour in {
                "closes": _close,
                "resets": _reset,
                "cut": _cut,
                "garbage": _babble,
                "stalls": _stall,
            }.items()
        }
        urls["untrusted"] = f"https://localhost:{_listen(stack, _close, _self_signed(directory))}/"
        unused = socket.create_server(("127.0.0.1", 0))
        urls["refused"] = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        unused.close()
        yield urls


def _listen(stack: contextlib.ExitStack, behaviour: Behaviour, context: ssl.SSLContext | None = None) -> int:
    server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

    def answer(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if context is not None:
                connection = context.wrap_socket(connection, server_side=True)
            connection.recv(65536)
            behaviour(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    # A thread that waits in `accept` is not woken by `close`.
    stack.callback(lambda: server.shutdown(socket.SHUT_RDWR))
    port: int = server.getsockname()[1]
    return port


def _self_signed(directory: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    plain = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (directory / "server.pem").write_bytes(made.public_bytes(encoding) + plain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.pem")
    return context
