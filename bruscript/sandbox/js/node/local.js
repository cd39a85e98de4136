// Files as modules: the collection's own, and in developer mode packages of its node_modules.
//
// Which file a name means, and whether it may be read, is decided outside the isolate ("module.load");
// here its text is compiled and run once a step.

"use strict";

const libraries = require("node/libraries");
const builtins = require("node/builtins");

const evaluate = globalThis.eval;
const parameters = "exports, require, module, __filename, __dirname";
// ES modules know no __filename; many declare their own.
const moduleParameters = "exports, require, module";
const needsTransform = Object.freeze(
  /Cannot use import statement|Unexpected token 'export'|Cannot use 'import.meta'|await is only valid/,
);
const packagesMissing = require("kernel/table").table();

/** Loads the files of one session; each step of it has them as new. */
class Local {
  constructor(modules) {
    this.modules = modules;
    this.forget();
  }

  forget() {
    this.files = new Map();
    this.resolved = new Map();
  }

  createRequire(directory) {
    const require = (name) => this.require(name, directory);
    require.resolve = (name) => this.resolve(String(name), directory);
    require.cache = Object.create(null);
    return require;
  }

  require(name, directory) {
    if (typeof name !== "string" || name === "") {
      throw new TypeError(`require() takes a module's name, a string that is not empty; got ${typeof name}`);
    }
    const wanted = name.replaceAll("\\", "/");
    if (isPath(wanted)) return this.file(wanted, directory, name);
    const builtin = this.builtin(wanted, directory);
    if (builtin !== undefined) return builtin;
    if (this.modules.safe) return this.inSafeMode(name, directory);
    return this.inDeveloperMode(name, directory);
  }

  builtin(name, directory) {
    // A package probes for sockets that it never opens; it gets an object that refuses when used.
    const tolerant = directory.includes("/node_modules/");
    return builtins.load(this.modules, name.replace(/^node:|\/$/g, ""), tolerant);
  }

  inSafeMode(name, directory) {
    const library = this.modules.library(name);
    if (library !== undefined) return library;
    const hint = "npm packages of the collection are loaded in developer mode only (sandbox: developer)";
    throw notFound(`Cannot find module ${name}`, didYouMean(name, directory, hint));
  }

  inDeveloperMode(name, directory) {
    const known = libraries.has(name);
    // The collection's own copy comes first, as in the reference; a missing one is remembered.
    const key = `${directory}\0${name}`;
    if (!known || !packagesMissing.has(key)) {
      const found = this.load(name, directory);
      if (found !== null) return this.run(found, name, false);
      // Asked once more: what a script's own Map says is not for the next one.
      if (known && ask(name, directory) === null) packagesMissing.set(key, true);
    }
    const library = this.modules.library(name);
    if (library !== undefined) return library;
    const hint = `Install it with: npm install ${name}`;
    throw notFound(
      `Could not resolve module "${name}": Cannot find module '${name}'`,
      didYouMean(name, directory, hint),
    );
  }

  file(wanted, directory, name) {
    const found = this.load(wanted, directory);
    if (found === null) throw notFound(`Cannot find module ${name}`, didYouMean(wanted, directory));
    return this.run(found, name, !directory.includes("/node_modules/"));
  }

  resolve(name, directory) {
    const wanted = name.replaceAll("\\", "/");
    if (!isPath(wanted) && (builtins.has(wanted.replace(/^node:/, "")) || this.modules.safe)) return name;
    const found = this.load(wanted, directory);
    if (found !== null) return found.path;
    if (libraries.has(name)) return name;
    throw notFound(`Cannot find module '${name}'`, didYouMean(wanted, directory));
  }

  /** {path, directory, format, source} of the file that `name` means, or null. */
  load(name, directory) {
    const key = `${directory}\0${name}`;
    let found = this.resolved.get(key);
    if (found === undefined) {
      found = ask(name, directory);
      this.resolved.set(key, found);
    }
    return found;
  }

  run(file, name, own) {
    const known = this.files.get(file.path);
    if (known !== undefined) return known.exports;
    const module = {
      exports: {},
      id: file.path,
      filename: file.path,
      path: file.directory,
      loaded: false,
      children: [],
      paths: [],
    };
    this.files.set(file.path, module);
    try {
      this.execute(file, module);
    } catch (error) {
      // A module that failed is tried again by the next require, as in the reference.
      this.files.delete(file.path);
      throw own ? this.explain(error, name) : error;
    }
    module.loaded = true;
    return module.exports;
  }

  execute(file, module) {
    if (file.format === "json") {
      module.exports = parseJson(file);
      return;
    }
    const require = this.createRequire(file.directory);
    module.require = require;
    const compiled = compile(file, this.modules);
    compiled.call(module.exports, module.exports, require, module, file.path, file.directory);
  }

  /** The reference's message in developer mode; the stack stays that of where it happened. */
  explain(error, name) {
    if (this.modules.safe || !(error instanceof Error)) return error;
    const explained = new Error(`Error loading local module ${name}: ${error.message}`, { cause: error });
    const frames = /\n\s+at [\s\S]*$/.exec(String(error.stack));
    if (frames !== null) explained.stack = `Error: ${explained.message}${frames[0]}`;
    return explained;
  }
}

