// Node's util: npm's package of that name, with our own inspect and format, and the newer functions added.

"use strict";

const { inspect: show } = require("api/inspect");

exports.define = function define(modules, module) {
  const util = modules.bundle("polyfill/util");
  const custom = Symbol.for("nodejs.util.inspect.custom");
  const { TextEncoder, TextDecoder } = globalThis;
  const inspect = Object.assign((value, options) => {
    const { depth = 2 } = options === true || options === false ? {} : options ?? {};
    return show(value, depth === null ? Infinity : depth);
  }, { custom, defaultOptions: { depth: 2 }, styles: {}, colors: {} });
  const format = (...args) => formatWith(inspect, args);
  module.exports = Object.assign(util, {
    inspect,
    format,
    formatWithOptions: (_options, ...args) => format(...args),
    TextEncoder,
    TextDecoder,
    isDeepStrictEqual(left, right) {
      try {
        modules.builtin("assert").deepStrictEqual(left, right);
        return true;
      } catch {
        return false;
      }
    },
    stripVTControlCharacters: (text) => String(text).replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, ""),
    styleText: (_style, text) => String(text),
    toUSVString: (text) => String(text).toWellFormed(),
    getSystemErrorName: (number) => `E${number}`,
    parseArgs() { throw new Error("util.parseArgs is of no use to scripts: they have no command line"); },
    aborted: (signal) => new Promise((resolve) => { signal.addEventListener("abort", resolve, { once: true }); }),
  });
};

function formatWith(inspect, args) {
  const rest = [...args];
  const parts = [];
  if (typeof rest[0] === "string" && rest.length > 1) {
    parts.push(rest.shift().replace(/%[sdifjoOc%]/g, (directive) => {
      if (directive === "%%") return "%";
      return rest.length === 0 ? directive : directives[directive](rest.shift(), inspect);
    }));
  }
  for (const value of rest) parts.push(typeof value === "string" ? value : inspect(value));
  return parts.join(" ");
}

const number = (value, convert) => {
  if (typeof value === "bigint") return `${value}n`;
  return typeof value === "symbol" ? "NaN" : `${convert(value)}`;
};

const directives = {
  "%s": (value, inspect) => {
    if (typeof value === "bigint" || Object.is(value, -0)) return inspect(value);
    const own = typeof value === "object" && value !== null && !(value instanceof Error) && value.toString === Object.prototype.toString;
    return own || Array.isArray(value) ? inspect(value, { depth: 0 }) : String(value);
  },
  "%d": (value) => number(value, (given) => (typeof given === "object" && given !== null ? NaN : Number(given))),
  "%i": (value) => number(value, parseInt),
  "%f": (value) => number(value, parseFloat),
  "%j": (value) => {
    try {
      return JSON.stringify(value) ?? "undefined";
    } catch {
      return "[Circular]";
    }
  },
  "%o": (value, inspect) => inspect(value, { depth: 4 }),
  "%O": (value, inspect) => inspect(value),
  "%c": () => "",
};
