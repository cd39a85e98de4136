// The variable scopes that a session's scripts see, which of them were changed, and `bru`'s methods on them.

const generated = require("api/generated");
const { interpolate } = require("api/interpolate");
const numbers = require("api/numbers");
const { clean, dump } = require("api/values");

const validName = /^[\w-.]*$/;
const invalid = (name) =>
  `Variable name: "${name}" contains invalid characters! Names must only contain alpha-numeric characters, "-", "_", "."`;
const unnamed = {
  runtime: "Creating a variable without specifying a name is not allowed.",
  collection: "Creating a variable without specifying a name is not allowed.",
  environment: "Creating a env variable without specifying a name is not allowed.",
  global: "Creating a env variable without specifying a name is not allowed.",
};
const scopeNames = [
  "runtime", "environment", "global", "collection", "folder", "request", "oauth2", "processEnv", "prompt", "external",
];

/** Defined, not assigned: a variable may be called __proto__. */
function put(variables, name, value) {
  Object.defineProperty(variables, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

function refill(variables, values) {
  for (const name of Object.keys(variables)) delete variables[name];
  for (const [name, value] of Object.entries(values)) put(variables, name, value);
  numbers.inherit(variables, values);
}

/** Whether JSON holds all the values as they are, with no need to look into them. */
function isPlain(variables) {
  for (const name of Object.keys(variables)) {
    const value = variables[name];
    if (value !== null && typeof value !== "string" && typeof value !== "boolean" && !Number.isFinite(value)) return false;
  }
  return true;
}

/** All scopes of a session: one plain object each, the row of the data file, and what scripts changed. */
class Scopes {
  constructor(variables, safe, row = {}) {
    for (const name of scopeNames) this[name] = variables?.[name] ?? {};
    this.names = { environment: variables?.environmentName, global: variables?.globalName };
    for (const scope of Object.keys(this.names)) this.#name(scope);
    this.row = row;
    this.safe = safe;
    this.changed = new Set();
    this.generated = variables?.generated ?? {};
    this.hasGenerated = false;
  }

  /** Makes the dynamic values that a variable asks for. */
  #generate(scope, name) {
    const made = generated.make(this[scope][name]);
    if (made === null) return;
    put(Object.hasOwn(this.generated, scope) ? this.generated[scope] : (this.generated[scope] = {}), name, made);
    this.hasGenerated = true;
  }

  /** A variable's value with its dynamic values, which last for the request. */
  value(scope, name) {
    if (!Object.hasOwn(this[scope], name)) return undefined;
    const made = Object.hasOwn(this.generated, scope) ? this.generated[scope] : {};
    return Object.hasOwn(made, name) ? generated.filled(this[scope][name], made[name]) : this[scope][name];
  }

  /** All values of a scope with their dynamic values. */
  values(scope, variables = this[scope]) {
    if (!Object.hasOwn(this.generated, scope)) return variables;
    const values = { ...variables };
    numbers.inherit(values, variables);
    for (const [name, made] of Object.entries(this.generated[scope])) {
      if (Object.hasOwn(values, name)) put(values, name, generated.filled(values[name], made));
    }
    return values;
  }

  /** The name of an environment is kept among its variables, as in the reference. */
  #name(scope) {
    const name = this.names[scope];
    if (name !== null && name !== undefined) this[scope].__name__ = name;
  }

  /** What templates see, the strongest last. */
  combined() {
    const prompts = Object.fromEntries(Object.entries(this.prompt).map(([name, answer]) => [`?${name}`, answer]));
    const scopes = [
      this.values("global"), this.values("collection"), this.values("environment"), this.values("folder"),
      this.values("request"), this.oauth2, this.values("runtime"), this.values("iteration", this.row), prompts,
    ];
    // Spread, not assigned: a variable may be called __proto__.
    const [global, collection, environment, folder, request, oauth2, runtime, row, prompt] = scopes;
    const combined = {
      ...global, ...collection, ...environment, ...folder, ...request, ...oauth2, ...runtime, ...row, ...prompt,
      ...this.external, process: { env: { ...this.processEnv } },
    };
    for (const scope of scopes) numbers.inherit(combined, scope);
    return combined;
  }

  interpolate(value) {
    if (!value) return value;
    if (typeof value !== "object") return typeof value === "string" ? interpolate(value, this.templates(value)) : value;
    const text = JSON.stringify(value);
    return JSON.parse(interpolate(text, this.templates(text)));
  }

  /** Merging all scopes is worth it only for what holds a template. */
  templates(text) {
    return text !== undefined && text.includes("{{") ? this.combined() : {};
  }

  get(scope, name) {
    return this.interpolate(this.value(scope, name));
  }

  set(scope, name, value) {
    if (!name) throw new Error(unnamed[scope]);
    if (scope !== "global" && !validName.test(name)) throw new Error(invalid(name));
    const kept = this.safe ? dump(value) : value;
    const variables = this[scope];
    const same = Object.hasOwn(variables, name) && Object.is(variables[name], kept) && typeof kept !== "object";
    if (same && !(numbers.any() && typeof kept === "number")) return;
    put(variables, name, kept);
    numbers.adopt(variables, name, kept);
    this.changed.add(scope);
    this.#generate(scope, name);
  }

  delete(scope, name) {
    if (!Object.hasOwn(this[scope], name) || (scope === "environment" && name === "__name__")) return;
    delete this[scope][name];
    this.changed.add(scope);
  }

  deleteAll(scope) {
    for (const name of Object.keys(this[scope])) this.delete(scope, name);
  }

  all(scope) {
    const made = {};
    for (const [name, value] of Object.entries(this[scope])) {
      if (scope !== "environment" || name !== "__name__") put(made, name, this.safe ? dump(value) : value);
    }
    return made;
  }

  /** Between two steps only what JSON can hold lasts, as in the reference. */
  settle() {
    for (const name of this.changed) if (!isPlain(this[name])) refill(this[name], clean(this[name]));
  }

  /** Takes over the scopes as another request's scripts left them. */
  replace(variables) {
    for (const [name, values] of Object.entries(variables)) {
      if (!scopeNames.includes(name)) continue;
      refill(this[name], values);
      this.#name(name);
      for (const [key, value] of Object.entries(values)) if (typeof value === "string" && value.includes("{{$")) this.#generate(name, key);
    }
  }
}

