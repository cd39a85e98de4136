// Node's assert.

"use strict";

exports.define = function define(modules, module) {
  const assert = modules.bundle("polyfill/assert");
  assert.strict ??= assert;
  module.exports = assert;
};
