// The web's and Node's globals, as getters: what a script does not use is never loaded.

const modules = require("modules");

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
  "ReadableStream", "WritableStream", "TransformStream", "ByteLengthQueuingStrategy", "CountQueuingStrategy",
];

/** What the reference's safe mode puts among the globals besides; its developer mode does not. */
const safeModeLibraries = {
  moment: (all) => all.library("moment"),
  tv4: (all) => all.library("tv4"),
  Ajv: (all) => all.library("ajv"),
  addFormats: (all) => all.library("ajv-formats"),
  axios: (all) => all.library("axios"),
  uuid: (all) => all.library("uuid"),
  nanoid: (all) => all.library("nanoid"),
  jwt: (all) => all.library("jsonwebtoken"),
  path: (all) => all.builtin("path"),
};

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
for (const name of streams) getters[name] = (all) => all.bundle("polyfill/webstreams")[name];

/** Defines the getters on `target`, once an isolate; they speak for the session given to modules.begin. */
exports.install = function install(target) {
  for (const [name, load] of Object.entries(getters)) define(target, name, load);
  for (const [name, load] of Object.entries(safeModeLibraries)) {
    define(target, name, (all) => (all.safe ? load(all) : undefined));
  }
};

/** The names of all globals that install defines. */
exports.names = [...Object.keys(getters), ...Object.keys(safeModeLibraries)];

function define(target, name, load) {
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: false,
    get: () => load(modules.current()),
    // A script's own `URL = …` or `var moment = …` replaces the getter, as it would the reference's value.
    set(value) {
      Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true });
    },
  });
}
