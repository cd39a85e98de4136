// What a session's scripts changed and asked for, as JSON: part by part, so that what one part holds costs no
// other.

const { bytesOf } = require("web/encoding");
const numbers = require("api/numbers");
const { isJson } = require("api/req");
const { clean, cleanText, describe, isBytes, keep } = require("api/values");
const { put } = require("api/variables");

const NativeError = Error;

/** What a request is compared by; a text as body is kept as it is, since it may be long. */
exports.imprint = function imprint({ data, ...rest }) {
  const isJson = typeof data === "object" && data !== null && !isBytes(data);
  return { rest: textOf(rest), data: isJson ? textOf(data) : data };
};

/** JSON, by V8 alone if possible: values compared after every step are nearly always plain. */
function textOf(value) {
  try {
    return JSON.stringify(value);
  } catch {
    try {
      return cleanText(value);
    } catch {
      return String(value);
    }
  }
}

const sameImprint = (one, other) => one.rest === other.rest && Object.is(one.data, other.data);

/**
 * Ends a step: variables are turned into JSON. Gives the errors of all that scripts set and that has no JSON
 * form.
 */
exports.settle = function settle(session) {
  const failures = session.scopes.settle();
  session.collected = collect(session, failures);
  return failures;
};

/** What `settle` has collected, for the host; where a limit ended the step before, what there is by now. */
exports.take = function take(session) {
  const changes = session.collected ?? collect(session, []);
  session.collected = undefined;
  return changes;
};

/**
 * The changes so far; `failures` gets the errors of what has no JSON form, and is therefore missing from
 * them.
 */
function collect(session, failures) {
  const { effects, scopes } = session;
  const changes = {};
  for (const name of Object.keys(effects)) {
    const value = name === "iterationData" ? rowOf(effects[name], failures) : clean(effects[name]);
    if (value !== undefined) changes[name] = value;
  }
  Object.assign(changes, variableChanges(scopes, failures));
  attempt(failures, "The request", () => {
    if (!sameImprint(exports.imprint(session.request), session.requestBefore))
      changes.request = requestChanges(session);
  });
  attempt(failures, "The response's body", () => {
    if (session.response?.changed) changes.response = { data: keep(session.response.body, false) ?? null };
  });
  if (scopes.hasGenerated) changes.generated = scopes.generated;
  if (numbers.any()) changes.exact = true;
  if (session.scripted.length > 0) changes.scriptedRequests = session.scripted.map(clean);
  return changes;
}
exports.collect = collect;

/** The scopes that scripts have changed, whole, and the names of the variables that are gone from them. */
function variableChanges(scopes, failures) {
  const changes = {};
  const add = (kind, scope, value) => {
    (changes[kind] ??= {})[scope] = value;
  };
  for (const scope of scopes.changed) {
    const made = scopes.view(scope, failures);
    add("variables", scope, made);
    for (const how of ["deleted", "unset"]) {
      const names = scopes.gone(how, scope, made);
      if (names.length > 0) add(how, scope, names);
    }
  }
  return changes;
}
exports.variableChanges = variableChanges;

function rowOf(row, failures) {
  const made = {};
  for (const name of Object.keys(row)) {
    attempt(failures, `The iteration's "${name}"`, () => {
      const value = keep(row[name], false);
      if (value !== undefined) put(made, name, value);
    });
  }
  return made;
}

function attempt(failures, what, action) {
  try {
    action();
  } catch (error) {
    failures.push(new NativeError(`${what} cannot be kept: ${describe(error).message}`));
  }
}

const { entries } = Object;
const isPlain = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** A header's value as it is sent: what JSON does not know is a text, and so is each item of a list. */
function headerValue(value, safe) {
  if (Array.isArray(value))
    return value.map((item) => (safe && (item === undefined || Number.isNaN(item)) ? "null" : String(item)));
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return (typeof value === "object" && value !== null) || typeof value === "function" ? String(value) : value;
}

/** The request as JSON: null as a JSON body is the text `null`; a body of bytes goes as base64 beside it. */
function requestChanges({ request: given, safe }) {
  const { data, headers } = given;
  const request = {
    ...given,
    headers: isPlain(headers)
      ? Object.fromEntries(entries(headers).map(([name, value]) => [name, headerValue(value, safe)]))
      : headers,
  };
  const rest = keep({ ...request, data: null }, false);
  if (isBytes(data)) return { ...rest, dataBase64: bytesOf(data).toBase64() };
  const kept = keep(data, false) ?? null;
  const isNull = kept === null && data !== undefined && isJson(request.headers);
  return { ...rest, data: isNull ? "null" : kept };
}
