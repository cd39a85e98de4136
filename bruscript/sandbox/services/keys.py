"""Asymmetric keys for Node's crypto and the web's: read, described, written, made.

Between calls a key is `{"private": bool, "der": base64}` (PKCS#8 or SubjectPublicKeyInfo): scripts hold it,
nothing of it stays here.
"""

from __future__ import annotations

import base64
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as formats
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x448, x25519

from bruscript.sandbox.services.encoding import decode, encode
from bruscript.sandbox.services.errors import ServiceError

MIN_RSA_BITS = 1024
"""Bits of the smallest RSA key that cryptography generates."""
MAX_RSA_BITS = 4096
"""Bits of the largest RSA key that can be generated."""

CURVES: dict[str, type[ec.EllipticCurve]] = {
    "prime256v1": ec.SECP256R1,
    "p-256": ec.SECP256R1,
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "p-384": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
    "p-521": ec.SECP521R1,
    "secp256k1": ec.SECP256K1,
    "secp224r1": ec.SECP224R1,
}
"""The curves, by the names that Node, the web and JWK give them (in lower case)."""

_NODE_CURVE = {"secp256r1": "prime256v1"}
_JWK_CURVE = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "secp256k1": "secp256k1"}
_EDWARDS: dict[str, tuple[Any, Any]] = {
    "ed25519": (ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey),
    "ed448": (ed448.Ed448PrivateKey, ed448.Ed448PublicKey),
    "x25519": (x25519.X25519PrivateKey, x25519.X25519PublicKey),
    "x448": (x448.X448PrivateKey, x448.X448PublicKey),
}


def read(spec: dict[str, Any], want_private: bool) -> dict[str, Any]:
    """Describe the key of `spec`: `{pem | der | jwk, passphrase?, type?}`.

    Gives `{private, der, type, details}`; a private key is turned into its public one unless `want_private`.
    Raises ServiceError with OpenSSL's words, which libraries look for.
    """
    try:
        key = _load(spec, want_private)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if "password" in str(error).lower():
            raise ServiceError(
                "error:07880109:common libcrypto routines::interrupted or cancelled"
            ) from error
        raise ServiceError("error:1E08010C:DECODER routines::unsupported") from error
    if not want_private and hasattr(key, "public_key"):
        key = key.public_key()
    return describe(key)


def describe(key: Any) -> dict[str, Any]:
    """Describe a key object of the cryptography package to scripts."""
    private = hasattr(key, "public_key")
    public = key.public_key() if private else key
    kind, details = _kind(public)
    return {"private": private, "der": encode(_der(key)), "type": kind, "details": details}


def load(key: dict[str, Any]) -> Any:
    """Return the key object of what `describe` gave. Raises ServiceError."""
    try:
        data = decode(key["der"])
        if key["private"]:
            return formats.load_der_private_key(data, None)
        return formats.load_der_public_key(data)
    except (KeyError, ValueError, UnsupportedAlgorithm) as error:
        raise ServiceError("Invalid key") from error


def export(key: dict[str, Any], options: dict[str, Any]) -> Any:
    """Write a key: `options` are Node's (`format` pem, der or jwk; `type`; `cipher` with `passphrase`)."""
    loaded = load(key)
    form = options.get("format", "pem")
    if form == "jwk":
        return _jwk(loaded)
    encoding = formats.Encoding.DER if form == "der" else formats.Encoding.PEM
    kind = options.get("type")
    if key["private"]:
        styles = {
            "pkcs1": formats.PrivateFormat.TraditionalOpenSSL,
            "sec1": formats.PrivateFormat.TraditionalOpenSSL,
        }
        style = styles.get(str(kind), formats.PrivateFormat.PKCS8)
        passphrase = options.get("passphrase")
        protection: formats.KeySerializationEncryption = formats.NoEncryption()
        if passphrase:
            protection = formats.BestAvailableEncryption(str(passphrase).encode())
        result = loaded.private_bytes(encoding, style, protection)
    else:
        public_style = (
            formats.PublicFormat.PKCS1 if kind == "pkcs1" else formats.PublicFormat.SubjectPublicKeyInfo
        )
        result = loaded.public_bytes(encoding, public_style)
    return encode(result)


