// Node's built-in modules by name: which of our modules makes each, which are refused, and why.

"use strict";

const { freeze, hasOwn } = Object;

/** name -> our module, whose `define(modules, module)` sets module.exports anew for each session. */
const makers = freeze({
  "assert": "node/assert",
  "async_hooks": "node/small",
  "buffer": "node/buffer",
  "console": "node/small",
  "constants": "node/small",
  "crypto": "node/crypto",
  "diagnostics_channel": "node/small",
  "events": "node/events",
  "fs": "node/fs",
  "http": "node/http",
  "https": "node/http",
  "module": "node/small",
  "os": "node/os",
  "path": "node/path",
  "perf_hooks": "node/small",
  "process": "node/process",
  "punycode": "node/small",
  "querystring": "node/querystring",
  "stream": "node/stream",
  "string_decoder": "node/string_decoder",
  "timers": "node/timers",
  "tty": "node/small",
  "url": "node/url",
  "util": "node/util",
  "zlib": "node/zlib",
});

/** `fs/promises` is the property `promises` of `fs`, and so on. */
const parts = freeze({
  "assert/strict": ["assert", "strict"],
  "fs/promises": ["fs", "promises"],
  "path/posix": ["path", "posix"],
  "path/win32": ["path", "win32"],
  "stream/consumers": ["stream", "consumers"],
  "stream/promises": ["stream", "promises"],
  "stream/web": ["stream", "web"],
  "timers/promises": ["timers", "promises"],
  "util/types": ["util", "types"],
  "sys": ["util", null],
});

const sockets = "scripts have no sockets; send requests with bru.sendRequest, fetch, axios or http.request";
const processes = "scripts cannot start processes or threads";
const engine = "scripts cannot reach the JavaScript engine";

/** What no permission opens. */
const refused = freeze({
  __proto__: null,
  child_process: processes,
  cluster: processes,
  worker_threads: processes,
  net: sockets,
  tls: sockets,
  dgram: sockets,
  dns: sockets,
  "dns/promises": sockets,
  http2: sockets,
  inspector: engine,
  "inspector/promises": engine,
  repl: engine,
  v8: engine,
  vm: engine,
  wasi: engine,
  sea: engine,
  trace_events: engine,
  domain: engine,
  sqlite: "native add-ons are not loaded",
  test: "use test() of the script itself",
  readline: "a run has no keyboard",
  "readline/promises": "a run has no keyboard",
});

/** Modules that describe or read the machine are for developer mode. */
const developerOnly = freeze({ __proto__: null, fs: true, os: true });
const needsDeveloperMode = "it needs developer mode (sandbox: developer)";

exports.names = () => [...Object.keys(makers), ...Object.keys(parts)];

exports.has = (name) => hasOwn(makers, name) || hasOwn(parts, name) || hasOwn(refused, name);

/**
 * A built-in module's exports, or undefined for an unknown name. A refused one throws, or with
 * `tolerant` gives an object that throws when something of it is called.
 */
exports.load = function load(modules, name, tolerant = false) {
  if (hasOwn(parts, name)) {
    const [whole, part] = parts[name];
    const exported = load(modules, whole, tolerant);
    return part === null ? exported : exported[part];
  }
  const reason = modules.safe && developerOnly[name] ? needsDeveloperMode : refused[name];
  if (reason !== undefined) {
    if (tolerant)
      return modules.once(`refused:${name}`, (module) => {
        module.exports = refusing(name, reason);
      });
    throw refusal(name, reason);
  }
  if (!hasOwn(makers, name)) return undefined;
  return modules.once(`node:${name}`, (module) => require(makers[name]).define(modules, module, name));
};

function refusal(name, reason) {
  const error = new Error(`Module "${name}" is not available to scripts: ${reason}.`);
  error.code = "ERR_ACCESS_DENIED";
  return error;
}

/** What packages ask of refused modules when they are loaded, and may have. */
const harmless = (name) => ({
  worker_threads: {
    isMainThread: true, parentPort: null, workerData: null, threadId: 0, resourceLimits: {},
    markAsUncloneable() {}, markAsUntransferable() {},
  },
  cluster: { isMaster: true, isPrimary: true, isWorker: false },
})[name];

function refusing(name, reason) {
  const target = function () {};
  const known = harmless(name) ?? {};
  const proxy = new Proxy(target, {
    get(_, key) {
      if (key === "prototype") return target.prototype;
      if (hasOwn(known, key)) return known[key];
      if (key === "__esModule" || key === "then" || typeof key === "symbol") return undefined;
      return proxy;
    },
    apply() { throw refusal(name, reason); },
    construct() { throw refusal(name, reason); },
  });
  return proxy;
}

/**
 * Domain names to ASCII for URLs. The full table (UTS #46) is large; plain ASCII names, which nearly all
 * are, need only lower case.
 */
exports.domains = function domains(modules) {
  const full = () => modules.bundle("polyfill/tr46");
  const simple = (domain) => /^[\x20-\x7e]*$/.test(domain) && !/(^|\.)xn--/i.test(domain);
  return {
    toASCII: (domain, options) => (simple(domain) ? domain.toLowerCase() : full().toASCII(domain, options)),
    toUnicode: (domain, options) => full().toUnicode(domain, options),
  };
};

/** As much of `crypto` as random identifiers need; the rest is loaded if a digest is asked for. */
exports.randomOnly = function randomOnly(modules) {
  const { crypto } = globalThis;
  return {
    randomFillSync: (target) => crypto.getRandomValues(target),
    randomUUID: () => crypto.randomUUID(),
    createHash: (name) => modules.builtin("crypto").createHash(name),
    webcrypto: crypto,
  };
};
