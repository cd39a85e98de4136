"""What is wrong with the files of a client certificate that OpenSSL does not take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

from bruscript.files import read_file
from bruscript.http.errors import system_reason

_CERTIFICATE: Final = re.compile(rb"-----BEGIN (?:X509 )?CERTIFICATE-----")
_KEY: Final = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")
_KINDS: Final = {"certificate": _CERTIFICATE, "private key": _KEY}
_DER: Final = b"\x30"
"""The first byte of certificates, keys and PKCS#12 files in binary form."""


class Fault(NamedTuple):
    """What is wrong with files, what to do, and the setting that it is about."""

    files: list[Path]
    reason: str
    hint: str
    setting: str


def pem_fault(certificate: Path, key: Path, passphrase: str) -> Fault | None:
    """Return what is wrong with a certificate and its key in PEM; None where that is not found."""
    # Imported here: cryptography takes 30 ms.
    from cryptography import x509

    certificate_pem = _read(certificate, "certFilePath", "certificate")
    if isinstance(certificate_pem, Fault):
        return certificate_pem
    key_pem = _read(key, "keyFilePath", "private key")
    if isinstance(key_pem, Fault):
        return key_pem
    try:
        public = x509.load_pem_x509_certificates(certificate_pem)[0].public_key()
    except ValueError:
        return Fault([certificate], "its certificate is damaged", "Export it again.", "certFilePath")
    private = _private_key(key_pem, key, passphrase)
    if isinstance(private, Fault):
        return private
    if private.public_key() != public:  # type: ignore[attr-defined]
        reason = "the key is not that of the certificate"
        return Fault([certificate, key], reason, "Name the files that belong together.", "keyFilePath")
    return None


def pkcs12_fault(path: Path, passphrase: str) -> Fault:
    """Return what is wrong with a PKCS#12 file that cannot be used."""
    try:
        data = read_file(path)
    except (OSError, ValueError) as error:
        return Fault([path], system_reason(error), "Correct the path.", "pfxFilePath")
    if not data.startswith(_DER):
        kind = "a PEM file, not PKCS#12" if b"-----BEGIN " in data else "not a PKCS#12 file"
        hint = "Name a .p12 or .pfx file, or certificate and key in PEM."
        return Fault([path], f"it is {kind}", hint, "pfxFilePath")
    if not passphrase:
        reason = "it needs a passphrase, or is damaged"
        return Fault([path], reason, "Set `passphrase`.", "pfxFilePath")
    return Fault([path], "the passphrase is wrong, or the file is damaged", "Correct it.", "passphrase")


def _read(path: Path, setting: str, what: str) -> bytes | Fault:
    try:
        data = read_file(path)
    except (OSError, ValueError) as error:
        return Fault([path], system_reason(error), "Correct the path.", setting)
    if _KINDS[what].search(data):
        return data
    other = next((word for word, begin in _KINDS.items() if begin.search(data)), None)
    if other is not None:
        return Fault([path], f"it holds a {other}, not a {what}", "Name the other file.", setting)
    if data.startswith(_DER):
        reason = f"it is not a PEM file, but binary, expected a {what} in PEM"
        command = "x509 -inform der" if what == "certificate" else "pkey -inform der"
        hint = f"Convert it with: openssl {command} -in FILE -out FILE.pem"
        return Fault([path], reason, f"{hint} (PKCS#12 has a type of its own).", setting)
    reason = f"it is not a PEM file: it has no line -----BEGIN {what.upper()}-----"
    return Fault([path], reason, f"Name the file with the {what} in PEM.", setting)


def _private_key(data: bytes, path: Path, passphrase: str) -> object:
    """Return the key, or what is wrong with it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    encrypted = b"ENCRYPTED" in data
    if encrypted and not passphrase:
        return Fault([path], "the key needs a passphrase", "Set `passphrase`.", "keyFilePath")
    password = passphrase.encode() if encrypted else None
    match = _KEY.search(data)
    assert match is not None
    try:
        return load_pem_private_key(data[match.start() :], password, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if encrypted:
            return Fault([path], "the passphrase is wrong", "Correct it.", "passphrase")
        return Fault([path], "its key is damaged", "Export it again.", "keyFilePath")
