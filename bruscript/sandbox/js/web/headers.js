// Headers. https://fetch.spec.whatwg.org/#headers-class

"use strict";

const { showPairs } = require("web/shown");

exports.define = function define(modules, module) {
  class Headers {
    #list = new Map();
    constructor(init) {
      if (init === undefined || init === null) return;
      if (typeof init !== "object") throw new TypeError("Headers takes an object or a list of pairs");
      const pairs = typeof init[Symbol.iterator] === "function" ? init : Object.entries(init);
      for (const pair of pairs) {
        const entry = [...pair];
        if (entry.length !== 2)
          throw new TypeError(
            `Headers constructor: expected name/value pair to be length 2, found ${entry.length}.`,
          );
        this.append(entry[0], entry[1]);
      }
    }
    append(name, value) {
      const key = valid(name);
      const entry = this.#list.get(key);
      if (entry === undefined) this.#list.set(key, [clean(value)]);
      else entry.push(clean(value));
    }
    set(name, value) {
      const key = valid(name);
      this.#list.set(key, [clean(value)]);
    }
    delete(name) {
      this.#list.delete(valid(name));
    }
    has(name) {
      return this.#list.has(valid(name));
    }
    get(name) {
      const values = this.#list.get(valid(name));
      return values === undefined ? null : values.join(", ");
    }
    getSetCookie() {
      return [...(this.#list.get("set-cookie") ?? [])];
    }
    forEach(callback, receiver) {
      for (const [name, value] of this) callback.call(receiver, value, name, this);
    }
    *entries() {
      for (const name of [...this.#list.keys()].sort()) {
        const values = this.#list.get(name);
        if (name === "set-cookie") for (const value of values) yield [name, value];
        else yield [name, values.join(", ")];
      }
    }
    *keys() {
      for (const [name] of this) yield name;
    }
    *values() {
      for (const [, value] of this) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    get [Symbol.toStringTag]() {
      return "Headers";
    }
  }
  showPairs(Headers, "Headers");
  module.exports.Headers = Headers;
};

function valid(name) {
  const text = `${name}`;
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text))
    throw new TypeError(`Headers.append: "${text}" is an invalid header name.`);
  return text.toLowerCase();
}

function clean(value) {
  const text = `${value}`.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
  if (/[\0\r\n]/.test(text)) throw new TypeError(`Headers.append: "${text}" is an invalid header value.`);
  return text;
}
