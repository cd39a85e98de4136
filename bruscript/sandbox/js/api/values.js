// Values on their way out of a script: into a variable, a result or a report.

const numbers = require("api/numbers");
const { mapStack } = require("api/stack");

/** What a safe-mode script hands over: JSON's view of it; a function is its source, and an error keeps what it says. */
exports.dump = function dump(value) {
  if (typeof value === "function") return String(value);
  if (typeof value !== "object" || value === null) return value;
  try {
    const made = numbers.copy(value);
    if (!exports.isError(value) || typeof made !== "object") return made;
    return { ...made, name: value.name, message: value.message, stack: mapStack(value.stack) };
  } catch {
    return exports.clean(value);
  }
};

/** JSON's view of `value` with errors as objects; a part that holds itself is cut there. */
exports.clean = function clean(value) {
  try {
    return numbers.copy(value, replacer());
  } catch {
    return String(value);
  }
};

/** The same as a text. */
exports.cleanText = (value) => numbers.stringify(value, replacer());

function replacer() {
  // The objects from the root down to the one whose members are being written, and what is written for them.
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
  const text = JSON.stringify(exports.clean(value));
  return text === undefined ? Object.prototype.toString.call(value) : text;
}

const alphabet = "useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict";

/** An id for a result: 21 characters of nanoid's alphabet; it needs to differ, not to be secret. */
exports.uid = function uid() {
  let id = "";
  for (let count = 0; count < 21; count += 1) id += alphabet[(Math.random() * 64) | 0];
  return id;
};
