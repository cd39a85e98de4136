// Node's Buffer, over what the language has for bytes. https://nodejs.org/api/buffer.html
//
// There is no pool: each buffer has its own ArrayBuffer, so that `.buffer` is what most scripts take it
// for.

"use strict";

const { coded, invalidType, invalidValue, outOfRange } = require("node/errors");
const { named, canonical } = require("node/encodings");
const numbers = require("node/numbers");

const maxLength = 2 ** 32;
const maxString = 0x1fffffe8;
const shownBytes = 50;
const customInspect = Symbol.for("nodejs.util.inspect.custom");
const bufferLike = "an instance of Buffer or Uint8Array";

const isBytes = (value) => value instanceof Uint8Array;
const isBuffers = (value) => value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
const viewed = (value) => new Uint8Array(value.buffer, value.byteOffset, value.byteLength);

function encodingOf(name) {
  if (name === undefined || name === null || name === "") return named("utf8");
  const found = named(name);
  if (found === undefined) throw coded(new TypeError(`Unknown encoding: ${name}`), "ERR_UNKNOWN_ENCODING");
  return found;
}

function checkSize(size) {
  if (typeof size !== "number") throw invalidType("size", "of type number", size);
  if (!(size >= 0 && size <= maxLength)) throw outOfRange("size", `>= 0 && <= ${maxLength}`, size);
  return Math.trunc(size);
}

/** An index as Node's methods take it: whole, within the limits, `otherwise` for undefined. */
function within(value, otherwise, low, high) {
  if (value === undefined) return otherwise;
  const index = Math.trunc(Number(value)) || 0;
  return Math.min(Math.max(index, low), high);
}

function compareBytes(left, right) {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) if (left[at] !== right[at]) return left[at] < right[at] ? -1 : 1;
  return Math.sign(left.length - right.length);
}

function isAt(bytes, wanted, at) {
  for (let index = 0; index < wanted.length; index += 1)
    if (bytes[at + index] !== wanted[index]) return false;
  return true;
}

/** Where `value` is in `bytes`, from `offset` on, or backwards from there; -1 where it is not. */
function search(bytes, value, offset, encoding, forward) {
  let from = offset;
  let name = encoding;
  if (typeof from === "string") [from, name] = [undefined, from];
  from = from === undefined || Number.isNaN(+from) ? (forward ? 0 : bytes.length) : Math.trunc(+from);
  if (from < 0) from += bytes.length;
  if (from < 0) {
    if (!forward) return -1;
    from = 0;
  }
  const wanted =
    typeof value === "number"
      ? [value & 0xff]
      : typeof value === "string"
        ? encodingOf(name).encode(value)
        : value;
  if (typeof value !== "number" && !isBytes(wanted))
    throw invalidType("value", "one of type number or string or an instance of Buffer or Uint8Array", value);
  const last = bytes.length - wanted.length;
  if (wanted.length === 0) return Math.min(from, bytes.length);
  if (!forward) {
    for (let at = Math.min(from, last); at >= 0; at -= 1) if (isAt(bytes, wanted, at)) return at;
    return -1;
  }
  for (let at = from; at <= last; at += 1) if (isAt(bytes, wanted, at)) return at;
  return -1;
}

function swapped(buffer, size) {
  if (buffer.length % size !== 0) {
    throw coded(
      new RangeError(`Buffer size must be a multiple of ${size * 8}-bits`),
      "ERR_INVALID_BUFFER_SIZE",
    );
  }
  for (let at = 0; at < buffer.length; at += size) viewed(buffer).subarray(at, at + size).reverse();
  return buffer;
}

/** As many of the encoded bytes as there is room for, without half a character at their end. */
function writeText(target, text, offset, length, encoding) {
  const { encode, unit } = encoding;
  const bytes = encode(text);
  let size = Math.min(bytes.length, length);
  if (size < bytes.length && encoding === named("utf8"))
    while (size > 0 && (bytes[size] & 0xc0) === 0x80) size -= 1;
  size -= size % unit;
  target.set(bytes.subarray(0, size), offset);
  return size;
}

