// Node's timers and timers/promises, over the global ones.

"use strict";

const { aborted } = require("node/errors");

exports.define = function define(modules, module) {
  const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate } = globalThis;
  const later =
    (start, stop) =>
    (value, { signal } = /** @type {any} */ ({})) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(aborted(signal));
        const timer = start(() => resolve(value));
        return signal?.addEventListener(
          "abort",
          () => {
            stop(timer);
            reject(aborted(signal));
          },
          { once: true },
        );
      });
  const wait = (delay, value, options) =>
    later((done) => setTimeout(done, delay), clearTimeout)(value, options);
  async function* interval(delay, value, options) {
    for (;;) {
      await wait(delay, undefined, options);
      yield value;
    }
  }
  module.exports = {
    setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate,
    promises: {
      setTimeout: wait,
      setImmediate: later((done) => setImmediate(done), clearImmediate),
      setInterval: interval,
      scheduler: { wait: (delay, options) => wait(delay, undefined, options), yield: () => wait(0) },
    },
  };
};
