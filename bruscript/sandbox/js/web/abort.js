// AbortController and AbortSignal. https://dom.spec.whatwg.org/#aborting-ongoing-activities

"use strict";

const { showAs } = require("web/shown");
const { coded, outOfRange } = require("node/errors");

exports.define = function define(modules, module) {
  const { EventTarget, Event, DOMException } = globalThis;
  let allowed = false;

  class AbortSignal extends EventTarget {
    #aborted = false;
    #reason = undefined;
    constructor() {
      if (!allowed) throw coded(new TypeError("Illegal constructor"), "ERR_ILLEGAL_CONSTRUCTOR");
      super();
      this.onabort = null;
    }
    get aborted() { return this.#aborted; }
    get reason() { return this.#reason; }
    get [Symbol.toStringTag]() { return "AbortSignal"; }
    throwIfAborted() { if (this.#aborted) throw this.#reason; }

    static abort(reason) {
      const signal = create();
      trigger(signal, reason);
      return signal;
    }
    static timeout(milliseconds) {
      if (!(milliseconds >= 0 && milliseconds <= 2 ** 32 - 1))
        throw outOfRange("delay", ">= 0 && <= 4294967295", milliseconds);
      const signal = create();
      const timer = setTimeout(
        () => trigger(signal, new DOMException("The operation was aborted due to timeout", "TimeoutError")),
        milliseconds,
      );
      timer?.unref?.();
      return signal;
    }
    static any(signals) {
      const signal = create();
      for (const source of signals) {
        if (source.aborted) {
          trigger(signal, source.reason);
          break;
        }
        source.addEventListener("abort", () => trigger(signal, source.reason), { once: true });
      }
      return signal;
    }
    static trigger(signal, reason) {
      if (signal.#aborted) return;
      signal.#aborted = true;
      signal.#reason =
        reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
      signal.dispatchEvent(new Event("abort"));
    }
  }
  const { trigger } = AbortSignal;
  delete AbortSignal.trigger;

  function create() {
    allowed = true;
    try {
      return new AbortSignal();
    } finally {
      allowed = false;
    }
  }

  class AbortController {
    #signal = create();
    get signal() { return this.#signal; }
    get [Symbol.toStringTag]() { return "AbortController"; }
    abort(reason) { trigger(this.#signal, reason); }
  }

  showAs(AbortController, ["signal"]);
  showAs(AbortSignal, ["aborted"]);
  module.exports = { AbortController, AbortSignal };
};
