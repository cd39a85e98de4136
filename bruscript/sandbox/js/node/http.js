// Node's http and https: requests through the host, as the Node classes that libraries expect; no servers.

"use strict";

const { send, headerPairs } = require("web/send");
const { concatenate } = require("web/blob");
const { aborted } = require("node/errors");

exports.define = function define(modules, module, name) {
  const { Readable, Writable } = modules.builtin("stream");
  const { Buffer } = modules.builtin("buffer");
  const { EventEmitter } = modules.builtin("events");
  const { urlToHttpOptions } = modules.builtin("url");
  const { URL } = globalThis;

  class Agent extends EventEmitter {
    constructor(options = {}) {
      super();
      this.options = { ...options };
    }
    destroy() {}
  }

  class IncomingMessage extends Readable {
    constructor(answer) {
      super({ read() {} });
      this.statusCode = answer.status;
      this.statusMessage = answer.statusText;
      this.headers = decoded(answer.headers);
      this.rawHeaders = headerPairs(this.headers).flat();
      this.httpVersion = "1.1";
      this.httpVersionMajor = this.httpVersionMinor = 1;
      this.complete = true;
      this.trailers = {};
      this.rawTrailers = [];
      this.socket = this.connection = new EventEmitter();
      this.url = "";
      if (answer.body.length > 0)
        this.push(Buffer.from(answer.body.buffer, answer.body.byteOffset, answer.body.length));
      this.push(null);
    }
    setTimeout() { return this; }
  }

  class ClientRequest extends Writable {
    constructor(options, callback) {
      // It lives on after the last byte is written: until its response has come.
      super({ autoDestroy: false });
      this.method = (options.method ?? "GET").toUpperCase();
      const expected = options.agent?.protocol ?? `${name}:`;
      this.protocol = options.protocol ?? expected;
      if (this.protocol !== expected) {
        const message = `Protocol "${this.protocol}" not supported. Expected "${expected}"`;
        throw Object.assign(new TypeError(message), { code: "ERR_INVALID_PROTOCOL" });
      }
      this.host = options.hostname ?? options.host ?? "localhost";
      this.path = options.path ?? "/";
      this.port = options.port;
      this.reusedSocket = false;
      this.aborted = false;
      this.timeoutMs = options.timeout;
      this.socket = this.connection = Object.assign(new EventEmitter(), {
        setKeepAlive() {},
        setNoDelay() {},
        setTimeout() {},
        destroy() {},
      });
      this.sentHeaders = new Map();
      this.chunks = [];
      const headers = Array.isArray(options.headers)
        ? pairsOf(options.headers)
        : Object.entries(options.headers ?? {});
      for (const [key, value] of headers) if (value !== undefined) this.setHeader(key, value);
      if (options.auth && !this.hasHeader("authorization"))
        this.setHeader("Authorization", `Basic ${Buffer.from(options.auth).toString("base64")}`);
      if (callback !== undefined) this.once("response", callback);
      options.signal?.addEventListener("abort", () => this.destroy(aborted(options.signal)), { once: true });
      queueMicrotask(() => this.emit("socket", this.socket));
    }
    setHeader(key, value) { this.sentHeaders.set(`${key}`.toLowerCase(), [key, value]); return this; }
    getHeader(key) { return this.sentHeaders.get(`${key}`.toLowerCase())?.[1]; }
    removeHeader(key) { this.sentHeaders.delete(`${key}`.toLowerCase()); }
    hasHeader(key) { return this.sentHeaders.has(`${key}`.toLowerCase()); }
    getHeaders() { return Object.fromEntries([...this.sentHeaders].map(([key, [, value]]) => [key, value])); }
    getHeaderNames() { return [...this.sentHeaders.keys()]; }
    flushHeaders() {}
    setNoDelay() {}
    setSocketKeepAlive() {}
    setTimeout(milliseconds, callback) {
      this.timeoutMs = milliseconds;
      const isUnderWay = this.cancel !== undefined && this.res === undefined && !this.destroyed;
      if (isUnderWay) {
        clearTimeout(this.timer);
        if (milliseconds > 0) this.timer = setTimeout(() => this.emit("timeout"), milliseconds);
      }
      if (callback !== undefined) this.once("timeout", callback);
      return this;
    }
    abort() {
      this.aborted = true;
      queueMicrotask(() => this.emit("abort"));
      this.destroy();
    }
    _destroy(error, done) {
      clearTimeout(this.timer);
      this.cancel?.();
      const hangUp = () => Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
      done(error ?? (this.res === undefined ? hangUp() : null));
    }
    _write(chunk, encoding, done) {
      this.chunks.push(typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
      done();
    }
    _final(done) {
      done();
      if (this.timeoutMs > 0) this.timer = setTimeout(() => this.emit("timeout"), this.timeoutMs);
      const { answer: sent, cancel } = this.dispatch();
      this.cancel = cancel;
      sent.then((answer) => {
        clearTimeout(this.timer);
        if (this.destroyed) return;
        const message = new IncomingMessage(answer);
        message.req = this;
        this.res = message;
        if (this.listenerCount("response") === 0) message.resume();
        else this.emit("response", message);
        message.once("end", () => this.destroy());
      }, (error) => this.destroy(error));
    }
    dispatch() {
      const port = this.port ? `:${this.port}` : "";
      const authority = this.host.includes(":") && !this.host.startsWith("[") ? `[${this.host}]` : this.host;
      const place = authority.includes(":") && !authority.startsWith("[") ? authority : authority + port;
      return send({
        method: this.method,
        url: `${this.protocol}//${place}${this.path}`,
        headers: Object.fromEntries(
          [...this.sentHeaders.values()].map(([key, value]) => [
            key,
            Array.isArray(value) ? value.join(", ") : `${value}`,
          ]),
        ),
        body: this.chunks.length > 0 ? concatenate(this.chunks) : null,
        maxRedirects: 0,
        sentBy: "http.request",
      });
    }
  }

  function request(...args) {
    let options = {};
    let callback;
    for (const arg of args) {
      if (typeof arg === "function") callback = arg;
      else if (typeof arg === "string") options = { ...options, ...urlToHttpOptions(new URL(arg)) };
      else if (arg instanceof URL) options = { ...options, ...urlToHttpOptions(arg) };
      else if (arg) options = { ...options, ...arg };
    }
    return new ClientRequest(options, callback);
  }

  function get(...args) {
    const sent = request(...args);
    sent.end();
    return sent;
  }

  const noServer = () => {
    throw new Error(`${name}.createServer() is not available to scripts: they have no sockets`);
  };
  module.exports = {
    request,
    get,
    Agent,
    ClientRequest,
    IncomingMessage,
    globalAgent: new Agent(),
    createServer: noServer,
    Server: noServer,
    METHODS: [...METHODS],
    STATUS_CODES: { ...STATUS_CODES },
    maxHeaderSize: 16384,
    OutgoingMessage: ClientRequest,
    validateHeaderName() {},
    validateHeaderValue() {},
  };
};

/** The host has undone the content encoding, so the headers must not speak of one. */
function decoded(headers) {
  const { "content-encoding": encoding, ...rest } = headers;
  if (encoding === undefined) return headers;
  delete rest["content-length"];
  return rest;
}

function pairsOf(list) {
  return Array.isArray(list[0])
    ? list
    : list.flatMap((item, at) => (at % 2 === 0 ? [[item, list[at + 1]]] : []));
}

const METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

const STATUS_CODES = {
  100: "Continue",
  101: "Switching Protocols",
  200: "OK",
  201: "Created",
  202: "Accepted",
  203: "Non-Authoritative Information",
  204: "No Content",
  205: "Reset Content",
  206: "Partial Content",
  300: "Multiple Choices",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Payload Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  418: "I'm a Teapot",
  422: "Unprocessable Entity",
  425: "Too Early",
  426: "Upgrade Required",
  428: "Precondition Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  451: "Unavailable For Legal Reasons",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
  507: "Insufficient Storage",
  511: "Network Authentication Required",
};
