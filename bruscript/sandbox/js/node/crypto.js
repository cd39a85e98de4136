// Node's crypto: digests, HMAC, random numbers, key derivation and ciphers; keys and signatures are in
// node/keys. The arithmetic is the host's; all of it is synchronous, the callback forms call back later.

"use strict";

const { coded, invalidType, outOfRange } = require("node/errors");
const { randomSource } = require("web/random");

exports.define = function define(modules, module) {
  const { Buffer } = modules.builtin("buffer");
  const { Transform } = modules.builtin("stream");
  const bytes = makeBytes(Buffer);
  const call = (name, ...args) => {
    try {
      return host.callSync(`crypto.${name}`, args);
    } catch (error) {
      throw nodes(error);
    }
  };
  const decoded = (text) => Buffer.from(text, "base64");
  const shown = (buffer, encoding) =>
    encoding === undefined || encoding === "buffer" ? buffer : buffer.toString(encoding);

  /** What hashes and ciphers share: chunks gathered by update or by writing to the stream. */
  class Gathering extends Transform {
    constructor(options) {
      super(options);
      this.chunks = [];
    }
    update(data, encoding) {
      this.chunks.push(bytes(data, encoding));
      return this;
    }
    gathered() { return Buffer.concat(this.chunks).toString("base64"); }
    _transform(chunk, encoding, done) {
      this.update(chunk, encoding);
      done();
    }
    _flush(done) {
      this.push(this.digest());
      done();
    }
  }

  class Hash extends Gathering {
    constructor(name, options = {}) {
      if (typeof name !== "string") throw invalidType("algorithm", "of type string", name);
      super(options);
      this.algorithm = name;
      this.length = options?.outputLength ?? null;
      this.done = false;
      if (!known.has(this.algorithm)) {
        call("digest", this.algorithm, "", this.length);
        known.add(this.algorithm);
      }
    }
    update(data, encoding) {
      if (this.done) throw coded(new Error("Digest already called"), "ERR_CRYPTO_HASH_FINALIZED");
      return super.update(data, encoding);
    }
    copy() {
      const copy = new Hash(this.algorithm, { outputLength: this.length });
      copy.chunks = [...this.chunks];
      return copy;
    }
    digest(encoding) {
      if (this.done) throw coded(new Error("Digest already called"), "ERR_CRYPTO_HASH_FINALIZED");
      this.done = true;
      return shown(this.result(), encoding);
    }
    /** A stream's end does not keep `digest` from giving the same once more. */
    result() {
      this.made ??= decoded(call("digest", this.algorithm, this.gathered(), this.length));
      return this.made;
    }
    _flush(done) {
      this.push(this.result());
      done();
    }
  }
  const checkDigest = (name) => {
    if (typeof name !== "string") throw invalidType("digest", "of type string", name);
    try {
      host.callSync("crypto.digest", [name, "", null]);
    } catch {
      throw coded(new TypeError(`Invalid digest: ${name}`), "ERR_CRYPTO_INVALID_DIGEST");
    }
  };
  const known = new Set(["md5", "sha1", "sha256", "sha384", "sha512", "RSA-SHA256"]);

  class Hmac extends Gathering {
    constructor(name, key, options) {
      if (typeof name !== "string") throw invalidType("hmac", "of type string", name);
      if (key === undefined || key === null) throw invalidType("key", keyLike, key);
      super(options);
      this.algorithm = name;
      this.secret = keys.secretBytes(key).toString("base64");
      this.done = false;
      if (!known.has(this.algorithm)) checkDigest(this.algorithm);
    }
    digest(encoding) {
      if (this.done) return shown(Buffer.alloc(0), encoding);
      this.done = true;
      return shown(decoded(call("hmac", this.algorithm, this.secret, this.gathered())), encoding);
    }
  }

  /**
   * Ciphers give out what is certain after each update: the host transforms all so far, the rest is kept
   * back.
   */
  class Cipher extends Transform {
    constructor(encrypt, name, key, iv, options = {}) {
      super(options);
      this.encrypts = encrypt;
      this.algorithm = `${name}`;
      this.secret = keys.secretBytes(key).toString("base64");
      this.iv = iv === null || iv === undefined ? null : bytes(iv).toString("base64");
      this.chunks = [];
      this.given = 0;
      this.settings = { padding: true, tagLength: options?.authTagLength };
      this.run(false);
    }
    run(final) {
      const data = Buffer.concat(this.chunks).toString("base64");
      const made = call("cipher", this.algorithm, this.encrypts, this.secret, this.iv, data, {
        ...this.settings,
        final,
      });
      if (made.tag !== undefined) this.tag = decoded(made.tag);
      const all = decoded(made.data);
      const fresh = all.subarray(this.given);
      this.given = all.length;
      return fresh;
    }
    update(data, inputEncoding, outputEncoding) {
      if (this.ended) throw new Error("Trying to add data in unsupported state");
      this.chunks.push(bytes(data, inputEncoding));
      return this.text(this.run(false), outputEncoding, false);
    }
    final(outputEncoding) {
      if (this.ended) throw coded(new Error("Invalid state"), "ERR_CRYPTO_INVALID_STATE");
      this.ended = true;
      return this.text(this.run(true), outputEncoding, true);
    }
    text(buffer, encoding, last) {
      if (encoding === undefined || encoding === "buffer") return buffer;
      this.decoder ??= new (modules.builtin("string_decoder").StringDecoder)(encoding);
      return this.decoder.write(buffer) + (last ? this.decoder.end() : "");
    }
    setAutoPadding(padding = true) {
      this.settings.padding = Boolean(padding);
      return this;
    }
    setAAD(data, options = {}) {
      this.settings.aad = bytes(data, options?.encoding).toString("base64");
      return this;
    }
    getAuthTag() {
      if (this.tag === undefined)
        throw coded(new Error("Invalid state for operation getAuthTag"), "ERR_CRYPTO_INVALID_STATE");
      return this.tag;
    }
    setAuthTag(tag, encoding) {
      this.settings.tag = bytes(tag, encoding).toString("base64");
      return this;
    }
    _transform(chunk, encoding, done) {
      try {
        this.push(this.update(chunk, encoding));
        done();
      } catch (error) {
        done(error);
      }
    }
    _flush(done) {
      try {
        this.push(this.final());
        done();
      } catch (error) {
        done(error);
      }
    }
  }

  function randomBytes(size, callback) {
    if (typeof size !== "number") throw invalidType("size", "of type number", size);
    if (!(size >= 0 && size <= 2 ** 31 - 1)) throw outOfRange("size", ">= 0 && <= 2147483647", size);
    return finish(() => Buffer.from(random(Math.trunc(size))), callback);
  }

  function randomFillSync(target, offset = 0, size) {
    const view = ArrayBuffer.isView(target)
      ? new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
      : new Uint8Array(target);
    const end = size === undefined ? view.length : offset + size;
    view.set(random(end - offset), offset);
    return target;
  }

  function randomInt(low, high, callback) {
    if (high === undefined || typeof high === "function") [low, high, callback] = [0, low, high];
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high))
      throw coded(new TypeError("The bounds of randomInt must be safe integers"), "ERR_INVALID_ARG_TYPE");
    const range = high - low;
    if (!(range > 0 && range <= 2 ** 48 - 1))
      throw coded(
        new RangeError(
          `The value of "max" is out of range. ` +
            `It must be greater than the value of "min" (${low}). Received ${high}`,
        ),
        "ERR_OUT_OF_RANGE",
      );
    const limit = 2 ** 48 - (2 ** 48 % range);
    return finish(() => {
      for (;;) {
        const number = random(6).reduce((value, byte) => value * 256 + byte, 0);
        if (number < limit) return low + (number % range);
      }
    }, callback);
  }

  function timingSafeEqual(left, right) {
    for (const [name, value] of [["buf1", left], ["buf2", right]]) {
      if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) continue;
      throw coded(
        new TypeError(
          `The "${name}" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.`,
        ),
        "ERR_INVALID_ARG_TYPE",
      );
    }
    const [one, other] = [bytes(left), bytes(right)];
    if (one.length !== other.length)
      throw coded(
        new RangeError("Input buffers must have the same byte length"),
        "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH",
      );
    return one.reduce((difference, byte, at) => difference | (byte ^ other[at]), 0) === 0;
  }

  const pbkdf2Sync = (password, salt, iterations, size, digest) => {
    if (typeof iterations !== "number") throw invalidType("iterations", "of type number", iterations);
    if (!(iterations >= 1 && iterations <= 2 ** 31 - 1))
      throw outOfRange("iterations", ">= 1 && <= 2147483647", iterations);
    checkDigest(digest);
    return decoded(call("pbkdf2", base64(password), base64(salt), iterations, size, digest));
  };
  const scryptSync = (password, salt, size, options = {}) => {
    const {
      N = options.cost ?? 16384,
      r = options.blockSize ?? 8,
      p = options.parallelization ?? 1,
      maxmem = 32 * 1024 * 1024,
    } = options;
    return decoded(call("scrypt", base64(password), base64(salt), N, r, p, maxmem, size));
  };
  const hkdfSync = (digest, key, salt, info, size) => {
    const made = decoded(
      call("hkdf", `${digest}`, keys.secretBytes(key).toString("base64"), base64(salt), base64(info), size),
    );
    return made.buffer.slice(made.byteOffset, made.byteOffset + made.length);
  };
  const base64 = (data) => bytes(data).toString("base64");

  const random = randomSource(call);
  const crypto = {};
  const keys = require("node/keys").makeKeys({ modules, Buffer, bytes, call, shown, finish });
  Object.assign(crypto, {
    createHash: (name, options) => new Hash(name, options),
    createHmac: (name, key, options) => new Hmac(name, key, options),
    createCipheriv: (name, key, iv, options) => new Cipher(true, name, key, iv, options),
    createDecipheriv: (name, key, iv, options) => new Cipher(false, name, key, iv, options),
    hash: (name, data, encoding = "hex") => new Hash(name).update(data).digest(encoding),
    getHashes: () => call("hashes"),
    getCiphers: () => [
      "aes-128-cbc",
      "aes-192-cbc",
      "aes-256-cbc",
      "aes-128-ctr",
      "aes-192-ctr",
      "aes-256-ctr",
      "aes-128-ecb",
      "aes-192-ecb",
      "aes-256-ecb",
      "aes-128-gcm",
      "aes-192-gcm",
      "aes-256-gcm",
      "aes-128-ccm",
      "aes-256-ccm",
      "aes-128-ocb",
      "aes-256-ocb",
      "chacha20-poly1305",
      "des-ede3-cbc",
    ],
    getCurves: () => ["prime256v1", "secp224r1", "secp256k1", "secp384r1", "secp521r1"],
    getRandomValues: (array) => globalThis.crypto.getRandomValues(array),
    randomUUID: () => globalThis.crypto.randomUUID(),
    randomBytes,
    pseudoRandomBytes: randomBytes,
    randomFillSync,
    randomInt,
    timingSafeEqual,
    randomFill(target, ...rest) {
      const callback = rest.pop();
      finish(() => randomFillSync(target, ...rest), callback);
    },
    pbkdf2Sync,
    scryptSync,
    hkdfSync,
    pbkdf2: (password, salt, iterations, size, digest, callback) =>
      finish(() => pbkdf2Sync(password, salt, iterations, size, digest), callback),
    scrypt: (password, salt, size, options, callback = options) =>
      finish(() => scryptSync(password, salt, size, typeof options === "function" ? {} : options), callback),
    hkdf: (digest, key, salt, info, size, callback) =>
      finish(() => hkdfSync(digest, key, salt, info, size), callback),
    Hash,
    Hmac,
    Cipher,
    Decipher: Cipher,
    Cipheriv: Cipher,
    Decipheriv: Cipher,
    constants: { ...constants },
    getFips: () => 0,
    ...keys.exports,
  });
  Object.defineProperty(crypto, "webcrypto", {
    enumerable: true,
    configurable: true,
    get: () => globalThis.crypto,
  });
  Object.defineProperty(crypto, "subtle", {
    enumerable: true,
    configurable: true,
    get: () => globalThis.crypto.subtle,
  });
  module.exports = crypto;
};

