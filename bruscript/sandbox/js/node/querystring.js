// Node's querystring.

"use strict";

const { coded } = require("node/errors");

exports.define = function define(modules, module) {
  // New functions for each step: properties that a script sets on them must not stay.
  const own = {
    escape: (value) => escape(value),
    unescape: (text) => unescape(text),
    parse: (...args) => parse(...args),
    stringify: (...args) => stringify(...args),
  };
  module.exports = {
    ...own,
    decode: own.parse,
    encode: own.stringify,
    unescapeBuffer: (string) => modules.builtin("buffer").Buffer.from(unescape(String(string))),
  };
};

function escape(value) {
  const string = typeof value === "object" ? String(value) : `${value}`;
  try {
    return encodeURIComponent(string);
  } catch (error) {
    throw coded(error, "ERR_INVALID_URI");
  }
}

function unescape(string) {
  try {
    return decodeURIComponent(string);
  } catch {
    // A stray % or bytes that are not UTF-8: decode what can be decoded, as Node does.
    return string.replace(/(%[0-9a-f]{2})+/gi, (run) => {
      try {
        return decodeURIComponent(run);
      } catch {
        return "\uFFFD".repeat(run.length / 3);
      }
    });
  }
}

function parse(string, separator = "&", equals = "=", options = {}) {
  const result = Object.create(null);
  if (typeof string !== "string" || string === "") return result;
  const decode = options?.decodeURIComponent ?? module_unescape;
  const limit = options?.maxKeys ?? 1000;
  const pairs = string.split(separator || "&").filter((pair) => pair !== "");
  for (const pair of limit > 0 ? pairs.slice(0, limit) : pairs) {
    const spaced = pair.replaceAll("+", " ");
    const at = spaced.indexOf(equals || "=");
    const [rawKey, rawValue] =
      at < 0 ? [spaced, ""] : [spaced.slice(0, at), spaced.slice(at + (equals || "=").length)];
    const key = attempt(decode, rawKey);
    const value = attempt(decode, rawValue);
    if (!(key in result)) result[key] = value;
    else if (Array.isArray(result[key])) result[key].push(value);
    else result[key] = [result[key], value];
  }
  return result;
}

const module_unescape = (string) => unescape(string);

function attempt(decode, string) {
  try {
    return decode(string);
  } catch {
    return unescape(string);
  }
}

function stringify(object, separator = "&", equals = "=", options = {}) {
  if (object === null || typeof object !== "object") return "";
  const encode = options?.encodeURIComponent ?? escape;
  const primitive = (value) => {
    if (typeof value === "string") return encode(value);
    if (typeof value === "number") return Number.isFinite(value) ? encode(`${value}`) : "";
    if (typeof value === "bigint" || typeof value === "boolean") return encode(`${value}`);
    return "";
  };
  return Object.keys(object).flatMap((key) => {
    const values = Array.isArray(object[key]) ? object[key] : [object[key]];
    return values.map((value) => `${encode(key)}${equals || "="}${primitive(value)}`);
  }).join(separator || "&");
}
