// The response's body: bytes as they came, decoded and parsed when a script first looks at them.

const modules = require("kernel/modules");
const { encodeUtf8 } = require("web/encoding");
const { textOf } = require("api/charset");
const numbers = require("api/numbers");
const { plain } = require("api/values");

/** The response of a session: the fields of its state, and the body, {size, read}. */
class Response {
  #source;
  // What a script has put in its place; the source's own are not kept, since they may take much of the
  // memory.
  #bytes = null;
  #session;
  #parsed = false;
  #body;
  // The text that was last queried as XML, and its object.
  #xml = null;

  constructor(session, state, source) {
    this.#session = session;
    this.#source = source ?? { size: 0, read: () => new Uint8Array(0) };
    this.status = state.status ?? null;
    this.statusText = state.statusText ?? null;
    this.headers = state.headers ?? {};
    this.responseTime = state.responseTime ?? null;
    this.url = state.url ?? null;
    this.parseJson = state.parseJson !== false;
    this.changed = false;
  }

  get body() {
    if (!this.#parsed) this.#keep(parse(this.text, this.parseJson));
    return this.#body;
  }

  /** The body as it came, decoded and not parsed. */
  get text() {
    if (this.#bytes !== null) return textOf(this.#bytes, "charset=utf-8");
    return textOf(this.#source.read(), this.headers["content-type"]);
  }

  /** The object of `text` if that is XML, else undefined. */
  xml(text) {
    const { isXml, readXml } = require("api/xml");
    if (!isXml(text, this.headers["content-type"])) return undefined;
    if (this.#xml?.text !== text) this.#xml = { text, document: readXml(this.#session, text) };
    return this.#xml.document;
  }

  /** The body's length in bytes. */
  get size() {
    return this.#bytes === null ? this.#source.size : this.#bytes.length;
  }

  /** A copy of the bytes, as a Buffer. */
  buffer() {
    const { Buffer } = modules.builtin(this.#session, "buffer");
    return this.#bytes === null ? Buffer.from(this.#source.read().buffer) : Buffer.from(this.#bytes);
  }

  setBody(value) {
    this.#bytes = encode(value);
    this.#keep(value);
    this.changed = true;
  }

  #keep(value) {
    this.#parsed = true;
    this.#body = value;
  }
}

exports.Response = Response;

function encode(value) {
  if (value === null || value === undefined) return new Uint8Array(0);
  return encodeUtf8(typeof value === "string" ? value : JSON.stringify(plain(value)) ?? "");
}

function parse(text, asJson) {
  if (!asJson) return text;
  try {
    return numbers.parse(text);
  } catch {
    return text;
  }
}
