// `req`: the request that is being made, or was made.

const modules = require("kernel/modules");
const { lazily } = require("api/lazily");
const numbers = require("api/numbers");
const { dump, isBytes } = require("api/values");

const isJson = (headers) =>
  String(headers?.["Content-Type"] ?? headers?.["content-type"] ?? "").includes("json");
exports.isJson = isJson;
const isObject = (value) => typeof value === "object" && value !== null;
// Not by its class, which is loaded only where a script names it.
const isParams = (value) => isObject(value) && value[Symbol.toStringTag] === "URLSearchParams";

const tokens = () => /"(?:[^"\\]|\\[^])*"|\{\{[^}]+\}\}/g;

/**
 * A JSON text's value; templates outside of its strings, `{"count": {{count}}}`, count as what they will be.
 */
function parsed(session, text) {
  if (typeof text !== "string") return text;
  try {
    return numbers.parse(text);
  } catch {
    return text.includes("{{") ? filled(session, text) : text;
  }
}

function filled(session, text) {
  const { request, scopes } = session;
  let changed = text;
  try {
    // What is made anew each time is made now, and sent so.
    changed = text.replace(tokens(), (token) =>
      token.startsWith("{{$") ? String(scopes.interpolate(token)) : token,
    );
    const value = numbers.parse(
      changed.replace(tokens(), (token) =>
        token.startsWith("{{") ? String(scopes.interpolate(token)) : token,
      ),
    );
    if (request.data === text) request.data = changed;
    return value;
  } catch {
    return text;
  }
}

function stringified(value) {
  try {
    return numbers.stringify(value);
  } catch {
    return value;
  }
}

/** The request's URL, parsed, or null where it still holds templates or is otherwise no URL. */
function parseUrl(request) {
  try {
    return new URL(request.url);
  } catch {
    return null;
  }
}

/** What a path parameter puts into the path, or undefined where it has no value. */
function pathValue(request, name) {
  const parameter = request.pathParams?.find?.((each) => each.name === name);
  const value = parameter?.value;
  const missing = value === null || value === undefined || (typeof value === "string" && value.trim() === "");
  return missing || parameter.enabled === false ? undefined : value;
}

function listed(parameters) {
  return (Array.isArray(parameters) ? parameters : []).map(({ name, value, type }) => ({
    name,
    value,
    type,
  }));
}

/** The auth mode, from the request's current state, else as configured. */
function authMode(request) {
  const authorization = request.headers?.Authorization;
  if (request.authMode === "oauth2" || request.authMode === "oauth1") return request.authMode;
  if (authorization?.startsWith?.("Bearer")) return "bearer";
  if (authorization?.startsWith?.("Basic")) return "basic";
  const configured = request.authMode;
  if (configured && configured !== "inherit") return configured;
  return request.headers?.["X-WSSE"] ? "wsse" : "none";
}

/** The body's data; that of a file, or bytes, is fetched from the host when a script wants it. */
function dataOf(session) {
  const { request } = session;
  if (request.data !== undefined || !request.bodyElsewhere) return request.data;
  if (session.bodyBytes === undefined) {
    const encoded = host.callSync("run.body", []);
    session.bodyBytes =
      encoded === null ? null : modules.builtin(session, "buffer").Buffer.from(encoded, "base64");
  }
  return session.bodyBytes ?? undefined;
}

/** A timeout in milliseconds as it was given; an invalid one would make the request wait forever. */
function checkedTimeout(value) {
  if (value && !(Number.parseInt(value, 10) >= 0)) {
    throw new TypeError(
      `req.setTimeout takes milliseconds, 0 for no limit, not ${JSON.stringify(value) ?? typeof value}`,
    );
  }
  return value;
}

/** The names under which a header is there, whatever their case; the last one's value is sent. */
function namesOf(request, name) {
  if (typeof name !== "string") return Object.hasOwn(request.headers, name) ? [name] : [];
  const lower = name.toLowerCase();
  return Object.keys(request.headers).filter((key) => key.toLowerCase() === lower);
}

