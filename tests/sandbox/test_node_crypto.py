# ruff: noqa: E501  (a case is a line of JavaScript)
"""Node's crypto: published test vectors, and round trips where the result is random."""

from __future__ import annotations

import pytest
from sandbox.modules_support import evaluate, evaluate_all

VECTORS = [
    # FIPS 180, RFC 1321
    (
        "c.createHash('sha256').update('abc').digest('hex')",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ),
    ("c.createHash('md5').update('a').update('bc').digest('hex')", "900150983cd24fb0d6963f7d28e17f72"),
    ("c.hash('sha1', 'abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    # RFC 4231, case 2
    (
        "c.createHmac('sha256', 'Jefe').update('what do ya want for nothing?').digest('hex')",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    # RFC 6070, 7914, 5869
    (
        "c.pbkdf2Sync('password', 'salt', 2, 20, 'sha1').toString('hex')",
        "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
    ),
    (
        "c.scryptSync('', '', 64, { N: 16, r: 1, p: 1 }).toString('hex').slice(0, 32)",
        "77d6576238657b203b19ca42c18a0497",
    ),
    (
        "Buffer.from(c.hkdfSync('sha256', Buffer.alloc(22, 11), Buffer.from('000102030405060708090a0b0c', 'hex'), "
        "Buffer.from('f0f1f2f3f4f5f6f7f8f9', 'hex'), 42)).toString('hex').slice(0, 32)",
        "3cb25f25faacd57a90434f64d0362f2a",
    ),
    # NIST SP 800-38A, F.2.1
    (
        "const x = c.createCipheriv('aes-128-cbc', Buffer.from('2b7e151628aed2a6abf7158809cf4f3c', 'hex'), "
        "Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')).setAutoPadding(false);"
        "return x.update('6bc1bee22e409f96e93d7e117393172a', 'hex', 'hex') + x.final('hex')",
        "7649abac8119b246cee98e9b12e9197d",
    ),
    # McGrew and Viega, GCM test case 2
    (
        "const x = c.createCipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12));"
        "return x.update(Buffer.alloc(16), null, 'hex') + x.final('hex') + x.getAuthTag().toString('hex')",
        "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf",
    ),
    (
        "c.timingSafeEqual(Buffer.from('a'), Buffer.from('a')) && !c.timingSafeEqual(Buffer.from('a'), Buffer.from('b'))",
        True,
    ),
    (
        "[c.randomBytes(40).length, c.randomInt(3, 4), c.randomUUID().length, c.randomBytes(5000).length]",
        [40, 3, 36, 5000],
    ),
    ("c.randomBytes(16).equals(c.randomBytes(16))", False),
    ("new Promise((r, j) => c.randomBytes(4, (e, b) => e ? j(e) : r(b.length)))", 4),
    ("new Promise((r, j) => c.scrypt('p', 's', 8, (e, b) => e ? j(e) : r(b.length)))", 8),
]

ROUND_TRIPS = [
    "for (const n of c.getCiphers()) { const k = c.randomBytes(/^des/.test(n) ? 24 : /chacha/.test(n) ? 32 : +n.split('-')[1] / 8);"
    "const iv = /ecb/.test(n) ? null : c.randomBytes(/^des/.test(n) ? 8 : /gcm|ccm|ocb|poly/.test(n) ? 12 : 16);"
    "const o = { authTagLength: 16 }; const e = c.createCipheriv(n, k, iv, o); const s = e.update('some ', 'utf8', 'base64') + '' ;"
    "const e2 = c.createCipheriv(n, k, iv, o); const sealed = Buffer.concat([e2.update('some '), e2.update('text'), e2.final()]);"
    "const d = c.createDecipheriv(n, k, iv, o); if (/gcm|ccm|ocb|poly/.test(n)) d.setAuthTag(e2.getAuthTag());"
    "const opened = d.update(sealed, undefined, 'utf8') + d.final('utf8'); if (opened !== 'some text') throw new Error(n) } return true",
    "const d = c.createDecipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12)); d.setAuthTag(Buffer.alloc(16)); d.update('aa', 'hex');"
    "try { d.final() } catch (e) { return /unable to authenticate/.test(e.message) }",
    "const k = c.generateKeyPairSync('rsa', { modulusLength: 1024 }); const s = c.createSign('sha256').update('x').sign(k.privateKey, 'hex');"
    "return c.createVerify('RSA-SHA256').update('x').verify(k.publicKey, s, 'hex') && !c.createVerify('sha256').update('y').verify(k.publicKey, s, 'hex')",
    "const k = c.generateKeyPairSync('rsa', { modulusLength: 1024 }); const p = { padding: c.constants.RSA_PKCS1_PSS_PADDING, saltLength: 20 };"
    "return c.verify('sha256', Buffer.from('x'), { key: k.publicKey, ...p }, c.sign('sha256', Buffer.from('x'), { key: k.privateKey, ...p }))",
    "const k = c.generateKeyPairSync('rsa', { modulusLength: 1024 });"
    "return c.privateDecrypt(k.privateKey, c.publicEncrypt(k.publicKey, Buffer.from('hi'))).toString() === 'hi'",
    "const k = c.generateKeyPairSync('ed25519'); return c.verify(null, Buffer.from('x'), k.publicKey, c.sign(null, Buffer.from('x'), k.privateKey))",
    "const a = c.createECDH('secp256k1'), b = c.createECDH('secp256k1'); a.generateKeys(); b.generateKeys();"
    "return a.computeSecret(b.getPublicKey('hex'), 'hex', 'hex') === b.computeSecret(a.getPublicKey(), null, 'hex')",
    "const k = c.generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding:"
    "{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'pw' } }); const j = require('jsonwebtoken');"
    "return j.verify(j.sign({ a: 1 }, { key: k.privateKey, passphrase: 'pw' }, { algorithm: 'ES256' }), k.publicKey).a === 1",
    "const k = c.generateKeyPairSync('rsa', { modulusLength: 2048 }); const jwk = k.privateKey.export({ format: 'jwk' });"
    "return c.createPrivateKey({ key: jwk, format: 'jwk' }).equals(k.privateKey) && c.createPublicKey({ key: k.publicKey.export("
    "{ format: 'der', type: 'pkcs1' }), format: 'der', type: 'pkcs1' }).equals(k.publicKey)",
    "const j = require('jsonwebtoken'); const k = c.generateKeyPairSync('rsa', { modulusLength: 2048 });"
    "return ['RS256', 'RS512', 'PS384'].every(algorithm => j.verify(j.sign({ a: 1 }, k.privateKey, { algorithm }), k.publicKey).a === 1)",
]


def test_vectors() -> None:
    sources = [source if "return " in source else f"return ({source})" for source, _ in VECTORS]
    given = evaluate_all([f"const c = require('crypto'); {source}" for source in sources])
    assert given == [expected for _, expected in VECTORS]


def test_round_trips() -> None:
    given = evaluate_all([f"const c = require('crypto'); {source}" for source in ROUND_TRIPS])
    assert given == [True] * len(ROUND_TRIPS)


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("c.createHash('nope')", ["Error", "Digest method not supported", None]),
        (
            "c.createCipheriv('aes-128-cbc', 'short', Buffer.alloc(16))",
            ["RangeError", "Invalid key length", "ERR_CRYPTO_INVALID_KEYLEN"],
        ),
        ("c.createCipheriv('nope', '', '')", ["Error", "Unknown cipher", "ERR_CRYPTO_UNKNOWN_CIPHER"]),
        (
            "c.createPrivateKey('nope')",
            ["Error", "error:1E08010C:DECODER routines::unsupported", "ERR_OSSL_UNSUPPORTED"],
        ),
        (
            "const h = c.createHash('md5'); h.digest(); h.digest()",
            ["Error", "Digest already called", "ERR_CRYPTO_HASH_FINALIZED"],
        ),
    ],
)
def test_errors_are_nodes(source: str, error: list[str | None]) -> None:
    caught = (
        f"const c = require('crypto'); try {{ {source} }} catch (e) {{ return [e.name, e.message, e.code] }}"
    )
    assert evaluate(caught) == error


