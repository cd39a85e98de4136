// The web's crypto object; crypto.subtle is in web/subtle. https://w3c.github.io/webcrypto/

"use strict";

const { randomSource } = require("web/random");

exports.define = function define(modules, module) {
  const random = randomSource((name, ...args) => host.callSync(`crypto.${name}`, args));
  const subtle = () => modules.once("web/subtle", (inner) => require("web/subtle").define(modules, inner));

  class Crypto {
    get subtle() { return subtle().subtle; }
    getRandomValues(array) {
      const { DOMException } = globalThis;
      if (
        !ArrayBuffer.isView(array) ||
        array instanceof DataView ||
        array instanceof Float32Array ||
        array instanceof Float64Array
      ) {
        throw new DOMException("The data argument must be an integer-type TypedArray", "TypeMismatchError");
      }
      if (array.byteLength > 65536) {
        throw new DOMException(
          `The requested length exceeds 65,536 bytes: ${array.byteLength}`,
          "QuotaExceededError",
        );
      }
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(random(array.byteLength));
      return array;
    }
    randomUUID() {
      const bytes = random(16);
      bytes[6] = (bytes[6] & 0x0f) | 0x40;
      bytes[8] = (bytes[8] & 0x3f) | 0x80;
      const hex = bytes.toHex();
      const cuts = [0, 8, 12, 16, 20];
      return cuts.map((from, at) => hex.slice(from, cuts[at + 1])).join("-");
    }
    get [Symbol.toStringTag]() { return "Crypto"; }
  }

  const crypto = new Crypto();
  if (modules.safe) {
    // The reference's safe mode has Node's randomBytes on its global crypto.
    Object.defineProperty(crypto, "randomBytes", {
      value: (size) => modules.builtin("crypto").randomBytes(size), writable: true, configurable: true,
    });
  }
  module.exports = {
    crypto,
    Crypto,
    get CryptoKey() { return subtle().CryptoKey; },
    get SubtleCrypto() { return subtle().SubtleCrypto; },
  };
};
