// What scripts reach by `require`: libraries, Node's built-in modules, files of the collection.
//
// Nothing evaluated here outlives its step: only compiled functions are kept in the isolate, and each
// step runs them anew, so that `chai.use`, `_.mixin`, `moment.locale` or a property set on a module's
// exports never reach the next request. Running a compiled library again costs a tenth of loading it.

"use strict";

const libraries = require("node/libraries");
const builtins = require("node/builtins");
const { createLocal } = require("node/local");
const { table, weakTable } = require("kernel/table");

const { apply } = Reflect;
const { freeze } = Object;
const evaluate = globalThis.eval;

// All that these want of Node's crypto is random bytes, at times a digest; all of it is much to load for
// that.
const needRandomOnly = freeze({ __proto__: null, uuid: true, nanoid: true });

// The compiled functions outlive the job, so they are frozen.
const factories = table();
// The exceptions are libraries that nearly every script uses: evaluated once, while the isolate is made, they
// are shared. What they hide is frozen, and the engine looks after each job whether what they export has
// changed (isolation.js).
const common = freeze(["chai", "chai-string"]);
const shared = table();
// All objects and functions that they have made until then; null afterwards.
let made = [];
// A registry that chai hides and never fills; a real one could be filled by whoever gets hold of it.
const unfilled = freeze({ __proto__: null, has: () => false, get: () => undefined });
const perSession = weakTable();
let current = null;

/**
 * What is called with each thing that these libraries are made of: by their bundles, too
 * (libraries/keep.mjs).
 */
exports.keep = function keep(value) {
  if (made === null || (typeof value !== "object" && typeof value !== "function") || value === null)
    return value;
  if (value instanceof WeakMap) return unfilled;
  made.push(value);
  return value;
};

/** The compiled function of a bundle: (module, exports, require, keep) => void. */
function factory(name) {
  let made = factories.get(name);
  if (made === undefined) {
    const source = host.callSync("bundle", [name]);
    made = freeze(
      evaluate(
        `(function (module, exports, require, __keep) {${source}\n})\n` +
          `//# sourceURL=bruscript:library/${name}`,
      ),
    );
    freeze(made.prototype);
    factories.set(name, made);
  }
  return made;
}

/** All modules of one session; made on first use. */
class Modules {
  constructor(session) {
    const context = session.context ?? session.state?.context ?? {};
    this.session = session;
    this.safe = context.mode !== "developer";
    this.hasEnvironment = !this.safe || context.environment === true;
    this.root = context.collectionPath ?? "/";
    this.evaluated = new Map();
    this.local = createLocal(this);
  }

  /** Forgets what the step before has loaded, as each script of the reference has its own modules. */
  renew() {
    const chai = this.evaluated.get("bundle:chai");
    this.evaluated = new Map();
    // `expect` belongs to the session, and `chai.use` has to reach it.
    if (chai !== undefined) this.evaluated.set("bundle:chai", chai);
    this.local.forget();
  }

  /** What a bundle exports; evaluated at most once a step. */
  bundle(name) {
    return shared.get(name) ?? this.evaluate(name);
  }

  evaluate(name) {
    return this.once(`bundle:${name}`, (module) => {
      const compiled = factory(name);
      apply(compiled, module.exports, [
        module,
        module.exports,
        (wanted) => this.fromBundle(name, wanted),
        exports.keep,
      ]);
    });
  }

  /** What a library asks for itself: built-in modules, and the few files left out of bundles. */
  fromBundle(name, wanted) {
    if (name === "moment" && wanted.startsWith("./locale/")) {
      return this.member("moment/locales", `moment${wanted.slice(1)}`);
    }
    if (wanted === "../moment") return this.library("moment");
    if (wanted === "tr46") return builtins.domains(this);
    if (wanted === "crypto" && needRandomOnly[name]) return builtins.randomOnly(this);
    return this.builtin(wanted, true) ?? refuse(`Cannot find module '${wanted}'`);
  }

  /** One module of a bundle that holds several. */
  member(bundle, name) {
    const load = this.bundle(bundle)[name];
    if (load === undefined) refuse(`Cannot find module '${name}'`);
    return load();
  }

  /** A library by the name that scripts use, or undefined. */
  library(name) {
    return libraries.load(this, name);
  }

  /**
   * A built-in module by its name, `node:` before it or not, or undefined; a refused one throws, at the
   * latest when used.
   */
  builtin(name, tolerant = false) {
    return builtins.load(this, name.replace(/^node:|\/$/g, ""), tolerant);
  }

  /** Runs `define(module)` the first time that `key` is asked for in a step, and keeps what it exports. */
  once(key, define) {
    let module = this.evaluated.get(key);
    if (module === undefined) {
      module = { exports: {} };
      this.evaluated.set(key, module);
      try {
        define(module);
      } catch (error) {
        this.evaluated.delete(key);
        throw error;
      }
    }
    return module.exports;
  }
}

function refuse(message) {
  const error = new Error(message);
  error.code = "MODULE_NOT_FOUND";
  throw error;
}

function of(session) {
  let modules = perSession.get(session);
  if (modules === undefined) {
    modules = new Modules(session);
    perSession.set(session, modules);
  }
  return modules;
}

/**
 * While the isolate is made: takes over the common libraries that its first session has loaded. Gives what
 * they export, and all that they are made of.
 */
exports.share = function share() {
  const libraries = { exports: [], made };
  made = null;
  for (const name of common) {
    const module = current.evaluated.get(`bundle:${name}`);
    if (module === undefined) continue;
    shared.set(name, module.exports);
    libraries.exports.push(module.exports);
  }
  return libraries;
};

/** Begins a step: makes `session` the one that the web's globals belong to, with its modules as new. */
exports.begin = function begin(session) {
  current = of(session);
  current.renew();
};

/** Ends the session; between two jobs no session is open. */
exports.end = function end() {
  current = null;
};

/** The modules of the session that runs now. */
exports.current = function currentModules() {
  return current;
};

/** The `require` of a script or a local module in the directory `basedir`. */
exports.createRequire = function createRequire(session, basedir) {
  return of(session).local.createRequire(basedir);
};

/** A library's exports for our own use (chai for `expect`); the same object that scripts get. */
exports.library = function library(session, name) {
  return of(session).library(name);
};

/** A built-in module's exports for our own use (buffer for `res.getDataBuffer`). */
exports.builtin = function builtin(session, name) {
  return of(session).builtin(name);
};