SUBTLE = [
    "const k = await s.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt', 'decrypt']); const iv = crypto.getRandomValues(new Uint8Array(12));"
    "const e = await s.encrypt({ name: 'AES-GCM', iv, additionalData: text('a') }, k, text('hey'));"
    "return back(await s.decrypt({ name: 'AES-GCM', iv, additionalData: text('a') }, k, e)) === 'hey' && e.byteLength === 19",
    "const k = await s.importKey('raw', text('Jefe'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);"
    "const m = await s.sign('HMAC', k, text('what do ya want for nothing?')); return hex(m).startsWith('5bdcc146') && await s.verify('HMAC', k, m, text('what do ya want for nothing?')) && !(await s.verify('HMAC', k, m, text('x')))",
    "return hex(await s.digest('SHA-256', text('abc'))).startsWith('ba7816bf')",
    "const k = await s.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, ['sign', 'verify']); const m = await s.sign({ name: 'ECDSA', hash: 'SHA-384' }, k.privateKey, text('x'));"
    "const p = await s.importKey('spki', await s.exportKey('spki', k.publicKey), { name: 'ECDSA', namedCurve: 'P-384' }, true, ['verify']);"
    "return m.byteLength === 96 && s.verify({ name: 'ECDSA', hash: 'SHA-384' }, p, m, text('x'))",
    "const k = await s.generateKey({ name: 'RSA-OAEP', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, true, ['encrypt', 'decrypt']);"
    "const j = await s.importKey('jwk', await s.exportKey('jwk', k.privateKey), { name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['decrypt']);"
    "return back(await s.decrypt('RSA-OAEP', j, await s.encrypt('RSA-OAEP', k.publicKey, text('z')))) === 'z'",
    "const k = await s.generateKey({ name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, true, ['sign', 'verify']);"
    "return s.verify('RSASSA-PKCS1-v1_5', k.publicKey, await s.sign('RSASSA-PKCS1-v1_5', k.privateKey, text('x')), text('x'))",
    "const a = await s.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']), b = await s.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);"
    "return hex(await s.deriveBits({ name: 'ECDH', public: b.publicKey }, a.privateKey, 256)) === hex(await s.deriveBits({ name: 'ECDH', public: a.publicKey }, b.privateKey, 256))",
    "const b = await s.importKey('raw', text('password'), 'PBKDF2', false, ['deriveKey']); const k = await s.deriveKey({ name: 'PBKDF2', salt: text('salt'), iterations: 2, hash: 'SHA-1' }, b, { name: 'AES-CBC', length: 128 }, true, ['encrypt']);"
    "return hex(await s.exportKey('raw', k)) === 'ea6c014dc72d6f8ccd1ed92ace1d41f0'",
    "const k = await s.generateKey({ name: 'AES-KW', length: 128 }, false, ['wrapKey', 'unwrapKey']); const i = await s.generateKey({ name: 'AES-CTR', length: 128 }, true, ['encrypt']);"
    "const o = await s.unwrapKey('raw', await s.wrapKey('raw', i, k, 'AES-KW'), k, 'AES-KW', 'AES-CTR', true, ['encrypt']); return hex(await s.exportKey('raw', o)) === hex(await s.exportKey('raw', i))",
    "const k = await s.generateKey({ name: 'HMAC', hash: 'SHA-1' }, false, ['sign']); try { await s.exportKey('raw', k) } catch (e) { return e.name === 'InvalidAccessError' }",
    "const k = await s.importKey('raw', text('Jefe'), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']); return require('crypto').createHmac('sha256', require('crypto').KeyObject.from(k)).update('').digest('hex').length === 64",
]


def test_web_crypto() -> None:
    tools = (
        "const s = crypto.subtle; const text = t => new TextEncoder().encode(t);"
        "const back = b => new TextDecoder().decode(b); const hex = b => Buffer.from(b).toString('hex');"
    )
    given = evaluate_all([tools + source for source in SUBTLE])
    assert given == [True] * len(SUBTLE)
