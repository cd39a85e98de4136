// Node's Buffer: the npm package of that name, with what it lacks added.

"use strict";

exports.define = function define(modules, module) {
  const buffer = modules.bundle("polyfill/buffer");
  addBase64Url(buffer.Buffer);
  const { atob, btoa, Blob, File } = globalThis;
  module.exports = Object.assign(buffer, {
    atob,
    btoa,
    Blob,
    File,
    constants: { MAX_LENGTH: buffer.kMaxLength, MAX_STRING_LENGTH: buffer.kStringMaxLength ?? 0x1fffffe8 },
    isUtf8: (bytes) => buffer.Buffer.from(buffer.Buffer.from(bytes).toString("utf8")).equals(bytes),
    isAscii: (bytes) => bytes.every((byte) => byte < 0x80),
    transcode: (bytes, from, to) => buffer.Buffer.from(buffer.Buffer.from(bytes).toString(from), to),
  });
};

const isUrl = (encoding) => typeof encoding === "string" && encoding.toLowerCase() === "base64url";

/** The package decodes base64url with its base64, but neither names it nor writes it. */
function addBase64Url(Buffer) {
  const { from, byteLength, isEncoding } = Buffer;
  const { toString, write, fill, indexOf, includes, lastIndexOf } = Buffer.prototype;
  const known = (encoding) => (isUrl(encoding) ? "base64" : encoding);
  const define = (object, name, value) => Object.defineProperty(object, name, { value, writable: true, configurable: true });
  define(Buffer, "from", function (value, encoding, length) { return from.call(Buffer, value, known(encoding), length); });
  define(Buffer, "byteLength", (value, encoding) => byteLength(value, known(encoding)));
  define(Buffer, "isEncoding", (encoding) => isUrl(encoding) || isEncoding(encoding));
  define(Buffer.prototype, "toString", function (encoding, start, end) {
    if (!isUrl(encoding)) return toString.call(this, encoding, start, end);
    return toString.call(this, "base64", start, end).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  });
  define(Buffer.prototype, "write", function (string, ...rest) { return write.call(this, string, ...rest.map(known)); });
  define(Buffer.prototype, "fill", function (value, ...rest) { return fill.call(this, value, ...rest.map(known)); });
  for (const [name, search] of Object.entries({ indexOf, includes, lastIndexOf })) {
    define(Buffer.prototype, name, function (value, ...rest) { return search.call(this, value, ...rest.map(known)); });
  }
}
