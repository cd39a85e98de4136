// structuredClone. https://html.spec.whatwg.org/multipage/structured-data.html

"use strict";

const { coded } = require("node/errors");

exports.define = function define(modules, module) {
  module.exports.structuredClone = function structuredClone(value, { transfer = [] } = {}) {
    if (arguments.length === 0)
      throw coded(new TypeError("The value argument must be specified"), "ERR_MISSING_ARGS");
    const seen = new Map();
    for (const buffer of transfer) {
      if (!(buffer instanceof ArrayBuffer)) throw uncloneable(buffer);
    }
    return clone(value, seen, new Set(transfer));
  };
};

const errors = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function uncloneable(value) {
  const { DOMException } = globalThis;
  const plain = typeof value === "function" || typeof value === "symbol";
  const shown = plain ? String(value) : `#<${value.constructor?.name ?? "Object"}>`;
  return new DOMException(`${shown} could not be cloned.`, "DataCloneError");
}

function clone(value, seen, transferred) {
  if (typeof value === "symbol" || typeof value === "function") throw uncloneable(value);
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const kept = (copy) => {
    seen.set(value, copy);
    return copy;
  };
  const inner = (part) => clone(part, seen, transferred);
  switch (Object.prototype.toString.call(value)) {
    case "[object Boolean]": case "[object Number]": case "[object String]": case "[object BigInt]":
      return kept(Object(value.valueOf()));
    case "[object Date]": return kept(new Date(value.getTime()));
    case "[object RegExp]": return kept(new RegExp(value.source, value.flags));
    case "[object ArrayBuffer]": return kept(transferred.has(value) ? value.transfer() : value.slice(0));
    case "[object SharedArrayBuffer]": return kept(value);
    case "[object Map]": {
      const copy = kept(new Map());
      for (const [key, item] of [...value]) copy.set(inner(key), inner(item));
      return copy;
    }
    case "[object Set]": {
      const copy = kept(new Set());
      for (const item of [...value]) copy.add(inner(item));
      return copy;
    }
    default:
  }
  if (ArrayBuffer.isView(value)) {
    // A subclass (Buffer) becomes the plain typed array, as everywhere.
    const Type = globalThis[value[Symbol.toStringTag]];
    return kept(
      new Type(
        inner(value.buffer),
        value.byteOffset,
        value instanceof DataView ? value.byteLength : /** @type {any} */ (value).length,
      ),
    );
  }
  if (value instanceof Error) {
    const Type = errors[value.name] ?? Error;
    const copy = kept(new Type(value.message));
    Object.defineProperty(copy, "stack", { value: value.stack, configurable: true, writable: true });
    if (Object.hasOwn(value, "cause")) copy.cause = inner(value.cause);
    return copy;
  }
  const { Blob } = globalThis;
  if (value instanceof Blob) return kept(value.slice(0, value.size, value.type));
  if (
    value instanceof Promise ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof WeakRef
  ) {
    throw uncloneable(value);
  }
  const copy = kept(Array.isArray(value) ? new Array(value.length) : {});
  for (const key of Object.keys(value)) copy[key] = inner(value[key]);
  return copy;
}
