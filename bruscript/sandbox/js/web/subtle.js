// crypto.subtle. https://w3c.github.io/webcrypto/ The arithmetic is the host's.

"use strict";

const { bytesOf } = require("web/encoding");

exports.define = function define(modules, module) {
  const { DOMException } = globalThis;
  const inner = new WeakMap();
  const call = (name, ...args) => host.callSync(`crypto.${name}`, args);
  const fail = (message, name) => { throw new DOMException(message, name); };
  const base64 = (data) => bytesOf(data).toBase64();
  const buffer = (text) => Uint8Array.fromBase64(text).buffer;
  let constructing = false;

  class CryptoKey {
    constructor(type, algorithm, extractable, usages, material) {
      if (!constructing) throw new TypeError("Illegal constructor");
      Object.defineProperties(this, {
        type: { value: type, enumerable: true },
        extractable: { value: extractable, enumerable: true },
        algorithm: { value: algorithm, enumerable: true },
        usages: { value: usages, enumerable: true },
      });
      inner.set(this, material);
    }
    get [Symbol.toStringTag]() { return "CryptoKey"; }
    get [Symbol.for("bruscript.keyObject")]() {
      const { createSecretKey, createPrivateKey, createPublicKey } = modules.builtin("crypto");
      const material = inner.get(this);
      if (material.secret !== undefined) return createSecretKey(Uint8Array.fromBase64(material.secret));
      const spec = {
        key: Uint8Array.fromBase64(material.der),
        format: "der",
        type: material.private ? "pkcs8" : "spki",
      };
      return material.private ? createPrivateKey(spec) : createPublicKey(spec);
    }
  }

  function make(type, algorithm, extractable, usages, material) {
    constructing = true;
    try {
      return new CryptoKey(type, algorithm, Boolean(extractable), [...usages], material);
    } finally {
      constructing = false;
    }
  }

  const normal = (algorithm) => {
    const given = typeof algorithm === "string" ? { name: algorithm } : { ...algorithm };
    const name = names.find((known) => known.toLowerCase() === `${given.name}`.toLowerCase());
    if (name === undefined) fail("Unrecognized algorithm name", "NotSupportedError");
    return { ...given, name };
  };
  const hashOf = (hash) => normal(typeof hash === "object" && hash !== null ? hash.name : hash).name;

  function use(key, usage, algorithm) {
    if (!(key instanceof CryptoKey)) throw new TypeError("the key is not of type CryptoKey");
    const { algorithm: own, usages } = /** @type {any} */ (key);
    if (own.name !== algorithm.name) fail("Key algorithm mismatch", "InvalidAccessError");
    if (!usages.includes(usage)) fail(`Unable to use this key to ${usage}`, "InvalidAccessError");
    return inner.get(key);
  }

  async function digest(algorithm, data) {
    return buffer(call("digest", normal(algorithm).name, base64(data), null));
  }

  function signing(key, algorithm) {
    if (algorithm.name === "RSASSA-PKCS1-v1_5") return [key.algorithm.hash.name, { padding: 1 }];
    if (algorithm.name === "RSA-PSS")
      return [key.algorithm.hash.name, { padding: 6, saltLength: algorithm.saltLength }];
    if (algorithm.name === "ECDSA") return [hashOf(algorithm.hash), { dsaEncoding: "ieee-p1363" }];
    if (algorithm.name === "Ed25519") return [null, {}];
    return fail("Unable to sign with this algorithm", "NotSupportedError");
  }

  async function sign(given, key, data) {
    const algorithm = normal(given);
    const material = use(key, "sign", algorithm);
    if (algorithm.name === "HMAC")
      return buffer(call("hmac", key.algorithm.hash.name, material.secret, base64(data)));
    const [hash, options] = signing(key, algorithm);
    return buffer(call("sign", hash, material, base64(data), options));
  }

  async function verify(given, key, signature, data) {
    const algorithm = normal(given);
    const material = use(key, "verify", algorithm);
    if (algorithm.name === "HMAC") {
      const made = Uint8Array.fromBase64(
        call("hmac", key.algorithm.hash.name, material.secret, base64(data)),
      );
      const other = bytesOf(signature);
      return (
        made.length === other.length && made.reduce((all, byte, at) => all | (byte ^ other[at]), 0) === 0
      );
    }
    const [hash, options] = signing(key, algorithm);
    return call("verify", hash, material, base64(data), base64(signature), options);
  }

  function cipherName(name, secret) {
    const bits = Uint8Array.fromBase64(secret).length * 8;
    return `aes-${bits}-${name.slice(4).toLowerCase()}`;
  }

  function aes(encrypt, algorithm, secret, data) {
    const iv = algorithm.name === "AES-CTR" ? algorithm.counter : algorithm.iv;
    const size = (algorithm.tagLength ?? 128) / 8;
    const options = { final: true, padding: true, tagLength: size };
    if (algorithm.additionalData !== undefined) options.aad = base64(algorithm.additionalData);
    let content = bytesOf(data);
    if (!encrypt && algorithm.name === "AES-GCM") {
      if (content.length < size) fail("The provided data is too small", "OperationError");
      options.tag = content.slice(content.length - size).toBase64();
      content = content.slice(0, content.length - size);
    }
    try {
      const made = call(
        "cipher",
        cipherName(algorithm.name, secret),
        encrypt,
        secret,
        base64(iv),
        content.toBase64(),
        options,
      );
      const output = Uint8Array.fromBase64(made.data);
      if (made.tag === undefined) return output.buffer;
      return require("web/blob").concatenate([output, Uint8Array.fromBase64(made.tag)]).buffer;
    } catch (error) {
      return fail(
        `The operation failed for an operation-specific reason: ${error.message}`,
        "OperationError",
      );
    }
  }

  function transform(encrypt, algorithm, key, material, data) {
    if (/^AES-(GCM|CBC|CTR)$/.test(algorithm.name)) return aes(encrypt, algorithm, material.secret, data);
    if (algorithm.name !== "RSA-OAEP") fail("Unable to encrypt with this algorithm", "NotSupportedError");
    const label = algorithm.label === undefined ? undefined : base64(algorithm.label);
    const options = { padding: 4, oaepHash: key.algorithm.hash.name, oaepLabel: label };
    try {
      return buffer(call(encrypt ? "encrypt" : "decrypt", material, base64(data), options));
    } catch (error) {
      const reason = `The operation failed for an operation-specific reason: ${error.message}`;
      return fail(reason, "OperationError");
    }
  }

  async function encrypt(given, key, data) {
    const algorithm = normal(given);
    return transform(true, algorithm, key, use(key, "encrypt", algorithm), data);
  }

  async function decrypt(given, key, data) {
    const algorithm = normal(given);
    return transform(false, algorithm, key, use(key, "decrypt", algorithm), data);
  }

  async function generateKey(given, extractable, usages) {
    const algorithm = normal(given);
    if (algorithm.name.startsWith("AES")) {
      return secretKey(
        { name: algorithm.name, length: algorithm.length },
        extractable,
        usages,
        call("random", algorithm.length / 8),
      );
    }
    if (algorithm.name === "HMAC") {
      const hash = hashOf(algorithm.hash);
      const length = algorithm.length ?? (/384|512/.test(hash) ? 1024 : 512);
      return secretKey(
        { name: "HMAC", hash: { name: hash }, length },
        extractable,
        usages,
        call("random", length / 8),
      );
    }
    const kind = algorithm.name.startsWith("RSA")
      ? "rsa"
      : algorithm.name.startsWith("EC")
        ? "ec"
        : algorithm.name.toLowerCase();
    const made = call("generate", kind, {
      modulusLength: algorithm.modulusLength,
      publicExponent:
        algorithm.publicExponent && [...algorithm.publicExponent].reduce((all, byte) => all * 256 + byte, 0),
      namedCurve: algorithm.namedCurve,
    });
    const known = described(algorithm, made);
    const publicPart = call("key", { der: made.der, type: "pkcs8" }, false);
    const publicUsages = ["verify", "encrypt", "wrapKey"];
    return {
      publicKey: make(
        "public",
        known,
        true,
        usages.filter((usage) => publicUsages.includes(usage)),
        publicPart,
      ),
      privateKey: make(
        "private",
        known,
        extractable,
        usages.filter((usage) => !publicUsages.includes(usage)),
        made,
      ),
    };
  }

  function described(algorithm, { details = /** @type {any} */ ({}) }) {
    if (algorithm.name.startsWith("RSA")) {
      return {
        name: algorithm.name, modulusLength: details.modulusLength, publicExponent: new Uint8Array([1, 0, 1]),
        hash: { name: hashOf(algorithm.hash) },
      };
    }
    if (algorithm.name.startsWith("EC"))
      return { name: algorithm.name, namedCurve: algorithm.namedCurve ?? curves[details.namedCurve] };
    return { name: algorithm.name };
  }

  function secretKey(algorithm, extractable, usages, secret) {
    return make("secret", algorithm, extractable, usages, { secret });
  }

  async function importKey(format, data, given, extractable, usages) {
    const algorithm = normal(given);
    const secret = /^(AES|HMAC|PBKDF2|HKDF)/.test(algorithm.name);
    if (format === "raw" && !secret) {
      const kind = algorithm.name.startsWith("EC") ? algorithm.namedCurve : algorithm.name.toLowerCase();
      const material = call("raw", kind, base64(data));
      return make("public", described(algorithm, material), extractable, usages, material);
    }
    if (secret) {
      const key =
        format === "jwk" ? Uint8Array.fromBase64(data.k, { alphabet: "base64url" }) : bytesOf(data).slice();
      if (algorithm.name.startsWith("AES") && ![16, 24, 32].includes(key.length))
        fail("Invalid key length", "DataError");
      const known = { name: algorithm.name };
      if (algorithm.name === "HMAC") known.hash = { name: hashOf(algorithm.hash) };
      if (/^(AES|HMAC)/.test(algorithm.name)) known.length = key.length * 8;
      return secretKey(known, extractable, usages, key.toBase64());
    }
    const isPrivate = format === "pkcs8" || (format === "jwk" && data.d !== undefined);
    const source = format === "jwk" ? { jwk: data } : { der: base64(data), type: format };
    let material;
    try {
      material = call("key", source, isPrivate);
    } catch (error) {
      fail(`Invalid keyData: ${error.message}`, "DataError");
    }
    return make(
      isPrivate ? "private" : "public",
      described(algorithm, material),
      extractable,
      usages,
      material,
    );
  }

  async function exportKey(format, key) {
    const material = inner.get(key);
    if (!key.extractable) fail("key is not extractable", "InvalidAccessError");
    if (format === "raw") return buffer(material.secret ?? call("public", material));
    if (format === "jwk") {
      const common = { key_ops: [...key.usages], ext: key.extractable };
      if (material.secret === undefined) return { ...common, ...call("export", material, { format: "jwk" }) };
      const k = Uint8Array.fromBase64(material.secret).toBase64({ alphabet: "base64url", omitPadding: true });
      return { ...common, kty: "oct", k, alg: jwkName(key.algorithm) };
    }
    if (format !== (material.private ? "pkcs8" : "spki"))
      fail(`Unable to export a ${key.type} key as ${format}`, "InvalidAccessError");
    return buffer(material.der);
  }

  async function deriveBits(given, key, length) {
    const algorithm = normal(given);
    return derive(algorithm, use(key, "deriveBits", algorithm), length);
  }

  function derive(algorithm, material, length) {
    const size = length === null || length === undefined ? undefined : length / 8;
    if (algorithm.name === "PBKDF2") {
      return buffer(
        call(
          "pbkdf2",
          material.secret,
          base64(algorithm.salt),
          algorithm.iterations,
          size,
          hashOf(algorithm.hash),
        ),
      );
    }
    if (algorithm.name === "HKDF") {
      return buffer(
        call(
          "hkdf",
          hashOf(algorithm.hash),
          material.secret,
          base64(algorithm.salt),
          base64(algorithm.info),
          size,
        ),
      );
    }
    const agreed = buffer(call("agree", material, inner.get(algorithm.public)));
    return size === undefined ? agreed : agreed.slice(0, size);
  }

  async function deriveKey(given, key, derived, extractable, usages) {
    const algorithm = normal(given);
    const material = use(key, "deriveKey", algorithm);
    const wanted = normal(derived);
    const length =
      wanted.length ?? (wanted.name === "HMAC" ? (/384|512/.test(hashOf(wanted.hash)) ? 1024 : 512) : 256);
    return importKey("raw", derive(algorithm, material, length), wanted, extractable, usages);
  }

  async function wrapKey(format, key, wrapping, given) {
    const exported = await exportKey(format, key);
    const data = format === "jwk" ? new TextEncoder().encode(JSON.stringify(exported)) : exported;
    const algorithm = normal(given);
    const material = use(wrapping, "wrapKey", algorithm);
    if (algorithm.name === "AES-KW") return buffer(call("wrap", true, material.secret, base64(data)));
    return transform(true, algorithm, wrapping, material, data);
  }

  async function unwrapKey(format, wrapped, unwrapping, given, keyAlgorithm, extractable, usages) {
    const algorithm = normal(given);
    const material = use(unwrapping, "unwrapKey", algorithm);
    const data = algorithm.name === "AES-KW"
      ? buffer(call("wrap", false, material.secret, base64(wrapped)))
      : transform(false, algorithm, unwrapping, material, wrapped);
    const source = format === "jwk" ? JSON.parse(new TextDecoder().decode(data)) : data;
    return importKey(format, source, keyAlgorithm, extractable, usages);
  }

  class SubtleCrypto {
    get [Symbol.toStringTag]() { return "SubtleCrypto"; }
  }
  const methods = {
    digest,
    sign,
    verify,
    encrypt,
    decrypt,
    generateKey,
    importKey,
    exportKey,
    deriveBits,
    deriveKey,
    wrapKey,
    unwrapKey,
  };
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(SubtleCrypto.prototype, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: true,
    });
  }
  module.exports = { subtle: new SubtleCrypto(), SubtleCrypto, CryptoKey };
};

const names = [
  "SHA-1",
  "SHA-256",
  "SHA-384",
  "SHA-512",
  "HMAC",
  "AES-GCM",
  "AES-CBC",
  "AES-CTR",
  "AES-KW",
  "RSASSA-PKCS1-v1_5",
  "RSA-PSS",
  "RSA-OAEP",
  "ECDSA",
  "ECDH",
  "Ed25519",
  "X25519",
  "PBKDF2",
  "HKDF",
];

const curves = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };

function jwkName({ name, hash, length }) {
  if (name === "HMAC") return `HS${hash.name.slice(4)}`;
  return `A${length}${name.slice(4)}`;
}
