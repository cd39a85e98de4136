// The web's streams: web-streams-polyfill's classes, and those that transform text and packed bytes.
// https://streams.spec.whatwg.org/ https://encoding.spec.whatwg.org/#interface-textdecoderstream

"use strict";

const { showBy } = require("web/shown");

const isByteStream = (stream) =>
  stream._readableStreamController?.constructor.name === "ReadableByteStreamController";

/** All classes of one session by name. */
exports.all = (modules) => modules.once("web/streams", (module) => {
  const basic = modules.bundle("polyfill/webstreams");
  showBy(basic.ReadableStream, function (_depth, options, inspect) {
    const facts = { locked: this.locked, state: this._state, supportsBYOB: isByteStream(this) };
    return `ReadableStream ${inspect(facts, options)}`;
  });
  module.exports = { ...basic, ...transforms(modules, basic.TransformStream) };
});

function transforms(modules, TransformStream) {
  /** What they share: the two ends of a transformation. */
  class Transforming {
    #ends;
    constructor(transformer) { this.#ends = new TransformStream(transformer); }
    get readable() { return this.#ends.readable; }
    get writable() { return this.#ends.writable; }
  }

  class TextEncoderStream extends Transforming {
    constructor() {
      const encoder = new TextEncoder();
      // The first half of a pair waits for the other.
      let kept = "";
      super({
        transform(chunk, controller) {
          const text = kept + String(chunk);
          kept = /[\ud800-\udbff]$/.test(text) ? text.at(-1) : "";
          const bytes = encoder.encode(kept === "" ? text : text.slice(0, -1));
          if (bytes.length > 0) controller.enqueue(bytes);
        },
        flush(controller) { if (kept !== "") controller.enqueue(encoder.encode(kept)); },
      });
    }
    get encoding() { return "utf-8"; }
  }

  class TextDecoderStream extends Transforming {
    #decoder;
    constructor(label, options) {
      const decoder = new TextDecoder(label, options);
      const give = (text, controller) => { if (text !== "") controller.enqueue(text); };
      super({
        transform(chunk, controller) { give(decoder.decode(chunk, { stream: true }), controller); },
        flush(controller) { give(decoder.decode(), controller); },
      });
      this.#decoder = decoder;
    }
    get encoding() { return this.#decoder.encoding; }
    get fatal() { return this.#decoder.fatal; }
    get ignoreBOM() { return this.#decoder.ignoreBOM; }
  }

  /** The host packs and unpacks whole texts, so the result comes at the end. */
  class Packing extends Transforming {
    constructor(format, kinds) {
      const kind = Object.hasOwn(kinds, `${format}`) ? kinds[format] : undefined;
      if (kind === undefined) {
        throw Object.assign(
          new TypeError(
            `The argument 'format' must be one of: 'deflate', 'deflate-raw', 'gzip'. Received '${format}'`,
          ),
          { code: "ERR_INVALID_ARG_VALUE" },
        );
      }
      const chunks = [];
      super({
        transform(chunk) { chunks.push(modules.builtin("buffer").Buffer.from(chunk)); },
        flush(controller) {
          const all = modules.builtin("buffer").Buffer.concat(chunks);
          controller.enqueue(new Uint8Array(modules.builtin("zlib")[kind](all)));
        },
      });
    }
  }
  class CompressionStream extends Packing {
    constructor(format) {
      super(format, { gzip: "gzipSync", deflate: "deflateSync", "deflate-raw": "deflateRawSync" });
    }
  }
  class DecompressionStream extends Packing {
    constructor(format) {
      super(format, { gzip: "gunzipSync", deflate: "inflateSync", "deflate-raw": "inflateRawSync" });
    }
  }
  return { TextEncoderStream, TextDecoderStream, CompressionStream, DecompressionStream };
}
