// Built-in modules that take a few lines each.

"use strict";

/** The five channels of one traced operation. */
class TracingChannel {
  /** @type {any} */ start;
  /** @type {any} */ end;
  /** @type {any} */ asyncStart;
  /** @type {any} */ asyncEnd;
  /** @type {any} */ error;
  constructor(channel, name) {
    for (const part of ["start", "end", "asyncStart", "asyncEnd", "error"]) {
      this[part] = typeof name === "string" ? channel(`tracing:${name}:${part}`) : name[part];
    }
  }
  get hasSubscribers() {
    return Object.values(this).some((part) => part.hasSubscribers);
  }
  subscribe(listeners) {
    for (const [part, listener] of Object.entries(listeners)) this[part]?.subscribe(listener);
  }
  unsubscribe(listeners) {
    return Object.entries(listeners)
      .map(([part, listener]) => this[part]?.unsubscribe(listener))
      .every(Boolean);
  }
  traceSync(callback, context = {}, receiver = undefined, ...args) {
    this.start.publish(context);
    try {
      context.result = callback.apply(receiver, args);
      return context.result;
    } catch (error) {
      context.error = error;
      this.error.publish(context);
      throw error;
    } finally {
      this.end.publish(context);
    }
  }
  tracePromise(callback, context = {}, receiver = undefined, ...args) {
    return this.traceSync(async () => {
      try {
        context.result = await callback.apply(receiver, args);
        return context.result;
      } catch (error) {
        context.error = error;
        this.error.publish(context);
        throw error;
      } finally {
        this.asyncStart.publish(context);
        this.asyncEnd.publish(context);
      }
    }, context);
  }
  traceCallback(callback, _position = -1, context = {}, receiver = undefined, ...args) {
    return this.traceSync(callback, context, receiver, ...args);
  }
}

const makers = {
  async_hooks() {
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
    return {
      AsyncLocalStorage,
      AsyncResource,
      createHook: () => hook,
      executionAsyncId: () => 1,
      triggerAsyncId: () => 0,
    };
  },
  console: () => globalThis.console,
  constants: () => ({}),
  diagnostics_channel() {
    const channels = new Map();
    class Channel {
      #subscribers = [];
      constructor(name) { this.name = name; }
      get hasSubscribers() { return this.#subscribers.length > 0; }
      subscribe(listener) { this.#subscribers = [...this.#subscribers, listener]; }
      unsubscribe(listener) {
        const before = this.#subscribers.length;
        this.#subscribers = this.#subscribers.filter((held) => held !== listener);
        return this.#subscribers.length < before;
      }
      publish(message) { for (const listener of this.#subscribers) listener(message, this.name); }
      bindStore() {}
      unbindStore() { return false; }
      runStores(message, callback, receiver, ...args) {
        this.publish(message);
        return callback.apply(receiver, args);
      }
    }
    const channel = (name) => {
      if (!channels.has(name)) channels.set(name, new Channel(name));
      return channels.get(name);
    };
    return {
      Channel,
      channel,
      tracingChannel: (name) => new TracingChannel(channel, name),
      hasSubscribers: (name) => channels.get(name)?.hasSubscribers ?? false,
      subscribe: (name, listener) => channel(name).subscribe(listener),
      unsubscribe: (name, listener) => channel(name).unsubscribe(listener),
    };
  },
  module(modules) {
    const builtinModules = [
      "assert",
      "buffer",
      "crypto",
      "events",
      "fs",
      "http",
      "https",
      "os",
      "path",
      "querystring",
      "stream",
      "string_decoder",
      "timers",
      "url",
      "util",
      "zlib",
    ];
    const createRequire = (file) => {
      const path = modules.builtin("path");
      const name = String(file).startsWith("file:")
        ? modules.builtin("url").fileURLToPath(file)
        : String(file);
      return modules.local.createRequire(path.dirname(name));
    };
    return {
      builtinModules,
      createRequire,
      isBuiltin: (name) => builtinModules.includes(name.replace(/^node:/, "")),
    };
  },
  perf_hooks: () => ({ performance: globalThis.performance, constants: {} }),
  punycode: (modules) => modules.bundle("polyfill/punycode"),
  tty: () => ({ isatty: () => false, ReadStream: class {}, WriteStream: class {} }),
};

exports.define = function define(modules, module, name) {
  module.exports = makers[name](modules);
};
