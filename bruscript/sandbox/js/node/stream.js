// Node's stream.

"use strict";

exports.define = function define(modules, module) {
  const stream = modules.bundle("polyfill/stream");
  Object.defineProperty(stream, "web", {
    configurable: true,
    enumerable: true,
    get: () => modules.bundle("polyfill/webstreams"),
  });
  module.exports = stream;
};
