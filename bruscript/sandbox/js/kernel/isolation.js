// Whether a job has left anything behind: the globals and the language's own objects are compared with how
// they were.
//
// Functions of the language are frozen once, so that nothing can be hung on them; constructors, prototypes
// and namespaces stay open, because scripts and libraries may extend them, and are compared after each job.
// Added or changed globals are put right; any other change means that the isolate has to be replaced.

const definitions = require("kernel/definitions");

const {
  apply,
  construct,
  getOwnPropertyDescriptor,
  defineProperty,
  deleteProperty,
  ownKeys,
  getPrototypeOf,
  isExtensible,
} = Reflect;
const { freeze, isFrozen, preventExtensions } = Object;
const exec = Function.prototype.call.bind(RegExp.prototype.exec);
const mapGet = Function.prototype.call.bind(Map.prototype.get);
const same = Object.is;

const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";
// Function.prototype is a function too, but a prototype: frozen, it would forbid every function its own
// toString.
const isPlainFunction = (value) => typeof value === "function" && value !== Function.prototype
  && getOwnPropertyDescriptor(value, "prototype") === undefined;

const EVERY_FUNCTION_HAS = new Set(["length", "name", "arguments", "caller", "prototype"]);

/**
 * Whether it is a `function` that nobody uses as a class: its prototype is as it was made, it has nothing of
 * its own.
 */
function isMereFunction(/** @type {any} */ value) {
  if (
    typeof value !== "function" ||
    !ownKeys(value).every((key) => EVERY_FUNCTION_HAS.has(/** @type {string} */ (key)))
  )
    return false;
  const prototype = getOwnPropertyDescriptor(value, "prototype")?.value;
  return (
    isObject(prototype) && ownKeys(prototype).length === 1 && getPrototypeOf(prototype) === Object.prototype
  );
}

/** Those of them that not every V8 has. */
function unnamed() {
  const found = [];
  if (typeof Iterator === "function") {
    found.push(
      getPrototypeOf([].values().map((value) => value)),
      getPrototypeOf(Iterator.from(/** @type {any} */ ({ next() {} }))),
    );
    if (Iterator.concat) found.push(getPrototypeOf(Iterator.concat([])));
  }
  return found;
}

/** What V8 shows of errors' stacks: the prototype of call sites, and the accessors that `stack` is. */
function ofStacks() {
  Error.prepareStackTrace = (error, sites) => sites;
  const [site] = /** @type {any} */ (new Error().stack);
  delete Error.prepareStackTrace;
  const captured = {};
  Error.captureStackTrace(captured);
  const accessors = [new Error(), captured].map((holder) => getOwnPropertyDescriptor(holder, "stack"));
  return [getPrototypeOf(site), ...accessors.flatMap(({ get, set }) => [get, set])];
}

/** Objects of the language that no property of a global leads to. */
function hidden() {
  const iterator = (value) => getPrototypeOf(value);
  /** @type {(value: unknown) => any} */
  const getPrototypeOf = Object.getPrototypeOf;
  const generator = function* () {};
  const asyncGenerator = async function* () {};
  return [
    getPrototypeOf(generator),
    getPrototypeOf(generator).prototype,
    getPrototypeOf(asyncGenerator),
    getPrototypeOf(asyncGenerator).prototype,
    getPrototypeOf(async () => {}),
    getPrototypeOf(Uint8Array),
    iterator([][Symbol.iterator]()),
    iterator(new Map()[Symbol.iterator]()),
    iterator(new Set()[Symbol.iterator]()),
    iterator(""[Symbol.iterator]()),
    iterator("".matchAll(/./g)),
    iterator(getPrototypeOf([][Symbol.iterator]())),
    getPrototypeOf(getPrototypeOf(asyncGenerator).prototype),
    ...unnamed(),
    ...ofStacks(),
  ];
}

/** The own properties of one object as they are now. */
function recordOf(object) {
  const keys = ownKeys(object);
  const descriptors = keys.map((key) => getOwnPropertyDescriptor(object, key));
  return { object, keys, descriptors, prototype: getPrototypeOf(object), extensible: isExtensible(object) };
}

function equal(a, b) {
  return b !== undefined && same(a.value, b.value) && a.get === b.get && a.set === b.set
    && a.writable === b.writable && a.enumerable === b.enumerable && a.configurable === b.configurable;
}

function isUnchanged({ object, keys, descriptors, prototype, extensible }) {
  if (getPrototypeOf(object) !== prototype || isExtensible(object) !== extensible) return false;
  const now = ownKeys(object);
  if (now.length !== keys.length) return false;
  for (let i = 0; i < keys.length; i += 1) {
    if (now[i] !== keys[i] || !equal(descriptors[i], getOwnPropertyDescriptor(object, keys[i]))) return false;
  }
  return true;
}

/** Everything reachable from `roots` by properties and prototypes, except known objects. */
function reach(roots, known) {
  const seen = new Set(known);
  const pending = [...roots];
  while (pending.length > 0) {
    const object = pending.pop();
    if (!isObject(object) || seen.has(object)) continue;
    seen.add(object);
    pending.push(getPrototypeOf(object));
    for (const key of ownKeys(object)) {
      const descriptor = getOwnPropertyDescriptor(object, key);
      pending.push(descriptor.value, descriptor.get, descriptor.set);
    }
  }
  return [...seen].slice(known.length);
}

