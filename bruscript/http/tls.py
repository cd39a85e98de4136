"""TLS: trust store and client certificates."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bruscript.files import read_file, readable_path, scratch_file
from bruscript.http.certificate_files import Fault, pem_fault, pkcs12_fault
from bruscript.http.errors import RequestError, system_reason, tls_error
from bruscript.option_names import option

if TYPE_CHECKING:
    from bruscript.http.config import ClientConfig
    from bruscript.http.url import Address

# In seconds: how long the server may take to show its certificate again, for the error's text.
_SECOND_LOOK = 3.0


class TlsSettings:
    """The TLS side of a client: contexts, made when first needed and kept."""

    def __init__(self, config: ClientConfig) -> None:
        self._config = config
        self._contexts: dict[int | None, ssl.SSLContext] = {}
        self._patterns = [
            (index, _pattern(str(entry.get("domain") or "")))
            for index, entry in enumerate(config.client_certs)
            if entry.get("domain") and not entry.get("disabled")
        ]

    def certificate_for(self, address: Address) -> int | None:
        """Return the index of the client certificate whose domain pattern fits `address`.

        None where none does.
        """
        url = str(address)
        return next((index for index, pattern in self._patterns if pattern.match(url)), None)

    def context(self, certificate: int | None = None) -> ssl.SSLContext:
        """Return the context for connections that show the client certificate of that index, or none.

        Raises RequestError for certificate files that cannot be used.
        """
        context = self._contexts.get(certificate)
        if context is None:
            context = self._trust()
            if certificate is not None:
                _ClientCertificate(self._config, certificate).load_into(context)
            self._contexts[certificate] = context
        return context

    async def explain(
        self, error: ssl.SSLError, host: str, place: tuple[str, int] | None = None
    ) -> RequestError:
        """Return a failed handshake with `host`, in the user's words.

        For a certificate that is not trusted, `place` is asked once more for it, so that it can be named.
        """
        description = ""
        if place and isinstance(error, ssl.SSLCertVerificationError):
            description = await asyncio.to_thread(_describe_certificate, place)
        return tls_error(error, host, description)

    def _trust(self) -> ssl.SSLContext:
        config = self._config
        if not config.verify:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        context = _new_context()
        if not (config.cacert and config.ignore_truststore):
            context.load_default_certs()
            if not _has_system_certificates(context):
                import certifi

                context.load_verify_locations(cafile=certifi.where())
        if config.cacert:
            _load_authorities(context, config.cacert, option("--cacert"))
        if extra := os.environ.get("NODE_EXTRA_CA_CERTS"):
            _load_authorities(context, Path(extra), "NODE_EXTRA_CA_CERTS")
        return context


def _describe_certificate(place: tuple[str, int]) -> str:
    """Return whose certificate the server shows, by whom, until when; "" where it cannot be had."""
    from cryptography import x509

    try:
        pem = ssl.get_server_certificate(place, timeout=_SECOND_LOOK)
        certificate = x509.load_pem_x509_certificate(pem.encode())
        until = certificate.not_valid_after_utc.date().isoformat()
    except (OSError, ValueError):
        return ""
    subject, issuer = certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string()
    return f"certificate of {subject}, issued by {issuer}, valid until {until}"


def _formats_hint() -> str:
    file = option("--client-cert-config")
    return f"See clientCertificates in the collection's settings, or the file of {file}."


def _new_context() -> ssl.SSLContext:
    if sys.platform in ("darwin", "win32"):
        # OpenSSL does not read these systems' own stores; truststore asks the system itself.
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _has_system_certificates(context: ssl.SSLContext) -> bool:
    if sys.platform in ("darwin", "win32") or context.cert_store_stats()["x509_ca"]:
        return True
    directory = ssl.get_default_verify_paths().capath
    return bool(directory and next(Path(directory).glob("*.0"), None))


def _load_authorities(context: ssl.SSLContext, path: Path, option: str) -> None:
    try:
        context.load_verify_locations(cafile=str(path))
    except (OSError, ssl.SSLError) as error:
        reason = "it holds no PEM certificate" if isinstance(error, ssl.SSLError) else system_reason(error)
        raise RequestError(
            f"Cannot use the certificates of {readable_path(path)} ({option}): {reason}",
            "ERR_CA_CERTIFICATE",
            hint="Name a file with certificates in PEM: each begins with -----BEGIN CERTIFICATE-----.",
        ) from None


def _pattern(domain: str) -> re.Pattern[str]:
    """Return whether a pattern matches the whole host, and the port if it has one; `*` matches any part."""
    body = re.escape(domain.strip()).replace(r"\*", "[^/?#]*")
    return re.compile(rf"https://{body}(?=[:/?#]|\Z)", re.IGNORECASE)


_WORDS = {
    "certFilePath": "file of a certificate",
    "keyFilePath": "file of a private key",
    "pfxFilePath": "PKCS#12 file",
}


class _ClientCertificate:
    """The client certificate of an index in the configuration."""

    def __init__(self, config: ClientConfig, index: int) -> None:
        self._config = config
        self._index = index
        self._entry = config.client_certs[index]
        self._passphrase = str(self._entry.get("passphrase") or "")

    def load_into(self, context: ssl.SSLContext) -> None:
        """Let the connections of `context` show it. Raises RequestError."""
        if (self._entry.get("type") or "cert") == "pfx":
            self._load_pkcs12(context, self._file("pfxFilePath"))
            return
        certificate, key = self._file("certFilePath"), self._file("keyFilePath")
        try:
            # With a function for the passphrase OpenSSL never asks for one on the terminal.
            context.load_cert_chain(certificate, key, password=lambda: self._passphrase)
        except (OSError, ssl.SSLError, ValueError) as error:
            fault = pem_fault(certificate, key, self._passphrase)
            raise self._unusable(fault or _unknown([certificate, key], error)) from None

    def _load_pkcs12(self, context: ssl.SSLContext, path: Path) -> None:
        # Imported here: cryptography takes 30 ms, and PKCS#12 is rare.
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.serialization import pkcs12

        try:
            key, certificate, chain = pkcs12.load_key_and_certificates(
                read_file(path), self._passphrase.encode() or None
            )
        except (OSError, ValueError):
            raise self._unusable(pkcs12_fault(path, self._passphrase)) from None
        if key is None or certificate is None:
            reason = "it holds no key with its certificate"
            raise self._unusable(Fault([path], reason, "Export both into it.", "pfxFilePath"))
        # OpenSSL reads only files here: the key is encrypted under a password that lives for this call alone.
        password = os.urandom(24).hex().encode()
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password),
        )
        for item in (certificate, *chain):
            pem += item.public_bytes(serialization.Encoding.PEM)
        with scratch_file(pem) as name:
            context.load_cert_chain(name, password=password)

    def _file(self, key: str) -> Path:
        text = str(self._entry.get(key) or "")
        if not text:
            raise RequestError(
                f"The client certificate for {self._entry.get('domain')} names no {_WORDS[key]}",
                "ERR_CLIENT_CERTIFICATE",
                hint=self._see(),
            )
        return self._config.base_dir / text

    def _see(self, *keys: str) -> str:
        """Return where it is configured."""
        place = self._config.where(("clientCertificates", "certs", self._index, *keys))
        return f"See {place}." if place else _formats_hint()

    def _unusable(self, fault: Fault) -> RequestError:
        files = " and ".join(map(readable_path, fault.files))
        return RequestError(
            f"Cannot use {files} as client certificate for {self._entry.get('domain')}: {fault.reason}",
            "ERR_CLIENT_CERTIFICATE",
            hint=f"{fault.hint} {self._see(fault.setting)}".lstrip(),
        )


def _unknown(files: list[Path], error: Exception) -> Fault:
    """Return what OpenSSL says of files in which nothing else is wrong, such as a key that is too short."""
    reason = getattr(error, "reason", None) or str(error)
    return Fault(files, reason.replace("_", " ").lower(), "", "certFilePath")
