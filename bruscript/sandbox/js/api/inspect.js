// Values as Node's console prints them.

const { wrap } = require("api/inspect_layout");
const { quote, separated, style, text } = require("api/inspect_text");
const numbers = require("api/numbers");

/** What util.inspect takes; `stack` says whether errors are shown with theirs. */
const defaults = {
  showHidden: false, depth: 2, colors: false, customInspect: true, showProxy: false, maxArrayLength: 100,
  maxStringLength: 10000, breakLength: 80, compact: 3, sorted: false, getters: false, numericSeparator: false,
};
exports.defaults = defaults;

const identifier = /^[A-Za-z_]\w*$/;
/** `value` as text; strings are quoted, objects shown to `depth` levels. */
exports.inspect = function inspect(value, depth = 2) {
  return format(contextOf({ depth }), value, 0);
};

/**
 * The same by all of util.inspect's options. `inspect` is the function that objects with a form of their own
 * are given.
 */
exports.inspectBy = function inspectBy(value, options, inspect) {
  return format(contextOf({ ...options, inspect }), value, 0);
};

function contextOf(given) {
  const options = { ...defaults };
  for (const [key, value] of Object.entries(given)) if (value !== undefined) options[key] = value;
  for (const key of ["depth", "maxArrayLength", "maxStringLength"])
    if (options[key] === null) options[key] = Infinity;
  return { seen: [], circular: new Map(), depth: options.depth, indent: 0, current: 0, options };
}

function format(context, value, level) {
  switch (typeof value) {
    case "string":
      return text(context, value);
    case "number":
      return style(context, separated(context, numbers.textOf(value)), "number");
    case "bigint":
      return style(context, `${separated(context, `${value}`)}n`, "bigint");
    case "object":
    case "function":
      return value === null ? style(context, "null", "null") : formatObject(context, value, level);
    default:
      return style(context, String(value), typeof value);
  }
}

function formatObject(context, value, level) {
  if (context.seen.includes(value)) {
    if (!context.circular.has(value)) context.circular.set(value, context.circular.size + 1);
    return style(context, `[Circular *${context.circular.get(value)}]`, "special");
  }
  const tag = tagOf(value);
  const name = constructorName(value);
  const plain = Array.isArray(value) ? "Array" : "Object";
  const tooDeep = level > context.depth && typeof value === "object" && !isLeaf(value, tag);
  if (tooDeep) return style(context, `[${name ?? `${plain}: null prototype`}]`, "special");
  context.seen.push(value);
  if (!isLeaf(value, tag)) context.current = level;
  try {
    return describe(context, value, level, tag, name);
  } catch (error) {
    return `[${name ?? "Object"}: ${String(error?.message)}]`;
  } finally {
    context.seen.pop();
  }
}

function tagOf(value) {
  try {
    return Object.prototype.toString.call(value).slice(8, -1);
  } catch {
    // A proxy that knows no symbols.
    return Array.isArray(value) ? "Array" : "Object";
  }
}

/** What is shown as one word does not count as a level. */
function isLeaf(value, tag) {
  return (
    isEmpty(value, tag) || ((isScalar(tag) || typeof value === "function") && Object.keys(value).length === 0)
  );
}

function isEmpty(value, tag) {
  return (
    (Array.isArray(value) || tag === "Object") && Reflect.ownKeys(value).every((key) => key === "length")
  );
}
const isScalar = (tag) => tag === "Date" || tag === "RegExp" || tag === "Error";

function constructorName(value) {
  for (let holder = value; holder !== null; holder = Object.getPrototypeOf(holder)) {
    const found = Object.getOwnPropertyDescriptor(holder, "constructor")?.value;
    if (typeof found === "function" && found.name !== "") return found.name;
  }
  return null;
}

const opaque = { Promise: "<pending>", WeakMap: "<items unknown>", WeakSet: "<items unknown>" };

