// Node's path, the POSIX one: paths inside the sandbox have forward slashes on every system.

"use strict";

const { invalidType } = require("node/errors");

exports.define = function define(modules, module) {
  const path = modules.bundle("polyfill/path");
  path.posix = path;
  path.win32 = path;
  const check = (name, value) => {
    if (typeof value !== "string") throw invalidType(name, "of type string", value);
  };
  /** What is beyond the named arguments does not matter: `names.map(path.dirname)` gives an index too. */
  const checked = (method, names) => function (...args) {
    names.forEach((name, at) => { if (name !== "suffix" || args[at] !== undefined) check(name, args[at]); });
    return Reflect.apply(method, path, args.slice(0, names.length));
  };
  const each = (method) => function (...args) {
    args.forEach((value) => check("path", value));
    return Reflect.apply(method, path, args);
  };
  const { join, resolve, format } = path;
  for (const name of ["normalize", "isAbsolute", "dirname", "extname", "parse"])
    path[name] = checked(path[name], ["path"]);
  Object.assign(path, {
    join: each(join),
    resolve: each(resolve),
    relative: checked(path.relative, ["from", "to"]),
    basename: checked(path.basename, ["path", "suffix"]),
    format(parts) {
      if (parts === null || typeof parts !== "object")
        throw invalidType("pathObject", "of type object", parts);
      const { ext } = parts;
      return format(
        typeof ext === "string" && ext !== "" && !ext.startsWith(".") ? { ...parts, ext: `.${ext}` } : parts,
      );
    },
  });
  path.toNamespacedPath = (name) => name;
  module.exports = path;
};
