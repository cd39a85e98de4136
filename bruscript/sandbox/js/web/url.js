// URL and URLSearchParams: the whatwg-url package. https://url.spec.whatwg.org/

"use strict";

const { showAs, showBy } = require("web/shown");

exports.define = function define(modules, module) {
  const { URL: Base, URLSearchParams: BaseParams } = modules.bundle("polyfill/whatwg-url");
  const URL = withNodesErrors(Base);
  const URLSearchParams = withoutNull(BaseParams);
  const blobs = modules.once("blob-urls", (store) => { store.exports = new Map(); });
  showAsNode(URL, URLSearchParams);
  URL.canParse ??= (url, base) => URL.parse(url, base) !== null;
  URL.createObjectURL = (blob) => {
    const name = `blob:nodedata:${globalThis.crypto.randomUUID()}`;
    blobs.set(name, blob);
    return name;
  };
  URL.revokeObjectURL = (name) => { blobs.delete(`${name}`); };
  module.exports = { URL, URLSearchParams };
};

/** The same class, whose constructor throws Node's error. */
function withNodesErrors(Base) {
  function URL(url, base) {
    if (new.target === undefined)
      throw new TypeError("Class constructor URL cannot be invoked without 'new'");
    try {
      return Reflect.construct(Base, arguments, new.target);
    } catch (error) {
      if (!error.message.startsWith("Invalid")) throw error;
      const extra = base === undefined ? {} : { base: `${base}` };
      throw Object.assign(new TypeError("Invalid URL"), {
        code: "ERR_INVALID_URL",
        input: `${url}`,
        ...extra,
      });
    }
  }
  return inPlaceOf(Base, URL);
}

/** The same class, for which null is nothing, as in Node. */
function withoutNull(Base) {
  return inPlaceOf(Base, function URLSearchParams(init) {
    if (new.target === undefined)
      throw new TypeError("Class constructor URLSearchParams cannot be invoked without 'new'");
    return Reflect.construct(Base, init === null ? [] : arguments, new.target);
  });
}

/** Gives `made` what belongs to the class that it constructs. */
function inPlaceOf(Base, made) {
  for (const name of Object.getOwnPropertyNames(Base)) {
    if (name !== "length" && name !== "name")
      Object.defineProperty(made, name, Object.getOwnPropertyDescriptor(Base, name));
  }
  Object.defineProperty(made.prototype, "constructor", { value: made, writable: true, configurable: true });
  return made;
}

/** What Node's console prints of the two classes. */
function showAsNode(URL, URLSearchParams) {
  const parts = [
    "href",
    "origin",
    "protocol",
    "username",
    "password",
    "host",
    "hostname",
    "port",
    "pathname",
    "search",
    "searchParams",
    "hash",
  ];
  showAs(URL, parts);
  showBy(URLSearchParams, function (_depth, _options, inspect) {
    const pairs = [...this].map(([name, value]) => `${inspect(name)} => ${inspect(value)}`);
    return pairs.length === 0 ? "URLSearchParams {}" : `URLSearchParams { ${pairs.join(", ")} }`;
  });
}
