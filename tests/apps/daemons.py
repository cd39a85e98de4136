"""What tests with real servers need: free ports, running daemons, certificates."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextlib.contextmanager
def running(command: list[str], *ports: int, **options) -> Iterator[None]:
    """Run a server in the foreground until the context ends; it listens on `ports` when this yields."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    try:
        deadline = time.monotonic() + 600
        for port in ports:
            while True:
                with socket.socket() as sock:
                    if sock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if process.poll() is not None or time.monotonic() > deadline:
                    process.kill()
                    raise RuntimeError(f"{command[0]} did not start: {process.communicate()[0].decode()}")
                time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.communicate()


@contextlib.contextmanager
def speaking(command: list[str], log: Path | None = None) -> Iterator[str]:
    """Run a server that writes its URL in its first line and ends with its standard input; yields the URL.

    What it writes on standard error goes into the file `log`.
    """
    with contextlib.ExitStack() as stack:
        errors = stack.enter_context(log.open("w")) if log else subprocess.DEVNULL
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        assert process.stdin
        assert process.stdout
        try:
            url = process.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:"), log.read_text() if log else command
            yield url
        finally:
            process.stdin.close()
            process.wait(60)


class Authority:
    """A certificate authority that writes its files into a folder."""

    def __init__(self, folder: Path, name: str = "Test CA") -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key.public_key(), authority=True)
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(_pem(self.certificate))

    def issue(self, name: str, *, hosts: tuple[str, ...] = (), days: int = 30, password: bytes | None = None):
        """A certificate with `hosts`; gives the paths of certificate, key and PKCS#12 file."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        certificate = self._sign(subject, key.public_key(), hosts=hosts, days=days)
        encryption = (
            serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        )
        files = SimpleNamespace(
            cert=self.folder / f"{name}.crt", key=self.folder / f"{name}.key", pfx=self.folder / f"{name}.pfx"
        )
        files.cert.write_bytes(_pem(certificate))
        files.key.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
        )
        files.pfx.write_bytes(
            pkcs12.serialize_key_and_certificates(
                name.encode(), key, certificate, [self.certificate], encryption
            )
        )
        return files

    def _sign(self, subject, public_key, *, hosts=(), days=30, authority=False):
        now = datetime.now(timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=60))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
        )
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False
            )
        return builder.sign(self.key, hashes.SHA256())


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
