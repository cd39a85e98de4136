// The web's and Node's globals, as getters: what a script does not use is never loaded.

"use strict";

/** global -> the module whose `define(modules, module)` exports it. */
const sources = {
  "web/abort": ["AbortController", "AbortSignal"],
  "web/blob": ["Blob", "File", "FormData"],
  "web/clone": ["structuredClone"],
  "web/crypto": ["crypto", "Crypto", "CryptoKey", "SubtleCrypto"],
  "web/encoding": ["TextEncoder", "TextDecoder", "atob", "btoa"],
  "web/events": ["Event", "EventTarget", "CustomEvent", "DOMException", "MessageChannel", "MessagePort"],
  "web/fetch": ["fetch", "Request", "Response"],
  "web/headers": ["Headers"],
  "web/performance": ["performance"],
  "web/url": ["URL", "URLSearchParams"],
};

const streams = [
  "ReadableStream",
  "ReadableStreamDefaultReader",
  "ReadableStreamDefaultController",
  "ReadableStreamBYOBReader",
  "ReadableStreamBYOBRequest",
  "ReadableByteStreamController",
  "WritableStream",
  "WritableStreamDefaultWriter",
  "WritableStreamDefaultController",
  "TransformStream",
  "TransformStreamDefaultController",
  "ByteLengthQueuingStrategy",
  "CountQueuingStrategy",
  "TextEncoderStream",
  "TextDecoderStream",
  "CompressionStream",
  "DecompressionStream",
];

const getters = {
  global: () => globalThis,
  Buffer: (all) => all.builtin("buffer").Buffer,
  process: (all) => all.builtin("process"),
};
for (const [source, names] of Object.entries(sources)) {
  for (const name of names) {
    getters[name] = (all) => all.once(source, (module) => require(source).define(all, module))[name];
  }
}
for (const name of streams) getters[name] = (all) => require("web/streams").all(all)[name];

/** Defines the getters on `target`, once an isolate; they speak for the session given to modules.begin. */
exports.install = function install(target) {
  const custom = Symbol.for("nodejs.util.promisify.custom");
  for (const name of ["setTimeout", "setImmediate"]) {
    const value = (...args) => require("kernel/modules").current().builtin("timers").promises[name](...args);
    Object.defineProperty(target[name], custom, { value });
  }
  for (const [name, load] of Object.entries(getters)) define(target, name, load);
};

/** The time on the host's clock when this isolate began. */
exports.started = host.now();

/** The names of all globals that install defines. */
exports.names = Object.keys(getters);

function define(target, name, load) {
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: false,
    get: () => load(require("kernel/modules").current()),
    // A script's own `URL = …` or `var moment = …` replaces the getter, as it would Node's value.
    set(value) {
      Object.defineProperty(target, name, {
        __proto__: null,
        value,
        writable: true,
        configurable: true,
        enumerable: true,
      });
    },
  });
}
