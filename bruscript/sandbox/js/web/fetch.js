// fetch, Request and Response. https://fetch.spec.whatwg.org/ The request is sent by the host.

"use strict";

const { showAs } = require("web/shown");

const { extract, makeBody } = require("web/body");
const { send, headerPairs } = require("web/send");

exports.define = function define(modules, module) {
  const { Headers, AbortController } = globalThis;
  const Body = makeBody();

  class Request extends Body {
    constructor(input, init = {}) {
      super();
      const from = input instanceof Request ? input : null;
      const options = init ?? {};
      this.url = from === null ? absolute(input) : from.url;
      const { username, password } = new globalThis.URL(this.url);
      if (username !== "" || password !== "") {
        throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${input}`);
      }
      this.method = normal(options.method ?? from?.method ?? "GET");
      this.headers = new Headers(options.headers ?? from?.headers);
      this.redirect = options.redirect ?? from?.redirect ?? "follow";
      this.signal = options.signal ?? from?.signal ?? new AbortController().signal;
      this.credentials = options.credentials ?? from?.credentials ?? "same-origin";
      this.mode = options.mode ?? from?.mode ?? "cors";
      this.cache = options.cache ?? from?.cache ?? "default";
      this.keepalive = Boolean(options.keepalive ?? from?.keepalive);
      this.referrer = "about:client";
      this.destination = "";
      this.integrity = "";
      this.referrerPolicy = "";
      this.isReloadNavigation = this.isHistoryNavigation = false;
      this.duplex = "half";
      const given = options.body !== undefined ? extract(modules, options.body) : null;
      if (
        (given !== null || (from !== null && from._peekBody() !== null)) &&
        /^(GET|HEAD)$/.test(this.method)
      ) {
        throw new TypeError("Request with GET/HEAD method cannot have body.");
      }
      if (given === null) {
        this._setBody(from === null ? null : from._peekBody());
      } else {
        this._setBody(given[0]);
        if (given[1] !== null && !this.headers.has("content-type"))
          this.headers.set("content-type", given[1]);
      }
    }
    clone() { return new Request(this); }
    get [Symbol.toStringTag]() { return "Request"; }
  }

  class Response extends Body {
    constructor(body = null, { status = 200, statusText = "", headers } = /** @type {any} */ ({})) {
      super();
      if (!(status >= 200 && status <= 599))
        throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.');
      this.status = Math.trunc(status);
      this.statusText = `${statusText}`;
      this.headers = new Headers(headers);
      this.url = "";
      this.type = "default";
      this.redirected = false;
      const given = extract(modules, body);
      if (given !== null && [204, 205, 304].includes(this.status)) {
        throw new TypeError(`Response constructor: Invalid response status code ${this.status}`);
      }
      this._setBody(given === null ? null : given[0]);
      if (given !== null && given[1] !== null && !this.headers.has("content-type"))
        this.headers.set("content-type", given[1]);
    }
    get ok() {
      return this.status >= 200 && this.status < 300;
    }
    clone() {
      if (this.bodyUsed) throw new TypeError("Response.clone: Body has already been consumed.");
      const copy = new Response(null, {
        status: this.status,
        statusText: this.statusText,
        headers: this.headers,
      });
      copy._setBody(this._peekBody());
      return Object.assign(copy, { url: this.url, type: this.type, redirected: this.redirected });
    }
    static json(data, init = {}) {
      const headers = new Headers(init.headers);
      if (!headers.has("content-type")) headers.set("content-type", "application/json");
      return new Response(JSON.stringify(data), { ...init, headers });
    }
    static error() {
      return Object.assign(new Response(), { type: "error", status: 0 });
    }
    static redirect(url, status = 302) {
      return new Response(null, { status, headers: { location: absolute(url) } });
    }
    get [Symbol.toStringTag]() {
      return "Response";
    }
  }

  async function fetch(input, init) {
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    if (!/^(https?|data|blob):/.test(request.url)) throw failed("unknown scheme");
    if (!/^https?:/.test(request.url)) return local(request.url);
    const body = await request._peekBody();
    signal.throwIfAborted();
    const { answer: sent, cancel } = send({
      method: request.method,
      url: request.url,
      headers: {
        accept: "*/*",
        "accept-language": "*",
        "sec-fetch-mode": "cors",
        "user-agent": "node",
        "accept-encoding": request.url.startsWith("https:") ? "br, gzip, deflate" : "gzip, deflate",
        ...Object.fromEntries(request.headers),
      },
      body,
      sentBy: "fetch",
      maxRedirects: request.redirect === "follow" ? 20 : 0,
    });
    const answer = await abortable(sent, signal, cancel).catch((error) => {
      if (signal.aborted) throw error;
      throw failed(asFetchSays(error));
    });
    const redirected = answer.status >= 300 && answer.status < 400 && answer.headers.location !== undefined;
    if (redirected && request.redirect === "error") throw failed("unexpected redirect");
    if (redirected && request.redirect === "follow") throw failed("redirect count exceeded");
    const noBody = [204, 205, 304].includes(answer.status) || request.method === "HEAD";
    const response = new Response(null, {
      statusText: answer.statusText,
      headers: headerPairs(answer.headers),
    });
    response._setBody(noBody ? null : answer.body);
    return Object.assign(response, {
      status: answer.status,
      url: answer.url ?? request.url,
      type: "basic",
      redirected: (answer.url ?? request.url) !== request.url,
    });
  }

  async function local(url) {
    if (url.startsWith("blob:")) {
      const blob = modules.once("blob-urls", (store) => { store.exports = new Map(); }).get(url);
      if (blob === undefined) throw failed(`no such blob: ${url}`);
      return new Response(blob, { headers: { "content-type": blob.type } });
    }
    const match = /^data:([^,]*?)(;base64)?,([\s\S]*)$/.exec(url);
    if (match === null) throw failed("invalid data URL");
    const data = decodeURIComponent(match[3]);
    const bytes = match[2] === undefined ? data : Uint8Array.fromBase64(data);
    return new Response(bytes, { headers: { "content-type": match[1] || "text/plain;charset=US-ASCII" } });
  }

  function failed(cause) {
    const error = cause instanceof Error ? cause : new Error(cause);
    return new TypeError(error.cutShort ? "terminated" : "fetch failed", { cause: error });
  }

  /** What Node's fetch, which is not its http, calls some failures. */
  function asFetchSays(error) {
    const closed = /^(socket hang up|aborted)$/.exec(error.message);
    if (closed !== null) {
      const cause = Object.assign(new Error("other side closed"), {
        name: "SocketError",
        code: "UND_ERR_SOCKET",
      });
      return Object.defineProperty(cause, "cutShort", { value: closed[0] === "aborted" });
    }
    const expected = /^Parse Error: (Expected HTTP\/)/.exec(error.message)?.[1];
    if (expected === undefined) return error;
    const message = `Response does not match the HTTP/1.1 protocol (${expected})`;
    return Object.assign(new Error(message), { name: "HTTPParserError", code: error.code });
  }

  function abortable(promise, signal, cancel) {
    return new Promise((resolve, reject) => {
      const abort = () => {
        cancel();
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      promise.then(resolve, reject);
    });
  }

  showAs(Response, [
    "status",
    "statusText",
    "headers",
    "body",
    "bodyUsed",
    "ok",
    "redirected",
    "type",
    "url",
  ]);
  showAs(Request, [
    "method",
    "url",
    "headers",
    "destination",
    "referrer",
    "referrerPolicy",
    "mode",
    "credentials",
    "cache",
    "redirect",
    "integrity",
    "keepalive",
    "isReloadNavigation",
    "isHistoryNavigation",
    "signal",
  ]);
  module.exports = { fetch, Request, Response };
};

function absolute(input) {
  const { URL } = globalThis;
  try {
    return new URL(`${input}`).href;
  } catch (error) {
    throw new TypeError(`Failed to parse URL from ${input}`, { cause: error });
  }
}

function normal(method) {
  const name = `${method}`;
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name))
    throw new TypeError(`'${name}' is not a valid HTTP method.`);
  if (/^(connect|trace|track)$/i.test(name)) throw new TypeError(`'${name}' HTTP method is unsupported.`);
  return /^(delete|get|head|options|post|put)$/i.test(name) ? name.toUpperCase() : name;
}
