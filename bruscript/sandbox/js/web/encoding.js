// TextEncoder, TextDecoder, atob and btoa. https://encoding.spec.whatwg.org/

"use strict";

const { showAs } = require("web/shown");

exports.define = function define(modules, module) {
  class TextEncoder {
    get encoding() { return "utf-8"; }
    encode(input = "") { return encodeUtf8(`${input}`); }
    encodeInto(source, destination) {
      let read = 0;
      let written = 0;
      for (const character of `${source}`.toWellFormed()) {
        const bytes = encodeUtf8(character);
        if (written + bytes.length > destination.length) break;
        destination.set(bytes, written);
        written += bytes.length;
        read += character.length;
      }
      return { read, written };
    }
  }

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    #pending = new Uint8Array(0);
    #started = false;

    constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
      this.#encoding = canonical(`${label}`);
      this.#fatal = Boolean(fatal);
      this.#ignoreBOM = Boolean(ignoreBOM);
    }
    get encoding() { return this.#encoding; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }

    decode(input, { stream = false } = {}) {
      const all = join(this.#pending, bytesOf(input));
      const end = stream ? completeEnd(all, this.#encoding) : all.length;
      this.#pending = all.slice(end);
      let text = decodeAs(all.subarray(0, end), this.#encoding, this.#fatal);
      if (!this.#started && !this.#ignoreBOM && text.startsWith("\uFEFF")) text = text.slice(1);
      this.#started = stream && (this.#started || end > 0);
      return text;
    }
  }

  function atob(data) {
    const text = `${data}`.replace(/[\t\n\f\r ]/g, "");
    try {
      return latin1(Uint8Array.fromBase64(text));
    } catch {
      const { DOMException } = globalThis;
      throw new DOMException("Invalid character", "InvalidCharacterError");
    }
  }

  function btoa(data) {
    const text = `${data}`;
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code > 255) {
        const { DOMException } = globalThis;
        throw new DOMException("Invalid character", "InvalidCharacterError");
      }
      bytes[at] = code;
    }
    return bytes.toBase64();
  }

  showAs(TextDecoder, ["encoding", "fatal", "ignoreBOM"]);
  module.exports = { TextEncoder, TextDecoder, atob, btoa };
};

const labels = {
  "utf-8": ["utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8"],
  "utf-16le": ["utf-16", "ucs-2", "unicode", "csunicode", "iso-10646-ucs-2", "unicodefeff"],
  "utf-16be": ["unicodefffe"],
  "windows-1252": [
    "latin1",
    "iso-8859-1",
    "iso8859-1",
    "iso88591",
    "iso_8859-1",
    "ascii",
    "us-ascii",
    "l1",
    "cp1252",
    "x-cp1252",
  ],
};

function canonical(label) {
  const name = label.trim().toLowerCase();
  for (const [encoding, others] of Object.entries(labels)) {
    if (encoding === name || others.includes(name)) return encoding;
  }
  const known = host.callSync("text.lookup", [name]);
  if (known === null)
    throw Object.assign(new RangeError(`The "${label}" encoding is not supported`), {
      code: "ERR_ENCODING_NOT_SUPPORTED",
    });
  return known;
}

function bytesOf(input) {
  if (input === undefined) return new Uint8Array(0);
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (input instanceof ArrayBuffer || input instanceof SharedArrayBuffer) return new Uint8Array(input);
  throw Object.assign(
    new TypeError(
      'The "list" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.',
    ),
    { code: "ERR_INVALID_ARG_TYPE" },
  );
}

function join(left, right) {
  if (left.length === 0) return right;
  const all = new Uint8Array(left.length + right.length);
  all.set(left);
  all.set(right, left.length);
  return all;
}

/** Where the last whole character ends, for decoding in pieces. */
function completeEnd(bytes, encoding) {
  if (encoding.startsWith("utf-16")) return bytes.length - (bytes.length % 2);
  if (encoding !== "utf-8") return bytes.length;
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return size > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

function decodeAs(bytes, encoding, fatal) {
  if (encoding === "utf-8") return decodeUtf8(bytes, fatal);
  if (encoding === "utf-16le") return decodeUtf16(bytes, fatal);
  return host.callSync("text.decode", [encoding, bytes.toBase64(), fatal]);
}

function latin1(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 8192));
  return text;
}

