// The libraries that scripts can require, by name, and the bundle that each is in.

"use strict";

const plain = frozen([
  "@faker-js/faker",
  "@faker-js/faker/locale/en",
  "atob",
  "btoa",
  "chai",
  "chai-string",
  "cheerio",
  "crypto-js",
  "form-data",
  "handlebars",
  "js-yaml",
  "jsonwebtoken",
  "lodash",
  "lodash/fp",
  "moment",
  "nanoid",
  "nanoid/non-secure",
  "node-fetch",
  "qs",
  "tv4",
  "uuid",
  "xml-formatter",
  "xml2js",
  "yaml",
]);

// Other names of whole libraries.
const aliases = Object.freeze({
  __proto__: null,
  "ajv/dist/ajv": "ajv", "chai-string/chai-string": "chai-string", "crypto-js/core": "crypto-js",
  "crypto-js/crypto-js": "crypto-js", "crypto-js/index": "crypto-js", "handlebars/runtime": "handlebars",
  "lodash/core": "lodash", "lodash/index": "lodash", "lodash/lodash": "lodash", "moment/moment": "moment",
});

const ajvFamily = Object.freeze(/^ajv(-formats)?(\/|$)/);

/** The names that scripts know them by. */
exports.names = () => [...Object.keys(plain), "ajv", "ajv-formats", "axios"];

exports.has = function has(name) {
  return (
    plain[name] === true ||
    name === "axios" ||
    ajvFamily.test(name) ||
    /^(lodash|crypto-js)\/[\w-]+$/.test(name) ||
    name.startsWith("moment/locale/") ||
    name.startsWith("lodash/fp/") ||
    aliases[name] !== undefined
  );
};

exports.load = function load(modules, given) {
  const name = aliases[given] ?? given;
  if (plain[name] === true) return modules.bundle(name);
  if (name === "axios")
    return modules.once("library:axios", (module) => require("node/axios").define(modules, module));
  if (ajvFamily.test(name)) {
    const found = modules.bundle("ajv")[name] ?? modules.bundle("ajv")[name.replace(/\.js$/, "")];
    return found?.();
  }
  if (name.startsWith("lodash/fp/"))
    return modules.bundle("lodash/fp")[name.slice("lodash/fp/".length).replace(/\.js$/, "")];
  const file = /^(lodash|crypto-js)\/([\w-]+?)(?:\.js)?$/.exec(name);
  if (file !== null) return part(modules.bundle(file[1]), file[1], file[2]);
  if (name.startsWith("moment/locale/")) {
    modules.bundle("moment");
    return modules.member("moment/locales", name.replace(/\.js$/, ""));
  }
  return undefined;
};

/** `lodash/get`, `crypto-js/sha256`: the one function of a library that its file of that name exports. */
function part(library, name, file) {
  if (name === "lodash") return library[file];
  const wanted = file.replaceAll("-", "").toLowerCase();
  for (const holder of [library, library.enc, library.mode, library.pad, library.format]) {
    for (const key of Object.keys(holder)) {
      if (key.toLowerCase() === wanted) return holder[key];
    }
  }
  for (const [prefix, holder] of [
    ["enc", library.enc],
    ["mode", library.mode],
    ["pad", library.pad],
    ["format", library.format],
  ]) {
    if (!file.startsWith(`${prefix}-`)) continue;
    const rest = wanted.slice(prefix.length);
    const key = Object.keys(holder).find((candidate) => candidate.toLowerCase() === rest);
    if (key !== undefined) return holder[key];
  }
  return undefined;
}

/** A set of names that scripts cannot get at by replacing the methods of Set. */
function frozen(names) {
  return Object.freeze(
    Object.assign(Object.create(null), Object.fromEntries(names.map((name) => [name, true]))),
  );
}
