// The isolate's own kernel: modules, host calls, timers, jobs, and the look back after each job.
//
// THE SEAM. Every other file below js/ is the body of `function (exports, require, host)`; its name is its
// path below js/ without `.js`. It is compiled at the first `require` of its name under
// `sourceURL=bruscript:<name>`.
//
//   require(name)             internal modules only
// host.callSync(name, args) JSON in, JSON out; blocks the script; throws an Error (with `code` where there is
// one)
//   host.call(name, args)     the same as a promise
// host.begin(name, args)    {answer, cancel}: that promise, and a function that gives the call up: it never
// settles then
//   host.now()                milliseconds of the performance clock
// host.idle()               a promise: settled when no microtask and no awaited timer of the scripts is left
// host.guard(promise)       settles as `promise` does, or rejects with the limit that the step met (`kind` on
// it)
//
// "web/install" exports install(globalThis), called once an isolate. "api/step" exports createSession(state,
// body), async runStep(step, session) -> {results, error, console}, and collectChanges(session), JSON, called
// after every step.
//
// A script gets hold of our own objects by replacing the language's methods for a while: a pattern, a list or
// a class that we hand to them. So either a module lasts, and everything that it declares is frozen before
// the first script comes (`lasts`), or each job has it as new. A lasting module is made of functions, classes
// and constants; what it has to remember is in tables (js/kernel/table.js), or is set anew by each job.
//
// Nothing here is put on the global object: a script has no way to `notify` and to the shared memory. What is
// used while or after a script has run is taken from the language's own objects before any script runs.
//
// The last expression of this file is a function that is given `notify` (calls Python; returns when Python is
// done) and the sources (JSON: name -> text); it returns [memory, enter, pulse, deliver, interrupt, finish].