function decodeUtf16(bytes, fatal) {
  const units = new Uint16Array(bytes.slice(0, bytes.length - (bytes.length % 2)).buffer);
  let text = "";
  for (let at = 0; at < units.length; at += 4096)
    text += String.fromCharCode.apply(null, units.subarray(at, at + 4096));
  if (bytes.length % 2 === 1) text += "\uD800";
  if (fatal && !text.isWellFormed()) throw invalid("utf-16le");
  return text.toWellFormed();
}

function invalid(encoding) {
  const error = new TypeError(`The encoded data was not valid for encoding ${encoding}`);
  error.code = "ERR_ENCODING_INVALID_ENCODED_DATA";
  return error;
}

/** UTF-8 bytes of a string; a lone surrogate becomes U+FFFD. */
function encodeUtf8(text) {
  const bytes = new Uint8Array(text.length * 3);
  let size = 0;
  for (let at = 0; at < text.length; at += 1) {
    let code = text.charCodeAt(at);
    if (code < 0x80) {
      bytes[size++] = code;
      continue;
    }
    if (code >= 0xd800 && code < 0xe000) {
      const next = code < 0xdc00 ? text.charCodeAt(at + 1) : NaN;
      if (next >= 0xdc00 && next < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00);
        at += 1;
      } else {
        code = 0xfffd;
      }
    }
    if (code < 0x800) {
      bytes[size++] = 0xc0 | (code >> 6);
    } else {
      if (code < 0x10000) {
        bytes[size++] = 0xe0 | (code >> 12);
      } else {
        bytes[size++] = 0xf0 | (code >> 18);
        bytes[size++] = 0x80 | ((code >> 12) & 0x3f);
      }
      bytes[size++] = 0x80 | ((code >> 6) & 0x3f);
    }
    bytes[size++] = 0x80 | (code & 0x3f);
  }
  return bytes.slice(0, size);
}

/** The specification's UTF-8 decoder: one U+FFFD for each maximal ill-formed part. */
function decodeUtf8(bytes, fatal) {
  const units = [];
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at++];
    if (first < 0x80) {
      units.push(first);
    } else {
      let needed =
        first >= 0xc2 && first <= 0xdf
          ? 1
          : first >= 0xe0 && first <= 0xef
            ? 2
            : first >= 0xf0 && first <= 0xf4
              ? 3
              : 0;
      let code = needed === 0 ? 0xfffd : first & (0x3f >> needed);
      let lower = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
      let upper = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
      let bad = needed === 0;
      for (; needed > 0; needed -= 1) {
        const byte = bytes[at];
        if (!(byte >= lower && byte <= upper)) {
          bad = true;
          break;
        }
        [lower, upper] = [0x80, 0xbf];
        code = (code << 6) | (byte & 0x3f);
        at += 1;
      }
      if (bad) {
        if (fatal) throw invalid("utf-8");
        code = 0xfffd;
      }
      if (code > 0xffff) units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
      else units.push(code);
    }
    if (units.length > 4096) text += String.fromCharCode.apply(null, units.splice(0));
  }
  return text + String.fromCharCode.apply(null, units);
}

exports.encodeUtf8 = encodeUtf8;
exports.decodeUtf8 = (bytes) => decodeUtf8(bytes, false);
/** The text of `bytes` by an encoding's label; throws a RangeError for an unknown label. */
exports.decode = (bytes, label) => decodeAs(bytes, canonical(label), false);
exports.latin1 = latin1;
exports.bytesOf = bytesOf;
