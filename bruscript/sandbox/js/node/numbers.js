// Reading and writing numbers in Node's Buffer.

"use strict";

const { coded, invalidType, outOfRange } = require("node/errors");

function checkOffset(offset, length, size) {
  if (typeof offset !== "number") throw invalidType("offset", "of type number", offset);
  if (!Number.isInteger(offset)) throw outOfRange("offset", "an integer", offset);
  if (length < size)
    throw coded(new RangeError("Attempt to access memory outside buffer bounds"), "ERR_BUFFER_OUT_OF_BOUNDS");
  if (offset < 0 || offset > length - size)
    throw outOfRange("offset", `>= 0 and <= ${length - size}`, offset);
}

function checkWidth(width) {
  if (typeof width !== "number") throw invalidType("byteLength", "of type number", width);
  if (!Number.isInteger(width)) throw outOfRange("byteLength", "an integer", width);
  if (width < 1 || width > 6) throw outOfRange("byteLength", ">= 1 and <= 6", width);
}

/** Node names the limits of wide numbers by their powers. */
function rangeOf(signed, bits, value) {
  const n = typeof value === "bigint" ? "n" : "";
  if (bits > 32)
    return signed
      ? `>= -(2${n} ** ${bits - 1}${n}) and < 2${n} ** ${bits - 1}${n}`
      : `>= 0${n} and < 2${n} ** ${bits}${n}`;
  return signed ? `>= ${-(2 ** (bits - 1))} and <= ${2 ** (bits - 1) - 1}` : `>= 0 and <= ${2 ** bits - 1}`;
}

const viewOf = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);

/** The kinds that DataView knows: name in Buffer, name in DataView, bytes, lowest and highest value. */
const fixed = [
  ["UInt8", "Uint8", 1, 0, 0xff],
  ["Int8", "Int8", 1, -0x80, 0x7f],
  ["UInt16", "Uint16", 2, 0, 0xffff],
  ["Int16", "Int16", 2, -0x8000, 0x7fff],
  ["UInt32", "Uint32", 4, 0, 0xffffffff],
  ["Int32", "Int32", 4, -0x80000000, 0x7fffffff],
  ["Float", "Float32", 4],
  ["Double", "Float64", 8],
  ["BigUInt64", "BigUint64", 8, 0n, 2n ** 64n - 1n],
  ["BigInt64", "BigInt64", 8, -(2n ** 63n), 2n ** 63n - 1n],
];

function fixedMethods([name, type, size, low, high]) {
  const [get, set] = [`get${type}`, `set${type}`];
  const signed = low !== undefined && low < 0;
  const big = typeof low === "bigint";
  return ["LE", "BE"].map((order) => {
    const little = order === "LE";
    const suffix = size === 1 ? "" : order;
    return {
      [`read${name}${suffix}`](offset = 0) {
        checkOffset(offset, this.length, size);
        return viewOf(this)[get](offset, little);
      },
      [`write${name}${suffix}`](value, offset = 0) {
        const number = big || low === undefined ? value : +value;
        if (big && typeof value !== "bigint") throw invalidType("value", "of type bigint", value);
        if (low !== undefined && (number < low || number > high))
          throw outOfRange("value", rangeOf(signed, size * 8, value), value);
        checkOffset(offset, this.length, size);
        viewOf(this)[set](offset, number, little);
        return offset + size;
      },
    };
  });
}

/** Whole numbers of one to six bytes. */
function wideMethods(signed, order) {
  const name = signed ? "Int" : "UInt";
  const at = (offset, width, index) => (order === "LE" ? offset + index : offset + width - 1 - index);
  return {
    [`read${name}${order}`](offset, width) {
      checkWidth(width);
      checkOffset(offset, this.length, width);
      const bytes = /** @type {any} */ (this);
      let value = 0;
      for (let index = width - 1; index >= 0; index -= 1)
        value = value * 256 + bytes[at(offset, width, index)];
      return signed && value >= 2 ** (8 * width - 1) ? value - 2 ** (8 * width) : value;
    },
    [`write${name}${order}`](given, offset, width) {
      checkWidth(width);
      const value = +given;
      const bits = 8 * width;
      const [low, high] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
      if (value < low || value > high) throw outOfRange("value", rangeOf(signed, bits, value), value);
      checkOffset(offset, this.length, width);
      let rest = Math.trunc(value) || 0;
      if (rest < 0) rest += 2 ** bits;
      for (let index = 0; index < width; index += 1) {
        /** @type {any} */ (this)[at(offset, width, index)] = rest % 256;
        rest = Math.floor(rest / 256);
      }
      return offset + width;
    },
  };
}

/** All methods by name, those with `Uint` in their names too. */
exports.methods = function methods() {
  const made = Object.assign({}, ...fixed.flatMap(fixedMethods));
  for (const order of ["LE", "BE"]) Object.assign(made, wideMethods(true, order), wideMethods(false, order));
  for (const name of Object.keys(made)) {
    if (name.includes("UInt")) made[name.replace("UInt", "Uint")] = made[name];
  }
  return made;
};