function describe(context, value, level, tag, name) {
  const own = context.options.customInspect ? value[customInspect] : undefined;
  if (typeof own === "function" && own !== context.options.inspect) {
    const shown = own.call(
      value,
      context.depth - level,
      forObjects(context, level),
      context.options.inspect ?? exports.inspect,
    );
    if (shown !== value) {
      const text = typeof shown === "object" && shown !== null ? format(context, shown, level) : `${shown}`;
      return text.replaceAll("\n", `\n${" ".repeat(context.indent)}`);
    }
  }
  if (Object.hasOwn(opaque, tag)) {
    return wrap(
      context,
      "",
      [`${name} {`, "}"],
      [style(context, opaque[tag], "special"), ...properties(context, value, level)],
      level,
      false,
      value,
    );
  }
  if (typeof value === "function") {
    const shown = properties(context, value, level);
    return wrap(
      context,
      style(context, functionName(value, name), "special"),
      ["{", "}"],
      shown,
      level,
      false,
      value,
    );
  }
  const isArray = Array.isArray(value);
  if (isArray || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
    const { length } = /** @type {any} */ (value);
    const prefix = isArray && name === "Array" ? "" : `${nameOf(name, tag, length)} `;
    const items = list(context, value, level);
    if (context.options.showHidden) items.push(`[length]: ${format(context, length, level)}`);
    return wrap(
      context,
      "",
      [`${prefix}[`, "]"],
      items.concat(properties(context, value, level, true)),
      level,
      true,
      value,
    );
  }
  if (tag === "Map" || tag === "Set") {
    const items = collection(context, value, tag, level).concat(properties(context, value, level));
    return wrap(context, "", [`${nameOf(name, tag, value.size)} {`, "}"], items, level, false, value);
  }
  if (tag === "Map Iterator" || tag === "Set Iterator") return iterator(context, value, tag, level);
  if (tag === "ArrayBuffer" || tag === "SharedArrayBuffer") {
    const bytes = new Uint8Array(value, 0, Math.min(50, value.byteLength)).toHex().replace(/..(?!$)/g, "$& ");
    const more = value.byteLength - 50;
    const contents = `${bytes}${more > 0 ? ` ... ${more} more byte${more > 1 ? "s" : ""}` : ""}`;
    const parts = [
      `[Uint8Contents]: <${contents}>`,
      `byteLength: ${format(context, value.byteLength, level)}`,
    ];
    return wrap(
      context,
      "",
      [`${name} {`, "}"],
      parts.concat(properties(context, value, level)),
      level,
      false,
      value,
    );
  }
  if (tag === "DataView") {
    const parts = ["byteLength", "byteOffset", "buffer"].map(
      (key) => `${key}: ${inner(context, value[key], level)}`,
    );
    const entries = parts.concat(properties(context, value, level));
    return wrap(context, "", [`${name} {`, "}"], entries, level, false, value);
  }
  if (value instanceof Error && context.options.stack) return errorText(context, value, level);
  const before = base(context, value, tag);
  const shown = properties(context, value, level, tag === "String");
  return wrap(
    context,
    before,
    [before === "" ? brace(value, tag, name) : "{", "}"],
    shown,
    level,
    false,
    value,
  );
}

const customInspect = Symbol.for("nodejs.util.inspect.custom");

/** The options as an object's own form gets them. */
function forObjects(context, level) {
  const { inspect: _, ...options } = context.options;
  return {
    ...options,
    depth: context.depth - level,
    stylize: (text, kind) => style(context, `${text}`, kind),
  };
}

/** `Array(2)`, and of what it is one where that is not its name. */
function nameOf(name, tag, size) {
  if (name === null) return `[${tag}(${size}): null prototype]`;
  return tag === name || tag === "Array" ? `${name}(${size})` : `${name}(${size}) [${tag}]`;
}

function collection(context, value, tag, level) {
  const entries = [...(tag === "Map" ? Map : Set).prototype.entries.call(value)];
  const most = Math.min(entries.length, context.options.maxArrayLength);
  const items = entries
    .slice(0, most)
    .map(([key, item]) =>
      tag === "Map"
        ? `${inner(context, key, level)} => ${inner(context, item, level)}`
        : inner(context, key, level),
    );
  const more = entries.length - most;
  return more > 0 ? [...items, `... ${more} more item${more > 1 ? "s" : ""}`] : items;
}

/** The remaining items of an iterator, which is not advanced. */
function iterator(context, value, tag, level) {
  return wrap(context, "", [`[${tag}] {`, "}"], properties(context, value, level), level, false, value);
}

/** An error with its stack, its cause and what else it carries. */
function errorText(context, value, level) {
  let stack = improved(value.stack ? String(value.stack) : Error.prototype.toString.call(value), value);
  const hidden = ["name", "message", "stack"].filter((key) => stack.includes(String(value[key])));
  if (!/\n\s+at /.test(stack)) stack = `[${stack}]`;
  if (context.indent > 0) stack = stack.replaceAll("\n", `\n${" ".repeat(context.indent)}`);
  const parts = properties(context, value, level, false, hidden);
  for (const key of ["cause", "errors"]) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (descriptor !== undefined && !descriptor.enumerable)
      parts.push(`[${key}]: ${inner(context, value[key], level)}`);
  }
  return wrap(context, stack, ["{", "}"], parts, level, false, value);
}

