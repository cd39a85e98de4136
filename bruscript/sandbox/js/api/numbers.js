// Numbers of a response's body that are too big to be kept exactly: how they were written there, for what is shown.

const { weakTable } = require("kernel/table");

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

/** A number by itself: as the body had it where only one there became this number, else as it is. */
exports.textOf = function textOf(value) {
  if (Object.is(value, -0)) return "-0";
  return textsByNumber.get(value) ?? String(value);
};

/** The exact text of the number `holder[key]`, or undefined where it is exact or was set since. */
exports.exact = function exact(holder, key) {
  const text = textsByHolder.get(holder)?.get(key);
  return text !== undefined && holder[key] === Number(text) ? text : undefined;
};
