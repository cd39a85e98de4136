// Blob, File and FormData. https://w3c.github.io/FileAPI/ https://xhr.spec.whatwg.org/#interface-formdata

"use strict";

const { showAs } = require("web/shown");
const { invalidType, missing } = require("node/errors");

const { encodeUtf8, decodeUtf8, bytesOf } = require("web/encoding");

exports.define = function define(modules, module) {
  class Blob {
    #bytes;
    #type;
    constructor(parts = [], { type = "" } = {}) {
      if (typeof parts === "string" || typeof parts?.[Symbol.iterator] !== "function")
        throw invalidType("sources", "a sequence", parts);
      const chunks = [...parts].map((part) =>
        part instanceof Blob
          ? bytes(part)
          : part instanceof ArrayBuffer || ArrayBuffer.isView(part)
            ? bytesOf(part)
            : encodeUtf8(`${part}`),
      );
      this.#bytes = concatenate(chunks);
      this.#type = /[^\x20-\x7e]/.test(`${type}`) ? "" : `${type}`.toLowerCase();
    }
    get size() {
      return this.#bytes.length;
    }
    get type() {
      return this.#type;
    }
    async text() {
      return decodeUtf8(this.#bytes).replace(/^\uFEFF/, "");
    }
    async arrayBuffer() {
      return this.#bytes.slice().buffer;
    }
    async bytes() {
      return this.#bytes.slice();
    }
    slice(start = 0, end = this.size, type = "") {
      return new Blob([this.#bytes.slice(start, end)], { type });
    }
    stream() {
      const bytes = this.#bytes.slice();
      const { ReadableStream } = globalThis;
      return new ReadableStream({
        start(controller) {
          if (bytes.length > 0) controller.enqueue(bytes);
          controller.close();
        },
      });
    }
    get [Symbol.toStringTag]() {
      return "Blob";
    }
    static bytes(blob) {
      return blob.#bytes;
    }
  }
  const { bytes } = Blob;
  delete Blob.bytes;

  class File extends Blob {
    #name;
    #lastModified;
    constructor(parts, name, options = {}) {
      if (arguments.length < 2) throw missing("fileBits", "fileName");
      super(parts, options);
      this.#name = `${name}`;
      this.#lastModified = options.lastModified ?? Date.now();
    }
    get name() { return this.#name; }
    get lastModified() { return this.#lastModified; }
    get [Symbol.toStringTag]() { return "File"; }
  }

  class FormData {
    #entries = [];
    constructor(form) {
      if (form !== undefined) throw new TypeError("FormData takes no form here");
    }
    append(name, value, filename) {
      this.#entries.push([`${name}`, entryValue(value, filename)]);
    }
    set(name, value, filename) {
      const at = this.#entries.findIndex(([key]) => key === `${name}`);
      this.delete(name);
      const entry = [`${name}`, entryValue(value, filename)];
      this.#entries.splice(at < 0 ? this.#entries.length : at, 0, entry);
    }
    delete(name) {
      this.#entries = this.#entries.filter(([key]) => key !== `${name}`);
    }
    get(name) {
      return this.#entries.find(([key]) => key === `${name}`)?.[1] ?? null;
    }
    getAll(name) {
      return this.#entries.filter(([key]) => key === `${name}`).map(([, value]) => value);
    }
    has(name) {
      return this.#entries.some(([key]) => key === `${name}`);
    }
    forEach(callback, receiver) {
      for (const [name, value] of this) callback.call(receiver, value, name, this);
    }
    *entries() {
      yield* this.#entries.map(([name, value]) => [name, value]);
    }
    *keys() {
      for (const [name] of this.#entries) yield name;
    }
    *values() {
      for (const [, value] of this.#entries) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    get [Symbol.toStringTag]() {
      return "FormData";
    }
  }

  function entryValue(value, filename) {
    if (!(value instanceof Blob)) return `${value}`;
    if (value instanceof File && filename === undefined) return value;
    return new File([value], filename ?? "blob", { type: value.type });
  }

  showAs(Blob, ["size", "type"]);
  showAs(File, ["size", "type", "name", "lastModified"]);
  module.exports = { Blob, File, FormData, bytes };
};

function concatenate(chunks) {
  const all = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

exports.concatenate = concatenate;
