// Node's assert.

exports.define = function define(modules, module) {
  const assert = modules.bundle("polyfill/assert");
  assert.strict ??= assert;
  module.exports = assert;
};
