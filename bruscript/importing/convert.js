// Turns the document in `input` into the JSON of a collection, with Bruno's own converters.
// Runs in the sandbox, after the converters' bundle; `kind`, `input` and `options` are defined before it.

/** @type {any} */
const converters = module.exports;
const NAMES = {
  openapi: "an OpenAPI document",
  postman: "a Postman collection",
  insomnia: "an Insomnia export",
};

class Refused extends Error {}

/** Parses JSON or, if that fails, YAML; an error has line and column. */
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    const { load } = require("js-yaml");
    try {
      return load(text);
    } catch (failure) {
      const mark = failure.mark;
      // What begins like JSON is JSON with a mistake; Python finds its place.
      if (/^\s*[{[]/.test(text)) throw Object.assign(new Refused("not JSON"), { json: true });
      const place = mark ? { line: mark.line + 1, column: mark.column + 1 } : {};
      throw Object.assign(new Refused(failure.reason ?? failure.message), place);
    }
  }
}

/** Which of the formats a document is in, as far as it can be seen. */
function formatOf(value) {
  if (value === null || typeof value !== "object") return undefined;
  if (value.openapi !== undefined || value.swagger !== undefined) return "openapi";
  const envelope = value.collection?.info ? value.collection : value;
  if (envelope.info && Array.isArray(envelope.item)) return "postman";
  if (value._type === "export" || `${value.type}`.startsWith("collection.insomnia")) return "insomnia";
  return undefined;
}

/** A folder of Insomnia's fourth version without the second copy of its requests that the converter makes. */
function once(item) {
  if (item.type !== "folder") return item;
  const folders = item.items.filter(({ type }) => type === "folder");
  const requests = item.items.filter(({ type }) => type !== "folder");
  const bare = (list) => JSON.stringify(list, (key, given) => (/^(uid|seq)$/.test(key) ? undefined : given));
  const half = requests.length / 2;
  const twice = bare(requests.slice(0, half)) === bare(requests.slice(half));
  return { ...item, items: [...folders.map(once), ...(twice ? requests.slice(0, half) : requests)] };
}

// Postman's auth types that the converter knows; it passes over the others without a word.
const AUTH = [
  ...["basic", "bearer", "awsv4", "apikey", "digest", "oauth1"],
  ...["oauth2", "edgegrid", "ntlm", "noauth", "none"],
];

/** Where each other type of auth is in a Postman collection, its folders and requests. */
function unknownAuth(entry, path = "", places = {}) {
  const place = Array.isArray(entry?.item) ? (path ? `the folder ${path}` : "the collection") : path;
  for (const { type } of [entry?.auth, entry?.request?.auth].filter(Boolean)) {
    if (typeof type === "string" && !AUTH.includes(type)) (places[type] ??= []).push(place);
  }
  if (Array.isArray(entry?.item)) {
    for (const inner of entry.item) {
      unknownAuth(inner, path ? `${path}/${inner?.name}` : `${inner?.name}`, places);
    }
  }
  return places;
}

async function convert() {
  if (kind === "wsdl") {
    if (!/<(?:[\w.-]+:)?(?:definitions|description)[\s>]/.test(input)) {
      throw new Refused("not a WSDL document: it has no <definitions>");
    }
    return { collection: await converters.wsdlToBruno(input) };
  }
  const value = read(input);
  const found = formatOf(value);
  if (found !== kind) throw Object.assign(new Refused(`not ${NAMES[kind]}`), { found });
  if (kind === "postman") {
    const converted = await converters.postmanToBruno(value);
    return { ...converted, unknownAuth: unknownAuth(value.collection?.info ? value.collection : value) };
  }
  if (kind === "insomnia") {
    const collection = converters.insomniaToBruno(value);
    if (value._type === "export") collection.items = collection.items.map(once);
    return { collection };
  }
  // A document may consist of webhooks or components alone.
  return { collection: converters.openApiToBruno({ ...value, paths: value.paths ?? {} }, options) };
}

let result;
try {
  const { collection, issues = [], unknownAuth: places } = await convert();
  const { packageReport: packages, ...rest } = collection;
  const left = issues.map(({ path, message }) => ({ path, message }));
  result = { collection: rest, issues: left, packages, unknownAuth: places };
} catch (error) {
  const { message, line, column, json, found } = error;
  result = { error: { message, line, column, json, found, refused: error instanceof Refused } };
}
bru.setVar("result", JSON.stringify(result));
