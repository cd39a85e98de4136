// Built-in modules that take a few lines each.

"use strict";

const makers = {
  async_hooks(modules) {
    // Scripts run one after another, so a store that a callback sees is the one set last.
    class AsyncLocalStorage {
      run(store, callback, ...args) {
        const before = this.store;
        this.store = store;
        try {
          return callback(...args);
        } finally {
          this.store = before;
        }
      }
      exit(callback, ...args) { return this.run(undefined, callback, ...args); }
      getStore() { return this.store; }
      enterWith(store) { this.store = store; }
      disable() { this.store = undefined; }
    }
    class AsyncResource {
      runInAsyncScope(callback, receiver, ...args) { return callback.apply(receiver, args); }
      emitDestroy() { return this; }
      static bind(callback) { return callback; }
    }
    const hook = { enable() { return this; }, disable() { return this; } };
    return { AsyncLocalStorage, AsyncResource, createHook: () => hook, executionAsyncId: () => 1, triggerAsyncId: () => 0 };
  },
  console: () => globalThis.console,
  constants: () => ({}),
  diagnostics_channel() {
    const channel = { hasSubscribers: false, publish() {}, subscribe() {}, unsubscribe() {} };
    return { channel: () => channel, hasSubscribers: () => false, subscribe() {}, unsubscribe() {} };
  },
  module(modules) {
    const builtinModules = ["assert", "buffer", "crypto", "events", "fs", "http", "https", "os", "path", "querystring", "stream", "string_decoder", "timers", "url", "util", "zlib"];
    const createRequire = (file) => {
      const path = modules.builtin("path");
      const name = String(file).startsWith("file:") ? modules.builtin("url").fileURLToPath(file) : String(file);
      return modules.local.createRequire(path.dirname(name));
    };
    return { builtinModules, createRequire, isBuiltin: (name) => builtinModules.includes(name.replace(/^node:/, "")) };
  },
  perf_hooks: () => ({ performance: globalThis.performance, constants: {} }),
  punycode: (modules) => modules.bundle("polyfill/punycode"),
  tty: () => ({ isatty: () => false, ReadStream: class {}, WriteStream: class {} }),
};

exports.define = function define(modules, module, name) {
  module.exports = makers[name](modules);
};