const ask = (name, directory) => host.callSync("module.load", [name, directory]);

/** What to do about a module that was not found: which one may be meant, and `hint`. */
function didYouMean(name, directory, hint) {
  let near = null;
  try {
    near = host.callSync("module.nearest", [name, directory, [...libraries.names(), ...builtins.names()]]);
  } catch {
    // A host of the embedder's own need not know.
  }
  const question = near === null ? [] : [`Did you mean "${near}"?`];
  return [...question, ...(hint === undefined ? [] : [hint])].join("\n") || undefined;
}

function isPath(name) {
  return (
    name.startsWith("./") ||
    name.startsWith("../") ||
    name === "." ||
    name === ".." ||
    name.startsWith("/") ||
    /^[A-Za-z]:\//.test(name)
  );
}

function notFound(message, hint) {
  const error = new Error(hint === undefined ? message : `${message}\n\n${hint}`);
  error.code = "MODULE_NOT_FOUND";
  return error;
}

function parseJson(file) {
  try {
    return JSON.parse(file.source.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new SyntaxError(`${file.path}: ${error.message}`);
  }
}

function compile(file, modules) {
  const source = file.source.replace(/^\uFEFF/, "").replace(/^#!/, "//");
  if (file.format !== "module") {
    try {
      return wrap(source, file.path);
    } catch (error) {
      if (!needsTransform.test(error.message)) throw located(error, file);
    }
  }
  return wrap(toCommonJs(source, file, modules), file.path, moduleParameters);
}

/** The wrapper adds no line, so that line numbers are the file's. */
function wrap(source, path, names = parameters) {
  const name = require("api/stack").urlOf(path);
  return evaluate(`(function (${names}) {${source}\n})\n//# sourceURL=${name}`);
}

/** An ES module as CommonJS; lines stay where they are. */
function toCommonJs(source, file, modules) {
  const { transform } = modules.bundle("polyfill/sucrase");
  let code;
  try {
    code = transform(whatSucraseCannot(source, file, modules), {
      transforms: ["imports"], disableESTransforms: true, preserveDynamicImport: false, filePath: file.path,
    }).code;
  } catch (error) {
    throw located(error, file);
  }
  return code;
}

const concerns = Object.freeze(
  /\bexport\s+(?:const|let|var|function|async|default)\b|\bimport\s*\.\s*meta\b/,
);

/**
 * An ES module whose exports of several variables at once are made by name, and whose functions are there for
 * modules that it imports in a cycle; `import.meta` is an object. Lines stay where they are.
 */
function whatSucraseCannot(source, file, modules) {
  if (!concerns.test(source) || source.startsWith("#!")) return source;
  let tree;
  try {
    tree = modules.bundle("polyfill/acorn").parse(source, { ecmaVersion: "latest", sourceType: "module" });
  } catch {
    // Sucrase says what is wrong with it.
    return source;
  }
  const edits = [];
  const names = [];
  let first = "";
  for (const node of tree.body) {
    const made = node.declaration;
    if (node.type === "ExportNamedDeclaration" && made?.type === "VariableDeclaration") {
      if (made.declarations.length === 1) continue;
      const { namesOf } = require("kernel/declarations");
      names.push(...made.declarations.flatMap(({ id }) => namesOf(id)));
      edits.push([node.start, made.start, source.slice(node.start, made.start).replace(/\S/g, " ")]);
    } else if (made?.type === "FunctionDeclaration" && made.id !== null) {
      const exported = node.type === "ExportDefaultDeclaration" ? "default" : made.id.name;
        first += `exports.${exported} = ${made.id.name}; `;
    }
  }
  const meta = { url: `file://${file.path}`, dirname: file.directory, filename: file.path };
  forEachMeta(tree, ({ start, end }) => edits.push([start, end, `(${JSON.stringify(meta)})`]));
  let text = "";
  let at = 0;
  for (const [start, end, instead] of edits.sort((a, b) => a[0] - b[0])) {
    text += source.slice(at, start) + instead;
    at = end;
  }
  return `${first}${text}${source.slice(at)}${names.length > 0 ? `\n;export { ${names.join(", ")} };` : ""}`;
}

function forEachMeta(node, action) {
  if (node === null || typeof node !== "object") return;
  if (node.type === "MetaProperty" && node.meta.name === "import") action(node);
  for (const key of Object.keys(node)) forEachMeta(node[key], action);
}

/** V8 gives no place for a syntax error in a file: it is determined here, and added to the stack. */
function located(error, file) {
  const place = require("api/syntax").locate(file.source);
  const found = new SyntaxError(error.message.replace(/ \(\d+:\d+\)$/, ""), { cause: error });
  const url = require("api/stack").urlOf(file.path);
  found.stack = `SyntaxError: ${found.message}\n    at ${url}:${place.line}:${place.column}`;
  return found;
}

exports.createLocal = (modules) => new Local(modules);