const constants = {
  RSA_PKCS1_PADDING: 1, RSA_NO_PADDING: 3, RSA_PKCS1_OAEP_PADDING: 4, RSA_PKCS1_PSS_PADDING: 6,
  RSA_PSS_SALTLEN_DIGEST: -1, RSA_PSS_SALTLEN_MAX_SIGN: -2, RSA_PSS_SALTLEN_AUTO: -2,
};

/** The class and code that Node gives errors of these messages. */
const errors = {
  "Invalid key length": [RangeError, "ERR_CRYPTO_INVALID_KEYLEN"],
  "Invalid initialization vector": [TypeError, "ERR_CRYPTO_INVALID_IV"],
  "Unknown cipher": [Error, "ERR_CRYPTO_UNKNOWN_CIPHER"],
  "bad decrypt": [Error, "ERR_OSSL_BAD_DECRYPT"],
  "wrong final block length": [Error, "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH"],
  "Invalid digest": [TypeError, "ERR_CRYPTO_INVALID_DIGEST"],
  "Invalid scrypt params": [RangeError, "ERR_CRYPTO_INVALID_SCRYPT_PARAMS"],
  "Invalid EC curve name": [TypeError, "ERR_CRYPTO_INVALID_CURVE"],
};

/** Where Node says no more than this. */
const exact = { "Invalid initialization vector": true, "Invalid scrypt params": true };

function nodes(error) {
  const found = Object.entries(errors).find(([text]) => error.message.includes(text));
  if (found === undefined) return error;
  const [text, [Type, code]] = /** @type {any} */ (found);
  return coded(new Type(exact[text] ? text : error.message), code);
}

/** Anything that Node takes for bytes, as a Buffer. */
function makeBytes(Buffer) {
  return function bytes(data, encoding) {
    if (typeof data === "string") return Buffer.from(data, encoding === "buffer" ? "utf8" : encoding);
    if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (data instanceof ArrayBuffer) return Buffer.from(data);
    throw invalidType("data", "of type string or an instance of Buffer, TypedArray, or DataView", data);
  };
}

/** Runs at once, or with a callback afterwards, errors given to it. */
function finish(compute, callback) {
  if (callback === undefined) return compute();
  let outcome;
  try {
    outcome = [null, compute()];
  } catch (error) {
    outcome = [error];
  }
  setTimeout(() => callback(...outcome), 0);
  return undefined;
}

const keyLike =
  "of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey";
