// A job's session and its steps: scripts, tests, post-response variables, assertions.

const modules = require("kernel/modules");
const { runAssertions } = require("api/assertions");
const { Response } = require("api/body");
const { createBru } = require("api/bru");
const chai = require("api/chai");
const definitions = require("kernel/definitions");
const { createConsole } = require("api/console");
const { evaluate } = require("api/expressions");
const numbers = require("api/numbers");
const { collect, imprint, settle, take } = require("api/changes");
const { createReq } = require("api/req");
const { createRes } = require("api/res");
const { check, compile, locate, mapStack } = require("api/stack");
const { createTest, wantsOnly } = require("api/test");
const { cleanEach, describe, peek } = require("api/values");
const { Scopes } = require("api/variables");
const { table } = require("kernel/table");

/** What all steps of one job share: the state that they were given, and what they change of it. */
class Session {
  constructor(state, body) {
    this.state = state;
    this.context = state.context ?? {};
    this.safe = this.context.mode !== "developer";
    this.context.iteration ??= {};
    this.context.iteration.data ??= {};
    this.scopes = new Scopes(state.variables, this.safe, this.context.iteration.data);
    this.request = state.request ?? { headers: {} };
    this.request.headers ??= {};
    // A missing body is undefined; null is one that a script has set.
    this.request.data ??= undefined;
    this.response = state.response ? new Response(this, state.response, body) : null;
    this.assertionResults = this.context.assertionResults ?? [];
    this.onFail = null;
    this.asserting = false;
    this.begin();
  }

  /** From here on changes are collected. */
  begin() {
    this.requestBefore = imprint(this.request);
    this.scopes.begin();
    this.scripted = [];
    this.effects = {};
  }

}

/** One step while it runs: its results and console, and what has been started but not awaited. */
class Running {
  constructor() {
    this.results = [];
    this.console = [];
    this.pending = new Set();
    // Whether only the tests of `test.only` run.
    this.only = false;
    // The file of the script that runs: where an error that has no stack came from.
    this.path = null;
  }

  /** Sees to it that the step does not end before `promise` has settled. */
  track(promise) {
    const settled = promise.then(() => {}, () => {}).then(() => this.pending.delete(settled));
    this.pending.add(settled);
    return promise;
  }

  /** Waits until nothing that scripts started runs on, timers included. */
  async drain() {
    do {
      while (this.pending.size > 0) await host.guard(Promise.all(this.pending));
      await host.guard(host.idle());
    } while (this.pending.size > 0);
  }
}

/** Begins a job; `state` is its JSON, `body` the response's, {size, read}, if any. */
exports.createSession = function createSession(state, body) {
  const session = new Session(state, body);
  modules.begin(session);
  return session;
};

/** Lets go of the last job, whatever it held. */
exports.forget = function forget() {
  numbers.forget();
  chai.forget();
  modules.end();
};

/** Runs one step; gives {results, error, console}, and does not throw whatever the scripts do. */
exports.runStep = async function runStep(step, session) {
  const running = new Running();
  let error = null;
  try {
    await kinds[step.kind](step, session, running);
  } catch (thrown) {
    error = failure(thrown, running.path);
    session.onFail = null;
  }
  definitions.undo();
  error = withFailures(settle(session), error, running);
  return { results: running.results.map(cleanEach), error, console: running.console };
};

/**
 * The step's error, where values could not be kept too; beside an error of the script itself they go to the
 * console.
 */
function withFailures(failures, error, running) {
  if (failures.length === 0) return error;
  if (error === null) {
    const [first] = failures;
    return { ...failure(first, running.path), message: failures.map(({ message }) => message).join("\n") };
  }
  for (const { message, stack } of failures) {
    running.console.push({ level: "error", args: [message], line: locate(stack)?.line ?? null });
  }
  return error;
}

const kinds = {
  async syntax(step, session, running) {
    for (const segment of step.segments) {
      running.path = segment.path;
      check(segment);
    }
  },
  script: runScripts,
  tests: runScripts,
  vars: async (step, session, running) => setVariables(step, session, running),
  async assertions(step, session, running) {
    running.results = runAssertions(session, step.entries, expressionScope(session, running, true));
  },
  onFail: runOnFail,
};

