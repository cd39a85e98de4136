// setTimeout and the like. Nothing runs on its own: the engine asks when the next timer is due, and fires it
// then.

const { apply } = Reflect;
const trunc = Math.trunc;
const longest = 2147483647;

/**
 * How long an un-awaited timer may be in developer mode to be waited for at a script's end, in milliseconds.
 */
const background = 1000;

/** A binary heap, the timer that is due first at its root; equal ones in the order in which they were set. */
class Heap {
  constructor() {
    this.items = [];
  }

  static before(a, b) {
    return a.due < b.due || (a.due === b.due && a.order < b.order);
  }

  push(item) {
    const { items } = this;
    let at = items.length;
    items[at] = item;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!Heap.before(item, items[parent])) break;
      items[at] = items[parent];
      at = parent;
    }
    items[at] = item;
  }

  pop() {
    const { items } = this;
    const first = items[0];
    const last = items[items.length - 1];
    items.length -= 1;
    const { length } = items;
    if (length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && Heap.before(items[child + 1], items[child])) child += 1;
      if (!Heap.before(items[child], last)) break;
      items[at] = items[child];
      at = child;
    }
    items[at] = last;
    return first;
  }
}

/** What setTimeout gives, as in Node. */
class Timeout {
  #owner;

  constructor(owner) {
    this.#owner = owner;
  }

  ref() {
    return this;
  }

  unref() {
    this.#owner.unref(this);
    return this;
  }

  hasRef() {
    return this.#owner.hasRef(this);
  }

  refresh() {
    this.#owner.refresh(this);
    return this;
  }

  close() {
    this.#owner.stop(this);
    return this;
  }

  [Symbol.toPrimitive]() {
    return this.#owner.numberOf(this);
  }
}

/**
 * In the reference's safe mode setTimeout gives a promise: `await setTimeout(f, 100)` waits until f has run.
 */
class AwaitableTimeout extends Timeout {
  #ran = null;
  #done = new Promise((resolve) => { this.#ran = resolve; });

  then(resolved, rejected) {
    return this.#done.then(resolved, rejected);
  }

  static ran(timeout) {
    if (#ran in timeout) timeout.#ran();
  }
}

// Scripts hold their instances, and both outlive the job.
for (const made of [Timeout, AwaitableTimeout]) {
  Object.freeze(made);
  Object.freeze(made.prototype);
}

/** Makes the timers of an isolate. `now` returns milliseconds; `report` gets what a callback throws. */
exports.createTimers = function createTimers(now, report) {
  let heap = new Heap();
  let byHandle = new Map();
  let byNumber = new Map();
  let awaited = 0;
  let order = 0;
  let safe = true;

  const delayOf = (value) => {
    const delay = trunc(Number(value));
    return delay >= 1 && delay <= longest ? delay : 1;
  };

  function start(callback, delay, args, repeat) {
    if (typeof callback !== "function") {
      const shown = typeof callback === "string" ? `type string ('${callback}')` : String(callback);
      const error = new TypeError(`The "callback" argument must be of type function. Received ${shown}`);
      error.code = "ERR_INVALID_ARG_TYPE";
      throw error;
    }
    order += 1;
    const handle = safe && !repeat ? new AwaitableTimeout(owner) : new Timeout(owner);
    const counts = !repeat && (safe || delay <= background);
    const timer = {
      due: now() + delay,
      order,
      number: order,
      callback,
      args,
      delay,
      repeat,
      counts,
      live: true,
      handle,
    };
    if (counts) awaited += 1;
    heap.push(timer);
    byHandle.set(handle, timer);
    byNumber.set(timer.number, timer);
    return handle;
  }

  function forget(timer) {
    timer.live = false;
    uncount(timer);
    byHandle.delete(timer.handle);
    byNumber.delete(timer.number);
  }

  function uncount(timer) {
    if (timer.counts) awaited -= 1;
    timer.counts = false;
  }

  const find = (given) =>
    byHandle.get(given) ?? byNumber.get(typeof given === "string" ? Number(given) : given);

  const owner = {
    stop(given) {
      const timer = find(given);
      if (timer !== undefined) forget(timer);
    },
    unref(handle) {
      const timer = byHandle.get(handle);
      if (timer !== undefined) uncount(timer);
    },
    hasRef: (handle) => byHandle.get(handle)?.counts ?? false,
    numberOf: (handle) => byHandle.get(handle)?.number ?? 0,
    refresh(handle) {
      const timer = byHandle.get(handle);
      if (timer === undefined) return;
      // The heap keeps the old entry, dead; a copy takes its place.
      const copy = { ...timer, due: now() + timer.delay, order: (order += 1) };
      timer.live = false;
      heap.push(copy);
      byHandle.set(handle, copy);
      byNumber.set(copy.number, copy);
    },
  };

  function prune() {
    while (heap.items.length > 0 && !heap.items[0].live) heap.pop();
  }

  const clear = (given) => owner.stop(given);

  const globals = {
    setTimeout: (callback, delay, ...args) => start(callback, delayOf(delay), args, false),
    setInterval: (callback, delay, ...args) => start(callback, delayOf(delay), args, true),
    setImmediate: (callback, ...args) => start(callback, 0, args, false),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
    queueMicrotask(callback) {
      if (typeof callback !== "function")
        throw new TypeError('The "callback" argument must be of type function.');
      Promise.resolve().then(() => call(callback, []));
    },
  };

  function call(callback, args) {
    try {
      const result = apply(callback, undefined, args);
      // An async callback's rejection is nobody's, as in the reference.
      if (result instanceof Promise) result.then(undefined, () => {});
    } catch (error) {
      report(error);
    }
  }

  return {
    install(target) {
      for (const [name, value] of Object.entries(globals)) {
        Object.defineProperty(value, "name", { value: name, configurable: true });
        Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
      }
    },

    /** Begins a job; in safe mode every un-awaited timer is waited for. */
    begin(isSafe) {
      safe = isSafe;
    },

    /** Runs the first timer that is due; gives whether there was one. */
    fire() {
      prune();
      const first = heap.items[0];
      if (first === undefined || first.due > now()) return false;
      heap.pop();
      if (first.repeat) {
        first.due = now() + first.delay;
        first.order = order += 1;
        heap.push(first);
      } else {
        forget(first);
      }
      call(first.callback, first.args);
      if (first.handle instanceof AwaitableTimeout) AwaitableTimeout.ran(first.handle);
      return true;
    },

    /** Milliseconds until the next timer is due, -1 without timers. */
    next() {
      prune();
      const first = heap.items[0];
      if (first === undefined) return -1;
      const rest = first.due - now();
      return rest > 0.05 ? rest : 0.05;
    },

    /** Whether a timer is set that a script's end waits for. */
    awaited: () => awaited > 0,

    /** Forgets all timers. */
    clear() {
      heap = new Heap();
      byHandle = new Map();
      byNumber = new Map();
      awaited = 0;
      order = 0;
    },
  };
};