/** Sets a header; what stood under the same name in another case, or was deleted, does not count any more. */
function setHeader(request, name, value) {
  if (Object.hasOwn(request.headers, name)) {
    for (const key of namesOf(request, name)) if (key !== name) delete request.headers[key];
  }
  request.headers[name] = value;
  const doomed = request.headersToDelete;
  if (doomed?.length > 0)
    request.headersToDelete = doomed.filter(
      (each) => String(each).toLowerCase() !== String(name).toLowerCase(),
    );
}

/** Deletes a header and remembers it, so that a default of that name is not sent either. */
function deleteHeader(request, name) {
  for (const key of namesOf(request, name)) delete request.headers[key];
  request.headersToDelete ??= [];
  if (!request.headersToDelete.includes(name)) request.headersToDelete.push(name);
}
exports.deleteHeader = deleteHeader;

/** Makes `req` over the session's request; what a script sets is set there, and marked as changed. */
exports.createReq = function createReq(session) {
  const request = session.request;
  const safe = session.safe;
  const take = (value) => (safe ? dump(value) : value);

  const req = {
    url: request.url,
    method: request.method,
    headers: request.headers,
    timeout: request.timeout ?? undefined,
    name: request.name,
    pathParams: safe ? listed(request.pathParams) : request.pathParams,
    tags: request.tags ?? [],
    headerList: undefined,

    getUrl: () => request.url,
    setUrl(url) {
      if (url === undefined || url === null) throw new TypeError(`req.setUrl takes a URL, not ${url}`);
      request.url = req.url = take(url);
    },
    getHost: () => parseUrl(request)?.host ?? "",
    getPath() {
      const url = parseUrl(request);
      if (url === null) return "";
      const segment = (part) => (part.startsWith(":") ? (pathValue(request, part.slice(1)) ?? part) : part);
      return url.pathname.split("/").map(segment).join("/");
    },
    getQueryString: () => parseUrl(request)?.search.slice(1) ?? "",
    getMethod: () => request.method,
    setMethod(method) {
      request.method = req.method = take(method) || "GET";
    },
    getAuthMode: () => authMode(request),
    getHeaders: () => request.headers,
    setHeaders(headers) {
      if (headers === undefined || headers === null)
        throw new TypeError(`req.setHeaders takes an object, not ${headers}`);
      request.headers = req.headers = take(headers);
    },
    getHeader: (name) => request.headers[namesOf(request, name).at(-1)],
    setHeader: (name, value) => setHeader(request, name, take(value)),
    deleteHeader: (name) => deleteHeader(request, name),
    deleteHeaders(names) {
      // A text has no forEach: its letters are not names.
      names.forEach((name) => deleteHeader(request, name));
    },
    getBody(options = {}) {
      return !options?.raw && isJson(request.headers) ? parsed(session, dataOf(session)) : dataOf(session);
    },
    setBody(data, options = {}) {
      const body = isParams(data) ? `${data}` : isBytes(data) ? data : take(data);
      const text = !options?.raw && isJson(request.headers) && isObject(body);
      req.body = body;
      request.data = text ? stringified(body) : body;
    },
    setMaxRedirects(count) {
      request.maxRedirects = take(count);
    },
    getTimeout: () => request.timeout ?? undefined,
    setTimeout(milliseconds) {
      request.timeout = req.timeout = checkedTimeout(take(milliseconds));
    },
    onFail(callback) {
      if (typeof callback === "function") session.onFail = callback;
      else if (callback) throw new Error(`${callback} is not a function`);
    },
    disableParsingResponseJson() {
      request.disableParsingResponseJson = session.effects.disableParsingResponseJson = true;
    },
    skip() {
      session.effects.skip = true;
    },
    getExecutionMode: () => session.context.executionMode ?? "cli",
    getName: () => request.name,
    getPathParams: () => listed(request.pathParams),
    getTags: () => request.tags ?? [],
  };
  lazily(req, "headerList", () => new (require("api/headers").HeaderList)(request, true));
  // Parsed when it is looked at, but by the headers that the script found.
  const json = isJson(request.headers);
  if (safe || json) lazily(req, "body", () => (json ? parsed(session, dataOf(session)) : dataOf(session)));
  // Postman's and older scripts reach for the raw request; it is there, but not listed.
  Object.defineProperty(req, "req", { __proto__: null, value: request, enumerable: false });
  return req;
};