async function runScripts(step, session, running) {
  running.only = wantsOnly(step.segments.map(({ source }) => source));
  await withApi(step, session, running, async () => {
    for (const segment of step.segments) {
      running.path = segment.path;
      await host.guard(compile(segment)());
    }
  });
}

/**
 * Comes after the pre-request scripts. Where one left a handler with `req.onFail`, the request is sent from
 * here, by the host, so that the handler, a closure, still lives when it is needed; it gets the error of the
 * exchange.
 */
async function runOnFail(step, session, running) {
  if (session.onFail === null || session.effects.skip) return;
  const changes = numbers.raw(collect(session, []));
  session.begin();
  const error = await host.call("run.exchange", [changes]);
  if (error === null || error === undefined) return;
  const handler = session.onFail;
  const { message, code, facts = { code } } = error;
  await withApi(step, session, running, () => host.guard(handler(Object.assign(new Error(message), facts))));
}

/** Does `action` with the API on the global object, and waits for what it leaves running. */
async function withApi(step, session, running, action) {
  const release = install(step, session, running);
  try {
    await action();
    await running.drain();
  } catch (error) {
    await running.drain();
    throw error;
  } finally {
    release();
  }
}

const safeGlobals = {
  Ajv: "ajv",
  addFormats: "ajv-formats",
  axios: "axios",
  jwt: "jsonwebtoken",
  moment: "moment",
  nanoid: "nanoid",
  path: "path",
  tv4: "tv4",
  uuid: "uuid",
};

