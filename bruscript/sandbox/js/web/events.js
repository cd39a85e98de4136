// Event, EventTarget, CustomEvent, DOMException and message channels. https://dom.spec.whatwg.org/

"use strict";

exports.define = function define(modules, module) {
  class DOMException extends Error {
    #name;
    constructor(message = "", name = /** @type {any} */ ("Error")) {
      super(message);
      this.#name = typeof name === "object" && name !== null ? `${name.name ?? "Error"}` : `${name}`;
      if (typeof name === "object" && name !== null && "cause" in name) this.cause = name.cause;
      Object.defineProperty(this, "stack", {
        value: this.stack?.replace(/^Error/, this.#name),
        configurable: true,
        writable: true,
      });
    }
    get name() { return this.#name; }
    get code() { return codes[this.#name] ?? 0; }
    get [Symbol.toStringTag]() { return "DOMException"; }
  }
  for (const [name, code] of Object.entries(codes)) {
    const constant = name.replace(/Error$/, "").replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
    Object.defineProperty(DOMException, `${constant}_ERR`, { value: code, enumerable: true });
  }

  class Event {
    #stopped = false;
    constructor(type, { bubbles = false, cancelable = false, composed = false } = {}) {
      this.type = `${type}`;
      this.bubbles = Boolean(bubbles);
      this.cancelable = Boolean(cancelable);
      this.composed = Boolean(composed);
      this.defaultPrevented = false;
      this.target = this.currentTarget = null;
      this.timeStamp = globalThis.performance.now();
      this.isTrusted = false;
    }
    preventDefault() { if (this.cancelable) this.defaultPrevented = true; }
    stopPropagation() {}
    stopImmediatePropagation() { this.#stopped = true; }
    composedPath() { return this.target === null ? [] : [this.target]; }
    get [Symbol.toStringTag]() { return "Event"; }
    static stopped(event) { return event.#stopped; }
  }
  const { stopped } = Event;
  delete Event.stopped;

  class CustomEvent extends Event {
    constructor(type, options = {}) {
      super(type, options);
      this.detail = options?.detail ?? null;
    }
  }

  class EventTarget {
    #listeners = new Map();
    get [Symbol.toStringTag]() { return "EventTarget"; }
    addEventListener(type, listener, options = {}) {
      if (listener === null || listener === undefined) return;
      const { once = false, signal } = typeof options === "boolean" ? {} : options;
      if (signal?.aborted) return;
      const list = this.#listeners.get(type) ?? [];
      if (list.some((entry) => entry.listener === listener)) return;
      list.push({ listener, once });
      this.#listeners.set(type, list);
      signal?.addEventListener("abort", () => this.removeEventListener(type, listener));
    }
    removeEventListener(type, listener) {
      this.#listeners.set(
        type,
        (this.#listeners.get(type) ?? []).filter((entry) => entry.listener !== listener),
      );
    }
    dispatchEvent(event) {
      event.target = event.currentTarget = this;
      const handler = this[`on${event.type}`];
      const entries = [...(this.#listeners.get(event.type) ?? [])];
      if (typeof handler === "function") entries.unshift({ listener: handler, once: false });
      for (const { listener, once } of entries) {
        if (once) this.removeEventListener(event.type, listener);
        try {
          if (typeof listener === "function") listener.call(this, event);
          else listener.handleEvent(event);
        } catch (error) {
          // A listener that throws must not keep the others from being called.
          queueMicrotask(() => { throw error; });
        }
        if (stopped(event)) break;
      }
      return !event.defaultPrevented;
    }
  }

  class MessagePort extends EventTarget {
    #other = null;
    static entangle(left, right) {
      left.#other = right;
      right.#other = left;
    }
    postMessage(message) {
      const other = this.#other;
      if (other === null) return;
      const data = globalThis.structuredClone(message);
      setTimeout(() => other.dispatchEvent(Object.assign(new Event("message"), { data })), 0);
    }
    start() {}
    close() { this.#other = null; }
    on(type, listener) { this.addEventListener(type, (event) => listener(event.data)); return this; }
    unref() {}
    ref() {}
  }
  const { entangle } = MessagePort;
  delete MessagePort.entangle;

  class MessageChannel {
    constructor() {
      this.port1 = new MessagePort();
      this.port2 = new MessagePort();
      entangle(this.port1, this.port2);
    }
  }

  module.exports = { Event, EventTarget, CustomEvent, DOMException, MessageChannel, MessagePort };
};

const codes = {
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
};
