// Node's zlib: the host packs and unpacks; streams gather their input and give the result at their end.

"use strict";

const { coded, invalidType } = require("node/errors");

const kinds = {
  gzip: "Gzip",
  gunzip: "Gunzip",
  deflate: "Deflate",
  inflate: "Inflate",
  deflateRaw: "DeflateRaw",
  inflateRaw: "InflateRaw",
  unzip: "Unzip",
  brotliCompress: "BrotliCompress",
  brotliDecompress: "BrotliDecompress",
};

exports.define = function define(modules, module) {
  const { Buffer } = modules.builtin("buffer");
  const { Transform } = modules.builtin("stream");
  const toBuffer = (data) => {
    if (typeof data === "string") return Buffer.from(data);
    if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (data instanceof ArrayBuffer) return Buffer.from(data);
    throw invalidType(
      "buffer",
      "of type string or an instance of Buffer, TypedArray, DataView, or ArrayBuffer",
      data,
    );
  };

  function transform(kind, data, options = {}) {
    const { level, memLevel, strategy, maxOutputLength, dictionary, params } = options ?? {};
    const settings = {
      level,
      memLevel,
      strategy,
      maxOutputLength,
      quality: params?.[constants.BROTLI_PARAM_QUALITY],
    };
    for (const key of Object.keys(settings)) if (settings[key] === undefined) delete settings[key];
    if (dictionary !== undefined) settings.dictionary = toBuffer(dictionary).toString("base64");
    const given = toBuffer(data).toString("base64");
    try {
      return Buffer.from(host.callSync("zlib", [kind, given, settings]), "base64");
    } catch (error) {
      const [, code, text] = /^([A-Z_]+): ([\s\S]*)$/.exec(error.message) ?? [
        null,
        "ERR_ZLIB",
        error.message,
      ];
      if (code === "ERR_BUFFER_TOO_LARGE") throw coded(new RangeError(text), code);
      throw Object.assign(new Error(text), { code, errno: code === "Z_BUF_ERROR" ? -5 : -3 });
    }
  }

  /** @type {any} */
  const zlib = { constants: { ...constants }, ...constants };
  for (const [kind, name] of Object.entries(kinds)) {
    class Stream extends Transform {
      constructor(options) {
        super();
        this.settings = options;
        this.chunks = [];
        this.bytesWritten = 0;
      }
      _transform(chunk, encoding, done) {
        this.chunks.push(Buffer.from(chunk, encoding));
        this.bytesWritten += chunk.length;
        done();
      }
      _flush(done) {
        try {
          this.push(transform(kind, Buffer.concat(this.chunks), this.settings));
          done();
        } catch (error) {
          done(error);
        }
      }
      flush(callback) { callback?.(); }
      close(callback) {
        this.destroy();
        callback?.();
      }
    }
    zlib[`${kind}Sync`] = (data, options) => transform(kind, data, options);
    zlib[kind] = (data, options, callback = options) => {
      let outcome;
      try {
        outcome = [null, transform(kind, data, typeof options === "function" ? {} : options)];
      } catch (error) {
        outcome = [error];
      }
      setTimeout(() => callback(...outcome), 0);
    };
    zlib[`create${name}`] = (options) => new Stream(options);
    zlib[name] = Stream;
  }
  zlib.crc32 = crc32;
  const codes = Object.entries(constants).filter(
    ([, value], at) => at >= 6 && at < 15 && Number.isInteger(value),
  );
  zlib.codes = Object.fromEntries(codes.flatMap(([name, value]) => [[name, value], [value, name]]));
  module.exports = zlib;

  function crc32(data, value = 0) {
    let crc = ~value;
    for (const byte of toBuffer(data)) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc >>> 0;
  }
};

const constants = {
  Z_NO_FLUSH: 0,
  Z_PARTIAL_FLUSH: 1,
  Z_SYNC_FLUSH: 2,
  Z_FULL_FLUSH: 3,
  Z_FINISH: 4,
  Z_BLOCK: 5,
  Z_OK: 0,
  Z_STREAM_END: 1,
  Z_NEED_DICT: 2,
  Z_ERRNO: -1,
  Z_STREAM_ERROR: -2,
  Z_DATA_ERROR: -3,
  Z_MEM_ERROR: -4,
  Z_BUF_ERROR: -5,
  Z_VERSION_ERROR: -6,
  Z_NO_COMPRESSION: 0,
  Z_BEST_SPEED: 1,
  Z_BEST_COMPRESSION: 9,
  Z_DEFAULT_COMPRESSION: -1,
  Z_FILTERED: 1,
  Z_HUFFMAN_ONLY: 2,
  Z_RLE: 3,
  Z_FIXED: 4,
  Z_DEFAULT_STRATEGY: 0,
  BROTLI_OPERATION_PROCESS: 0,
  BROTLI_OPERATION_FLUSH: 1,
  BROTLI_OPERATION_FINISH: 2,
  BROTLI_PARAM_QUALITY: 1,
};
