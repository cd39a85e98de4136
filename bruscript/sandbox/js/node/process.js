// The harmless part of Node's process.

"use strict";

// When the isolate was made: this module is made anew for every job.
const { started } = require("web/install");

exports.define = function define(modules, module) {
  const { EventEmitter } = modules.builtin("events");
  const process = new EventEmitter();
  const elapsed = () => host.now() - started;
  const hrtime = (since) => {
    const now = elapsed();
    const parts = [Math.floor(now / 1000), Math.floor((now % 1000) * 1e6)];
    if (since === undefined) return parts;
    const nanoseconds = (parts[0] - since[0]) * 1e9 + (parts[1] - since[1]);
    return [Math.floor(nanoseconds / 1e9), nanoseconds % 1e9];
  };
  hrtime.bigint = () => BigInt(Math.round(elapsed() * 1e6));
  const writer = (level) => ({
    isTTY: false,
    columns: 80,
    write(text) {
      globalThis.console?.[level](String(text).replace(/\n$/, ""));
      return true;
    },
    on() { return this; },
    once() { return this; },
    end() {},
  });
  Object.assign(process, {
    title: "bruscript",
    argv: ["bruscript"],
    argv0: "bruscript",
    execArgv: [],
    execPath: "",
    pid: 1,
    ppid: 0,
    exitCode: undefined,
    // What libraries compare to learn what the language offers.
    version: "v22.0.0",
    versions: { node: "22.0.0", v8: "14.0", modules: "127" },
    release: { name: "node", lts: "Jod" },
    features: {},
    config: { variables: {} },
    stdout: writer("log"),
    stderr: writer("error"),
    cwd: () => modules.root,
    chdir() {
      throw new Error("process.chdir() is not available to scripts: paths are relative to the collection");
    },
    exit() {
      throw new Error("process.exit() is not available to scripts: use bru.runner.stopExecution()");
    },
    abort() {
      throw new Error("process.abort() is not available to scripts: use bru.runner.stopExecution()");
    },
    kill() {
      throw new Error("process.kill() is not available to scripts");
    },
    binding() {
      throw new Error("process.binding() is not available to scripts");
    },
    nextTick: (callback, ...args) => queueMicrotask(() => callback(...args)),
    emitWarning(warning) {
      globalThis.console?.warn(String(warning?.message ?? warning));
    },
    hrtime,
    uptime: () => elapsed() / 1000,
    umask: () => 0o022,
    getuid: () => -1,
    memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
    cpuUsage: () => ({ user: 0, system: 0 }),
  });
  // The real ones are for developer mode, as Node's os is.
  const system = (name, otherwise) => Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    get: () => (modules.safe ? otherwise : modules.builtin("os")[name]()),
  });
  system("platform", "linux");
  system("arch", "x64");
  Object.defineProperty(process, "env", {
    configurable: true,
    enumerable: true,
    get: () => environment(modules),
    set() {},
  });
  process[Symbol.toStringTag] = "process";
  module.exports = require("api/values").giveName(process, "process");
};

/**
 * The variables that may be read; any other is as if it were not set, since no library expects an error here.
 * Changes stay in the script, as a copy's do.
 */
function environment(modules) {
  return modules.once("environment", (module) => {
    const values = modules.hasEnvironment ? host.callSync("env.all", []) : {};
    module.exports = new Proxy(values, {
      set(target, name, value) {
        target[name] = String(value);
        return true;
      },
    });
  });
}
