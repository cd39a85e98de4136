"""Symmetric ciphers for Node's crypto and the web's, by the cryptography package."""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESOCB3, ChaCha20Poly1305
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.padding import PKCS7

from bruscript.sandbox.services.encoding import decode, encode
from bruscript.sandbox.services.errors import ServiceError

_AES_MODES = ("cbc", "ctr", "ecb", "gcm", "ccm", "ocb", "cfb", "cfb8", "ofb")

NAMES = (
    *(f"aes-{bits}-{mode}" for bits in (128, 192, 256) for mode in _AES_MODES),
    *("des-ede3-cbc", "des-ede3", "chacha20-poly1305", "aes128", "aes192", "aes256"),
)
"""The ciphers that `crypto.getCiphers()` lists."""

_BAD_DECRYPT = "error:1C800064:Provider routines::bad decrypt"
_WRONG_LENGTH = "error:1C80006B:Provider routines::wrong final block length"


def transform(
    name: str, encrypt: bool, key: str, iv: str | None, data: str, options: dict[str, Any]
) -> dict[str, str]:
    """Encrypt or decrypt all of `data` from its beginning.

    `options`: `final` (finish: pad, authenticate), `padding` (default true), `aad` and `tag` (bytes),
    `tagLength` in bytes. Gives `data`, and `tag` where a mode has one. Raises ServiceError.
    """
    cipher = name.lower()
    cipher = {"aes128": "aes-128-cbc", "aes192": "aes-192-cbc", "aes256": "aes-256-cbc"}.get(cipher, cipher)
    if cipher not in NAMES:
        raise ServiceError("Unknown cipher")
    secret, vector = decode(key), decode(iv) if iv is not None else b""
    _check_key(cipher, secret)
    mode = cipher.rsplit("-", 1)[1]
    try:
        if mode in ("ccm", "ocb", "poly1305"):
            return _one_shot(cipher, mode, encrypt, secret, vector, decode(data), options)
        return _streamed(cipher, mode, encrypt, secret, vector, decode(data), options)
    except InvalidTag as error:
        raise ServiceError("Unsupported state or unable to authenticate data") from error
    except ValueError as error:
        raise ServiceError(f"Invalid initialization vector: {error}") from error


def wrap_key(wrap: bool, key: str, data: str) -> str:
    """Wrap or unwrap a key by AES-KW (RFC 3394)."""
    try:
        return encode((aes_key_wrap if wrap else aes_key_unwrap)(decode(key), decode(data)))
    except (InvalidUnwrap, ValueError) as error:
        raise ServiceError("The operation failed for an operation-specific reason") from error


def _check_key(cipher: str, key: bytes) -> None:
    if cipher == "chacha20-poly1305":
        size = 32
    elif cipher.startswith("des"):
        size = 24
    else:
        size = int(cipher.split("-")[1]) // 8
    if len(key) != size:
        raise ServiceError("Invalid key length")


def _streamed(
    cipher: str, mode: str, encrypt: bool, key: bytes, iv: bytes, data: bytes, options: dict[str, Any]
) -> dict[str, str]:
    if cipher.startswith("des"):
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

        algorithm: Any = TripleDES(key)
        mode = "ecb" if cipher == "des-ede3" else "cbc"
    else:
        algorithm = algorithms.AES(key)
    final = bool(options.get("final"))
    tag = decode(options["tag"]) if options.get("tag") else None
    context = Cipher(algorithm, _mode(mode, iv, tag if not encrypt and final else None))
    worker: Any = context.encryptor() if encrypt else context.decryptor()
    if mode == "gcm":
        worker.authenticate_additional_data(decode(options.get("aad") or ""))
        output = worker.update(data)
        if not final:
            return {"data": encode(output)}
        if not encrypt and tag is None:
            raise ServiceError("Unsupported state or unable to authenticate data")
        output += worker.finalize()
        result = {"data": encode(output)}
        if encrypt:
            result["tag"] = encode(worker.tag[: int(options.get("tagLength") or 16)])
        return result
    block = algorithm.block_size // 8
    padded = mode in ("cbc", "ecb") and options.get("padding", True)
    if not final:
        return {"data": encode(_unfinished(worker.update(data), len(data), block, padded and not encrypt))}
    return {"data": encode(_finished(worker, data, algorithm.block_size, mode, encrypt, padded))}


def _unfinished(output: bytes, size: int, block: int, hold_back: bool) -> bytes:
    # A decryptor cannot return its last block before it knows whether that is padding.
    return output[: max(0, (size - 1) // block * block)] if hold_back else output


def _finished(worker: Any, data: bytes, bits: int, mode: str, encrypt: bool, padded: bool) -> bytes:
    if padded and encrypt:
        padder = PKCS7(bits).padder()
        data = padder.update(data) + padder.finalize()
    elif mode in ("cbc", "ecb") and (len(data) % (bits // 8) or (padded and not data)):
        raise ServiceError(_WRONG_LENGTH)
    output: bytes = worker.update(data) + worker.finalize()
    if padded and not encrypt:
        unpadder = PKCS7(bits).unpadder()
        try:
            return unpadder.update(output) + unpadder.finalize()
        except ValueError as error:
            raise ServiceError(_BAD_DECRYPT) from error
    return output


def _mode(name: str, iv: bytes, tag: bytes | None) -> Any:
    if name == "gcm":
        return modes.GCM(iv, tag, min_tag_length=4) if tag is not None else modes.GCM(iv)
    if name == "ecb":
        return modes.ECB()
    if name in ("cfb", "cfb8", "ofb"):
        return _old_mode(name.upper())(iv)
    return {"cbc": modes.CBC, "ctr": modes.CTR}[name](iv)


def _old_mode(name: str) -> Any:
    # cryptography moved these modes to another module in version 47.
    try:
        from cryptography.hazmat.decrepit.ciphers import modes as old
    except ImportError:
        return getattr(modes, name)
    return getattr(old, name)


def _one_shot(
    cipher: str, mode: str, encrypt: bool, key: bytes, iv: bytes, data: bytes, options: dict[str, Any]
) -> dict[str, str]:
    if not options.get("final"):
        # These modes authenticate before they return anything; all output comes at the end.
        return {"data": ""}
    size = int(options.get("tagLength") or 16)
    aad = decode(options.get("aad") or "")
    worker: AESCCM | AESOCB3 | ChaCha20Poly1305
    if mode == "ccm":
        worker = AESCCM(key, tag_length=size)
    elif mode == "ocb":
        worker = AESOCB3(key)
    else:
        worker = ChaCha20Poly1305(key)
    if encrypt:
        output = worker.encrypt(iv, data, aad)
        return {"data": encode(output[:-size]), "tag": encode(output[-size:])}
    if not options.get("tag"):
        raise ServiceError("Unsupported state or unable to authenticate data")
    return {"data": encode(worker.decrypt(iv, data + decode(options["tag"]), aad))}
