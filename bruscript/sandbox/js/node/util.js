// Node's util: npm's package of that name, with the newer functions added.

exports.define = function define(modules, module) {
  const util = modules.bundle("polyfill/util");
  const { TextEncoder, TextDecoder } = globalThis;
  module.exports = Object.assign(util, {
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
