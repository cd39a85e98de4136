// Node's string_decoder: bytes to text in pieces, no character cut in two.

"use strict";

const { coded, invalidType } = require("node/errors");
const { named, canonical } = require("node/encodings");

/** How many bytes at the end of `bytes` are only the beginning of something. */
function incomplete(bytes, encoding) {
  if (encoding === "utf16le") {
    if (bytes.length % 2 === 1) return bytes.length > 2 && isHigh(bytes, bytes.length - 3) ? 3 : 1;
    return bytes.length > 1 && isHigh(bytes, bytes.length - 2) ? 2 : 0;
  }
  if (encoding === "base64" || encoding === "base64url") return bytes.length % 3;
  if (encoding !== "utf8") return 0;
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const size =
      byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc2 && byte < 0xe0 ? 2 : 1;
    return size > back ? back : 0;
  }
  return 0;
}

const isHigh = (bytes, at) => bytes[at + 1] >= 0xd8 && bytes[at + 1] <= 0xdb;

exports.define = function define(modules, module) {
  const { Buffer } = modules.builtin("buffer");

  function StringDecoder(encoding = "utf8") {
    this.encoding = canonical(encoding ?? "utf8");
    if (this.encoding === undefined)
      throw coded(new TypeError(`Unknown encoding: ${encoding}`), "ERR_UNKNOWN_ENCODING");
    Object.defineProperty(this, "kept", { value: Buffer.alloc(0), writable: true });
  }
  Object.defineProperties(StringDecoder.prototype, {
    lastNeed: {
      configurable: true,
      enumerable: true,
      get() {
        return this.lastTotal === 0 ? 0 : this.lastTotal - this.kept.length;
      },
    },
    lastTotal: {
      configurable: true,
      enumerable: true,
      get() {
        const [first] = this.kept;
        if (first === undefined) return 0;
        if (this.encoding !== "utf8") return this.encoding === "utf16le" ? (this.kept.length > 1 ? 4 : 2) : 3;
        return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
      },
    },
    lastChar: {
      configurable: true,
      enumerable: true,
      get() {
        return this.kept;
      },
    },
  });
  StringDecoder.prototype.write = function write(data) {
    if (typeof data === "string") return data;
    if (!ArrayBuffer.isView(data))
      throw invalidType("buf", "an instance of Buffer, TypedArray, or DataView", data);
    const given = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const all = this.kept.length === 0 ? given : Buffer.concat([this.kept, given]);
    const end = all.length - incomplete(all, this.encoding);
    this.kept = Buffer.from(all.subarray(end));
    return all.toString(this.encoding, 0, end);
  };
  StringDecoder.prototype.end = function end(data) {
    const text = data === undefined ? "" : this.write(data);
    const rest = named(this.encoding).decode(this.kept);
    this.kept = Buffer.alloc(0);
    return text + rest;
  };
  StringDecoder.prototype.text = function text(data, offset) {
    this.kept = Buffer.alloc(0);
    return this.write(data.slice(offset));
  };
  module.exports = { StringDecoder };
};
