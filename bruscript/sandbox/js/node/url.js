// Node's url: the legacy functions from npm's package, the WHATWG classes, and the file functions.

"use strict";

const { coded, invalidType } = require("node/errors");

exports.define = function define(modules, module) {
  const { URL, URLSearchParams } = globalThis;
  const legacy = modules.bundle("polyfill/url");
  // The package asks npm's querystring, which differs from Node's; and its query has a prototype.
  const parse = (url, withQuery = false, slashesAreHost = false) => {
    if (typeof url !== "string") throw invalidType("url", "of type string", url);
    const parsed = legacy.parse(url, withQuery, slashesAreHost);
    if (withQuery) parsed.query = modules.builtin("querystring").parse((parsed.search ?? "").slice(1));
    return parsed;
  };
  const toUnicode = (domain) => modules.bundle("polyfill/tr46").toUnicode(domain).domain;
  const format = (value, options) =>
    value instanceof URL ? formatUrl(value, options, toUnicode) : legacy.format(value);
  module.exports = {
    Url: legacy.Url, parse, resolve: legacy.resolve, resolveObject: legacy.resolveObject, format,
    URL, URLSearchParams, fileURLToPath, pathToFileURL, urlToHttpOptions: (url) => urlToHttpOptions(url),
    domainToASCII: (domain) => { try { return new URL(`http://${domain}`).hostname; } catch { return ""; } },
    domainToUnicode: toUnicode,
  };

  function fileURLToPath(value) {
    const url = value instanceof URL ? value : new URL(value);
    if (url.protocol !== "file:")
      throw coded(new TypeError("The URL must be of scheme file"), "ERR_INVALID_URL_SCHEME");
    if (/%2f/i.test(url.pathname))
      throw coded(
        new TypeError("File URL path must not include encoded / characters"),
        "ERR_INVALID_FILE_URL_PATH",
      );
    return decodeURIComponent(url.pathname);
  }

  function pathToFileURL(path) {
    const url = new URL("file:///");
    const resolved = modules.builtin("path").resolve(path);
    url.pathname = resolved
      .replaceAll("%", "%25")
      .replaceAll("\\", "%5C")
      .replaceAll("?", "%3F")
      .replaceAll("#", "%23");
    return url;
  }
};

function formatUrl(
  url,
  { auth = true, fragment = true, search = true, unicode = false } = {},
  toUnicode = undefined,
) {
  const copy = new URL(url.href);
  if (!auth) copy.username = copy.password = "";
  if (!fragment) copy.hash = "";
  if (!search) copy.search = "";
  return unicode ? copy.href.replace(copy.hostname, () => toUnicode(copy.hostname)) : copy.href;
}

function urlToHttpOptions(url) {
  const options = {
    __proto__: null,
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    hash: url.hash,
    search: url.search,
    pathname: url.pathname,
    path: `${url.pathname}${url.search}`,
    href: url.href,
  };
  if (url.port !== "") options.port = Number(url.port);
  if (url.username !== "" || url.password !== "") {
    options.auth = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  }
  return options;
}