def generate(kind: str, options: dict[str, Any]) -> dict[str, Any]:
    """Make a private key of Node's type `kind` and describe it. Raises ServiceError."""
    if kind in ("rsa", "rsa-pss"):
        bits = int(options.get("modulusLength") or 2048)
        if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS:
            raise ServiceError(f"RSA keys must have {MIN_RSA_BITS} to {MAX_RSA_BITS} bits")
        try:
            return describe(rsa.generate_private_key(int(options.get("publicExponent") or 65537), bits))
        except ValueError as error:
            raise ServiceError(str(error)) from error
    if kind == "ec":
        return describe(ec.generate_private_key(curve(str(options.get("namedCurve", "")))))
    if kind in _EDWARDS:
        return describe(_EDWARDS[kind][0].generate())
    raise ServiceError(f"keys of type '{kind}' cannot be generated")


def curve(name: str) -> ec.EllipticCurve:
    """Return the elliptic curve of that name. Raises ServiceError."""
    result = CURVES.get(name.lower())
    if result is None:
        raise ServiceError("Invalid EC curve name")
    return result()


def point(name: str, private: str | None, public: str | None, compressed: bool = False) -> dict[str, str]:
    """Elliptic-curve Diffie-Hellman on raw numbers, as Node's ECDH has it.

    Without `private` makes a pair; with only it returns its public point; with both also the shared `secret`.
    """
    curve_class = curve(name)
    try:
        if private is None:
            own = ec.generate_private_key(curve_class)
        else:
            own = ec.derive_private_key(int.from_bytes(decode(private), "big"), curve_class)
        size = (curve_class.key_size + 7) // 8
        style = formats.PublicFormat.CompressedPoint if compressed else formats.PublicFormat.UncompressedPoint
        result = {
            "private": encode(own.private_numbers().private_value.to_bytes(size, "big")),
            "public": encode(own.public_key().public_bytes(formats.Encoding.X962, style)),
        }
        if public is not None:
            other = ec.EllipticCurvePublicKey.from_encoded_point(curve_class, decode(public))
            result["secret"] = encode(own.exchange(ec.ECDH(), other))
    except ValueError as error:
        raise ServiceError("Public key is not valid for specified curve") from error
    return result


def agree(private: dict[str, Any], public: dict[str, Any]) -> str:
    """Return the Diffie-Hellman secret of two keys of one type."""
    own, other = load(private), load(public)
    try:
        if isinstance(own, ec.EllipticCurvePrivateKey):
            return encode(own.exchange(ec.ECDH(), other))
        return encode(own.exchange(other))
    except (AttributeError, TypeError, ValueError) as error:
        raise ServiceError("The keys do not agree on a curve") from error


def raw_public(kind: str, data: str) -> dict[str, Any]:
    """Describe a public key given as raw bytes: a curve's point, or an Ed25519-like key."""
    try:
        if kind in _EDWARDS:
            return describe(_EDWARDS[kind][1].from_public_bytes(decode(data)))
        return describe(ec.EllipticCurvePublicKey.from_encoded_point(curve(kind), decode(data)))
    except ValueError as error:
        raise ServiceError("Invalid keyData") from error


def public_raw(key: dict[str, Any]) -> str:
    """Return the raw bytes of a public key, the opposite of raw_public."""
    loaded = load(key)
    if isinstance(loaded, ec.EllipticCurvePublicKey):
        return encode(loaded.public_bytes(formats.Encoding.X962, formats.PublicFormat.UncompressedPoint))
    return encode(loaded.public_bytes(formats.Encoding.Raw, formats.PublicFormat.Raw))


def _load(spec: dict[str, Any], want_private: bool) -> Any:
    passphrase = spec.get("passphrase")
    password = str(passphrase).encode() if passphrase is not None else None
    if "jwk" in spec:
        return _from_jwk(spec["jwk"])
    if "der" in spec:
        return _load_der(decode(spec["der"]), password, str(spec.get("type") or ""), want_private)
    data = str(spec["pem"]).encode()
    if b"PRIVATE KEY" in data:
        if b"OPENSSH" in data:
            return formats.load_ssh_private_key(data, password)
        encrypted = b"ENCRYPTED" in data
        return formats.load_pem_private_key(data, password if encrypted else None)
    if want_private:
        raise ValueError("no private key")
    if b"BEGIN CERTIFICATE" in data:
        return x509.load_pem_x509_certificate(data).public_key()
    return formats.load_pem_public_key(data)


