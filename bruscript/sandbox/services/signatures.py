"""Signing, verifying and encrypting with asymmetric keys, for Node's crypto and the web's."""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa, utils

from bruscript.sandbox.services.encoding import decode, encode
from bruscript.sandbox.services.errors import ServiceError
from bruscript.sandbox.services.hashes import digest_name
from bruscript.sandbox.services.keys import load

PKCS1, NO_PADDING, OAEP, PSS = 1, 3, 4, 6
"""OpenSSL's numbers of RSA's paddings, as `crypto.constants` has them."""

_DIGEST_SALT, _MAX_SALT = -1, -2  # RSA_PSS_SALTLEN_DIGEST, RSA_PSS_SALTLEN_MAX_SIGN (or _AUTO)


def sign(name: str | None, key: dict[str, Any], data: str, options: dict[str, Any]) -> str:
    """Sign `data`; `options`: `padding`, `saltLength` (RSA), `dsaEncoding` (der, ieee-p1363)."""
    secret = load(key)
    message = decode(data)
    try:
        if isinstance(secret, rsa.RSAPrivateKey):
            return encode(secret.sign(message, _rsa_padding(name, options, verify=False), _hash(name)))
        if isinstance(secret, ec.EllipticCurvePrivateKey):
            return encode(_to_p1363(secret.sign(message, ec.ECDSA(_hash(name))), secret.key_size, options))
        if isinstance(secret, dsa.DSAPrivateKey):
            return encode(_to_p1363(secret.sign(message, _hash(name)), 256, options))
        return encode(secret.sign(message))
    except (AttributeError, TypeError) as error:
        raise ServiceError(
            "error:03000096:digital envelope routines::operation not supported for this keytype"
        ) from error
    except ValueError as error:
        raise ServiceError(f"error:02000070:rsa routines::digest too big for rsa key ({error})") from error


def verify(name: str | None, key: dict[str, Any], data: str, signature: str, options: dict[str, Any]) -> bool:
    """Return whether `signature` is the key's of `data`; `options` as for sign."""
    public = load(key)
    if hasattr(public, "public_key"):
        public = public.public_key()
    message, signed = decode(data), decode(signature)
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signed, message, _rsa_padding(name, options, verify=True), _hash(name))
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(_from_p1363(signed, options), message, ec.ECDSA(_hash(name)))
        elif isinstance(public, dsa.DSAPublicKey):
            public.verify(_from_p1363(signed, options), message, _hash(name))
        else:
            public.verify(signed, message)
    except (InvalidSignature, ValueError):
        return False
    except AttributeError as error:
        raise ServiceError("operation not supported for this keytype") from error
    return True


def encrypt(key: dict[str, Any], data: str, options: dict[str, Any]) -> str:
    """RSA-encrypt with a public key; `options`: `padding` (default OAEP), `oaepHash`, `oaepLabel`."""
    public = load(key)
    if hasattr(public, "public_key"):
        public = public.public_key()
    try:
        return encode(public.encrypt(decode(data), _encryption_padding(options)))
    except (AttributeError, ValueError) as error:
        raise ServiceError(f"error:0200006E:rsa routines::data too large for key size ({error})") from error


def decrypt(key: dict[str, Any], data: str, options: dict[str, Any]) -> str:
    """RSA-decrypt with a private key; `options` as for encrypt."""
    try:
        return encode(load(key).decrypt(decode(data), _encryption_padding(options)))
    except (AttributeError, ValueError) as error:
        raise ServiceError("error:02000079:rsa routines::oaep decoding error") from error


def _hash(name: str | None) -> hashes.HashAlgorithm:
    if name is None:
        return hashes.SHA256()
    hash_name = digest_name(name)
    hash_class = getattr(hashes, hash_name.upper() if hash_name != "sha512_256" else "SHA512_256", None)
    if hash_class is None:
        raise ServiceError("Invalid digest")
    algorithm: hashes.HashAlgorithm = hash_class()
    return algorithm


def _rsa_padding(name: str | None, options: dict[str, Any], *, verify: bool) -> Any:
    if options.get("padding") != PSS:
        return padding.PKCS1v15()
    salt_length = options.get("saltLength")
    salt: Any
    if salt_length is None or salt_length == _MAX_SALT:
        salt = padding.PSS.AUTO if verify else padding.PSS.MAX_LENGTH
    elif salt_length == _DIGEST_SALT:
        salt = padding.PSS.DIGEST_LENGTH
    else:
        salt = int(salt_length)
    return padding.PSS(mgf=padding.MGF1(_hash(name)), salt_length=salt)


def _encryption_padding(options: dict[str, Any]) -> Any:
    kind = options.get("padding") or OAEP
    if kind == PKCS1:
        return padding.PKCS1v15()
    if kind != OAEP:
        raise ServiceError("this RSA padding is not supported")
    algorithm = _hash(options.get("oaepHash") or "sha1")
    label = decode(options["oaepLabel"]) if options.get("oaepLabel") else None
    return padding.OAEP(mgf=padding.MGF1(algorithm), algorithm=algorithm, label=label)


def _to_p1363(signature: bytes, bits: int, options: dict[str, Any]) -> bytes:
    if options.get("dsaEncoding") != "ieee-p1363":
        return signature
    size = (bits + 7) // 8
    return b"".join(number.to_bytes(size, "big") for number in utils.decode_dss_signature(signature))


def _from_p1363(signature: bytes, options: dict[str, Any]) -> bytes:
    if options.get("dsaEncoding") != "ieee-p1363":
        return signature
    half = len(signature) // 2
    return utils.encode_dss_signature(
        int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    )
