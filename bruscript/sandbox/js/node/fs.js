// Node's fs and fs/promises: each call is checked and done by the host, within what scripts may read and
// write.

"use strict";

const { invalidType, invalidValue, needFunction } = require("node/errors");

exports.define = function define(modules, module) {
  const { Buffer } = modules.builtin("buffer");
  const { Readable, Writable } = modules.builtin("stream");

  /** One host call; errors get the code and the fields that Node's have. */
  function call(name, ...args) {
    try {
      return host.callSync(`fs.${name}`, args);
    } catch (error) {
      const [, code] = /^(?:Error: )?([A-Z_]+): /.exec(error.message) ?? [];
      const [, syscall, path] = /, (\w+) '([^]*)'$/.exec(error.message) ?? [];
      if (code === "EISDIR" && name === "read") {
        throw Object.assign(new Error("EISDIR: illegal operation on a directory, read"), {
          code,
          errno: numbers[code],
          syscall: "read",
        });
      }
      throw Object.assign(
        new Error(error.message),
        code && { code, errno: numbers[code] },
        syscall && { syscall, path },
      );
    }
  }

  /** Work on two paths: its errors name both. */
  function between(from, to, syscall, work) {
    const [path, dest] = [pathOf(from), pathOf(to)];
    try {
      return work(path, dest);
    } catch (error) {
      if (error.syscall === undefined) throw error;
      const message = error.message.replace(/, \w+ '[^]*'$/, () => `, ${syscall} '${path}' -> '${dest}'`);
      throw Object.assign(new Error(message), { errno: error.errno, code: error.code, syscall, path, dest });
    }
  }

  function pathOf(path) {
    const { URL } = globalThis;
    if (typeof path === "string") return path;
    if (path instanceof URL) return modules.builtin("url").fileURLToPath(path);
    if (ArrayBuffer.isView(path)) return Buffer.from(path).toString("utf8");
    throw invalidType("path", "of type string or an instance of Buffer or URL", path);
  }

  const settings = (options) => {
    const given = typeof options === "string" ? { encoding: options } : options ?? {};
    const { encoding } = given;
    if (encoding && encoding !== "buffer" && !Buffer.isEncoding(encoding))
      throw invalidValue("encoding", encoding, "is invalid encoding");
    return given;
  };
  const base64 = (data, encoding) => {
    if (typeof data === "string") return Buffer.from(data, encoding).toString("base64");
    if (ArrayBuffer.isView(data))
      return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
    throw invalidType("data", "of type string or an instance of Buffer, TypedArray, or DataView", data);
  };

  class Stats {
    #kind;
    constructor({ kind, ...fields }) {
      this.#kind = kind;
      Object.assign(this, fields, {
        birthtimeMs: fields.ctimeMs,
        blksize: 4096,
        blocks: Math.ceil(fields.size / 512),
        rdev: 0,
      });
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
    appendFile(path, data, options) {
      sync.writeFile(path, data, { flag: "a", ...settings(options) });
    },
    stat(path, options) {
      return statOf(path, true, options);
    },
    lstat(path, options) {
      return statOf(path, false, options);
    },
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
      const { recursive = false, mode = 0o777 } =
        typeof options === "number" ? { mode: options } : settings(options);
      return call("mkdir", pathOf(path), Boolean(recursive), Number(mode)) ?? undefined;
    },
    rm(path, { recursive = false, force = false } = {}) {
      forgiving(force, () => {
        const isDirectory = sync.lstat(path).isDirectory();
        if (isDirectory && !recursive)
          throw Object.assign(new Error(`Path is a directory: rm returned EISDIR (is a directory) ${path}`), {
            code: "ERR_FS_EISDIR",
          });
        call("remove", pathOf(path), isDirectory ? "tree" : "file");
      });
    },
    rmdir(path, { recursive = false } = {}) {
      call("remove", pathOf(path), recursive ? "tree" : "directory");
    },
    unlink(path) {
      call("remove", pathOf(path), "file");
    },
    rename(from, to) {
      between(from, to, "rename", (path, dest) => call("rename", path, dest));
    },
    copyFile(from, to, mode = 0) {
      between(from, to, "copyfile", (path, dest) =>
        call("write", dest, call("read", path), mode & 1 ? "wx" : "w", 0o666),
      );
    },
    cp(from, to, { recursive = false, filter } = /** @type {any} */ ({})) {
      if (filter !== undefined && !filter(from, to)) return undefined;
      if (!sync.stat(from).isDirectory()) return sync.copyFile(from, to);
      if (!recursive)
        throw Object.assign(new Error("Recursive option not enabled, cannot copy a directory"), {
          code: "ERR_FS_EISDIR",
        });
      sync.mkdir(to, { recursive: true });
      for (const name of sync.readdir(from))
        sync.cp(`${pathOf(from)}/${name}`, `${pathOf(to)}/${name}`, { recursive, filter });
      return undefined;
    },
    access(path, mode = 0) {
      call("access", pathOf(path), mode);
    },
    realpath(path) {
      return call("realpath", pathOf(path));
    },
    truncate(path, size = 0) {
      call("truncate", pathOf(path), size);
    },
    utimes(path, accessed, modified) {
      call("touch", pathOf(path), seconds(accessed), seconds(modified));
    },
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

  const fs = {
    constants: { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, COPYFILE_EXCL: 1 },
    F_OK: 0,
    R_OK: 4,
    W_OK: 2,
    X_OK: 1,
    Stats,
    Dirent,
  };
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
  // Its callback is given no error: `util.promisify` has to know.
  fs.exists = (path, callback) => setTimeout(() => callback(fs.existsSync(path)), 0);
  fs.exists[Symbol.for("nodejs.util.promisify.custom")] = async (path) => fs.existsSync(path);

  /** Gives a file's content as it is when the stream is made. */
  class ReadStream extends Readable {
    constructor(path, options) {
      const {
        encoding,
        start = 0,
        end = Infinity,
        highWaterMark = 64 * 1024,
        emitClose,
        autoClose,
      } = settings(options);
      super({ encoding, highWaterMark, emitClose, autoDestroy: autoClose });
      Object.assign(this, { path, flags: "r", start, end, bytesRead: 0, pending: true });
    }
    _construct(done) {
      opened(this, done, () => {
        this.content = sync.readFile(this.path).subarray(this.start, this.end + 1);
      });
    }
    _read(size) {
      const chunk = this.content.subarray(this.bytesRead, this.bytesRead + size);
      this.bytesRead += chunk.length;
      this.push(chunk.length > 0 ? chunk : null);
    }
    close(callback) {
      if (callback !== undefined) this.once("close", callback);
      this.destroy();
    }
  }

  /** The file is there, empty or to be appended to, as soon as the stream is open. */
  class WriteStream extends Writable {
    constructor(path, options) {
      const { encoding, flags = "w", mode = 0o666, emitClose, autoClose } = settings(options);
      super({ defaultEncoding: encoding, decodeStrings: true, emitClose, autoDestroy: autoClose });
      Object.assign(this, { path, flags, mode, bytesWritten: 0, pending: true });
    }
    _construct(done) {
      opened(this, done, () => sync.writeFile(this.path, "", { flag: this.flags, mode: this.mode }));
    }
    _write(chunk, encoding, done) {
      attempt(done, () => {
        sync.writeFile(this.path, chunk, { flag: "a" });
        this.bytesWritten += chunk.length;
      });
    }
    close(callback) {
      if (callback !== undefined) this.once("close", callback);
      this.end();
    }
  }

  function opened(stream, done, open) {
    attempt((error) => queueMicrotask(() => {
      done(error);
      if (error) return;
      stream.pending = false;
      stream.emit("open", 3);
      stream.emit("ready");
    }), open);
  }

  Object.assign(fs, {
    ReadStream, WriteStream, FileReadStream: ReadStream, FileWriteStream: WriteStream,
    createReadStream: (path, options) => new ReadStream(path, options),
    createWriteStream: (path, options) => new WriteStream(path, options),
  });
  for (const [name, reason] of Object.entries(refused)) {
    const refuse = () => {
      throw Object.assign(new Error(`fs.${name} is not available to scripts: ${reason}`), {
        code: "ERR_ACCESS_DENIED",
      });
    };
    fs[name] = fs[`${name}Sync`] = refuse;
    promises[name] = async () => refuse();
  }
  module.exports = fs;
};

const links = "links could lead out of the collection";
const descriptors = "use readFile, writeFile or the streams";
const refused = {
  symlink: links,
  link: links,
  readlink: links,
  chmod: "the rights of files stay as they are",
  chown: "the rights of files stay as they are",
  open: descriptors,
  read: descriptors,
  write: descriptors,
  close: descriptors,
  fstat: descriptors,
  opendir: "use readdir",
  watch: "a run does not wait for files",
  watchFile: "a run does not wait for files",
};

const numbers = {
  EPERM: -1,
  ENOENT: -2,
  EACCES: -13,
  EEXIST: -17,
  ENOTDIR: -20,
  EISDIR: -21,
  EINVAL: -22,
  ENOTEMPTY: -39,
  ELOOP: -40,
};

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
  needFunction("cb", callback);
  let outcome;
  try {
    outcome = [null, work()];
  } catch (error) {
    outcome = [error];
  }
  setTimeout(() => callback(...outcome), 0);
}

const seconds = (time) => (time instanceof Date ? time.getTime() / 1000 : Number(time));
