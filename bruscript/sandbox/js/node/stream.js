// Node's stream: npm's readable-stream, with what it leaves to Node: the web's streams, and stream/consumers.

"use strict";

exports.define = function define(modules, module) {
  const stream = modules.bundle("polyfill/stream");
  const { Readable, Writable, Duplex } = stream;
  Object.defineProperty(stream, "web", {
    configurable: true,
    get: () => require("web/streams").all(modules),
  });
  Object.defineProperty(stream, "consumers", { configurable: true, get: () => consumers(modules) });

  Readable.fromWeb = (source, options) =>
    Readable.from(source[Symbol.asyncIterator](), { objectMode: false, ...options });
  Readable.toWeb = (source) => {
    const iterator = source[Symbol.asyncIterator]();
    return new globalThis.ReadableStream({
      async pull(controller) {
        const { value, done } = await iterator.next();
        if (done) controller.close();
        else
          controller.enqueue(
            typeof value === "string" || !ArrayBuffer.isView(value)
              ? value
              : new Uint8Array(/** @type {any} */ (value)),
          );
      },
      async cancel(reason) { source.destroy(reason instanceof Error ? reason : undefined); },
    });
  };
  Writable.fromWeb = (target, options) => {
    const writer = target.getWriter();
    const settle = (promise, done) => promise.then(() => done(), done);
    return new Writable({
      ...options,
      write(chunk, encoding, done) { settle(writer.write(chunk), done); },
      final(done) { settle(writer.close(), done); },
      destroy(error, done) { settle(error ? writer.abort(error) : Promise.resolve(), () => done(error)); },
    });
  };
  Writable.toWeb = (target) =>
    new globalThis.WritableStream({
      write: (chunk) =>
        new Promise((resolve, reject) => {
          target.write(chunk, (error) => (error ? reject(error) : resolve()));
        }),
      close: () =>
        new Promise((resolve, reject) => {
          target.once("error", reject);
          target.end(resolve);
        }),
      abort(reason) {
        target.destroy(reason);
      },
    });
  Duplex.fromWeb = ({ readable, writable }, options) => Duplex.from({
    readable: Readable.fromWeb(readable, options), writable: Writable.fromWeb(writable, options),
  });
  Duplex.toWeb = (duplex) => ({ readable: Readable.toWeb(duplex), writable: Writable.toWeb(duplex) });
  module.exports = stream;
};

/** stream/consumers: all of a stream at once. */
function consumers(modules) {
  const { Buffer } = modules.builtin("buffer");
  const buffer = async (source) => {
    const chunks = [];
    for await (const chunk of source)
      chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(chunk));
    return Buffer.concat(chunks);
  };
  const text = async (source) => new TextDecoder().decode(await buffer(source));
  return {
    buffer,
    text,
    json: async (source) => JSON.parse(await text(source)),
    arrayBuffer: async (source) => {
      const all = await buffer(source);
      return all.buffer.slice(all.byteOffset, all.byteOffset + all.length);
    },
    blob: async (source) => new globalThis.Blob([await buffer(source)]),
  };
}
