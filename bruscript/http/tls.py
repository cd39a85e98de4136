"""TLS: trust store and client certificates."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bruscript.files import read_file, scratch_file
from bruscript.http.errors import RequestError, tls_error
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
                _load_client_certificate(
                    context, self._config.client_certs[certificate], self._config.base_dir
                )
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
        reason = "it holds no PEM certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise RequestError(
            f"Cannot use the certificates of {path} ({option}): {reason}", "ERR_CA_CERTIFICATE"
        ) from None


def _pattern(domain: str) -> re.Pattern[str]:
    """Return whether a pattern matches the whole host, and the port if it has one; `*` matches any part."""
    body = re.escape(domain.strip()).replace(r"\*", "[^/?#]*")
    return re.compile(rf"https://{body}(?=[:/?#]|\Z)", re.IGNORECASE)


def _load_client_certificate(context: ssl.SSLContext, entry: dict[str, Any], base: Path) -> None:
    passphrase = str(entry.get("passphrase") or "")
    domain = entry.get("domain")
    if (entry.get("type") or "cert") == "pfx":
        path = _file(entry, "pfxFilePath", base)
        _load_pkcs12(context, path, passphrase, f"client certificate for {domain}")
        return
    certificate, key = _file(entry, "certFilePath", base), _file(entry, "keyFilePath", base)
    try:
        # With a function for the passphrase OpenSSL never asks for one on the terminal.
        context.load_cert_chain(certificate, key, password=lambda: passphrase)
    except (OSError, ssl.SSLError, ValueError) as error:
        raise _unusable(f"{certificate} and {key}", f"client certificate for {domain}", error) from None


def _load_pkcs12(context: ssl.SSLContext, path: Path, passphrase: str, purpose: str) -> None:
    # Imported here: cryptography takes 30 ms, and PKCS#12 is rare.
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        key, certificate, chain = pkcs12.load_key_and_certificates(
            read_file(path), passphrase.encode() or None
        )
        if key is None or certificate is None:
            raise ValueError("it holds no key with its certificate")
    except (OSError, ValueError) as error:
        raise _unusable(str(path), purpose, error) from None
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


def _file(entry: dict[str, Any], key: str, base: Path) -> Path:
    text = str(entry.get(key) or "")
    if not text:
        raise RequestError(
            f"The client certificate for {entry.get('domain')} has no {key}",
            "ERR_CLIENT_CERTIFICATE",
            hint=_formats_hint(),
        )
    return base / text


def _unusable(files: str, purpose: str, error: Exception) -> RequestError:
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or str(error)).replace("_", " ").lower()
        reason = reason.replace("bad decrypt", "the passphrase is wrong").replace(
            "key values mismatch", "the key is not the certificate's"
        )
    elif isinstance(error, OSError):
        reason = error.strerror or str(error)
    else:
        reason = "the password or the format is wrong" if "password" in str(error).lower() else str(error)
    return RequestError(
        f"Cannot use {files} as {purpose}: {reason}", "ERR_CLIENT_CERTIFICATE", hint=_formats_hint()
    )
