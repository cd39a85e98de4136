// The encodings of Node's Buffer: text to bytes and back.

"use strict";

const { encodeUtf8, decodeUtf8, latin1 } = require("web/encoding");

const fromUnits = (text, mask) => {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at) & mask;
  return bytes;
};

function fromHex(text) {
  const end = text.length - (text.length % 2);
  // Everything before the first invalid pair counts.
  const wrong = /[^0-9a-fA-F]/.exec(text);
  const length = Math.min(end, wrong === null ? end : wrong.index - (wrong.index % 2));
  return Uint8Array.fromHex(text.slice(0, length));
}

/** Base64 of either alphabet; other characters are ignored, and `=` ends it. */
function fromBase64(text) {
  const all = text
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .replace(/=[^]*/, "")
    .replace(/[^A-Za-z0-9+/]/g, "");
  return Uint8Array.fromBase64(all.length % 4 === 1 ? all.slice(0, -1) : all);
}

function fromUtf16(text) {
  const bytes = new Uint8Array(text.length * 2);
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    bytes[2 * at] = unit & 0xff;
    bytes[2 * at + 1] = unit >> 8;
  }
  return bytes;
}

function toUtf16(bytes) {
  const units = new Uint16Array(plain(bytes).slice(0, bytes.length - (bytes.length % 2)).buffer);
  let text = "";
  for (let at = 0; at < units.length; at += 4096)
    text += String.fromCharCode.apply(null, units.subarray(at, at + 4096));
  return text;
}

/** `unit`: only whole ones are written where room is short. */
const encodings = {
  __proto__: null,
  utf8: { encode: encodeUtf8, decode: decodeUtf8, unit: 1 },
  hex: { encode: fromHex, decode: (bytes) => plain(bytes).toHex(), unit: 1 },
  base64: { encode: fromBase64, decode: (bytes) => plain(bytes).toBase64(), unit: 1 },
  base64url: {
    encode: fromBase64,
    decode: (bytes) => plain(bytes).toBase64({ alphabet: "base64url", omitPadding: true }),
    unit: 1,
  },
  latin1: { encode: (text) => fromUnits(text, 0xff), decode: latin1, unit: 1 },
  ascii: {
    encode: (text) => fromUnits(text, 0xff),
    decode: (bytes) => latin1(plain(bytes).map((byte) => byte & 0x7f)),
    unit: 1,
  },
  utf16le: { encode: fromUtf16, decode: toUtf16, unit: 2 },
};
const plain = (bytes) => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);

const others = {
  __proto__: null,
  "utf-8": "utf8",
  ucs2: "utf16le",
  "ucs-2": "utf16le",
  "utf-16le": "utf16le",
  binary: "latin1",
};

/** The encoding of that name, or undefined. */
exports.named = function named(name) {
  const lower = `${name}`.toLowerCase();
  return encodings[others[lower] ?? lower];
};

/** The name that Node gives the encoding. */
exports.canonical = function canonical(name) {
  const lower = `${name}`.toLowerCase();
  const found = others[lower] ?? lower;
  return found in encodings ? found : undefined;
};
