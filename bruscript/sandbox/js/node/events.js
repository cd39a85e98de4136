// Node's events. https://nodejs.org/api/events.html

"use strict";

const { aborted, coded, invalidType, needFunction, outOfRange } = require("node/errors");
const { inspect } = require("api/inspect");

const captureRejectionSymbol = Symbol.for("nodejs.rejection");
const errorMonitor = Symbol("events.errorMonitor");
const kCapture = Symbol("kCapture");

function checkCount(name, count) {
  if (typeof count !== "number") throw invalidType(name, "of type number", count);
  if (!(count >= 0)) throw outOfRange(name, ">= 0", count);
}

/** What `emit("error", value)` throws where nobody listens. */
function unhandled(value) {
  if (value instanceof Error) return value;
  const shown = typeof value === "string" || typeof value !== "object" ? inspect(value) : inspect(value, 2);
  return Object.assign(coded(new Error(`Unhandled error. (${shown})`), "ERR_UNHANDLED_ERROR"), {
    context: value,
  });
}

/** The events of an object as a table of lists; made on first use, also for objects that only inherit. */
function eventsOf(emitter) {
  if (emitter._events === undefined || emitter._events === Object.getPrototypeOf(emitter)._events) {
    emitter._events = Object.create(null);
    emitter._eventsCount = 0;
  }
  return emitter._events;
}

const listOf = (held) => (held === undefined ? [] : typeof held === "function" ? [held] : [...held]);

function add(emitter, name, listener, first) {
  needFunction("listener", listener);
  const events = eventsOf(emitter);
  // Before it is added, so that its own listener does not get it.
  if (events.newListener !== undefined) emitter.emit("newListener", name, listener.listener ?? listener);
  const held = emitter._events[name];
  if (held === undefined) {
    emitter._events[name] = listener;
    emitter._eventsCount += 1;
  } else {
    emitter._events[name] = first ? [listener, ...listOf(held)] : [...listOf(held), listener];
  }
  return emitter;
}

function remove(emitter, name, listener) {
  const events = eventsOf(emitter);
  const list = listOf(events[name]);
  const at = list.findLastIndex((held) => held === listener || held.listener === listener);
  if (at < 0) return emitter;
  const [gone] = list.splice(at, 1);
  if (list.length > 0) {
    events[name] = list.length === 1 ? list[0] : list;
  } else {
    delete events[name];
    emitter._eventsCount -= 1;
  }
  if (events.removeListener !== undefined) emitter.emit("removeListener", name, gone.listener ?? listener);
  return emitter;
}

function onceOnly(emitter, name, listener) {
  needFunction("listener", listener);
  let fired = false;
  const wrapper = (...args) => {
    if (fired) return undefined;
    fired = true;
    emitter.removeListener(name, wrapper);
    return Reflect.apply(listener, emitter, args);
  };
  wrapper.listener = listener;
  return wrapper;
}