// What the global object has while no script runs, in its order; whatever else a step leaves there is taken
// off.
const ownGlobals = table();
/** @type {readonly (string | symbol)[]} */
let ownNames = [];
// Those of them that are plain values (`Date`, `JSON`): what a step puts in their place lasts for that step.
/** @type {readonly any[]} */
let ownValues = [];
// What every step gives has its place there for good: to make and to delete a global costs V8 what it knows
// of them.
const reserved = ["bru", "req", "test", "require", "expect", "assert"];
const { defineProperty, deleteProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;
const ownConsole = { __proto__: null, ...getOwnPropertyDescriptor(globalThis, "console") };

// Without a prototype, here and below: a script's own `Object.prototype.get` would have a say in it.
function give(name, value) {
  return defineProperty(globalThis, name, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/**
 * Makes those places and records the global object's properties: when the isolate has booted, and again after
 * kernel/isolation has replaced some of the language's own.
 */
exports.reserve = function reserve() {
  for (const name of reserved) give(name, undefined);
  ownNames = Object.freeze(ownKeys(globalThis));
  ownGlobals.clear();
  for (const name of ownNames) ownGlobals.set(name, true);
  const described = ownNames.map((name) => ({
    __proto__: null,
    name,
    ...getOwnPropertyDescriptor(globalThis, name),
  }));
  const plain = described.filter(({ value, configurable }) => configurable && value !== undefined);
  ownValues = Object.freeze(plain.map(Object.freeze));
};

/** Puts the API on the global object, where local modules see it too; gives what takes it off again. */
function install(step, session, running) {
  const lazily = (name, make) => {
    const get = () => {
      give(name, make());
      return globalThis[name];
    };
    const set = (value) => give(name, value);
    defineProperty(globalThis, name, { __proto__: null, get, set, enumerable: true, configurable: true });
  };

  give("bru", createBru(session, running));
  give("req", createReq(session));
  if (session.response !== null) give("res", createRes(session));
  give("test", createTest(session, running));
  give("console", createConsole(running.console));
  // Each step has its modules as new, as each script of the reference has.
  modules.begin(session);
  give("require", modules.createRequire(session, session.context.collectionPath));
  const { assert, expect } = chai.chaiOf(session);
  give("expect", expect);
  give("assert", assert);
  if (!session.safe && step.kind === "tests") lazily("jwt", () => modules.library(session, "jsonwebtoken"));
  if (session.safe) {
    for (const [name, library] of Object.entries(safeGlobals)) {
      if (!ownGlobals.has(name))
        lazily(name, () => modules.createRequire(session, session.context.collectionPath)(library));
    }
  }

  return () => {
    for (let i = 0; i < reserved.length; i += 1) give(reserved[i], undefined);
    defineProperty(globalThis, "console", ownConsole);
    // Each step begins with clean globals, as in the reference.
    deleteProperty(globalThis, "res");
    const names = ownKeys(globalThis);
    for (let i = 0; i < names.length; i += 1) {
      if (names[i] !== ownNames[i] && !ownGlobals.has(names[i])) deleteProperty(globalThis, names[i]);
    }
    for (let i = 0; i < ownValues.length; i += 1) {
      const own = ownValues[i];
      if (globalThis[own.name] !== own.value) defineProperty(globalThis, own.name, own);
    }
  };
}

/** What an expression sees: the variables by name, and bru, req and res. */
function expressionScope(session, running, all) {
  const { scopes } = session;
  const variables = all
    ? ["global", "collection", "environment", "folder", "request", "oauth2", "runtime", "processEnv"]
    : ["environment", "runtime", "external"];
  const scope = Object.assign({}, ...variables.map((name) => scopes.values(name)));
  const offer = (name, make) => {
    const keep = (value) => {
      Object.defineProperty(scope, name, {
        __proto__: null,
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
      return value;
    };
    Object.defineProperty(scope, name, {
      __proto__: null,
      get: () => keep(make()),
      set: keep,
      enumerable: true,
      configurable: true,
    });
  };
  offer("bru", () => createBru(session, running));
  offer("req", () => createReq(session));
  offer("res", () => (session.response === null ? undefined : createRes(session)));
  return scope;
}

/** The `vars:post-response` block; one expression's error does not keep the others from being set. */
function setVariables(step, session, running) {
  const scope = expressionScope(session, running, false);
  const errors = [];
  for (const { name, value, enabled } of step.entries) {
    if (enabled === false) continue;
    try {
      const warn = (text) => running.console.push({ level: "warn", args: [`${name}: ${text}`], line: null });
      const failed = (error) => warn(`${describe(error).message} (the variable holds the error)`);
      const result = evaluate(session, value, scope, failed);
      if (name) session.scopes.set("runtime", name, result);
      if (numbers.isAmbiguous(result) && !rememberByPath(session, name, value))
        warn(`${result} is rounded, because several numbers of the response are nearest to it`);
    } catch (error) {
      errors.push(`${name}: ${describe(error).message}`);
    }
  }
  for (const { message } of session.scopes.settle()) errors.push(message);
  if (errors.length === 0) return;
  throw new Error(
    `${errors.length} error${errors.length === 1 ? "" : "s"} in post response variables: \n` +
      errors.join("\n"),
  );
}

/**
 * Remembers the digits of a number that `path` finds in the body; a plain number could be several there.
 */
function rememberByPath(session, name, path) {
  const steps = /^\s*res\.body((?:\.[\w$]+|\[\d+\])+)\s*$/.exec(path)?.[1];
  if (steps === undefined) return false;
  let holder = null;
  let key = "body";
  let value = session.response;
  for (const [, member, index] of steps.matchAll(/\.([\w$]+)|\[(\d+)\]/g)) {
    holder = value[key];
    value = holder;
    key = member ?? index;
  }
  const text = numbers.exact(Object(holder), key);
  if (text === undefined) return false;
  numbers.remember(session.scopes.runtime, name, text);
  return true;
}

/** How the stack of a script that could not be compiled begins: no function was entered. */
const uncompiled = /^SyntaxError[^\n]*\n\s+at bruscript:script/;

/** A thrown value as the error of a step, its place in the user's files found. */
function failure(thrown, path) {
  const stack = peek(thrown, "stack");
  const place = locate(stack);
  return {
    ...describe(thrown),
    stack: mapStack(stack),
    path: place?.path ?? path,
    line: place?.line ?? null,
    column: place?.column ?? null,
    kind: thrown instanceof SyntaxError && uncompiled.test(String(stack)) ? "syntax" : "error",
  };
}

/** What the job's scripts changed and asked for by the end of a step, as JSON; only what there is. */
exports.collectChanges = (session) => numbers.stringify(take(session));