/**
 * As Node does: an error of a class of one's own is shown by its name, where the stack begins with that of
 * its parent.
 */
function improved(stack, error) {
  const name = error.name === undefined || error.name === null ? "Error" : String(error.name);
  const own = constructorName(error);
  if (own === null || own === name || !name.endsWith("Error") || !stack.startsWith(name)) return stack;
  const rest = stack.slice(name.length);
  if (rest !== "" && rest[0] !== ":" && rest[0] !== "\n") return stack;
  return own.includes(name) ? own + rest : `${own} [${name}]${rest}`;
}

const boxes = ["Number", "String", "Boolean", "Symbol", "BigInt"];

/** The text before the braces of objects that are more than their properties. */
function base(context, value, tag) {
  if (tag === "Date")
    return style(context, Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString(), "date");
  if (tag === "RegExp") return style(context, RegExp.prototype.toString.call(value), "regexp");
  if (tag === "Error" || value instanceof Error) return `[${String(value)}]`;
  if (boxes.includes(tag))
    return style(context, `[${tag}: ${exports.inspect(value.valueOf(), 0)}]`, tag.toLowerCase());
  return "";
}

function brace(value, tag, name) {
  if (name === null) return "[Object: null prototype] {";
  if (name === "Object" && tag === "Object") return "{";
  return tag !== "Object" && tag !== name && !isScalar(tag) ? `${name} [${tag}] {` : `${name} {`;
}

function functionName(value, name) {
  const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : name ?? "Function";
  const parent = Object.getPrototypeOf(value)?.name;
  if (kind === "class") return `[class ${value.name || "(anonymous)"}${parent ? ` extends ${parent}` : ""}]`;
  return `[${kind}${value.name ? `: ${value.name}` : " (anonymous)"}]`;
}

function inner(context, value, level) {
  context.indent += 2;
  try {
    return format(context, value, level + 1);
  } finally {
    context.indent -= 2;
  }
}

function list(context, value, level) {
  const items = [];
  const length = Math.min(value.length, context.options.maxArrayLength);
  for (let index = 0; index < length; index += 1) {
    if (index in value)
      items.push(numbers.exact(value, String(index)) ?? inner(context, value[index], level));
    else index += holes(value, index, items) - 1;
  }
  const more = value.length - length;
  if (more > 0) items.push(`... ${more} more item${more > 1 ? "s" : ""}`);
  return items;
}

/** Notes the missing items from `index` on as one; gives their count. */
function holes(value, index, items) {
  let end = index + 1;
  while (end < value.length && !(end in value)) end += 1;
  items.push(`<${end - index} empty item${end - index > 1 ? "s" : ""}>`);
  return end - index;
}

function properties(context, value, level, skipIndexes = false, hidden = []) {
  const shown = [];
  for (const key of Reflect.ownKeys(value)) {
    /** @type {any} */
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    const isIndex =
      skipIndexes &&
      typeof key === "string" &&
      (/^\d+$/.test(key) || (key === "length" && !descriptor?.enumerable));
    if (
      isIndex ||
      hidden.includes(key) ||
      !(descriptor?.enumerable || (context.options.showHidden && descriptor))
    )
      continue;
    shown.push(
      `${propertyName(context, key, descriptor)}: ${property(context, value, key, descriptor, level)}`,
    );
  }
  const { sorted } = context.options;
  return sorted ? shown.sort(sorted === true ? undefined : sorted) : shown;
}

function propertyName(context, key, { enumerable }) {
  if (typeof key === "symbol") return `[${style(context, String(key), "symbol")}]`;
  if (!enumerable) return `[${key}]`;
  return identifier.test(key) ? key : style(context, quote(key), "string");
}

function property(context, value, key, { get, set, value: held }, level) {
  if (get || set) {
    const label = get && set ? "Getter/Setter" : get ? "Getter" : "Setter";
    const { getters } = context.options;
    const reads = get && (getters === true || (getters === "get" && !set) || (getters === "set" && set));
    if (!reads) return style(context, `[${label}]`, "special");
    const got = value[key];
    if (typeof got === "object" && got !== null)
      return `${style(context, `[${label}]`, "special")} ${inner(context, got, level)}`;
    const begin = style(context, `[${label}:`, "special");
    return `${begin} ${inner(context, got, level)}${style(context, "]", "special")}`;
  }
  return numbers.exact(value, key) ?? inner(context, held, level);
}