(function () {
  "use strict";

  const { parse, stringify } = JSON;
  const { apply } = Reflect;
  const { assign } = Object;
  const NativePromise = Promise;
  const NativeError = Error;
  const evaluate = globalThis.eval;
  const uncurry = (method) => Function.prototype.call.bind(method);
  const mapGet = uncurry(Map.prototype.get);
  const mapSet = uncurry(Map.prototype.set);
  const mapDelete = uncurry(Map.prototype.delete);
  const mapEach = uncurry(Map.prototype.forEach);
  const then = uncurry(Promise.prototype.then);
  const clock = globalThis.performance?.now
    ? globalThis.performance.now.bind(globalThis.performance)
    : Date.now.bind(Date);

  // Modules that are made once, in this order: what every job needs, and what belongs to the global object or
  // guards it.
  const lasts = [
    "kernel/memory",
    "kernel/table",
    "kernel/timers",
    "kernel/definitions",
    "kernel/isolation",
    "web/install",
    "web/shown",
    "web/encoding",
    "kernel/modules",
    "node/libraries",
    "node/builtins",
    "node/local",
    "api/step",
    "api/assertions",
    "api/body",
    "api/bru",
    "api/chai",
    "api/console",
    "api/changes",
    "api/charset",
    "api/expressions",
    "api/generated",
    "api/interpolate",
    "api/lazily",
    "api/numbers",
    "api/query",
    "api/req",
    "api/res",
    "api/send",
    "api/stack",
    "api/test",
    "api/values",
    "api/variable_methods",
    "api/variables",
    "api/visualize",
  ];

  return function boot(notify, sources) {
    const { texts, declared, acorn } = parse(sources);

    /**
     * A host call as JSON, each argument separately: their list calls no `toJSON`.
     */
    function callOf(name, args = []) {
      let text = "";
      for (let i = 0; i < args.length; i += 1) text += `${i === 0 ? "" : ","}${stringify(args[i]) ?? "null"}`;
      return `[${stringify(name)},[${text}]]`;
    }

    function failure({ message, name, code, facts }) {
      const error = new NativeError(message);
      if (name !== undefined && name !== "Error") error.name = name;
      if (code !== undefined) error.code = code;
      return facts === undefined ? error : assign(error, facts);
    }

    let jobs = 0;
    let calls = 0;
    let waiting = new Map();

    const host = {
      callSync(name, args) {
        send(CALL_SYNC, 0, callOf(name, args));
        const answer = parse(receive());
        if (answer.error !== undefined) throw failure(answer.error);
        return answer.value;
      },
      call: (name, args) => host.begin(name, args).answer,
      begin(name, args) {
        const ident = (calls = (calls + 1) & 0x3fffffff);
        const answer = new NativePromise((resolve, reject) => {
          const json = callOf(name, args);
          mapSet(waiting, ident, { resolve, reject });
          send(CALL, ident, json);
        });
        const cancel = () => { if (mapDelete(waiting, ident)) signal(CANCEL, ident, 0); };
        return { answer, cancel };
      },
      now: () => clock(),
      idle: () => new NativePromise((resolve) => { idlers[idlers.length] = resolve; }),
      guard(promise) {
        return new NativePromise((resolve, reject) => {
          const ident = (guarded += 1);
          mapSet(guards, ident, reject);
          const settle = (how) => (value) => {
            mapDelete(guards, ident);
            how(value);
          };
          then(NativePromise.resolve(promise), settle(resolve), settle(reject));
        });
      },
    };
    let idlers = [];
    let guarded = 0;
    let guards = new Map();
    // What ends a step that is not guarded from within; its console and results are lost with it.
    let abandon = null;
    let interruption = null;

    const definitions = new Map();
    const lasting = new Map();
    let passing = new Map();
    // What lasting modules declare and export, to be frozen.
    /** @type {any[]} */
    const ours = [host];

    function require(name) {
      let exports = mapGet(lasting, name) ?? mapGet(passing, name);
      if (exports === undefined) {
        exports = {};
        mapSet(passing, name, exports);
        apply(definition(name), undefined, [exports, require, host]);
      }
      return exports;
    }

    function definition(name) {
      let define = mapGet(definitions, name);
      if (define === undefined) {
        define = compile(name, texts[name]);
        mapSet(definitions, name, define);
      }
      return define;
    }

    function compile(name, source) {
      if (source === undefined) throw new NativeError(`bruscript has no internal module ${name}`);
      // Strict, because a sloppy function can be asked for its caller, and a call site for its function.
      return evaluate(
        `(function (exports, require, host) {"use strict"; ${source}\n})\n//# sourceURL=bruscript:${name}`,
      );
    }

    /** What a module declares whose text has changed since the bundles were made. */
    function declarationsOf(source) {
      const parser = {}, tools = {};
      evaluate(`(function (exports) {${acorn}\n})`)(parser);
      compile("kernel/declarations", texts["kernel/declarations"])(tools);
      return tools.declarations(parser.parse, source);
    }

    /** Makes a module that lasts; those that it needs while it is made have to last, too. */
    function make(name) {
      const known = mapGet(lasting, name);
      if (known !== undefined) return known;
      if (!lasts.includes(name))
        throw new NativeError(`${name} does not last: a module that does may need it only later`);
      const exports = {};
      mapSet(lasting, name, exports);
      const names = declared[name] ?? declarationsOf(texts[name]);
      let making = true;
      const needs = (wanted) => (making ? make(wanted) : require(wanted));
      const declarations = apply(compile(name, `${texts[name]}\nreturn [${names}];`), undefined, [
        exports,
        needs,
        host,
      ]);
      making = false;
      ours.push(exports, ...declarations);
      return exports;
    }

    const { createMemory, operations } = make("kernel/memory");
    const { memory, signal, send, receive, body } = createMemory(notify);
    const { CALL_SYNC, CALL, STEP, DONE, CANCEL } = operations;
    const timers = make("kernel/timers").createTimers(clock, (error) => {
      try {
        globalThis.console?.error?.(`Uncaught (in a timer) ${error?.stack ?? describe(error).message}`);
      } catch {
        // It is the script's own console that throws, or a stack that does.
      }
    });
    timers.install(globalThis);
    make("web/install").install(globalThis);
    lasts.forEach(make);
    const step = require("api/step");
    const numbers = require("api/numbers");
    step.reserve();
    const modules = require("kernel/modules");
    let isolation = null;

    // Runs the steps of a job. Never rejects.
    async function run(job, body) {
      let session = null;
      let known = "";
      for (let index = 0; index < job.steps.length; index += 1) {
        let result;
        interruption = null;
        guards = new Map();
        try {
          session ??= step.createSession(job.state, body);
          const running = step.runStep(job.steps[index], session);
          result = await new NativePromise((resolve, reject) => {
            abandon = reject;
            then(running, resolve, reject);
          });
          // A `then` on Object.prototype has a say in what a promise resolves to.
          if (typeof result !== "object" || result === null)
            throw new NativeError("The script replaced its own result");
        } catch (error) {
          result = { results: [], error: describe(error), console: [] };
        }
        const message = texted(result, session);
        if (message.changes === known) message.changes = undefined;
        else known = message.changes;
        const op = index === job.steps.length - 1 ? DONE : STEP;
        send(
          op,
          index,
          `{"result":${message.result}${message.changes ? `,"changes":${message.changes}` : ""}}`,
        );
      }
    }

    function texted(result, session) {
      try {
        if (interruption !== null && result.error) result.error.kind = interruption.kind;
        return { result: stringify(result), changes: session === null ? "" : step.collectChanges(session) };
      } catch (error) {
        return { result: stringify({ results: [], error: describe(error), console: [] }), changes: "" };
      }
    }

    function describe(error) {
      let name = "Error", message = "", kind = "error";
      try {
        name = `${error?.name ?? "Error"}`;
        message = `${error?.message ?? error}`;
        if (error === interruption) kind = error.kind;
      } catch {
        message = "The script threw a value that cannot be shown";
      }
      return { name, message, stack: "", path: null, line: null, column: null, kind };
    }

    /** Begins a job; `this` is its JSON: {steps, state}. */
    function enter() {
      let job = parse(this);
      // A variable has more digits than a number of JavaScript's can hold.
      if (job.state?.variables?.exact) job = numbers.parseExactly(this);
      timers.begin(job.state?.context?.mode !== "developer");
      jobs += 1;
      const number = jobs;
      run(job, body(() => number === jobs));
    }

    /**
     * Called when no microtask is left: lets due timers run, or else whoever waits for idleness. Gives the
     * milliseconds until there is something to do: 0 for at once, -1 for never but by an answer of the host.
     */
    function pulse() {
      if (timers.fire()) return 0;
      const next = timers.next();
      if (idlers.length > 0 && !timers.awaited() && waiting.size === 0) {
        const resolvers = idlers;
        idlers = [];
        for (let i = 0; i < resolvers.length; i += 1) resolvers[i]();
        return 0;
      }
      return next;
    }

    /** An answer to `host.call`; `this` is JSON: [ident, {value} or {error}]. */
    function deliver() {
      const [ident, answer] = parse(this);
      const call = mapGet(waiting, ident);
      if (call === undefined) return;
      mapDelete(waiting, ident);
      if (answer.error !== undefined) call.reject(failure(answer.error));
      else call.resolve(answer.value);
    }

    /** Ends the step that waits; `this` is JSON: {message, kind}. Gives whether there was one. */
    function interrupt() {
      const { message, kind } = parse(this);
      if (abandon === null) return false;
      interruption = new NativeError(message);
      interruption.kind = kind;
      timers.clear();
      waiting = new Map();
      if (guards.size === 0) abandon(interruption);
      mapEach(guards, (reject) => reject(interruption));
      guards = new Map();
      const resolvers = idlers;
      idlers = [];
      for (let i = 0; i < resolvers.length; i += 1) resolvers[i]();
      return true;
    }

    /** Called between jobs: clears the state of the last one. Returns whether the isolate is unchanged. */
    function finish() {
      if (isolation === null) {
        isolation = require("kernel/isolation").remember(globalThis, modules.share(), ours);
        step.reserve();
      } else if (!isolation.restore()) return false;
      // Only now: `Map` and its like may have been a script's own.
      timers.clear();
      waiting = new Map();
      idlers = [];
      guards = new Map();
      abandon = interruption = null;
      passing = new Map();
      step.forget();
      return true;
    }

    return [memory, enter, pulse, deliver, interrupt, finish];
  };
})()
