// From bytes to text, by the charset of the content type or a byte-order mark, as http/charset.py does it.

"use strict";

const { decode, decodeUtf8 } = require("web/encoding");

const { freeze } = Object;
const marks = freeze([
  freeze([freeze([0xff, 0xfe, 0, 0]), "utf-32le"]),
  freeze([freeze([0, 0, 0xfe, 0xff]), "utf-32be"]),
  freeze([freeze([0xff, 0xfe]), "utf-16le"]),
  freeze([freeze([0xfe, 0xff]), "utf-16be"]),
  freeze([freeze([0xef, 0xbb, 0xbf]), "utf-8"]),
]);
const unicode = freeze({
  __proto__: null,
  utf8: "utf-8",
  utf16: "utf-16",
  utf16le: "utf-16le",
  utf16be: "utf-16be",
  ucs2: "utf-16le",
  utf32: "utf-32",
  utf32le: "utf-32le",
  utf32be: "utf-32be",
  ucs4: "utf-32le",
});

/** The text of a response's bytes, without a byte-order mark. */
exports.textOf = function textOf(bytes, contentType) {
  const named = /charset=([^()<>@,;:"/[\]?.=\s]*)/i.exec(contentType ?? "")?.[1]?.toLowerCase() ?? "";
  const charset = unicode[named.replace(/[^0-9a-z]/g, "")] ?? (named === "" ? "utf-8" : named);
  for (let i = 0; i < marks.length; i += 1) {
    const [mark, encoding] = marks[i];
    if (startsWith(bytes, mark) && !(encoding === "utf-32le" && charset.startsWith("utf-16"))) {
      return decodeAs(bytes.subarray(mark.length), encoding);
    }
  }
  if (charset === "utf-16") return decodeAs(bytes, `utf-16${byteOrder(bytes, 2)}`);
  if (charset === "utf-32") return decodeAs(bytes, `utf-32${byteOrder(bytes, 4)}`);
  return decodeAs(bytes, charset).replace(/^\uFEFF/, "");
};

function startsWith(bytes, mark) {
  if (bytes.length < mark.length) return false;
  for (let at = 0; at < mark.length; at += 1) if (bytes[at] !== mark[at]) return false;
  return true;
}

function decodeAs(bytes, charset) {
  if (charset === "utf-8") return fromUtf8(bytes);
  if (charset === "utf-32le" || charset === "utf-32be") return fromUtf32(bytes, charset === "utf-32le");
  try {
    return decode(bytes, charset);
  } catch {
    return fromUtf8(bytes);
  }
}

/** What the zero bytes speak for, else little-endian. */
function byteOrder(bytes, size) {
  let little = 0;
  let big = 0;
  for (let at = 0; at + size <= bytes.length && at < size * 100; at += size) {
    const [a, b, c, d] = bytes.subarray(at, at + size);
    if (size === 2) {
      little += Number(a !== 0 && b === 0);
      big += Number(a === 0 && b !== 0);
    } else {
      little += Number(c === 0 && d === 0 && (a !== 0 || b !== 0)) - Number(d !== 0 || c > 0x10);
      big += Number(a === 0 && b === 0 && (c !== 0 || d !== 0)) - Number(a !== 0 || b > 0x10);
    }
  }
  return big > little ? "be" : "le";
}

function fromUtf32(bytes, little) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const code = at + 4 <= bytes.length ? view.getUint32(at, little) : -1;
    const isCharacter = code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    text += String.fromCodePoint(isCharacter ? code : 0xfffd);
  }
  return text;
}

/** ASCII, which most bodies are, at the speed of the engine. */
function fromUtf8(bytes) {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    const part = bytes.subarray(start, start + 8192);
    for (let at = 0; at < part.length; at += 1) {
      if (part[at] > 0x7f) return text + decodeUtf8(bytes.subarray(start));
    }
    text += String.fromCharCode.apply(null, part);
  }
  return text;
}
