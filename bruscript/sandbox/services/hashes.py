"""Digests, HMAC, key derivation and random bytes for Node's crypto and the web's."""

from __future__ import annotations

import hashlib
import hmac as hmac_module
import secrets

from bruscript.sandbox.services.encoding import decode, encode
from bruscript.sandbox.services.errors import ServiceError

MAX_RANDOM = 1 << 24
"""The most random bytes given at once."""

MAX_DERIVED = 1 << 20
"""The longest derived key, in bytes."""

MAX_ROUNDS = 5_000_000
"""Maximum rounds of PBKDF2 for one key: some seconds."""

MAX_SCRYPT = 256 << 20
"""Maximum memory of scrypt, in bytes; it goes over it at most twice."""

_OTHER_NAMES = {
    "sha512-256": "sha512_256",
    "sha512-224": "sha512_224",
    "sha512/256": "sha512_256",
    "sha512/224": "sha512_224",
    "blake2b512": "blake2b",
    "blake2s256": "blake2s",
    "rmd160": "ripemd160",
    "sha-1": "sha1",
    "sha-224": "sha224",
    "sha-256": "sha256",
    "sha-384": "sha384",
    "sha-512": "sha512",
    "sha3-224": "sha3_224",
    "sha3-256": "sha3_256",
    "sha3-384": "sha3_384",
    "sha3-512": "sha3_512",
    "shake128": "shake_128",
    "shake256": "shake_256",
}


def digest_name(name: str) -> str:
    """Return hashlib's name of one of Node's or the web's digests. Raises ServiceError if it is unknown."""
    lower = name.lower()
    for prefix in ("rsa-", "id-rsassa-pkcs1-v1_5-with-"):
        lower = lower.removeprefix(prefix)
    lower = _OTHER_NAMES.get(lower, lower)
    if lower not in hashlib.algorithms_available:
        raise ServiceError("Digest method not supported")
    return lower


def random(size: int) -> str:
    """Return `size` random bytes."""
    if not 0 <= size <= MAX_RANDOM:
        raise ServiceError(f"at most {MAX_RANDOM} random bytes can be requested at once")
    return encode(secrets.token_bytes(size))


def digest(name: str, data: str, length: int | None = None) -> str:
    """Return the digest of `data`; `length` in bytes is for the extendable ones (SHAKE)."""
    algorithm = digest_name(name)
    if algorithm.startswith("shake"):
        size = length if length is not None else (16 if algorithm == "shake_128" else 32)
        if not 0 <= size <= MAX_DERIVED:
            raise ServiceError(f"a digest has up to {MAX_DERIVED} bytes")
        return encode(
            (hashlib.shake_128 if algorithm == "shake_128" else hashlib.shake_256)(decode(data)).digest(size)
        )
    result = hashlib.new(algorithm, decode(data), usedforsecurity=False).digest()
    if length is not None and length != len(result):
        raise ServiceError("Unsupported state or unable to set the length of the digest")
    return encode(result)


def hmac(name: str, key: str, data: str) -> str:
    """Return the HMAC (RFC 2104) of `data`."""
    return encode(hmac_module.digest(decode(key), decode(data), digest_name(name)))


def pbkdf2(password: str, salt: str, iterations: int, size: int, name: str) -> str:
    """Derive a key of `size` bytes by PBKDF2 (RFC 8018)."""
    _check_size(size)
    if iterations < 1:
        raise ServiceError('The value of "iterations" is out of range: it must be at least 1')
    if size == 0:
        return ""
    blocks = -(-size // hashlib.new(digest_name(name), usedforsecurity=False).digest_size)
    if iterations * blocks > MAX_ROUNDS:
        raise ServiceError(f'The value of "iterations" is out of range: it must be <= {MAX_ROUNDS // blocks}')
    return encode(hashlib.pbkdf2_hmac(digest_name(name), decode(password), decode(salt), iterations, size))


def scrypt(
    password: str, salt: str, cost: int, block_size: int, parallel: int, max_memory: int, size: int
) -> str:
    """Derive a key of `size` bytes by scrypt (RFC 7914); `max_memory` in bytes."""
    _check_size(size)
    if size == 0:
        return ""
    memory = 128 * cost * block_size
    if memory > min(max_memory, MAX_SCRYPT) or memory * parallel > 2 * MAX_SCRYPT:
        raise ServiceError("Invalid scrypt params: memory limit exceeded")
    try:
        result = hashlib.scrypt(
            decode(password),
            salt=decode(salt),
            n=cost,
            r=block_size,
            p=parallel,
            # OpenSSL counts a little more than Node's formula; the bound was checked above.
            maxmem=2 * MAX_SCRYPT,
            dklen=size,
        )
    except (ValueError, OverflowError) as error:
        raise ServiceError(f"Invalid scrypt params: {error}") from error
    return encode(result)


def hkdf(name: str, key: str, salt: str, info: str, size: int) -> str:
    """Derive a key of `size` bytes by HKDF (RFC 5869)."""
    _check_size(size)
    digest_size = hashlib.new(digest_name(name), usedforsecurity=False).digest_size
    if size > 255 * digest_size:
        raise ServiceError("Invalid key length")
    extracted = hmac_module.digest(decode(salt) or bytes(digest_size), decode(key), digest_name(name))
    block, output = b"", b""
    while len(output) < size:
        block = hmac_module.digest(
            extracted, block + decode(info) + bytes([len(output) // digest_size + 1]), digest_name(name)
        )
        output += block
    return encode(output[:size])


def names() -> list[str]:
    """Return the digests' names, for `crypto.getHashes()`."""
    return sorted(name.replace("_", "-") for name in hashlib.algorithms_available)


def _check_size(size: int) -> None:
    if not 0 <= size <= MAX_DERIVED:
        raise ServiceError(f"a derived key has up to {MAX_DERIVED} bytes")
