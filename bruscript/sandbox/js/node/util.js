// Node's util: npm's package of that name, with our own inspect and format, and the newer functions added.

"use strict";

const { inspectBy, defaults } = require("api/inspect");
const { styles, colors } = require("api/inspect_text");
const { coded, invalidType, needFunction } = require("node/errors");

const customPromise = Symbol.for("nodejs.util.promisify.custom");

exports.define = function define(modules, module) {
  const util = modules.bundle("polyfill/util");
  const custom = Symbol.for("nodejs.util.inspect.custom");
  const { TextEncoder, TextDecoder } = globalThis;
  /** `util.inspect(value, options)`, or as it once was: (value, showHidden, depth, colors). */
  const inspect = Object.assign(function inspect(value, options, depth, withColors) {
    const by = /** @type {any} */ (inspect).defaultOptions;
    const given =
      typeof options === "object" && options !== null
        ? options
        : {
            showHidden: options ?? by.showHidden,
            depth: depth === undefined ? by.depth : depth,
            colors: withColors ?? by.colors,
          };
    return inspectBy(value, { ...by, stack: true, ...given }, inspect);
  }, { custom, defaultOptions: { ...defaults }, styles: { ...styles }, colors: { ...colors } });
  const formatBy = (options, args) =>
    formatWith((value, more) => inspect(value, { ...options, ...more }), args);
  const format = (...args) => formatBy({}, args);
  module.exports = Object.assign(util, {
    inspect,
    format,
    formatWithOptions: (options, ...args) => formatBy(options, args),
    promisify: Object.assign(promisify, { custom: customPromise }),
    callbackify,
    inherits,
    debug: () => silent(),
    debuglog: () => silent(),
    types: {
      ...util.types,
      // The language does not distinguish a proxy from its target.
      isProxy: () => false,
      isExternal: () => false,
      isModuleNamespaceObject: (value) => Object.prototype.toString.call(value) === "[object Module]",
      isKeyObject: (value) => Object.prototype.toString.call(value) === "[object KeyObject]",
      isCryptoKey: (value) => value instanceof globalThis.CryptoKey,
    },
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
    getSystemErrorName: (number) => systemErrors().get(number)?.[0],
    getSystemErrorMap: systemErrors,
    parseArgs() { throw new Error("util.parseArgs is not available to scripts: they have no command line"); },
    aborted: (signal) => new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    }),
  });
};

/** A function that calls back, as one that gives a promise. */
function promisify(original) {
  needFunction("original", original);
  const own = original[customPromise];
  if (own) {
    if (typeof own !== "function") throw invalidType("util.promisify.custom", "of type function", own);
    // That of the timers is frozen: it stays from script to script.
    return Object.isFrozen(own)
      ? own
      : Object.defineProperty(own, customPromise, {
          value: own,
          enumerable: false,
          writable: false,
          configurable: true,
        });
  }
  function made(...args) {
    return new Promise((resolve, reject) => {
      original.call(this, ...args, (error, value) => (error ? reject(error) : resolve(value)));
    });
  }
  Object.setPrototypeOf(made, Object.getPrototypeOf(original));
  Object.defineProperty(made, customPromise, {
    value: made,
    enumerable: false,
    writable: false,
    configurable: true,
  });
  return Object.defineProperties(made, Object.getOwnPropertyDescriptors(original));
}

/** The other way round. */
function callbackify(original) {
  needFunction("original", original);
  return function (...args) {
    const callback = args.pop();
    needFunction("last argument", callback);
    const failed = (reason) => {
      if (reason) return reason;
      return Object.assign(
        coded(new Error("Promise was rejected with falsy value"), "ERR_FALSY_VALUE_REJECTION"),
        { reason },
      );
    };
    original.apply(this, args).then(
      (value) => globalThis.process.nextTick(callback, null, value),
      (reason) => globalThis.process.nextTick(callback, failed(reason)),
    );
  };
}

function inherits(constructor, parent) {
  needFunction("ctor", constructor);
  needFunction("superCtor", parent);
  if (parent.prototype === undefined)
    throw invalidType("superCtor.prototype", "of type object", parent.prototype);
  Object.defineProperty(constructor, "super_", { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

/** NODE_DEBUG is never set here. */
const silent = () => Object.assign(() => {}, { enabled: false });

const systemErrors = () => new Map([
  [-1, ["EPERM", "operation not permitted"]], [-2, ["ENOENT", "no such file or directory"]],
  [-13, ["EACCES", "permission denied"]], [-17, ["EEXIST", "file already exists"]],
  [-20, ["ENOTDIR", "not a directory"]], [-21, ["EISDIR", "illegal operation on a directory"]],
  [-22, ["EINVAL", "invalid argument"]], [-39, ["ENOTEMPTY", "directory not empty"]],
  [-40, ["ELOOP", "too many symbolic links encountered"]], [-104, ["ECONNRESET", "connection reset by peer"]],
  [-110, ["ETIMEDOUT", "connection timed out"]], [-111, ["ECONNREFUSED", "connection refused"]],
]);

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

const builtIn = Object.freeze([Object, Date, Number, Boolean].map((made) => made.prototype.toString));

function hasTextOfItsOwn(value) {
  return typeof value.toString === "function" && !builtIn.includes(value.toString);
}

const directives = {
  "%s": (value, inspect) => {
    if (typeof value === "bigint" || Object.is(value, -0)) return inspect(value);
    const isObject = typeof value === "object" && value !== null && !(value instanceof Error);
    return isObject && (Array.isArray(value) || !hasTextOfItsOwn(value))
      ? inspect(value, { depth: 0 })
      : String(value);
  },
  "%d": (value) =>
    number(value, (given) => (typeof given === "object" && given !== null ? NaN : Number(given))),
  "%i": (value) => number(value, parseInt),
  "%f": (value) => number(value, parseFloat),
  "%j": (value) => {
    try {
      return JSON.stringify(value) ?? "undefined";
    } catch {
      return "[Circular]";
    }
  },
  "%o": (value, inspect) => inspect(value, { depth: 4, showHidden: true }),
  "%O": (value, inspect) => inspect(value),
  "%c": () => "",
};

exports.directives = directives;
