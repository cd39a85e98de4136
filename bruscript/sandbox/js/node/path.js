// Node's path, the POSIX one: paths inside the sandbox have forward slashes on every system.

"use strict";

exports.define = function define(modules, module) {
  const path = modules.bundle("polyfill/path");
  path.posix = path;
  path.win32 = path;
  path.toNamespacedPath = (name) => name;
  module.exports = path;
};
