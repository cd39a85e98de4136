// The part of Node's crypto that has keys: KeyObject, signatures, RSA, key pairs, Diffie-Hellman.

"use strict";

exports.makeKeys = function makeKeys({ modules, Buffer, bytes, call, shown, finish }) {
  const { Writable } = modules.builtin("stream");
  const decoded = (text) => Buffer.from(text, "base64");
  const handles = new WeakMap();

  class KeyObject {
    constructor(type, handle) {
      this.type = type;
      handles.set(this, handle);
    }
    get asymmetricKeyType() { return handles.get(this).type; }
    get asymmetricKeyDetails() {
      const { details } = handles.get(this);
      if (details === undefined) return undefined;
      return "publicExponent" in details
        ? { ...details, publicExponent: BigInt(details.publicExponent) }
        : { ...details };
    }
    get symmetricKeySize() { return this.type === "secret" ? handles.get(this).secret.length : undefined; }
    export(options = {}) {
      if (this.type === "secret") {
        const { secret } = handles.get(this);
        if (options.format === "jwk") return { kty: "oct", k: secret.toString("base64url") };
        return Buffer.from(secret);
      }
      const passphrase = options.passphrase === undefined ? undefined : String(options.passphrase);
      const made = call("export", handles.get(this), { ...options, passphrase });
      if (options.format === "jwk") return made;
      return options.format === "der" ? decoded(made) : decoded(made).toString("latin1");
    }
    equals(other) {
      const [own, its] = [handles.get(this), handles.get(other)];
      return (
        this.type === other.type &&
        (this.type === "secret" ? own.secret.equals(its.secret) : own.der === its.der)
      );
    }
    get [Symbol.toStringTag]() { return "KeyObject"; }
    static from(key) { return key[Symbol.for("bruscript.keyObject")]; }
  }

  const fromHandle = (handle) => new KeyObject(handle.private ? "private" : "public", handle);

  function createSecretKey(data, encoding) {
    return new KeyObject("secret", { secret: Buffer.from(bytes(data, encoding)) });
  }

  /** What the host reads a key from: PEM, DER or JWK. */
  function specification(input) {
    const options =
      typeof input === "object" &&
      input !== null &&
      !ArrayBuffer.isView(input) &&
      !(input instanceof ArrayBuffer) &&
      !(input instanceof KeyObject)
        ? input
        : { key: input };
    const { key, format = "pem", type, passphrase, encoding } = options;
    const common = { type, ...(passphrase === undefined ? {} : { passphrase: String(passphrase) }) };
    if (format === "jwk") return { ...common, jwk: key };
    if (key === undefined || key === null) {
      throw Object.assign(
        new TypeError(
          "The \"key\" argument must be of type string or an instance of ArrayBuffer, Buffer, TypedArray, " +
            `DataView, KeyObject, or CryptoKey. Received ${key}`,
        ),
        { code: "ERR_INVALID_ARG_TYPE" },
      );
    }
    const data = bytes(key, encoding);
    if (format === "der") return { ...common, der: data.toString("base64") };
    return { ...common, pem: data.toString("utf8") };
  }

  function handleOf(input, wantPrivate) {
    const key =
      input instanceof KeyObject
        ? input
        : input?.key instanceof KeyObject
          ? input.key
          : input?.[Symbol.for("bruscript.keyObject")];
    if (key === undefined) return read(specification(input), wantPrivate);
    const handle = handles.get(key);
    if (handle.secret !== undefined || (wantPrivate && !handle.private)) {
      throw Object.assign(
        new TypeError(
          `Invalid key object type ${key.type}, expected ${wantPrivate ? "private" : "private or public"}.`,
        ),
        { code: "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE" },
      );
    }
    return handle;
  }

  function read(given, wantPrivate) {
    try {
      return call("key", given, wantPrivate);
    } catch (error) {
      throw Object.assign(new Error(error.message), { code: "ERR_OSSL_UNSUPPORTED" });
    }
  }

  function createPublicKey(input) {
    const handle = handleOf(input, false);
    return fromHandle(handle.private ? call("key", { der: handle.der, type: "pkcs8" }, false) : handle);
  }

  function createPrivateKey(input) {
    return fromHandle(handleOf(input, true));
  }

  function secretBytes(key) {
    const object = key instanceof KeyObject ? key : key?.[Symbol.for("bruscript.keyObject")];
    if (object === undefined) return bytes(key);
    const { secret } = handles.get(object);
    if (secret === undefined)
      throw Object.assign(new TypeError(`Invalid key object type ${object.type}, expected secret.`), {
        code: "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE",
      });
    return secret;
  }

  const optionsOf = (key) =>
    key instanceof KeyObject || typeof key !== "object" || key === null || ArrayBuffer.isView(key)
      ? {}
      : {
          padding: key.padding,
          saltLength: key.saltLength,
          dsaEncoding: key.dsaEncoding,
          oaepHash: key.oaepHash,
          oaepLabel: key.oaepLabel === undefined ? undefined : bytes(key.oaepLabel).toString("base64"),
        };

  function signOnce(name, data, key, callback) {
    return finish(
      () =>
        decoded(
          call("sign", name ?? null, handleOf(key, true), bytes(data).toString("base64"), optionsOf(key)),
        ),
      callback,
    );
  }

  function verifyOnce(name, data, key, signature, callback) {
    return finish(
      () =>
        call(
          "verify",
          name ?? null,
          handleOf(key, false),
          bytes(data).toString("base64"),
          bytes(signature).toString("base64"),
          optionsOf(key),
        ),
      callback,
    );
  }

  class Gatherer extends Writable {
    constructor(name, options) {
      super(options);
      this.algorithm = `${name}`;
      this.chunks = [];
    }
    update(data, encoding) {
      this.chunks.push(bytes(data, encoding));
      return this;
    }
    _write(chunk, encoding, done) {
      this.update(chunk, encoding);
      done();
    }
  }
  class Sign extends Gatherer {
    sign(key, encoding) { return shown(signOnce(this.algorithm, Buffer.concat(this.chunks), key), encoding); }
  }
  class Verify extends Gatherer {
    verify(key, signature, encoding) {
      return verifyOnce(this.algorithm, Buffer.concat(this.chunks), key, bytes(signature, encoding));
    }
  }

  const publicEncrypt = (key, data) =>
    decoded(call("encrypt", handleOf(key, false), bytes(data).toString("base64"), optionsOf(key)));
  const privateDecrypt = (key, data) =>
    decoded(call("decrypt", handleOf(key, true), bytes(data).toString("base64"), optionsOf(key)));

  function generateKeyPairSync(type, options = /** @type {any} */ ({})) {
    const privateKey = fromHandle(call("generate", type, plain(options)));
    const publicKey = createPublicKey(privateKey);
    return {
      publicKey:
        options.publicKeyEncoding === undefined ? publicKey : publicKey.export(options.publicKeyEncoding),
      privateKey:
        options.privateKeyEncoding === undefined ? privateKey : privateKey.export(options.privateKeyEncoding),
    };
  }
  const plain = ({ modulusLength, publicExponent, namedCurve }) => ({
    modulusLength,
    publicExponent,
    namedCurve,
  });

  function generateKeyPair(type, options, callback) {
    finish(
      () => generateKeyPairSync(type, options),
      (error, pair) => (error ? callback(error) : callback(null, pair.publicKey, pair.privateKey)),
    );
  }

  Object.defineProperty(generateKeyPair, Symbol.for("nodejs.util.promisify.custom"), {
    value: async (type, options) => generateKeyPairSync(type, options),
  });

  function generateKeySync(type, { length }) {
    return createSecretKey(decoded(call("random", Math.floor(length / 8))));
  }

  class ECDH {
    constructor(curve) {
      this.curve = curve;
      this.pair = null;
      call("point", curve, null, null, false);
    }
    generateKeys(encoding, format) {
      this.pair = call("point", this.curve, null, null, false);
      return this.getPublicKey(encoding, format);
    }
    computeSecret(other, inputEncoding, outputEncoding) {
      const { secret } = call(
        "point",
        this.curve,
        this.pair.private,
        bytes(other, inputEncoding).toString("base64"),
        false,
      );
      return shown(decoded(secret), outputEncoding);
    }
    getPrivateKey(encoding) {
      return shown(decoded(this.pair.private), encoding);
    }
    getPublicKey(encoding, format) {
      return shown(
        decoded(call("point", this.curve, this.pair.private, null, format === "compressed").public),
        encoding,
      );
    }
    setPrivateKey(key, encoding) {
      this.pair = call("point", this.curve, bytes(key, encoding).toString("base64"), null, false);
    }
  }

  function diffieHellman({ privateKey, publicKey }) {
    return decoded(call("agree", handleOf(privateKey, true), handleOf(publicKey, false)));
  }

  return {
    secretBytes,
    exports: {
      KeyObject, createSecretKey, createPublicKey, createPrivateKey,
      createSign: (name, options) => new Sign(name, options),
      createVerify: (name, options) => new Verify(name, options),
      sign: signOnce, verify: verifyOnce, Sign, Verify, publicEncrypt, privateDecrypt,
      generateKeyPairSync, generateKeyPair, generateKeySync,
      generateKey: (type, options, callback) => finish(() => generateKeySync(type, options), callback),
      createECDH: (curve) => new ECDH(curve), ECDH, diffieHellman,
    },
  };
};
