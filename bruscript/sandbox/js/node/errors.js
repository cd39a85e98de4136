// Node's own errors: their classes, codes and messages. https://nodejs.org/api/errors.html#nodejs-error-codes

"use strict";

const { inspect } = require("api/inspect");

const coded = (error, code) => Object.assign(error, { code });

/** What Node says of a value that it did not expect: `an instance of Map`, `type number (5)`. */
function received(value) {
  if (value === null || value === undefined) return `${value}`;
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value === "object") {
    const name = value.constructor?.name;
    return name ? `an instance of ${name}` : inspect(value, -1);
  }
  const shown = inspect(value);
  return `type ${typeof value} (${shown.length > 28 ? `${shown.slice(0, 25)}...` : shown})`;
}

/** `expected` is the rest of the sentence: "of type function", "an instance of Buffer or Uint8Array". */
exports.invalidType = function invalidType(name, expected, value) {
  const subject = name.endsWith(" argument")
    ? `The ${name}`
    : `The "${name}" ${name.includes(".") ? "property" : "argument"}`;
  return coded(
    new TypeError(`${subject} must be ${expected}. Received ${received(value)}`),
    "ERR_INVALID_ARG_TYPE",
  );
};

exports.invalidValue = (name, value, reason = "is invalid") =>
  coded(
    new TypeError(`The argument '${name}' ${reason}. Received ${inspect(value)}`),
    "ERR_INVALID_ARG_VALUE",
  );

exports.outOfRange = function outOfRange(name, range, value) {
  let shown = typeof value === "bigint" || typeof value === "number" ? `${value}` : inspect(value);
  const large =
    typeof value === "bigint"
      ? value > 2n ** 32n || value < -(2n ** 32n)
      : Number.isInteger(value) && Math.abs(value) > 2 ** 32;
  if (large) shown = shown.replace(/\B(?=(\d{3})+$)/g, "_");
  if (typeof value === "bigint") shown += "n";
  return coded(
    new RangeError(`The value of "${name}" is out of range. It must be ${range}. Received ${shown}`),
    "ERR_OUT_OF_RANGE",
  );
};

exports.missing = function missing(...names) {
  const quoted = names.map((name) => `"${name}"`);
  const list =
    quoted.length === 1
      ? `${quoted[0]} argument`
      : `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)} arguments`;
  return coded(new TypeError(`The ${list} must be specified`), "ERR_MISSING_ARGS");
};

/** What an operation that an AbortSignal ended rejects with. */
exports.aborted = function aborted(signal) {
  const error = coded(new Error("The operation was aborted", { cause: signal?.reason }), "ABORT_ERR");
  error.name = "AbortError";
  return error;
};

exports.needFunction = function needFunction(name, value) {
  if (typeof value !== "function") throw exports.invalidType(name, "of type function", value);
};

exports.coded = coded;
