// Values on their way out of a script: into a variable, a result or a report.

const numbers = require("api/numbers");
const { mapStack } = require("api/stack");
const { weakTable } = require("kernel/table");

const { parse, stringify } = JSON;
const NativeError = Error;

/** How many levels deep a value may be nested: the parent goes down such values by recursion. */
const DEEPEST = 300;
const tooDeep = `it is nested more than ${DEEPEST} levels deep`;

const given = weakTable();

/**
 * Marks an object that scripts are given and that lives only as long as its script; `hint` says what to keep
 * of it.
 */
exports.giveName = function giveName(object, name, hint = "") {
  given.set(object, `it is \`${name}\` itself, which lives only as long as its script${hint}`);
  return object;
};

/**
 * What a safe-mode script hands over: JSON's view of it; a function is its source, and an error keeps what it
 * says.
 */
exports.dump = function dump(value) {
  return explained(() => dumped(value));
};

/**
 * JSON's view of `value`, errors as objects; a part that holds itself is cut there. Throws where there is
 * none.
 */
exports.plain = function plain(value) {
  return explained(() => parsed(jsonOf(value)));
};

/**
 * What lasts of a variable's value when its step is over; undefined for what has no JSON form and is dropped:
 * undefined, and in developer mode a function. Throws an Error whose message is only the reason why it cannot
 * be kept.
 */
exports.keep = function keep(value, safe) {
  if (typeof value === "symbol") throw new NativeError("a symbol has no JSON form");
  const isObject = typeof value === "object" || typeof value === "function";
  return safe && isObject ? dumped(value) : parsed(jsonOf(value));
};

const tagOf = Object.prototype.toString;
const lostTypes = Object.freeze({
  __proto__: null,
  "[object Map]": "a Map has no JSON form: store Object.fromEntries(…) of it",
  "[object Set]": "a Set has no JSON form: store [...set]",
  "[object WeakMap]": "a WeakMap has no JSON form",
  "[object WeakSet]": "a WeakSet has no JSON form",
  "[object Promise]": "a Promise has no JSON form: await it first",
  "[object RegExp]": "a regular expression has no JSON form: store its source",
});

/** Throws for a value of which JSON would keep nothing, for variables that are written to files. */
exports.refuseLoss = function refuseLoss(value) {
  refuseGiven(value);
  if (typeof value === "number" && !Number.isFinite(value))
    throw new NativeError(`${String(value)} has no JSON form`);
  if (typeof value === "function") throw new NativeError("a function has no JSON form");
  if (typeof value !== "object" || value === null || typeof value.toJSON === "function") return;
  const reason = lostTypes[Reflect.apply(tagOf, value, [])];
  if (reason !== undefined) throw new NativeError(reason);
};

function dumped(value) {
  refuseGiven(value);
  if (typeof value === "function") return String(value);
  if (typeof value !== "object" || value === null) return value;
  let text;
  try {
    text = numbers.stringify(value);
  } catch {
    return parsed(jsonOf(value));
  }
  const made = parsed(text);
  if (isDeep(text, made)) throw new NativeError(tooDeep);
  if (!exports.isError(value) || typeof made !== "object") return made;
  return parsed(jsonOf({ ...made, name: value.name, message: value.message, stack: mapStack(value.stack) }));
}

/** JSON by way of the replacer, or an Error that has the reason as its message. */
function jsonOf(value) {
  refuseGiven(value);
  try {
    return exports.cleanText(value);
  } catch (error) {
    if (error === depthError) throw new NativeError(tooDeep);
    throw new NativeError(`turning it into JSON failed: ${exports.describe(error).message}`);
  }
}

function parsed(text) {
  if (text === undefined) return undefined;
  return numbers.any() ? numbers.parse(text) : parse(text);
}

function refuseGiven(value) {
  const reason = given.get(value);
  if (reason !== undefined) throw new NativeError(reason);
}

function explained(make) {
  try {
    return make();
  } catch (error) {
    throw new NativeError(`The value cannot be kept: ${error.message}`);
  }
}

/** Whether `made`, the value of the JSON `text`, is nested too deeply; a short text cannot be. */
function isDeep(text, made) {
  if (text === undefined || text.length < 2 * DEEPEST) return false;
  let level = [made];
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    const below = [];
    for (let i = 0; i < level.length; i += 1) {
      const values = Object.values(level[i]);
      for (let at = 0; at < values.length; at += 1) {
        if (typeof values[at] === "object" && values[at] !== null) below[below.length] = values[at];
      }
    }
    if (below.length === 0) return false;
    level = below;
  }
  return true;
}

/** JSON's view of `value` for a report, values without one are described. */
exports.clean = function clean(value) {
  try {
    return parsed(jsonOf(value));
  } catch (error) {
    return `[${error.message}]`;
  }
};

/** The same for an object part by part: what one of its properties holds costs no other. */
exports.cleanEach = function cleanEach(object) {
  const made = {};
  for (const name of Object.keys(object)) {
    const member = exports.peek(object, name);
    const value = typeof member === "string" ? member : exports.clean(member);
    if (value !== undefined)
      Object.defineProperty(made, name, {
        __proto__: null,
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
  }
  return made;
};

/** The JSON text of a value; throws for a value that JSON cannot hold. */
exports.cleanText = (value) => numbers.stringify(value, replacer());

const depthError = Object.freeze(new NativeError(tooDeep));

function replacer() {
  // The objects from the root down to the one whose members are being written, and their JSON so far.
  const above = [];
  const written = [];
  return function replace(key, value) {
    if (typeof value === "bigint") return String(value);
    if (typeof value !== "object" || value === null) return value;
    while (written.length > 0 && written.at(-1) !== this) {
      written.pop();
      above.pop();
    }
    if (above.includes(value)) return "[Circular Reference]";
    if (above.length >= DEEPEST) throw depthError;
    const shown = exports.isError(value) ? errorFields(value) : value;
    above.push(value);
    written.push(shown);
    return shown;
  };
}

exports.isBytes = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);

exports.isError = function isError(value) {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
};

function errorFields(error) {
  const fields = { name: error.name, message: error.message };
  for (const name of Object.getOwnPropertyNames(error)) fields[name] = error[name];
  if (typeof fields.stack === "string") fields.stack = mapStack(fields.stack);
  return fields;
}

/** A property of whatever was thrown, or undefined; never throws, whatever its getter does. */
exports.peek = function peek(thrown, name) {
  try {
    return thrown?.[name];
  } catch {
    return undefined;
  }
};

/** The message of whatever was thrown, and its name; never throws. */
exports.describe = function describe(thrown) {
  try {
    if (typeof thrown === "object" && thrown !== null) {
      return { name: String(thrown.name ?? "Error"), message: String(thrown.message ?? safeText(thrown)) };
    }
    return { name: "Error", message: String(thrown) };
  } catch {
    return { name: "Error", message: "a value that cannot be shown was thrown" };
  }
};

function safeText(value) {
  const text = stringify(exports.clean(value));
  return text === undefined ? Object.prototype.toString.call(value) : text;
}

const alphabet = "useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict";

/** An id for a result: 21 characters of nanoid's alphabet; it needs to differ, not to be secret. */
exports.uid = function uid() {
  let id = "";
  for (let count = 0; count < 21; count += 1) id += alphabet[(Math.random() * 64) | 0];
  return id;
};
