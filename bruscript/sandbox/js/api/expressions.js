// Assertions' and variables' expressions, evaluated as the mode's reference does it.

const { describe, dump, isError } = require("api/values");
const { table } = require("kernel/table");

// Functions outlast the job, so what makes them is the language's own, not what a script may have put in its
// place.
const { freeze } = Object;
const NativeFunction = Function;
const keep = 512;
const functions = table();

/** A function of a scope object that evaluates `text`: names are the scope's, then globals. */
function compile(text, form) {
  const key = `${form}${text}`;
  let made = functions.get(key);
  if (made === undefined) {
    if (functions.size >= keep) functions.clear();
    const body = form === "code" ? "return eval(arguments[1]);" : `return ${text}\n`;
    // Frozen: an expression can name its function by `arguments.callee`.
    made = freeze(new NativeFunction("__scope", `with (__scope) { ${body} }`));
    freeze(made.prototype);
    functions.set(key, made);
  }
  return made;
}

/** In developer mode a name that nobody knows is undefined; in safe mode it is an error. */
function scopeOf(context, knowsAll) {
  return new Proxy(context, {
    has(target, key) {
      if (typeof key !== "string" || key === "arguments" || key === "eval") return false;
      return knowsAll || Object.hasOwn(target, key);
    },
    get(target, key) {
      if (key === Symbol.unscopables) return undefined;
      const value = Object.hasOwn(target, key) ? target[key] : undefined;
      return value ?? globalThis[key];
    },
  });
}

/** What was thrown, as the value that the reference's safe mode makes of it. */
function errorValue(error) {
  if (!isError(error)) return dump(error);
  const value = { ...describe(error), stack: "" };
  return error instanceof SyntaxError ? { ...value, fileName: "eval.js", lineNumber: 1 } : value;
}

/**
 * The value of a JavaScript expression. In safe mode an error is a value too, as in the reference; `failed`
 * gets it.
 */
exports.evaluate = function evaluate(session, text, context, failed = (_error) => {}) {
  if (!session.safe) return compile(text, "expression")(scopeOf(context, true));
  const source = text?.trim();
  if (!source) return text;
  let value;
  try {
    value = compile("", "code").call(globalThis, scopeOf(context, false), source);
  } catch (error) {
    failed(error);
    return errorValue(error);
  }
  return dump(value);
};

/** An operand's value: a number, true, false, null, undefined, or text with `${…}` in it evaluated. */
exports.operand = function operand(session, text, context) {
  if (typeof text !== "string" || text === "") return text;
  const source = text.trim();
  const words = { true: true, false: false, null: null, undefined: undefined };
  if (Object.hasOwn(words, source)) return words[source];
  if (source !== "" && !Number.isNaN(Number(source))) {
    // A number that cannot be kept exactly stays text.
    const number = Number(source);
    if (number > Number.MAX_SAFE_INTEGER) return source;
    // Safe mode of the reference reads whole numbers as decimal digits: 2e2 is 2, 0xc8 is 0.
    return session.safe && Number.isInteger(number) ? Number.parseInt(source, 10) : number;
  }
  // A lone quote is taken for both quotes of an empty text.
  const quoted = /^(["'])([^]*)\1$/.exec(source.length === 1 ? source + source : source);
  if (quoted !== null && !session.safe) return quoted[2];
  return exports.evaluate(session, `\`${quoted?.[2] ?? source}\``, context);
};
