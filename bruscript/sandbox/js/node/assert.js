// Node's assert: npm's package of that name, whose `throws` lets an error through that is not the one
// expected.

"use strict";

const { coded } = require("node/errors");

exports.define = function define(modules, module) {
  const assert = modules.bundle("polyfill/assert");
  const { inspect } = modules.builtin("util");
  const { AssertionError } = assert;
  assert.strict ??= assert;

  const isErrorClass = (value) =>
    typeof value === "function" && (value === Error || Object.prototype.isPrototypeOf.call(Error, value));
  const isOurs = (expected) =>
    expected instanceof RegExp || isErrorClass(expected) || typeof expected === "string";

  /** Throws where `actual` is not what a pattern or a class expects. */
  function check(actual, expected, message, operator) {
    if (typeof expected === "string") {
      if (expected !== (actual?.message ?? actual)) return;
      const subject = typeof actual === "object" ? "error message" : "error";
      const text = `The "error/message" argument is ambiguous. ` +
        `The ${subject} "${expected}" is identical to the message.`;
      throw coded(new TypeError(text), "ERR_AMBIGUOUS_ARGUMENT");
    }
    let text;
    if (expected instanceof RegExp) {
      if (expected.test(String(actual))) return;
      text = `The input did not match the regular expression ${inspect(expected)}. ` +
        `Input:\n\n${inspect(String(actual))}\n`;
    } else {
      if (actual instanceof expected) return;
      const got = actual instanceof Error ? `"${actual.name}"` : `"${inspect(actual, { depth: -1 })}"`;
      text = `The error is expected to be an instance of "${expected.name}". Received ${got}`;
      if (actual?.message) text += `\n\nError message:\n\n${actual.message}`;
    }
    if (message instanceof Error) throw message;
    const failure = new AssertionError({ actual, expected, message: message ?? text, operator });
    throw Object.assign(failure, { generatedMessage: message === undefined });
  }

  const { throws, rejects } = assert;
  assert.throws = function (work, expected, message) {
    if (typeof work !== "function" || !isOurs(expected)) return throws.apply(assert, arguments);
    try {
      work();
    } catch (error) {
      return check(error, expected, message, "throws");
    }
    return throws.call(assert, () => {}, expected, message);
  };
  assert.rejects = async function (work, expected, message) {
    const isPromise = typeof work?.then === "function" && typeof work.catch === "function";
    if (!(isPromise || typeof work === "function") || !isOurs(expected))
      return rejects.apply(assert, arguments);
    const running = isPromise ? work : work();
    try {
      await running;
    } catch (error) {
      return check(error, expected, message, "rejects");
    }
    return rejects.call(assert, Promise.resolve(), expected, message);
  };
  assert.strict.throws = assert.throws;
  assert.strict.rejects = assert.rejects;
  module.exports = assert;
};
