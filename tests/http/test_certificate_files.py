"""Files of client certificates that cannot be used: which one, what is wrong, and what to do."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from apps.daemons import Authority
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bruscript.http import ClientConfig, RequestError
from bruscript.http.tls import TlsSettings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    authority = Authority(tmp_path)
    for name, password in (("a", None), ("b", None), ("locked", b"open sesame")):
        files: SimpleNamespace = authority.issue(name, password=password)
    data = x509.load_pem_x509_certificate(files.cert.read_bytes()).public_bytes(Encoding.DER)
    (tmp_path / "a.der").write_bytes(data)
    (tmp_path / "text").write_text("hello")
    begin, end = "-----BEGIN", "-----END"
    for name, what in (("damaged.crt", "CERTIFICATE"), ("damaged.key", "PRIVATE KEY")):
        (tmp_path / name).write_text(f"{begin} {what}-----\nAAAA\n{end} {what}-----\n")
    return tmp_path


def failure(folder: Path, entry: dict[str, Any]) -> RequestError:
    certificate = {"domain": "localhost", **entry}
    where = lambda keys: f"settings:{'.'.join(map(str, keys))}"  # noqa: E731
    settings = TlsSettings(ClientConfig(client_certs=[certificate], base_dir=folder, where=where))
    with pytest.raises(RequestError) as caught:
        settings.context(0)
    assert caught.value.code == "ERR_CLIENT_CERTIFICATE"
    assert "ssl" not in caught.value.message.lower()
    assert "sesame" not in caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("certificate", "key", "file", "reason", "setting"),
    [
        ("text", "a.key", "text", "it is not a PEM file: it has no line -----BEGIN CERT", "certFilePath"),
        ("a.crt", "text", "text", "it is not a PEM file: it has no line -----BEGIN PRIV", "keyFilePath"),
        ("a.der", "a.key", "a.der", "it is not a PEM file, but binary, expected a cert", "certFilePath"),
        ("a.key", "a.crt", "a.key", "it holds a private key, not a certificate", "certFilePath"),
        ("a.crt", "a.crt", "a.crt", "it holds a certificate, not a private key", "keyFilePath"),
        ("gone", "a.key", "gone", "no such file or directory", "certFilePath"),
        ("a.crt", ".", "", "is a directory", "keyFilePath"),
        ("damaged.crt", "a.key", "damaged.crt", "its certificate is damaged", "certFilePath"),
        ("a.crt", "damaged.key", "damaged.key", "its key is damaged", "keyFilePath"),
        ("a.crt", "b.key", "b.key", "the key is not that of the certificate", "keyFilePath"),
        ("locked.crt", "locked.key", "locked.key", "the key needs a passphrase", "keyFilePath"),
    ],
)
def test_pem(folder: Path, certificate: str, key: str, file: str, reason: str, setting: str) -> None:
    error = failure(folder, {"certFilePath": certificate, "keyFilePath": key})
    words = f"{folder / file} as client certificate for localhost: {reason}"
    assert words in error.message, error.message
    assert (error.hint or "").endswith(f"See settings:clientCertificates.certs.0.{setting}.")


def test_the_passphrase_of_a_key(folder: Path) -> None:
    entry = {"certFilePath": "locked.crt", "keyFilePath": "locked.key", "passphrase": "x"}
    error = failure(folder, entry)
    assert error.message.endswith("locked.key as client certificate for localhost: the passphrase is wrong")
    assert error.hint == "Correct it. See settings:clientCertificates.certs.0.passphrase."
    good = {**entry, "domain": "localhost", "passphrase": "open sesame"}
    TlsSettings(ClientConfig(client_certs=[good], base_dir=folder)).context(0)


@pytest.mark.parametrize(
    ("file", "passphrase", "reason"),
    [
        ("a.crt", "", "it is a PEM file, not PKCS#12"),
        ("text", "", "it is not a PKCS#12 file"),
        ("locked.pfx", "", "it needs a passphrase, or is damaged"),
        ("locked.pfx", "x", "the passphrase is wrong, or the file is damaged"),
        ("gone", "", "no such file or directory"),
    ],
)
def test_pkcs12(folder: Path, file: str, passphrase: str, reason: str) -> None:
    error = failure(folder, {"type": "pfx", "pfxFilePath": file, "passphrase": passphrase})
    assert error.message.endswith(f"{file} as client certificate for localhost: {reason}")


@pytest.mark.parametrize(
    ("entry", "words"),
    [({}, "names no file of a certificate"), ({"certFilePath": "a.crt"}, "names no file of a private key")],
)
def test_no_file(folder: Path, entry: dict[str, Any], words: str) -> None:
    assert words in failure(folder, entry).message


def test_authorities(folder: Path) -> None:
    for name, reason in (("text", "it holds no PEM certificate"), ("gone", "no such file or directory")):
        with pytest.raises(RequestError, match=reason) as caught:
            TlsSettings(ClientConfig(cacert=folder / name)).context()
        assert "in PEM" in (caught.value.hint or "")
