// Gets hold of our own objects as a hostile script can: every method of the language is replaced by one that
// takes down what it is handed and what it gives, while the whole API is used. All that is found is then
// looked at, with all that it leads to: `leaked` is put on it (mark), or looked for (look).

const { apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { hasOwn } = Object;
const { has, add } = Set.prototype;
const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

/** Everything that `roots` lead to, but for what is `known`. */
function reach(roots, known = new Set()) {
  const found = new Set();
  const pending = [...roots];
  while (pending.length > 0) {
    const object = pending.pop();
    if (!isObject(object) || known.has(object) || found.has(object)) continue;
    found.add(object);
    pending.push(getPrototypeOf(object));
    for (const key of ownKeys(object)) {
      const descriptor = getOwnPropertyDescriptor(object, key);
      if (descriptor) pending.push(descriptor.value, descriptor.get, descriptor.set);
    }
    if (object instanceof Map) for (const pair of object) pending.push(...pair);
    if (object instanceof Set) pending.push(...object);
  }
  return found;
}

const generator = function* () {};
const asyncGenerator = async function* () {};
const iterators = [
  [].values(),
  new Map().values(),
  new Set().values(),
  ""[Symbol.iterator](),
  "".matchAll(/./g),
];
const language = reach([globalThis, generator, asyncGenerator, async () => {}, ...iterators]);

// Libraries that requests share are compared after each job, too: a mark on them would cost the isolate.
const shared = reach([require("chai"), require("chai-string")], language);

const seen = [];
const noted = new Set();
let noting = false;

// By index: to spread arguments would iterate them by methods that are spied upon.
function note(values) {
  if (noting) return;
  noting = true;
  for (let i = 0; i < values.length; i += 1) {
    if (!isObject(values[i]) || apply(has, noted, [values[i]])) continue;
    apply(add, noted, [values[i]]);
    seen[seen.length] = values[i];
  }
  noting = false;
}

/** The functions that have called `callee`, so far as they are not strict. */
function callersOf(callee) {
  const found = [];
  try {
    for (let caller = callee.caller; caller && found.length < 20; caller = caller.caller)
      found[found.length] = caller;
  } catch {
        // What cannot be looked at shows nothing.
      }
  return found;
}

// With `arguments`: a function with a list of parameters has no `caller`.
const spied = (method) => function spying() {
  const args = [];
  for (let i = 0; i < arguments.length; i += 1) args[i] = arguments[i];
  note(callersOf(spying));
  note([this]);
  note(args);
  const result = new.target ? construct(method, args, new.target) : apply(method, this, args);
  note([result]);
  return result;
};

// Function.prototype is a function, too, but nobody's method.
const isMethod = (value) =>
  typeof value === "function" && value.prototype === undefined && value !== Function.prototype;
const replaced = [];

function spy() {
  for (const holder of language) {
    if (holder === globalThis || isMethod(holder)) continue;
    for (const key of ownKeys(holder)) {
      const was = getOwnPropertyDescriptor(holder, key);
      if (!was.configurable || ["constructor", "caller", "arguments"].includes(key)) continue;
      if (isMethod(was.value) && was.writable)
        defineProperty(holder, key, { ...was, value: spied(was.value) });
      else if (was.get)
        defineProperty(holder, key, { ...was, get: spied(was.get), set: was.set && spied(was.set) });
      else continue;
      replaced.push([holder, key, was]);
    }
  }
}

function unspy() {
  for (let i = replaced.length - 1; i >= 0; i -= 1) defineProperty(...replaced[i]);
}

/** Does it all, whether it works or not. */
async function use(actions) {
  for (let i = 0; i < actions.length; i += 1) {
    try {
      await actions[i]();
    } catch {
        // What cannot be looked at shows nothing.
      }
  }
}

const chai = require("chai");
// They make assertions, or take other functions' flags: what they are given here would be chai's own.
const makers = /^(?:add|overwrite|transfer)|^(?:constructor|proxify)$/;
const names = (object) => Object.getOwnPropertyNames(object).filter((name) => !makers.test(name));
const samples = [
  ["a\u0000'", "b"],
  [
    [1, { a: 1 }],
    [1, { a: 2 }],
  ],
  [
    () => {
      throw new Error("x");
    },
    Error,
    "y",
  ],
  [new Map([[1, 2]]), new Map()],
];

/** Gives `action` one sample after the other, and reads the messages of what it throws. */
function useEach(action) {
  for (let i = 0; i < samples.length; i += 1) {
    try {
      action(samples[i]);
    } catch (error) {
      String(error.message);
    }
  }
}

spy();
await use([
  () => {
    bru.setVar("a", "x{{b}}");
    bru.setVar("b", { c: 1 });
    bru.getVar("a");
    bru.getAllVars();
    bru.deleteAllVars();
  },
  () => {
    bru.setEnvVar("q", 1);
    bru.setGlobalEnvVar("q", 2);
    bru.hasVar("q");
    bru.getProcessEnv("q");
    bru.getSecretVar("q");
  },
  () => bru.setVar("a b", 1),
  () => bru.interpolate("{{$guid}} {{b.c}} {{b['c']}} {{process.env.A}}"),
  () => {
    bru.utils.minifyJson('{"a": 1}');
    bru.utils.minifyXml("<a> </a>");
  },
  () => bru.visualize("table", { provider: "ag-grid", props: { rowData: [], columnDefinitions: [] } }),
  () => {
    bru.cookies.all();
    bru.cookies.upsert({ key: "a" });
  },
  () => bru.cookies.jar().getCookies("http://localhost/"),
  () => {
    bru.resetOauth2Credential("x");
    bru.setNextRequest("x");
    bru.runner.iterationData.set("x", 1);
  },
  () => {
    bru.runtimeVariables;
    bru.envVariables;
    bru.collectionName;
  },
  () => bru.sleep(1),
  () => bru.getTestResults(),
  () => bru.getAssertionResults(),
  () => bru.sendRequest({ url: "http://localhost/", method: "POST", data: { a: 1 } }),
  () => bru.runRequest("é"),
  () => {
    req.setUrl("http://localhost/:x");
    req.getPath();
    req.getHost();
    req.getQueryString();
    req.setMethod("PUT");
  },
  () => {
    req.setHeader("content-type", "application/json");
    req.deleteHeaders(["x"]);
    req.setHeaders({ a: "b" });
  },
  () => {
    req.headerList.add("x", "y");
    req.headerList.toObject();
    req.headerList.remove("x");
    req.headerList.map((x) => x);
  },
  () => {
    req.getBody();
    req.setBody({ a: 1 });
    req.getAuthMode();
    req.getPathParams();
    req.getTags();
  },
  () => {
    req.setTimeout(10);
    req.setMaxRedirects(1);
    req.setTimeout("x");
  },
  () => {
    res.getBody();
    res.getSize();
    res.getHeaders();
    res.headerList.all();
    res.getDataBuffer();
  },
  () => {
    res("a.b[0]");
    res("..b[0]");
    res("a[?].b", { b: 1 });
    res.setBody({ a: [1, { b: 2 }] });
    res("a[1]..b");
  },
  () => test("equals", () => expect(1).to.equal(2)),
  () => test("has", async () => expect({ a: 1 }).to.be.json),
  () =>
    test("body", () => {
      expect({ a: 1 }).to.have.jsonBody("a", 1);
      expect("a").to.match(/a/);
    }),
  () => test("schema", () => expect({ a: 1 }).to.have.jsonSchema({ type: "object" })),
  ...names(Object.getPrototypeOf(expect(1))).map(
    (name) => () => useEach(([value, ...given]) => expect(value).not[name](...given)),
  ),
  ...names(assert).map((name) => () => useEach((given) => assert[name](...given))),
  ...names(chai.util).map((name) => () => useEach((given) => chai.util[name](...given))),
  () =>
    test("throws", () => {
      throw null;
    }),
  () =>
    console.log(
      "a %s %d %j",
      1,
      2,
      { a: 1 },
      [1, 2],
      new Map([[1, 2]]),
      new Error("x"),
      1n,
      new Date(0),
      /x/,
    ),
  () => {
    console.count();
    console.time();
    console.timeEnd();
    console.group("x");
    console.groupEnd();
    console.trace("x");
  },
  ...["axios", "crypto-js/sha256", "lodash", "lodash/get", "nanoid", "qs", "uuid", "./none", "none"].map(
    (name) => () => require(name),
  ),
  ...[
    "assert",
    "buffer",
    "child_process",
    "crypto",
    "events",
    "fs",
    "fs/promises",
    "http",
    "module",
    "os",
    "node:path",
  ].map((name) => () => require(name)),
  ...["stream", "string_decoder", "timers/promises", "url", "util", "zlib"].map(
    (name) => () => require(name),
  ),
  () => new TextDecoder("latin1").decode(new TextEncoder().encode("aé")),
  () => {
    new URL("http://localhost/?x=1").searchParams.get("x");
    new Headers({ a: "b" });
    new AbortController().abort();
  },
  () => {
    structuredClone({ a: 1 });
    atob(btoa("x"));
    crypto.randomUUID();
    Buffer.from("abc").toString("hex");
  },
  () => {
    process.env.X;
    performance.now();
    queueMicrotask(() => {});
    setTimeout(() => {}, 1);
    clearTimeout(setTimeout(() => {}, 1));
  },
]);
unspy();

const all = reach(seen, language.union(shared));
// V8's own console is looked after as the language is.
for (const object of all) {
  if (object[Symbol.toStringTag] !== "console") continue;
  all.delete(object);
  all.delete(getPrototypeOf(object));
}

function shown(object) {
  if (object instanceof RegExp) return object.source;
  if (typeof object === "function") return Function.prototype.toString.call(object).slice(0, 40);
  const kind = Object.prototype.toString.call(object);
  return `${kind} ${ownKeys(object).map(String).join()} ${Array.isArray(object) ? object : ""}`;
}

bru.setVar("count", all.size);
bru.setVar("found", [...all].filter((object) => hasOwn(object, "leaked")).map(shown));
for (const object of all) Reflect.defineProperty(object, "leaked", { value: 1, configurable: true });
bru.setVar("age", process.uptime());
