// Node's os: what the system is, from the host; what names the user needs the right to read the environment.

"use strict";

exports.define = function define(modules, module) {
  let known = null;
  const info = () => (known ??= host.callSync("os.info", []));
  const variable = (name, otherwise) => host.callSync("env.get", [name]) ?? otherwise;
  module.exports = {
    EOL: "\n",
    devNull: "/dev/null",
    constants: { signals: {}, errno: {}, priority: {} },
    platform: () => info().platform,
    type: () => info().type,
    arch: () => info().arch,
    machine: () => info().machine,
    release: () => info().release,
    version: () => info().version,
    endianness: () => "LE",
    cpus: () =>
      Array.from({ length: info().cpus }, () => ({
        model: "",
        speed: 0,
        times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 },
      })),
    availableParallelism: () => info().cpus,
    totalmem: () => info().totalmem,
    freemem: () => info().totalmem,
    loadavg: () => [0, 0, 0],
    uptime: () => Math.floor(performance.now() / 1000),
    tmpdir: () => host.callSync("os.tmpdir", []),
    homedir: () => variable("HOME", "/"),
    hostname: () => variable("HOSTNAME", "localhost"),
    networkInterfaces: () => ({}),
    userInfo: () => ({
      uid: -1,
      gid: -1,
      username: variable("USER", ""),
      homedir: variable("HOME", "/"),
      shell: null,
    }),
  };
};
