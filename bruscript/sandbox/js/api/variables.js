// The variable scopes that a session's scripts see, and which of them were changed.

const generated = require("api/generated");
const { interpolate } = require("api/interpolate");
const numbers = require("api/numbers");
const { dump, keep, refuseLoss } = require("api/values");

const validName = /^[\w-.]*$/;
const unnamed = {
  runtime: "Creating a variable without specifying a name is not allowed.",
  collection: "Creating a variable without specifying a name is not allowed.",
  environment: "Creating a env variable without specifying a name is not allowed.",
  global: "Creating a env variable without specifying a name is not allowed.",
};
const titles = {
  runtime: "The variable", environment: "The environment variable", global: "The global variable",
  collection: "The collection variable",
};
const scopeNames = [
  "runtime",
  "environment",
  "global",
  "collection",
  "folder",
  "request",
  "oauth2",
  "processEnv",
  "prompt",
  "external",
];

/** Throws an Error for a name that a variable cannot have. */
exports.checkName = checkName;
function checkName(name) {
  if (validName.test(name)) return;
  throw new Error(
    `Variable name: "${name}" contains invalid characters! ` +
      'Names must only contain alpha-numeric characters, "-", "_", "."',
  );
}

/** Defined, not assigned: a variable may be called __proto__. */
exports.put = put;
function put(variables, name, value) {
  Object.defineProperty(variables, name, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function refill(variables, values) {
  for (const name of Object.keys(variables)) delete variables[name];
  for (const [name, value] of Object.entries(values)) put(variables, name, value);
  numbers.inherit(variables, values);
}

/** Whether JSON holds the value as it is, with no need to look into it. */
function isPlain(value) {
  return value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

/** The value that a variable had before the step set it, or before a script got the object of its scope. */
function formerly(name, note, exposed) {
  if (note === undefined)
    return exposed !== undefined && Object.hasOwn(exposed, name) ? exposed[name] : undefined;
  try {
    return note.had ? keep(note.before, false) : undefined;
  } catch {
    return undefined;
  }
}

/** An error at the place of `call`, an error that was made where a variable was set. */
function errorAt(call, message) {
  const error = new NativeError(message);
  if (typeof call?.stack === "string") error.stack = `Error: ${message}${call.stack.slice("Error".length)}`;
  return error;
}

const NativeError = Error;

/**
 * All scopes of a session: one plain object each, the row of the data file, and what scripts changed.
 *
 * In developer mode a variable holds the very value that a script set, until the step is over; then each is
 * turned into JSON by itself. One that has no JSON form gets back the value that it had, and is an error of
 * the step.
 */
class Scopes {
  constructor(variables, safe, row = {}) {
    for (const name of scopeNames) this[name] = variables?.[name] ?? {};
    this.names = { environment: variables?.environmentName, global: variables?.globalName };
    for (const scope of Object.keys(this.names)) this.#name(scope);
    this.row = row;
    this.safe = safe;
    this.generated = variables?.generated ?? {};
    this.failures = [];
    this.begin();
  }

  /**
   * From here on changes are collected: of which scopes, and which of their variables were deleted, or set to
   * nothing.
   */
  begin() {
    this.changed = new Set();
    this.deleted = { __proto__: null };
    this.unset = { __proto__: null };
    // By scope and name, the values not yet turned into JSON: {had, before, call}.
    this.unsettled = { __proto__: null };
    // The scopes of which a script of developer mode has the object itself, with the values that they had
    // then.
    this.exposed = { __proto__: null };
    this.hasGenerated = false;
  }

  /** Makes the dynamic values that a variable asks for. */
  #generate(scope, name) {
    const made = generated.make(this[scope][name]);
    if (made === null) return;
    put(
      Object.hasOwn(this.generated, scope) ? this.generated[scope] : (this.generated[scope] = {}),
      name,
      made,
    );
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

  /**
   * What templates see, the strongest last.
   * @this {any}
   */
  combined() {
    const prompts = Object.fromEntries(
      Object.entries(this.prompt).map(([name, answer]) => [`?${name}`, answer]),
    );
    const scopes = [
      this.values("global"),
      this.values("collection"),
      this.values("environment"),
      this.values("folder"),
      this.values("request"),
      this.oauth2,
      this.values("runtime"),
      this.values("iteration", this.row),
      prompts,
    ];
    // Spread, not assigned: a variable may be called __proto__.
    const [global, collection, environment, folder, request, oauth2, runtime, row, prompt] = scopes;
    const combined = {
      ...global,
      ...collection,
      ...environment,
      ...folder,
      ...request,
      ...oauth2,
      ...runtime,
      ...row,
      ...prompt,
      ...this.external,
      process: { env: { ...this.processEnv } },
    };
    for (const scope of scopes) numbers.inherit(combined, scope);
    return combined;
  }

  interpolate(value) {
    if (!value) return value;
    if (typeof value !== "object")
      return typeof value === "string" ? interpolate(value, this.templates(value)) : value;
    const text = numbers.stringify(value);
    const made = interpolate(text, this.templates(text));
    return numbers.any() ? numbers.parse(made) : JSON.parse(made);
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
    if (scope !== "global") checkName(name);
    const isObject = value !== null && ["object", "function", "symbol"].includes(typeof value);
    const isLost = typeof value === "number" && !Number.isFinite(value);
    const kept = isLost || (this.safe && isObject) ? this.#kept(scope, name, value) : value;
    const variables = this[scope];
    const same =
      Object.hasOwn(variables, name) && Object.is(variables[name], kept) && typeof kept !== "object";
    if (same && !(numbers.any() && typeof kept === "number")) return;
    if (!isPlain(kept) && !(this.safe && isObject)) this.#remember(scope, name, isObject);
    put(variables, name, kept);
    numbers.adopt(variables, name, kept);
    this.changed.add(scope);
    this.#generate(scope, name);
    if (this.deleted[scope] !== undefined) delete this.deleted[scope][name];
  }

  delete(scope, name) {
    if (!Object.hasOwn(this[scope], name) || (scope === "environment" && name === "__name__")) return;
    delete this[scope][name];
    this.changed.add(scope);
    (this.deleted[scope] ??= { __proto__: null })[name] = true;
  }

  /** What lasts of the value until the step is over. Throws an Error that names the variable. */
  #kept(scope, name, value) {
    try {
      if (scope !== "runtime") refuseLoss(value);
      return this.safe && typeof value !== "number" ? this.#lasting(scope, value) : value;
    } catch (error) {
      throw new NativeError(`${titles[scope]} "${name}" cannot be kept: ${error.message}`);
    }
  }

  /**
   * Takes note of a value that is to be looked at when the step is over, and of what it takes the place of.
   */
  #remember(scope, name, withCall) {
    const noted = (this.unsettled[scope] ??= { __proto__: null });
    noted[name] ??= { had: Object.hasOwn(this[scope], name), before: this[scope][name] };
    noted[name].call = withCall ? new NativeError() : undefined;
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

  /** Gives the object of a scope to a script of developer mode, which may do with it what it likes. */
  expose(scope) {
    if (this.exposed[scope] === undefined) {
      const before = (this.exposed[scope] = {});
      for (const name of Object.keys(this[scope])) {
        try {
          const value = keep(this[scope][name], false);
          if (value !== undefined) put(before, name, value);
        } catch {
          // It is found out when the step is over.
        }
      }
    }
    this.changed.add(scope);
    return this[scope];
  }

  /**
   * A changed scope as JSON has it, and the errors of values that have no JSON form: these are as they were
   * before.
   */
  view(scope, failures) {
    const exposed = this.exposed[scope];
    const noted = this.unsettled[scope];
    if (exposed === undefined && noted === undefined) return this[scope];
    const made = {};
    for (const name of Object.keys(this[scope])) {
      const note = noted?.[name];
      try {
        const value = this[scope][name];
        const asItIs = isPlain(value) || (note === undefined && exposed === undefined);
        const kept = asItIs ? value : this.#settled(scope, name, value);
        if (kept !== undefined) put(made, name, kept);
      } catch (error) {
        failures.push(errorAt(note?.call, `${titles[scope]} "${name}" cannot be kept: ${error.message}`));
        const before = formerly(name, note, exposed);
        if (before !== undefined) put(made, name, before);
      }
    }
    numbers.inherit(made, this[scope]);
    return made;
  }

  /** JSON's view of one value, undefined for what does not last. Throws for what would be lost unseen. */
  #settled(scope, name, value) {
    if (scope !== "runtime") refuseLoss(value);
    return this.#lasting(scope, value);
  }

  #lasting(scope, value) {
    const kept = keep(value, this.safe);
    if (kept === undefined && value !== undefined && scope !== "runtime") {
      const what = typeof value === "symbol" ? "a symbol has no JSON form" : "its toJSON returns nothing";
      throw new NativeError(what);
    }
    return kept;
  }

  /**
   * Between two steps only what JSON can hold lasts, as in the reference. Gives the errors of what it cannot
   * hold.
   */
  settle() {
    const failures = this.failures;
    for (const scope of this.changed) {
      const made = this.view(scope, failures);
      if (made === this[scope]) continue;
      this.#missing(scope, made);
      this[scope] = made;
    }
    this.failures = [];
    this.unsettled = { __proto__: null };
    this.exposed = { __proto__: null };
    return failures;
  }

  /**
   * Notes which variables are gone that no method deleted: taken out of the object itself, or set to nothing.
   */
  #missing(scope, made) {
    for (const name of Object.keys(this.exposed[scope] ?? {})) {
      if (!Object.hasOwn(this[scope], name)) (this.deleted[scope] ??= { __proto__: null })[name] = true;
    }
    for (const name of Object.keys(this[scope])) {
      if (!Object.hasOwn(made, name)) (this.unset[scope] ??= { __proto__: null })[name] = true;
    }
  }

  /** Takes over the scopes as another request's scripts left them. */
  replace(variables) {
    for (const [name, values] of Object.entries(variables)) {
      if (!scopeNames.includes(name) || typeof values !== "object" || values === null) continue;
      refill(this[name], values);
      this.#name(name);
      for (const [key, value] of Object.entries(values))
        if (typeof value === "string" && value.includes("{{$")) this.#generate(name, key);
      delete this.unsettled[name];
      if (this.exposed[name] !== undefined) this.exposed[name] = { ...this[name] };
    }
  }

  /**
   * Which variables of a changed scope are gone, by how: `deleted` by a method, or `unset` to what has no
   * JSON form.
   */
  gone(how, scope, made) {
    const names = this[how][scope];
    return names === undefined ? [] : Object.keys(names).filter((name) => !Object.hasOwn(made, name));
  }
}

exports.Scopes = Scopes;
