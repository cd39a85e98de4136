// Whole numbers that are too big to be kept exactly: how they were written in a response or a variable.
// Scripts see the nearest number; output, variables and templates have all digits.

const { weakTable } = require("kernel/table");

const big = /[^"\d.]-?\d{16,}/;
// Nobody needs longer numbers, and Python refuses thousands of digits.
const digits = /^-?\d{16,300}$/;
const { isSafeInteger } = Number;
const { parse, rawJSON, stringify } = /** @type {any} */ (JSON);

const textsByHolder = weakTable();
let textsByNumber = new Map();

/** Remembers how `holder[key]` was written. */
exports.remember = function remember(holder, key, text) {
  if (!textsByHolder.has(holder)) textsByHolder.set(holder, new Map());
  textsByHolder.get(holder).set(key, text);
  const known = textsByNumber.get(Number(text));
  textsByNumber.set(Number(text), known === undefined || known === text ? text : null);
};

/** Forgets what was remembered of numbers by themselves, between two jobs. */
exports.forget = function forget() {
  textsByNumber = new Map();
};

/** Whether the job has met such a number. */
exports.any = () => textsByNumber.size > 0;

/** A single number: as it was written if only one literal became this number, else as it is. */
exports.textOf = function textOf(value) {
  if (Object.is(value, -0)) return "-0";
  return textsByNumber.get(value) ?? String(value);
};

/** Whether several numbers have become this one, so that nobody knows which it was. */
exports.isAmbiguous = (value) => textsByNumber.get(value) === null;

/** The exact text of the number `holder[key]`, or undefined where it is exact or was set since. */
exports.exact = function exact(holder, key) {
  if (textsByNumber.size === 0) return undefined;
  const text = textsByHolder.get(holder)?.get(key);
  return text !== undefined && holder[key] === Number(text) ? text : undefined;
};

/** Has `holder` remember the texts of `source`, whose values it was given. */
exports.inherit = function inherit(holder, source) {
  if (textsByNumber.size === 0) return;
  for (const [key, text] of textsByHolder.get(source) ?? []) exports.remember(holder, key, text);
};

/** Remembers a number that was assigned to `holder`, if its literal is known. */
exports.adopt = function adopt(holder, key, value) {
  if (textsByNumber.size === 0 || typeof value !== "number" || isSafeInteger(value)) return;
  const text = textsByNumber.get(value);
  if (typeof text === "string") exports.remember(holder, key, text);
};

/** A copy of `value` as JSON has it, its numbers remembered; undefined where JSON has nothing for it. */
exports.copy = function copy(value, replace = undefined) {
  const text = exports.stringify(value, replace);
  if (text === undefined) return undefined;
  return textsByNumber.size === 0 ? parse(text) : exports.parse(text);
};

/** A copy in which plain `JSON.stringify` finds all digits. */
exports.raw = function raw(value) {
  if (textsByNumber.size === 0) return value;
  return parse(exports.stringify(value), (key, item, context) => {
    const isBig = typeof item === "number" && !isSafeInteger(item) && digits.test(context?.source);
    return isBig ? rawJSON(context.source) : item;
  });
};

/** `JSON.parse`, with the numbers remembered that are too big. */
exports.parse = (text) => (big.test(text) ? parseExactly(text) : parse(text));

function parseExactly(text) {
  return parse(text, function revive(key, value, context) {
    const source = context?.source;
    if (typeof value === "number" && !isSafeInteger(value) && digits.test(source))
      exports.remember(this, key, source);
    return value;
  });
}
exports.parseExactly = parseExactly;

/** `JSON.stringify` with all digits of what was remembered. `replace` is a replacer that comes first. */
exports.stringify = function stringifyExactly(value, replace = undefined) {
  if (textsByNumber.size === 0) return stringify(value, replace);
  return stringify(value, function exactly(key, given) {
    const item = replace === undefined ? given : Reflect.apply(replace, this, [key, given]);
    if (typeof item !== "number" || isSafeInteger(item)) return item;
    const text = exports.exact(this, key);
    return text === undefined ? item : rawJSON(text);
  });
};