exports.Scopes = Scopes;

// The names are put together once: every step of every script gets these methods.
const families = Object.entries({ "": "runtime", Env: "environment", GlobalEnv: "global", Collection: "collection" }).map(
  ([infix, scope]) => ({
    scope, has: `has${infix}Var`, get: `get${infix}Var`, set: `set${infix}Var`, remove: `delete${infix}Var`,
    removeAll: `deleteAll${infix}Vars`, all: `getAll${infix}Vars`,
  }),
);

/** The methods that each writable scope has in `bru`: getVar, setEnvVar, deleteAllCollectionVars and so on. */
exports.methods = function methods(scopes) {
  const made = {};
  for (let i = 0; i < families.length; i += 1) {
    const { scope, has, get, set, remove, removeAll, all } = families[i];
    made[has] = (name) => Object.hasOwn(scopes[scope], name);
    made[get] = (name) => scopes.get(scope, name);
    made[set] = (name, value) => scopes.set(scope, name, value);
    made[remove] = (name) => scopes.delete(scope, name);
    made[removeAll] = () => scopes.deleteAll(scope);
    made[all] = () => scopes.all(scope);
  }
  made.getVar = (name) => {
    if (!validName.test(name)) throw new Error(invalid(name));
    return scopes.get("runtime", name);
  };
  made.getFolderVar = (name) => scopes.get("folder", name);
  made.getRequestVar = (name) => scopes.get("request", name);
  made.getOauth2CredentialVar = (name) => scopes.get("oauth2", name);
  made.getProcessEnv = (name) => (Object.hasOwn(scopes.processEnv, name) ? scopes.processEnv[name] : undefined);
  made.getSecretVar = (name) => scopes.external[`$secrets.${name}`];
  made.getEnvName = () => scopes.environment.__name__;
  made.interpolate = (value) => scopes.interpolate(scopes.safe ? dump(value) : value);
  return made;
};
