// chai as the reference's scripts have it: chai-string, and assertions of the reference's own.

const modules = require("kernel/modules");
const { table, weakTable } = require("kernel/table");

const schemaVersions = ["http://json-schema.org/draft-07/schema#", "http://json-schema.org/draft-07/schema"];

const perSession = weakTable();
const extended = table();
// The plugins that a job has used; chai's own list of them would last.
const used = table();

/** The session's chai, with its plugins; loaded at its first use. */
exports.chaiOf = function chaiOf(session) {
  let chai = perSession.get(session);
  if (chai === undefined) {
    chai = modules.library(session, "chai");
    perSession.set(session, chai);
    // chai is shared by the sessions of an isolate, and so are its plugins.
    if (!extended.has(chai)) {
      extended.set(chai, true);
      const strings = modules.library(session, "chai-string");
      chai.use(strings);
      chai.use((library, utils) => addAssertions(library.Assertion, utils));
      replaceUse(chai, strings);
      // At its first use it decides how to distinguish types, from the language's objects at that time.
      chai.util.inspect({});
    }
  }
  return chai;
};

/** The session's chai if a script has asked for it yet. */
exports.loaded = (session) => perSession.get(session);

/** Between two jobs. */
exports.forget = () => used.clear();

function replaceUse(chai, builtIn) {
  chai.use = function use(fn) {
    if (fn !== builtIn && !used.has(fn)) {
      fn(chai, chai.util);
      used.set(fn, true);
    }
    return chai;
  };
}

/** The two modes word some messages differently; assertions of a request are worded as in developer mode. */
function terse() {
  // Sessions share chai: its additions look up the running one.
  const { session } = modules.current();
  return session.safe && !session.asserting;
}

function addAssertions(Assertion, { inspect, eql }) {
  const { keep } = modules;
  // Their position in the stack matters: chai drops assertion methods' own frames from the stack.
  Assertion.addProperty("json", keep(function json() {
    const value = this._obj;
    const isJson = Array.isArray(value) || Object.prototype.toString.call(value) === "[object Object]";
    const shown = terse() ? "#{this}" : inspect(value);
    this.assert(isJson, `expected ${shown} to be JSON`, `expected ${shown} not to be JSON`);
  }));

  Assertion.addMethod("match", keep(function match(pattern) {
    const value = this._obj;
    const matches = terse() ? pattern.exec(value) : value !== undefined && pattern.test(value);
    const shown = terse() ? "#{this}" : inspect(value);
    this.assert(
      matches,
      `expected ${shown} to match ${pattern}`,
      `expected ${shown} not to match ${pattern}`,
    );
  }));

  Assertion.addMethod("jsonSchema", keep(function jsonSchema(schema, options) {
    const version = schema?.$schema;
    if (version && !schemaVersions.includes(version)) {
      const unsupported = `Unsupported JSON Schema version: "${version}".`;
      const advice = "Bruno currently only supports Draft-07 (http://json-schema.org/draft-07/schema#). "
        + "Please update your schema to be Draft-07 compatible and remove the $schema property.";
      this.assert(false, `${unsupported} ${advice}`, unsupported);
    }
    const validate = compileSchema(modules.current().session, schema, options, (message) =>
      this.assert(false, message, message),
    );
    const valid = validate(this._obj);
    const shown = terse() ? jsonText(this._obj) : "#{this}";
    const errors = validate.errors ? JSON.stringify(validate.errors) : "none";
    this.assert(
      valid,
      `expected ${shown} to match JSON schema, validation errors: ${errors}`,
      `expected ${shown} to not match JSON schema`,
    );
  }));

  Assertion.addMethod("jsonBody", keep(function jsonBody(...wanted) {
    const body = this._obj;
    const quiet = terse();
    if (wanted.length === 0) {
      const shown = quiet ? "value" : inspect(body);
      const isBody = typeof body === "object" && body !== null;
      this.assert(
        isBody,
        `expected ${shown} to be a JSON body (object or array)`,
        `expected ${shown} not to be a JSON body`,
      );
    } else if (wanted.length === 1 && typeof wanted[0] === "object" && wanted[0] !== null) {
      const shown = quiet ? "given object" : inspect(wanted[0]);
      this.assert(
        eql(body, wanted[0]),
        `expected body to deeply equal ${shown}`,
        `expected body to not deeply equal ${shown}`,
      );
    } else {
      const found = nested(body, String(wanted[0]));
      const hasValue = wanted.length > 1;
      const value = hasValue ? ` equal to ${quiet ? "given value" : inspect(wanted[1])}` : "";
      const passes = found !== null && (!hasValue || eql(found.value, wanted[1]));
      const property = `have nested property '${wanted[0]}'${value}`;
      this.assert(passes, `expected body to ${property}`, `expected body to not ${property}`);
    }
  }));
}

function jsonText(value) {
  try {
    return JSON.stringify(value);
  } catch {
    return "[unserializable value]";
  }
}

const validators = weakTable();

function createAjv(session, options) {
  const Ajv = modules.library(session, "ajv");
  const ajv = new Ajv({ allErrors: true, ...options });
  modules.library(session, "ajv-formats")(ajv);
  return ajv;
}

function compileSchema(session, schema, options, fail) {
  // A schema with an id can be compiled once only by the same validator.
  const ajv =
    options || schema?.$id ? createAjv(session, options) : (validators.get(session) ?? createAjv(session));
  if (!options && !schema?.$id) validators.set(session, ajv);
  try {
    return ajv.compile(schema);
  } catch (error) {
    return fail(`JSON schema compile error: ${error.message}`);
  }
}

/** What the dotted path leads to, `{value}`, or null where it ends before. */
function nested(body, path) {
  // A new pattern for each call: a script could change a lasting one.
  const pathPart = /\[(["'])((?:(?!\1)[^\\]|\\.)*)\1\]|\[([^\]]*)\]|([^.[]+)/g;
  let value = body;
  for (const [, quote, quoted, index, name] of path.matchAll(pathPart)) {
    const key = quote ? quoted.replaceAll(`\\${quote}`, quote) : (index ?? name);
    if (value === null || value === undefined || !Object.hasOwn(Object(value), key)) return null;
    value = value[key];
  }
  return { value };
}
