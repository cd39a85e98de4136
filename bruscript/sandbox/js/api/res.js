// `res`: the response, callable for queries into its body.

const { lazily } = require("api/lazily");
const { query } = require("api/query");
const { dump, giveName, plain } = require("api/values");
const { encodeUtf8 } = require("web/encoding");

/** Makes `res` over the session's response (null before one has come). */
exports.createRes = function createRes(session) {
  const response = session.response;
  const res = (path, ...functions) => ask(response, res.body, path, functions);
  const methods = {
    getStatus: () => response.status,
    getStatusText: () => response.statusText,
    getHeader(name) {
      return typeof name === "string" && response.headers ? response.headers[name.toLowerCase()] : null;
    },
    getHeaders: () => response.headers,
    getBody: (options = {}) => (options?.raw ? response.text : response.body),
    getResponseTime: () => response.responseTime,
    getUrl: () => response.url,
    setBody(data) {
      response.setBody(session.safe ? dump(data) : copy(data));
      res.body = response.body;
    },
    getSize() {
      const header = encodeUtf8(headText(response)).length;
      return { header, body: response.size, total: header + response.size };
    },
    getDataBuffer: () => response.buffer(),
  };
  // The body is parsed when a script first looks at it: many tests look at the status only.
  Object.defineProperty(res, "body", {
    __proto__: null,
    get: () => response.body,
    set(value) {
      const lasting = { writable: true, enumerable: true, configurable: true };
      Object.defineProperty(res, "body", { __proto__: null, value, ...lasting });
    },
    enumerable: true,
    configurable: true,
  });
  const { status, statusText, headers, responseTime, url } = response;
  Object.assign(res, { status, statusText, headers, responseTime, url });
  lazily(res, "headerList", () => new (require("api/headers").HeaderList)(response, false));
  return giveName(Object.assign(res, methods), "res", "; store what you need of it, such as res.body");
};

/** The answer to `res(path)`: of XML, elements by their names. */
function ask(response, body, path, functions) {
  const document = typeof body === "string" && body.trim() !== "" ? response.xml(body) : undefined;
  if (document === undefined) return query(body, path, ...functions);
  return require("api/xml").withoutAttributes(query(document, path, ...functions));
}

function copy(data) {
  if (typeof data !== "object" || data === null) return data;
  try {
    return structuredClone(data);
  } catch {
    return plain(data);
  }
}

function headText({ status, statusText, headers }) {
  const lines = [`HTTP/1.1 ${status} ${statusText}`];
  for (const [name, values] of Object.entries(headers ?? {})) {
    for (const value of [values].flat()) lines.push(`${name}: ${value}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}
