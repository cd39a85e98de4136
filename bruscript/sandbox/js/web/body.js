// The bodies of Request and Response: what may be one, as bytes, and how it is read.

"use strict";

const { encodeUtf8, decodeUtf8, bytesOf } = require("web/encoding");
const { concatenate } = require("web/blob");

/** [bytes or a promise of them, content type or null] of anything that may be a body; null for no body. */
exports.extract = function extract(modules, body) {
  const { URLSearchParams, FormData, Blob, ReadableStream } = globalThis;
  if (body === null || body === undefined) return null;
  if (typeof body === "string") return [encodeUtf8(body), "text/plain;charset=UTF-8"];
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return [bytesOf(body).slice(), null];
  if (body instanceof URLSearchParams) {
    return [encodeUtf8(body.toString()), "application/x-www-form-urlencoded;charset=UTF-8"];
  }
  if (body instanceof Blob) return [blobBytes(modules, body).slice(), body.type || null];
  if (body instanceof FormData) return multipart(modules, body);
  if (body instanceof ReadableStream) return [drain(body.getReader()), null];
  if (typeof body[Symbol.asyncIterator] === "function") return [collect(body), null];
  return [encodeUtf8(`${body}`), "text/plain;charset=UTF-8"];
};

async function drain(reader) {
  const chunks = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concatenate(chunks);
    chunks.push(bytesOf(value));
  }
}

async function collect(iterable) {
  const chunks = [];
  for await (const chunk of iterable)
    chunks.push(typeof chunk === "string" ? encodeUtf8(chunk) : bytesOf(chunk));
  return concatenate(chunks);
}

function blobBytes(modules, blob) {
  return modules.once("web/blob", () => {}).bytes(blob);
}

/** RFC 7578, with the names escaped as the HTML specification says. */
function multipart(modules, form) {
  const boundary = `----bruscript${globalThis.crypto.randomUUID().replaceAll("-", "")}`;
  const escape = (text) => text.replace(/\r\n?|\n/g, "%0D%0A").replaceAll('"', "%22");
  const chunks = [];
  for (const [name, value] of form) {
    let head = `--${boundary}\r\nContent-Disposition: form-data; name="${escape(name)}"`;
    if (typeof value !== "string") {
      const type = value.type || "application/octet-stream";
      head += `; filename="${escape(value.name)}"\r\nContent-Type: ${type}`;
    }
    chunks.push(encodeUtf8(`${head}\r\n\r\n`));
    chunks.push(
      typeof value === "string" ? encodeUtf8(value.replace(/\r?\n|\r/g, "\r\n")) : blobBytes(modules, value),
    );
    chunks.push(encodeUtf8("\r\n"));
  }
  chunks.push(encodeUtf8(`--${boundary}--\r\n`));
  return [concatenate(chunks), `multipart/form-data; boundary=${boundary}`];
}

/** A class with the methods that Request and Response share; `take` gives the bytes, once. */
exports.makeBody = function makeBody() {
  return class Body {
    #bytes;
    #used = false;
    #stream = null;
    _setBody(bytes) { this.#bytes = bytes; }
    _peekBody() {
      if (this.bodyUsed) throw new TypeError("Body is unusable: Body has already been read");
      return this.#bytes;
    }
    async #take() {
      if (this.bodyUsed) throw new TypeError("Body is unusable: Body has already been read");
      this.#used = true;
      return (await this.#bytes) ?? new Uint8Array(0);
    }
    get bodyUsed() { return this.#used || Boolean(this.#stream?.locked); }
    get body() {
      if (this.#bytes === null) return null;
      const { ReadableStream } = globalThis;
      this.#stream ??= new ReadableStream({
        pull: async (controller) => {
          const bytes = await this.#bytes;
          if (bytes.length > 0) controller.enqueue(bytes.slice());
          controller.close();
        },
      });
      return this.#stream;
    }
    async text() { return decodeUtf8(await this.#take()).replace(/^\uFEFF/, ""); }
    async json() { return JSON.parse(await this.text()); }
    async bytes() { return (await this.#take()).slice(); }
    async arrayBuffer() { return (await this.bytes()).buffer; }
    async blob() {
      const { Blob } = globalThis;
      const type = /** @type {any} */ (this).headers.get("content-type") ?? "";
      return new Blob([await this.#take()], { type });
    }
    async formData() {
      const { URLSearchParams, FormData } = globalThis;
      const type = /** @type {any} */ (this).headers.get("content-type") ?? "";
      if (!type.startsWith("application/x-www-form-urlencoded")) {
        throw new TypeError(`Cannot read a body of type "${type}" as form data`);
      }
      const form = new FormData();
      for (const [name, value] of new URLSearchParams(await this.text())) form.append(name, value);
      return form;
    }
  };
};