/**
 * Every object of the language: what properties and prototypes lead to, from the global object and from what
 * no property leads to. The global object has its own prototype before Object.prototype, and `x = 1` in
 * a script asks it first.
 */
exports.language = function language(target) {
  const roots = [getPrototypeOf(target)];
  for (const key of ownKeys(target)) {
    const { value, get, set } = getOwnPropertyDescriptor(target, key);
    roots.push(value, get, set);
  }
  return [target, ...reach([...roots, ...hidden()], [target])];
};

/** Features through which code of one job could run in the next; a job that uses one costs the isolate. */
function watch(target, note) {
  delete target.Atomics?.waitAsync;
  // Node does not have it, and it would be a fifth of the objects to compare.
  delete target.Temporal;
  delete target.Date.prototype.toTemporalInstant;
  const { FinalizationRegistry: Native, WebAssembly } = target;
  // Not a subclass: its prototype would be the native one, which notes nothing.
  const Watched = function FinalizationRegistry(cleanup) {
    if (new.target === undefined) throw new TypeError("Constructor FinalizationRegistry requires 'new'");
    note();
    return construct(Native, [cleanup], new.target);
  };
  defineProperty(Watched, "prototype", { value: Native.prototype, writable: false });
  defineProperty(target, "FinalizationRegistry", {
    value: Watched,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  defineProperty(Native.prototype, "constructor", { value: Watched });
  keepPatterns(target.RegExp.prototype);
  definitions.install(target);
  noteSegments(target.Intl?.Segmenter?.prototype, note);
  for (const name of ["compile", "instantiate"]) {
    const method = WebAssembly?.[name];
    if (method === undefined) continue;
    const value = function (...args) {
      note();
      return apply(method, WebAssembly, args);
    };
    defineProperty(WebAssembly, name, { value });
  }
}

/** Segments have prototypes that nothing else leads to; to make some at the start would take 10 ms. */
function noteSegments(prototype, note) {
  if (prototype === undefined) return;
  const was = prototype.segment;
  const { segment } = {
    segment(text) {
      note();
      return apply(was, this, [text]);
    },
  };
  defineProperty(prototype, "segment", { value: segment });
}

/**
 * `compile` gives a pattern another source, even a frozen one: those that take no property stay as they are.
 */
function keepPatterns(prototype) {
  const was = prototype.compile;
  const { compile } = {
    compile(pattern, flags) {
      if (!isExtensible(this)) throw new TypeError("A frozen regular expression cannot be compiled anew");
      return apply(was, this, [pattern, flags]);
    },
  };
  defineProperty(prototype, "compile", { value: compile });
}

/** The last match of a regular expression is kept in RegExp.$_ and its like: it becomes an empty one. */
const forgetMatch = () => exec(/^/, "");

/**
 * Takes down how `target`, the global object, the language's objects and the shared libraries are, and
 * freezes what is `ours`, with all that it leads to. `libraries` is what modules.share() gives: what the
 * libraries export stays open, because scripts may add to it, and is compared; what they have made for
 * themselves is frozen.
 */
exports.remember = function remember(target, libraries, ours) {
  let touched = false;
  watch(target, () => { touched = true; });
  const globals = recordOf(target);
  const known = new Map(globals.keys.map((key, at) => [key, globals.descriptors[at]]));
  const records = [];
  const language = exports.language(target);
  for (const object of language) {
    if (isPlainFunction(object)) freeze(object);
    else if (object !== target) records.push(recordOf(object));
  }
  definitions.guard([target, ...records.map((record) => record.object)]);
  for (const object of reach(ours, language)) freeze(object);
  const exported = reach(libraries.exports, language);
  for (const object of exported) {
    // By its descriptor: chai's functions are proxies, which make something anew when they are asked.
    if (isMereFunction(object)) freeze(getOwnPropertyDescriptor(object, "prototype").value);
    else if (!isPlainFunction(object) && !isFrozen(object)) {
      records.push(recordOf(object));
      continue;
    }
    freeze(object);
  }
  for (const object of reach(libraries.made, [...language, ...exported])) {
    if (object instanceof RegExp) {
      // Frozen, a global one could not even be used, because it keeps the place of its last match.
      preventExtensions(object);
      records.push(recordOf(object));
    } else {
      freeze(object);
    }
  }

  function restoreGlobals() {
    if (isUnchanged(globals)) return true;
    // By index: a script may have replaced how arrays are iterated.
    const now = ownKeys(target);
    for (let i = 0; i < now.length; i += 1) {
      const was = mapGet(known, now[i]);
      if (was === undefined ? !deleteProperty(target, now[i]) : !isSame(now[i], was)) return false;
    }
    for (let i = 0; i < globals.keys.length; i += 1) {
      if (!isSame(globals.keys[i], globals.descriptors[i])) return false;
    }
    // A deleted property has come back at the end: the order shows it.
    return isUnchanged(globals);
  }

  function isSame(key, was) {
    return equal(was, getOwnPropertyDescriptor(target, key)) || defineProperty(target, key, was);
  }

  forgetMatch();
  return {
    /** Puts the globals right; gives whether all is as it was. */
    restore() {
      definitions.undo();
      forgetMatch();
      if (touched || !restoreGlobals()) return false;
      for (let i = 0; i < records.length; i += 1) if (!isUnchanged(records[i])) return false;
      return true;
    },
  };
};
