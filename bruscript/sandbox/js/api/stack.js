// Scripts are compiled under an internal name; here their stacks get the user's files and lines.

const { table } = require("kernel/table");

const compiled = table();
const places = table();
const keep = 256;
const evaluate = globalThis.eval;
const { freeze } = Object;
const sourceOf = Function.prototype.call.bind(Function.prototype.toString);
const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;

/** Throws a SyntaxError that knows its place, if a segment cannot be compiled. Nothing of it runs. */
exports.check = function check(segment) {
  exports.compile(segment, parse);
};

/**
 * The function of a segment, compiled once per text and place. Throws a SyntaxError that knows its place.
 * `before` gets the source first.
 */
exports.compile = function compile(segment, before) {
  const { path = "script", line = 1, indent = 0, source } = segment;
  // No two scripts have the same, whatever is in their paths and texts.
  const key = `${line} ${indent} ${path.length} ${path}${source}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const count = (places.get("count") ?? 0) + 1;
  places.set("count", count);
  forget(count - keep);
  places.set(`${count}`, { path, line, indent, key });
  let made;
  try {
    before?.(source);
    // Frozen: a script can get at its own function by a call site.
    const text = `async () => {\n${source}\n}`;
    made = freeze(evaluate(`(${text})\n//# sourceURL=bruscript:script/${count}`));
    // A script that closes our function could put one of its own here, with what it remembers from job to
    // job.
    if (sourceOf(made) !== text) throw new SyntaxError("Unexpected token '}'");
  } catch (error) {
    throw placed(error, segment, count);
  }
  compiled.set(key, made);
  return made;
};

/**
 * Parses only a script: part of one that closes the function around it would run already while it is
 * compiled.
 */
function parse(source) {
  try {
    new AsyncFunction(source);
  } catch (error) {
    throw error.message === "Single function literal required"
      ? new SyntaxError("Unexpected token '}'")
      : error;
  }
}

/** Forgets the script of that number, one that was compiled long ago. */
function forget(number) {
  compiled.delete(places.get(`${number}`)?.key);
  places.delete(`${number}`);
}

/** V8 gives no place for a syntax error in `eval`; the frame is added if it can be determined. */
function placed(error, segment, id) {
  const at = require("api/syntax").locate(segment.source);
  error.stack = `${error.name}: ${error.message}\n    at bruscript:script/${id}:${at.line + 1}:${at.column}`;
  return error;
}

const frame = /^(\s+at .*?)bruscript:script\/(\d+):(\d+):(\d+)/;
// Frames of our own modules, of libraries and of the kernel, which has no name.
const own = /^\s+at .*(bruscript:|<anonymous>:\d+:\d+)/;

/** A thrown value's stack with files and lines of the user's; our own frames are left out. */
exports.mapStack = function mapStack(stack) {
  if (typeof stack !== "string") return "";
  const lines = [];
  for (const line of stack.split("\n")) {
    const place = placeOf(line);
    if (place)
      lines.push(
        line
          .replace(frame, (_, before) => `${before}${place.path}:${place.line}:${place.column}`)
          .replace(/eval \((.*)\)$/, "$1"),
      );
    else if (!own.test(line)) lines.push(line.replace(fileFrame, inFile));
  }
  return lines.join("\n");
};

/** The innermost place in the user's own scripts and modules: {path, line, column}, or null. */
exports.locate = function locate(stack) {
  if (typeof stack !== "string") return null;
  for (const line of stack.split("\n")) {
    const place = placeOf(line) ?? placeInModule(line);
    if (place) return place;
  }
  return null;
};

function placeOf(line) {
  const match = frame.exec(line);
  const script = match && places.get(match[2]);
  if (!script) return null;
  return {
    path: script.path,
    line: script.line + Number(match[3]) - 2,
    column: script.indent + Number(match[4]),
  };
}

const fileFrame = /^\s+at (?:[^(]*\()?((?:\/|[A-Za-z]:[\\/])[^()]*):(\d+):(\d+)\)?$/;

/** A place in one of the collection's modules; packages are not the user's own. */
function placeInModule(line) {
  const match = fileFrame.exec(line);
  if (match === null || match[1].includes("/node_modules/")) return null;
  return { path: pathOf(match[1]), line: Number(match[2]), column: Number(match[3]) };
}

const inFile = (line, url) => line.replace(url, () => pathOf(url));

/** A module's path as V8 can have it in a stack, where neither blanks nor brackets may be. */
exports.urlOf = (path) =>
  path.replace(/[\s%()[\]\u2028\u2029]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

const pathOf = (url) =>
  url.replace(/%([0-9a-f]{4})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));

/** The place of the call that led here, for a line of the console. */
exports.here = function here() {
  return exports.locate(new Error().stack);
};
