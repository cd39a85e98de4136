// Node's fs and fs/promises: each call is checked and done by the host, within what scripts may read and write.

"use strict";

exports.define = function define(modules, module) {
  const { Buffer } = modules.builtin("buffer");
  const { Readable, Writable } = modules.builtin("stream");

  /** One host call; errors get the code and the fields that Node's have. */
  function call(name, ...args) {
    try {
      return host.callSync(`fs.${name}`, args);
    } catch (error) {
      const [, code] = /^(?:Error: )?([A-Z_]+): /.exec(error.message) ?? [];
      const [, syscall, path] = /, (\w+) '([^']*)'$/.exec(error.message) ?? [];
      throw Object.assign(new Error(error.message), code && { code, errno: numbers[code] }, syscall && { syscall, path });
    }
  }

  function pathOf(path) {
    const { URL } = globalThis;
    if (typeof path === "string") return path;
    if (path instanceof URL) return modules.builtin("url").fileURLToPath(path);
    if (ArrayBuffer.isView(path)) return Buffer.from(path).toString("utf8");
    throw Object.assign(new TypeError(`The "path" argument must be of type string or an instance of Buffer or URL. Received ${path === null ? "null" : `type ${typeof path}`}`), { code: "ERR_INVALID_ARG_TYPE" });
  }

  const settings = (options) => (typeof options === "string" ? { encoding: options } : options ?? {});
  const base64 = (data, encoding) => {
    if (typeof data === "string") return Buffer.from(data, encoding).toString("base64");
    if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
    throw Object.assign(new TypeError(`The "data" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received ${data === null ? "null" : `type ${typeof data}`}`), { code: "ERR_INVALID_ARG_TYPE" });
  };

  class Stats {
    #kind;
    constructor({ kind, ...fields }) {
      this.#kind = kind;
      Object.assign(this, fields, { birthtimeMs: fields.ctimeMs, blksize: 4096, blocks: Math.ceil(fields.size / 512), rdev: 0 });
      for (const name of ["atime", "mtime", "ctime", "birthtime"]) this[name] = new Date(this[`${name}Ms`]);
    }
    isFile() { return this.#kind === "file"; }
    isDirectory() { return this.#kind === "directory"; }
    isSymbolicLink() { return this.#kind === "link"; }
    isFIFO() { return false; }
    isSocket() { return false; }
    isBlockDevice() { return false; }
    isCharacterDevice() { return false; }
  }

  class Dirent {
    #kind;
    constructor(name, parentPath, kind) {
      Object.assign(this, { name, parentPath, path: parentPath });
      this.#kind = kind;
    }
    isFile() { return this.#kind === "file"; }
    isDirectory() { return this.#kind === "directory"; }
    isSymbolicLink() { return this.#kind === "link"; }
    isFIFO() { return false; }
    isSocket() { return false; }
  }

  const sync = {
    readFile(path, options) {
      const { encoding } = settings(options);
      const data = Buffer.from(call("read", pathOf(path)), "base64");
      return encoding && encoding !== "buffer" ? data.toString(encoding) : data;
    },
    writeFile(path, data, options) {
      const { encoding, flag = "w", mode = 0o666 } = settings(options);
      call("write", pathOf(path), base64(data, encoding), flag, Number(mode));
    },
    appendFile(path, data, options) { sync.writeFile(path, data, { flag: "a", ...settings(options) }); },
    stat(path, options) { return statOf(path, true, options); },
    lstat(path, options) { return statOf(path, false, options); },
    readdir(path, options) {
      const { withFileTypes = false, recursive = false } = settings(options);
      const directory = pathOf(path);
      return call("list", directory, Boolean(recursive)).map(([name, kind]) => {
        if (!withFileTypes) return name;
        const at = name.lastIndexOf("/");
        return new Dirent(name.slice(at + 1), at < 0 ? directory : `${directory}/${name.slice(0, at)}`, kind);
      });
    },
    mkdir(path, options) {
      const { recursive = false, mode = 0o777 } = typeof options === "number" ? { mode: options } : settings(options);
      return call("mkdir", pathOf(path), Boolean(recursive), Number(mode)) ?? undefined;
    },
    rm(path, { recursive = false, force = false } = {}) {
      forgiving(force, () => {
        const isDirectory = sync.lstat(path).isDirectory();
        if (isDirectory && !recursive) throw Object.assign(new Error(`Path is a directory: rm returned EISDIR (is a directory) ${path}`), { code: "ERR_FS_EISDIR" });
        call("remove", pathOf(path), isDirectory ? "tree" : "file");
      });
    },
    rmdir(path, { recursive = false } = {}) { call("remove", pathOf(path), recursive ? "tree" : "directory"); },
    unlink(path) { call("remove", pathOf(path), "file"); },
    rename(from, to) { call("rename", pathOf(from), pathOf(to)); },
    copyFile(from, to, mode = 0) { call("write", pathOf(to), call("read", pathOf(from)), mode & 1 ? "wx" : "w", 0o666); },
    cp(from, to, { recursive = false } = {}) {
      if (!sync.stat(from).isDirectory()) return sync.copyFile(from, to);
      if (!recursive) throw Object.assign(new Error("Recursive option not enabled, cannot copy a directory"), { code: "ERR_FS_EISDIR" });
      sync.mkdir(to, { recursive: true });
      for (const name of sync.readdir(from)) sync.cp(`${pathOf(from)}/${name}`, `${pathOf(to)}/${name}`, { recursive });
      return undefined;
    },
    access(path, mode = 0) { call("access", pathOf(path), mode); },
    realpath(path) { return call("realpath", pathOf(path)); },
    truncate(path, size = 0) { call("truncate", pathOf(path), size); },
    utimes(path, accessed, modified) { call("touch", pathOf(path), seconds(accessed), seconds(modified)); },
    mkdtemp(prefix) {
      const path = `${pathOf(prefix)}${globalThis.crypto.randomUUID().slice(0, 6)}`;
      sync.mkdir(path, { mode: 0o700 });
      return path;
    },
  };

  function statOf(path, follow, options) {
    const make = () => new Stats(call("stat", pathOf(path), follow));
    return options?.throwIfNoEntry === false ? forgiving(true, make) : make();
  }

  const fs = { constants: { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, COPYFILE_EXCL: 1 }, F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, Stats, Dirent };
  const promises = { constants: fs.constants };
  for (const [name, work] of Object.entries(sync)) {
    fs[`${name}Sync`] = work;
    promises[name] = async (...args) => work(...args);
    fs[name] = (...args) => later(args, () => work(...args));
  }
  fs.promises = promises;
  fs.realpathSync.native = fs.realpathSync;
  fs.existsSync = (path) => {
    try {
      sync.access(path);
      return true;
    } catch {
      return false;
    }
  };
  fs.exists = (path, callback) => setTimeout(() => callback(fs.existsSync(path)), 0);
  fs.createReadStream = (path, options) => {
    const { encoding, start = 0, end = Infinity } = settings(options);
    const stream = new Readable({
      encoding,
      read() {
        try {
          this.push(sync.readFile(path).subarray(start, end + 1));
          this.push(null);
        } catch (error) {
          this.destroy(error);
        }
      },
    });
    return Object.assign(stream, { path });
  };
  fs.createWriteStream = (path, options) => {
    const { flags = "w", mode = 0o666 } = settings(options);
    let flag = flags;
    const stream = new Writable({
      write(chunk, encoding, done) {
        attempt(done, () => sync.writeFile(path, chunk, { flag, mode, encoding }));
        flag = "a";
      },
      final(done) { attempt(done, () => { if (flag !== "a") sync.writeFile(path, "", { flag, mode }); }); },
    });
    return Object.assign(stream, { path });
  };
  for (const [name, reason] of Object.entries(refused)) {
    const refuse = () => { throw Object.assign(new Error(`fs.${name} is not available to scripts: ${reason}`), { code: "ERR_ACCESS_DENIED" }); };
    fs[name] = fs[`${name}Sync`] = refuse;
    promises[name] = async () => refuse();
  }
  module.exports = fs;
};

const links = "links could lead out of the collection";
const descriptors = "use readFile, writeFile or the streams";
const refused = {
  symlink: links, link: links, readlink: links, chmod: "the rights of files stay as they are", chown: "the rights of files stay as they are",
  open: descriptors, read: descriptors, write: descriptors, close: descriptors, fstat: descriptors, opendir: "use readdir",
  watch: "a run does not wait for files", watchFile: "a run does not wait for files",
};

const numbers = { EPERM: -1, ENOENT: -2, EACCES: -13, EEXIST: -17, ENOTDIR: -20, EISDIR: -21, EINVAL: -22, ENOTEMPTY: -39, ELOOP: -40 };

function forgiving(force, work) {
  try {
    return work();
  } catch (error) {
    if (force && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function attempt(done, work) {
  try {
    work();
    done();
  } catch (error) {
    done(error);
  }
}

/** The callback form: the last argument is called, later, with what the work gave. */
function later(args, work) {
  const callback = args.pop();
  if (typeof callback !== "function") {
    throw Object.assign(new TypeError(`The "cb" argument must be of type function. Received ${typeof callback}`), { code: "ERR_INVALID_ARG_TYPE" });
  }
  let outcome;
  try {
    outcome = [null, work()];
  } catch (error) {
    outcome = [error];
  }
  setTimeout(() => callback(...outcome), 0);
}

const seconds = (time) => (time instanceof Date ? time.getTime() / 1000 : Number(time));