exports.define = function define(modules, module) {
  class FastBuffer extends Uint8Array {}
  const wrap = (bytes) => new FastBuffer(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const encoded = (text, encoding) => wrap(encodingOf(encoding).encode(text));

  function Buffer(value, encodingOrOffset, length) {
    if (typeof value !== "number") return statics.from(value, encodingOrOffset, length);
    if (typeof encodingOrOffset === "string") throw invalidType("string", "of type string", value);
    return statics.alloc(value);
  }

  function fromBuffers(value, offset, length) {
    const start = offset === undefined || Number.isNaN(+offset) ? 0 : Math.trunc(+offset);
    const most = value.byteLength - start;
    if (most < 0)
      throw coded(new RangeError('"offset" is outside of buffer bounds'), "ERR_BUFFER_OUT_OF_BOUNDS");
    const size = length === undefined ? most : Math.max(+length || 0, 0);
    if (size > most)
      throw coded(new RangeError('"length" is outside of buffer bounds'), "ERR_BUFFER_OUT_OF_BOUNDS");
    return new FastBuffer(value, start, size);
  }

  function fromObject(value) {
    if (typeof value.length === "number" || isBuffers(value.buffer)) {
      return typeof value.length === "number" && value.length > 0
        ? new FastBuffer(Uint8Array.from(value).buffer)
        : new FastBuffer();
    }
    return value.type === "Buffer" && Array.isArray(value.data) ? fromObject(value.data) : undefined;
  }

  const statics = {
    from(value, encodingOrOffset, length) {
      if (typeof value === "string")
        return encoded(value, typeof encodingOrOffset === "string" ? encodingOrOffset : undefined);
      if (typeof value === "object" && value !== null) {
        if (isBuffers(value)) return fromBuffers(value, encodingOrOffset, length);
        const inner = value.valueOf?.();
        if (
          inner !== null &&
          inner !== undefined &&
          inner !== value &&
          (typeof inner === "string" || typeof inner === "object")
        ) {
          return statics.from(inner, encodingOrOffset, length);
        }
        const made = fromObject(value);
        if (made !== undefined) return made;
        const primitive = value[Symbol.toPrimitive]?.("string");
        if (typeof primitive === "string") return encoded(primitive, encodingOrOffset);
      }
      throw invalidType(
        "first argument",
        "of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object",
        value,
      );
    },
    alloc(size, fill, encoding) {
      const made = new FastBuffer(checkSize(size));
      return fill !== undefined && fill !== 0 && size > 0 ? made.fill(fill, encoding) : made;
    },
    allocUnsafe: (size) => new FastBuffer(checkSize(size)),
    allocUnsafeSlow: (size) => new FastBuffer(checkSize(size)),
    isBuffer: (value) => value instanceof Buffer,
    isEncoding: (name) => typeof name === "string" && name.length > 0 && named(name) !== undefined,
    byteLength(value, encoding) {
      if (typeof value === "string") return (named(encoding ?? "utf8") ?? named("utf8")).encode(value).length;
      if (ArrayBuffer.isView(value) || isBuffers(value)) return value.byteLength;
      throw invalidType("string", "of type string or an instance of Buffer or ArrayBuffer", value);
    },
    compare(left, right) {
      if (!isBytes(left)) throw invalidType("buf1", bufferLike, left);
      if (!isBytes(right)) throw invalidType("buf2", bufferLike, right);
      return compareBytes(left, right);
    },
    concat(list, length) {
      if (!Array.isArray(list)) throw invalidType("list", "an instance of Array", list);
      list.forEach((part, at) => { if (!isBytes(part)) throw invalidType(`list[${at}]`, bufferLike, part); });
      const size =
        length === undefined ? list.reduce((sum, part) => sum + part.length, 0) : checkSize(length);
      const all = new FastBuffer(size);
      let at = 0;
      for (const part of list) {
        if (at >= size) break;
        all.set(part.length > size - at ? viewed(part).subarray(0, size - at) : part, at);
        at += part.length;
      }
      return all;
    },
    copyBytesFrom(view, offset = 0, length = view.length - offset) {
      if (!ArrayBuffer.isView(view)) throw invalidType("view", "an instance of TypedArray", view);
      return wrap(viewed(/** @type {any} */ (view).slice(offset, offset + length)));
    },
    of: (...items) => wrap(Uint8Array.of(...items)),
  };
  for (const [name, work] of Object.entries(statics)) {
    // As functions that can be called with `new`, as form-data does.
    const value = function (...args) { return work(...args); };
    Object.defineProperties(value, { name: { value: name }, length: { value: work.length } });
    put(Buffer, name, value, true);
  }
  Buffer.poolSize = 8192;
  Object.setPrototypeOf(Buffer, Uint8Array);
  Object.defineProperty(Buffer, Symbol.species, { configurable: true, get: () => FastBuffer });
  Buffer.prototype = FastBuffer.prototype;

  const subarray = (buffer, start, end) => {
    const from = start === undefined ? 0 : Math.trunc(Number(start)) || 0;
    const to = end === undefined ? buffer.length : Math.trunc(Number(end)) || 0;
    return wrap(viewed(buffer).subarray(from, to));
  };

  const methods = {
    constructor: Buffer,
    ...numbers.methods(),
    toString(encoding, start, end) {
      const from = within(start, 0, 0, this.length);
      const to = within(end, this.length, 0, this.length);
      const known = encodingOf(encoding);
      return to <= from
        ? ""
        : known.decode(from === 0 && to === this.length ? this : viewed(this).subarray(from, to));
    },
    toJSON() { return { type: "Buffer", data: Array.from(this) }; },
    equals(other) {
      if (!isBytes(other)) throw invalidType("otherBuffer", bufferLike, other);
      return compareBytes(this, other) === 0;
    },
    compare(target, targetStart, targetEnd, start, end) {
      if (!isBytes(target)) throw invalidType("target", bufferLike, target);
      for (const [name, value, size] of [
        ["targetStart", targetStart, 2 ** 53 - 1],
        ["targetEnd", targetEnd, target.length],
        ["sourceStart", start, 2 ** 53 - 1],
        ["sourceEnd", end, this.length],
      ]) {
        if (value !== undefined && !(value >= 0 && value <= size))
          throw outOfRange(name, `>= 0 && <= ${size}`, value);
      }
      return compareBytes(viewed(this).subarray(start, end), viewed(target).subarray(targetStart, targetEnd));
    },
    indexOf(value, offset, encoding) { return search(this, value, offset, encoding, true); },
    lastIndexOf(value, offset, encoding) { return search(this, value, offset, encoding, false); },
    includes(value, offset, encoding) { return search(this, value, offset, encoding, true) !== -1; },
    slice(start, end) { return subarray(this, start, end); },
    subarray(start, end) { return subarray(this, start, end); },
    copy(target, targetStart = 0, start = 0, end = this.length) {
      if (!isBytes(target)) throw invalidType("target", bufferLike, target);
      const [to, from, until] = [targetStart, start, end].map((value) => Math.trunc(Number(value)) || 0);
      if (to < 0) throw outOfRange("targetStart", ">= 0", to);
      if (from < 0 || from > this.length) throw outOfRange("sourceStart", `>= 0 && <= ${this.length}`, from);
      if (until < 0) throw outOfRange("sourceEnd", ">= 0", until);
      if (to >= target.length || from >= until) return 0;
      const part = viewed(this).subarray(from, Math.min(until, from + target.length - to));
      target.set(part, to);
      return part.length;
    },
    write(text, offset, length, encoding) {
      if (typeof text !== "string")
        throw coded(new TypeError("argument must be a string"), "ERR_INVALID_ARG_TYPE");
      let [at, size, name] = [offset, length, encoding];
      if (typeof at === "string") [at, size, name] = [undefined, undefined, at];
      else if (typeof size === "string") [size, name] = [undefined, size];
      const start = at === undefined ? 0 : at;
      if (typeof start !== "number") throw invalidType("offset", "of type number", start);
      if (!(start >= 0 && start <= this.length))
        throw outOfRange("offset", `>= 0 && <= ${this.length}`, start);
      const room = this.length - start;
      if (size !== undefined && !(size >= 0 && size <= this.length))
        throw outOfRange("length", `>= 0 && <= ${this.length}`, size);
      return writeText(this, text, start, Math.min(size ?? room, room), encodingOf(name));
    },
    fill(value, offset, end, encoding) {
      let [from, to, name] = [offset, end, encoding];
      if (typeof from === "string") [from, to, name] = [undefined, undefined, from];
      else if (typeof to === "string") [to, name] = [undefined, to];
      const start = from ?? 0;
      const stop = to ?? this.length;
      if (!(start >= 0 && start <= this.length)) {
        throw outOfRange("offset", `>= 0 && <= ${this.length}`, start);
      }
      if (!(stop >= 0 && stop <= this.length)) throw outOfRange("end", `>= 0 && <= ${this.length}`, stop);
      if (typeof value !== "string" && !isBytes(value))
        return Uint8Array.prototype.fill.call(this, Number(value) & 255, start, stop);
      const pattern = typeof value === "string" ? encodingOf(name).encode(value) : value;
      if (pattern.length === 0) {
        if (value !== "") throw invalidValue("value", value);
        return Uint8Array.prototype.fill.call(this, 0, start, stop);
      }
      for (let at = start; at < stop; at += 1) this[at] = pattern[(at - start) % pattern.length];
      return this;
    },
    swap16() { return swapped(this, 2); },
    swap32() { return swapped(this, 4); },
    swap64() { return swapped(this, 8); },
    [customInspect](_depth, options, inspect) {
      const bytes = viewed(this).subarray(0, shownBytes).toHex().replace(/..(?!$)/g, "$& ");
      const more = this.length - shownBytes;
      const rest = more > 0 ? ` ... ${more} more byte${more > 1 ? "s" : ""}` : "";
      const extras = Object.keys(this).filter((key) => !/^\d+$/.test(key));
      const shown = extras.map((key) => `, ${key}: ${inspect(this[key], options)}`).join("");
      const text = `${bytes}${rest}${shown}`.replace(/^, /, "");
      return `<${this.constructor.name}${text === "" ? "" : " "}${text}>`;
    },
  };
  for (const name of ["ascii", "base64", "base64url", "hex", "latin1", "ucs2", "utf8"]) {
    methods[`${name}Slice`] = function (start, end) { return this.toString(name, start, end); };
    methods[`${name}Write`] = function (text, offset, length) {
      return this.write(text, offset ?? 0, length, name);
    };
  }
  methods.toLocaleString = methods.toString;
  methods.inspect = methods[customInspect];
  for (const name of Reflect.ownKeys(methods)) put(Buffer.prototype, name, methods[name], false);
  for (const [name, part] of [["parent", "buffer"], ["offset", "byteOffset"]]) {
    Object.defineProperty(Buffer.prototype, name, {
      configurable: true, enumerable: true, get() { return this instanceof Buffer ? this[part] : undefined; },
    });
  }

  const { atob, btoa, Blob, File } = globalThis;
  const SlowBuffer = (size) => statics.allocUnsafeSlow(size);
  module.exports = {
    Buffer,
    SlowBuffer,
    atob,
    btoa,
    Blob,
    File,
    INSPECT_MAX_BYTES: shownBytes,
    kMaxLength: maxLength,
    kStringMaxLength: maxString,
    constants: { MAX_LENGTH: maxLength, MAX_STRING_LENGTH: maxString },
    isUtf8: (bytes) => statics.from(statics.from(bytes).toString("utf8")).equals(statics.from(bytes)),
    isAscii: (bytes) => viewed(bytes).every((byte) => byte < 0x80),
    transcode: (bytes, from, to) => transcode(Buffer, bytes, from, to),
    resolveObjectURL: (name) =>
      modules
        .once("blob-urls", (store) => {
          store.exports = new Map();
        })
        .get(`${name}`),
  };
};

/** What an encoding of single bytes lacks becomes a question mark. */
function transcode(Buffer, bytes, from, to) {
  const text = Buffer.from(bytes).toString(from);
  const most = { latin1: 0xff, ascii: 0x7f }[canonical(to)];
  if (most === undefined) return Buffer.from(text, to);
  return Buffer.from(
    [...text].map((character) => (character.codePointAt(0) > most ? 0x3f : character.codePointAt(0))),
  );
}

function put(object, name, value, enumerable) {
  Object.defineProperty(object, name, { value, enumerable, writable: true, configurable: true });
}