def _load_der(data: bytes, password: bytes | None, kind: str, want_private: bool) -> Any:
    if want_private or kind in ("pkcs8", "sec1"):
        return formats.load_der_private_key(data, password)
    try:
        return formats.load_der_public_key(data)
    except ValueError:
        return formats.load_der_private_key(data, password)


def _kind(public: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(public, rsa.RSAPublicKey):
        return "rsa", {"modulusLength": public.key_size, "publicExponent": public.public_numbers().e}
    if isinstance(public, ec.EllipticCurvePublicKey):
        return "ec", {"namedCurve": _NODE_CURVE.get(public.curve.name, public.curve.name)}
    if isinstance(public, dsa.DSAPublicKey):
        return "dsa", {"modulusLength": public.key_size}
    for name, (_, kind) in _EDWARDS.items():
        if isinstance(public, kind):
            return name, {}
    raise ServiceError("error:1E08010C:DECODER routines::unsupported")


def _der(key: Any) -> bytes:
    result: bytes
    if hasattr(key, "public_key"):
        result = key.private_bytes(formats.Encoding.DER, formats.PrivateFormat.PKCS8, formats.NoEncryption())
    else:
        result = key.public_bytes(formats.Encoding.DER, formats.PublicFormat.SubjectPublicKeyInfo)
    return result


def _number(text: str) -> int:
    return int.from_bytes(_url_bytes(text), "big")


def _url_bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _url_text(data: bytes | int, size: int | None = None) -> str:
    if isinstance(data, int):
        data = data.to_bytes(size if size is not None else (data.bit_length() + 7) // 8 or 1, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _from_jwk(jwk: dict[str, Any]) -> Any:
    """Read a JSON Web Key (RFC 7517, 7518, 8037)."""
    try:
        kind = jwk["kty"]
        if kind == "RSA":
            numbers = rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"]))
            if "d" not in jwk:
                return numbers.public_key()
            p, q, dp, dq, qi = (_number(jwk[name]) for name in ("p", "q", "dp", "dq", "qi"))
            return rsa.RSAPrivateNumbers(p, q, _number(jwk["d"]), dp, dq, qi, numbers).private_key()
        if kind == "EC":
            curve_class = curve(jwk["crv"])
            point_numbers = ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), curve_class)
            if "d" not in jwk:
                return point_numbers.public_key()
            return ec.EllipticCurvePrivateNumbers(_number(jwk["d"]), point_numbers).private_key()
        if kind == "OKP":
            private, public = _EDWARDS[jwk["crv"].lower()]
            if "d" in jwk:
                return private.from_private_bytes(_url_bytes(jwk["d"]))
            return public.from_public_bytes(_url_bytes(jwk["x"]))
    except KeyError as error:
        raise ServiceError(f"Invalid JWK: {error} is missing or unknown") from error
    raise ServiceError(f"Unsupported JWK Key Type: {kind}")


def _jwk(key: Any) -> dict[str, str]:
    private = hasattr(key, "public_key")
    public = key.public_key() if private else key
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        result = {"kty": "RSA", "n": _url_text(numbers.n), "e": _url_text(numbers.e)}
        if private:
            secret = key.private_numbers()
            parts = {
                "d": secret.d,
                "p": secret.p,
                "q": secret.q,
                "dp": secret.dmp1,
                "dq": secret.dmq1,
                "qi": secret.iqmp,
            }
            result |= {name: _url_text(value) for name, value in parts.items()}
        return result
    if isinstance(public, ec.EllipticCurvePublicKey):
        size = (public.key_size + 7) // 8
        place = public.public_numbers()
        result = {
            "kty": "EC",
            "crv": _JWK_CURVE.get(public.curve.name, public.curve.name),
            "x": _url_text(place.x, size),
            "y": _url_text(place.y, size),
        }
        if private:
            result["d"] = _url_text(key.private_numbers().private_value, size)
        return result
    kind, _ = _kind(public)
    if kind == "dsa":
        raise ServiceError("Unsupported JWK Key Type.")
    raw = public.public_bytes(formats.Encoding.Raw, formats.PublicFormat.Raw)
    result = {"kty": "OKP", "crv": kind.capitalize(), "x": _url_text(raw)}
    if private:
        secret_bytes = key.private_bytes(
            formats.Encoding.Raw, formats.PrivateFormat.Raw, formats.NoEncryption()
        )
        result["d"] = _url_text(secret_bytes)
    return result