exports.define = function define(modules, module) {
  /** @type {any} */
  const EventEmitter = function EventEmitter(options) {
    EventEmitter.init.call(this, options);
  };
  EventEmitter.init = function init(options) {
    eventsOf(this);
    this._maxListeners = this._maxListeners || undefined;
    this[kCapture] =
      options?.captureRejections === undefined
        ? EventEmitter.captureRejections
        : Boolean(options.captureRejections);
  };

  /** A listener's promise that rejects becomes an error of the emitter, where that is asked for. */
  function watch(emitter, result, name, args) {
    if (typeof result?.then !== "function") return;
    result.then(undefined, (error) => globalThis.process.nextTick(() => {
      if (typeof emitter[captureRejectionSymbol] === "function") {
        emitter[captureRejectionSymbol](error, name, ...args);
        return;
      }
      emitter[kCapture] = false;
      try {
        emitter.emit("error", error);
      } finally {
        emitter[kCapture] = true;
      }
    }));
  }

  const methods = {
    setMaxListeners(count) {
      checkCount("setMaxListeners", count);
      this._maxListeners = count;
      return this;
    },
    getMaxListeners() {
      return this._maxListeners ?? EventEmitter.defaultMaxListeners;
    },
    emit(name, ...args) {
      const events = this._events;
      if (name === "error") {
        if (events?.[errorMonitor] !== undefined) this.emit(errorMonitor, ...args);
        if (events?.error === undefined) throw unhandled(args[0]);
      }
      const held = events?.[name];
      if (held === undefined) return false;
      for (const listener of typeof held === "function" ? [held] : held) {
        const result = Reflect.apply(listener, this, args);
        if (result !== undefined && this[kCapture]) watch(this, result, name, args);
      }
      return true;
    },
    addListener(name, listener) {
      return add(this, name, listener, false);
    },
    prependListener(name, listener) {
      return add(this, name, listener, true);
    },
    once(name, listener) {
      return this.on(name, onceOnly(this, name, listener));
    },
    prependOnceListener(name, listener) {
      return this.prependListener(name, onceOnly(this, name, listener));
    },
    removeListener(name, listener) {
      needFunction("listener", listener);
      return remove(this, name, listener);
    },
    removeAllListeners(name) {
      const events = eventsOf(this);
      const names = arguments.length > 0 ? [name] : Reflect.ownKeys(events);
      if (events.removeListener !== undefined) {
        const others = names.filter((key) => key !== "removeListener");
        for (const key of others)
          for (const listener of listOf(events[key]).reverse()) remove(this, key, listener);
      }
      for (const key of names) {
        if (events[key] === undefined) continue;
        delete events[key];
        this._eventsCount -= 1;
      }
      return this;
    },
    listeners(name) {
      return listOf(this._events?.[name]).map((held) => held.listener ?? held);
    },
    rawListeners(name) {
      return listOf(this._events?.[name]);
    },
    listenerCount(name, listener) {
      const list = this.listeners(name);
      return listener === undefined ? list.length : list.filter((held) => held === listener).length;
    },
    eventNames() {
      return Reflect.ownKeys(this._events ?? {});
    },
  };
  methods.on = methods.addListener;
  methods.off = methods.removeListener;
  Object.assign(EventEmitter.prototype, methods, {
    _events: undefined,
    _eventsCount: 0,
    _maxListeners: undefined,
  });

  const isTarget = (emitter) =>
    typeof emitter?.addEventListener === "function" && typeof emitter.on !== "function";
  const listen = (emitter, name, listener, options) =>
    isTarget(emitter)
      ? emitter.addEventListener(name, listener, options)
      : emitter[options?.once ? "once" : "on"](name, listener);
  const unlisten = (emitter, name, listener) =>
    isTarget(emitter) ? emitter.removeEventListener(name, listener) : emitter.removeListener(name, listener);
  const onAbort = (signal, listener) => signal?.addEventListener("abort", listener, { once: true });

  function once(emitter, name, { signal } = /** @type {any} */ ({})) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(aborted(signal));
        return;
      }
      const done = (settle) => (...values) => {
        unlisten(emitter, name, arrived);
        if (name !== "error" && !isTarget(emitter)) unlisten(emitter, "error", failed);
        signal?.removeEventListener("abort", cancelled);
        settle(...values);
      };
      const arrived = done((...values) => resolve(values));
      const failed = done(reject);
      const cancelled = done(() => reject(aborted(signal)));
      listen(emitter, name, arrived, { once: true });
      if (name !== "error" && !isTarget(emitter)) listen(emitter, "error", failed, { once: true });
      onAbort(signal, cancelled);
    });
  }

  /** An endless iterator over what an emitter emits; ends with an error, an abort, or one of `close`. */
  function on(emitter, name, { signal, close = [] } = /** @type {any} */ ({})) {
    if (signal?.aborted) throw aborted(signal);
    const values = [];
    const waiting = [];
    let failure = null;
    let ended = false;
    const arrived = (...args) =>
      waiting.length > 0 ? waiting.shift().resolve({ value: args, done: false }) : values.push(args);
    const failed = (error) => {
      if (waiting.length > 0) waiting.shift().reject(error);
      else failure = { error };
      finish();
    };
    const cancelled = () => failed(aborted(signal));
    const finish = () => {
      ended = true;
      unlisten(emitter, name, arrived);
      unlisten(emitter, "error", failed);
      for (const end of close) unlisten(emitter, end, finish);
      signal?.removeEventListener("abort", cancelled);
      for (const { resolve } of waiting.splice(0)) resolve({ value: undefined, done: true });
      return Promise.resolve({ value: undefined, done: true });
    };
    listen(emitter, name, arrived);
    if (name !== "error") listen(emitter, "error", failed);
    for (const end of close) listen(emitter, end, finish);
    onAbort(signal, cancelled);
    return {
      next() {
        if (values.length > 0) return Promise.resolve({ value: values.shift(), done: false });
        if (failure !== null) {
          const { error } = failure;
          failure = null;
          return Promise.reject(error);
        }
        if (ended) return Promise.resolve({ value: undefined, done: true });
        return new Promise((resolve, reject) => { waiting.push({ resolve, reject }); });
      },
      return: finish,
      throw(error) {
        failed(error);
        return Promise.resolve({ value: undefined, done: true });
      },
      [Symbol.asyncIterator]() { return this; },
    };
  }

  class EventEmitterAsyncResource extends EventEmitter {
    emitDestroy() { return this; }
    get asyncResource() { return this; }
  }

  Object.assign(EventEmitter, {
    EventEmitter, EventEmitterAsyncResource, captureRejectionSymbol, errorMonitor, once, on,
    captureRejections: false, defaultMaxListeners: 10, usingDomains: false,
    listenerCount: (emitter, name) => emitter.listenerCount(name),
    getEventListeners: (emitter, name) => emitter.listeners(name),
    getMaxListeners: (emitter) => emitter.getMaxListeners?.() ?? EventEmitter.defaultMaxListeners,
    setMaxListeners(count = EventEmitter.defaultMaxListeners, ...emitters) {
      checkCount("n", count);
      if (emitters.length === 0) EventEmitter.defaultMaxListeners = count;
      for (const emitter of emitters) emitter.setMaxListeners?.(count);
    },
    addAbortListener(signal, listener) {
      needFunction("listener", listener);
      if (signal.aborted) queueMicrotask(() => listener());
      else onAbort(signal, listener);
      return {
        [Symbol.dispose ?? Symbol.for("nodejs.dispose")]: () => signal.removeEventListener("abort", listener),
      };
    },
  });
  module.exports = EventEmitter;
};
