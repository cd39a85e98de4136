// Node's url: the legacy functions from npm's package, the WHATWG classes, and the file functions.

"use strict";

exports.define = function define(modules, module) {
  const { URL, URLSearchParams } = globalThis;
  const legacy = modules.bundle("polyfill/url");
  const format = (value, options) => (value instanceof URL ? formatUrl(value, options) : legacy.format(value));
  module.exports = {
    Url: legacy.Url, parse: legacy.parse, resolve: legacy.resolve, resolveObject: legacy.resolveObject, format,
    URL, URLSearchParams, fileURLToPath, pathToFileURL, urlToHttpOptions: (url) => urlToHttpOptions(url),
    domainToASCII: (domain) => { try { return new URL(`http://${domain}`).hostname; } catch { return ""; } },
    domainToUnicode: (domain) => modules.bundle("polyfill/tr46").toUnicode(domain).domain,
  };

  function fileURLToPath(value) {
    const url = value instanceof URL ? value : new URL(value);
    if (url.protocol !== "file:") throw new TypeError("The URL must be of scheme file");
    if (/%2f/i.test(url.pathname)) throw new TypeError("File URL path must not include encoded / characters");
    return decodeURIComponent(url.pathname);
  }

  function pathToFileURL(path) {
    const url = new URL("file:///");
    const resolved = modules.builtin("path").resolve(path);
    url.pathname = resolved.replaceAll("%", "%25").replaceAll("\\", "%5C").replaceAll("?", "%3F").replaceAll("#", "%23");
    return url;
  }
};

function formatUrl(url, { auth = true, fragment = true, search = true } = {}) {
  const copy = new URL(url.href);
  if (!auth) copy.username = copy.password = "";
  if (!fragment) copy.hash = "";
  if (!search) copy.search = "";
  return copy.href;
}

function urlToHttpOptions(url) {
  const options = {
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
