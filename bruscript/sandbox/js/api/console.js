// `console`: what scripts print is kept, formatted as Node's console would print it.

const { isError } = require("api/values");
const { here, mapStack } = require("api/stack");

const levels = ["log", "debug", "info", "warn", "error"];
const maxLines = 10000;
const maxLength = 8 << 20;

/** Most printed values are texts: the module for others is loaded when needed. */
const inspect = (value, depth) => require("api/inspect").inspect(value, depth);

/** One argument as text: strings bare, dates, patterns and errors in short, all else inspected. */
function shown(value) {
  if (typeof value === "string") return value.includes("bruscript:") ? mapStack(value) : value;
  if (value instanceof Date || value instanceof RegExp || isError(value)) return String(value);
  return inspect(value);
}

/** What Node's `util.format` makes of a value for `%s` and its like. */
function formatted(directive, value) {
  const { inspectBy } = require("api/inspect");
  return require("node/util").directives[directive](value, (given, options = {}) =>
    inspectBy(given, options),
  );
}

/** The arguments as texts; a first one with `%s` and its like takes those that follow. */
function formatAll(values) {
  const [first, ...rest] = values;
  if (typeof first !== "string" || rest.length === 0 || !first.includes("%")) return values.map(shown);
  const filled = first.replace(/%[sdifjoOc%]/g, (match) => {
    if (match === "%%") return "%";
    return rest.length > 0 ? formatted(match, rest.shift()) : match;
  });
  return [filled, ...rest.map(shown)];
}

/** Makes a console whose lines are pushed to `lines`. */
exports.createConsole = function createConsole(lines) {
  const counts = new Map();
  const timers = new Map();
  let indent = "";
  let length = 0;
  const write = (level, values) => {
    if (lines.length >= maxLines || length > maxLength) return;
    let args = texts(values);
    for (const text of args) length += text.length;
    const full = lines.length === maxLines - 1 || length > maxLength;
    if (full) args = ["(more was printed; it is left out)"];
    lines.push({ level, args, line: here()?.line ?? null });
  };
  const texts = (values) => {
    try {
      const made = formatAll(values);
      return indent === "" ? made : [indent + (made[0] ?? ""), ...made.slice(1)];
    } catch (error) {
      return [`(cannot be shown: ${String(error?.message)})`];
    }
  };
  const made = {};
  for (const level of levels) made[level] = (...values) => write(level, values);
  const elapsed = (label) => `${label}: ${(host.now() - (timers.get(label) ?? host.now())).toFixed(3)}ms`;
  return Object.assign(made, {
    trace: (...values) => write("error", ["Trace:", ...values]),
    dir: (value) => write("log", [typeof value === "string" ? inspect(value) : value]),
    dirxml: made.log,
    table: made.log,
    assert(condition, ...values) {
      if (!condition)
        write("error", values.length > 0 ? ["Assertion failed:", ...values] : ["Assertion failed"]);
    },
    count(label = "default") {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      write("log", [`${label}: ${counts.get(label)}`]);
    },
    countReset: (label = "default") => void counts.delete(label),
    time: (label = "default") => void timers.set(label, host.now()),
    timeLog: (label = "default", ...values) => write("log", [elapsed(label), ...values]),
    timeEnd(label = "default") {
      write("log", [elapsed(label)]);
      timers.delete(label);
    },
    group(...values) {
      if (values.length > 0) write("log", values);
      indent += "  ";
    },
    groupCollapsed: (...values) => made.group(...values),
    groupEnd() {
      indent = indent.slice(2);
    },
    clear() {},
  });
};
