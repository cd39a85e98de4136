// Values as Node's console prints them.

const breakLength = 80;
const maxItems = 100;
const maxText = 10000;
const identifier = /^[A-Za-z_$][\w$]*$/;
const numberTexts = require("table").weakTable();
let textsByNumber = new Map();

/** Remembers how a number was written in a response's body, where it is too big to be kept exactly. */
exports.rememberNumber = function rememberNumber(holder, key, text) {
  if (!numberTexts.has(holder)) numberTexts.set(holder, new Map());
  numberTexts.get(holder).set(key, text);
  const known = textsByNumber.get(Number(text));
  textsByNumber.set(Number(text), known === undefined || known === text ? text : null);
};

/** Forgets what was remembered of numbers by themselves; for the next session. */
exports.forgetNumbers = function forgetNumbers() {
  textsByNumber = new Map();
};

/** A number by itself: as the body had it where only one there became this number, else as it is. */
function numberText(value) {
  if (Object.is(value, -0)) return "-0";
  return textsByNumber.get(value) ?? String(value);
}

/** The exact text of the number `holder[key]`, or undefined where it is exact or was set since. */
exports.exactNumber = function exactNumber(holder, key) {
  const text = numberTexts.get(holder)?.get(key);
  return text !== undefined && holder[key] === Number(text) ? text : undefined;
};

/** `value` as text; strings are quoted, objects shown to `depth` levels. */
exports.inspect = function inspect(value, depth = 2) {
  return format({ seen: [], depth, indent: 0, current: 0 }, value, 0);
};

// Control characters, the backslash, and halves of surrogate pairs.
const unprintable = /[\x00-\x1f\x7f-\x9f\\]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function quote(text) {
  const mark = !text.includes("'") ? "'" : !text.includes('"') ? '"' : !text.includes("`") && !text.includes("${") ? "`" : "'";
  const escaped = text.replace(unprintable, escape);
  return mark + (mark === "'" ? escaped.replaceAll("'", "\\'") : escaped) + mark;
}

function escape(character) {
  const known = { "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v", "\\": "\\\\" }[character];
  if (known) return known;
  const code = character.charCodeAt(0);
  return code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).toUpperCase().padStart(2, "0")}`;
}

function format(context, value, level, typed = false) {
  switch (typeof value) {
    case "string":
      return text(context, value, level);
    case "number":
      return numberText(value);
    case "bigint":
      return `${value}n`;
    case "object":
      return value === null ? "null" : formatObject(context, value, level, typed);
    case "function":
      return formatObject(context, value, level, typed);
    default:
      return String(value);
  }
}

/** Long texts with several lines are shown a line each, as Node does inside of objects. */
function text(context, value, level) {
  const shown = value.length > maxText ? value.slice(0, maxText) : value;
  const rest = value.length > maxText ? `... ${value.length - maxText} more characters` : "";
  const splits = level > 0 && shown.length > 16 && shown.length > breakLength - context.indent - 4 && shown.includes("\n");
  if (!splits) return quote(shown) + rest;
  return shown.split(/(?<=\n)/).map(quote).join(` +\n${" ".repeat(context.indent + 2)}`) + rest;
}

function formatObject(context, value, level) {
  if (context.seen.includes(value)) return "[Circular *1]";
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const name = constructorName(value);
  const plain = Array.isArray(value) ? "Array" : "Object";
  const tooDeep = level > context.depth && typeof value === "object" && !isLeaf(value, tag);
  if (tooDeep) return `[${name ?? `${plain}: null prototype`}]`;
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


/** What is shown as one word does not count as a level. */
function isLeaf(value, tag) {
  return isEmpty(value, tag) || ((isScalar(tag) || typeof value === "function") && Object.keys(value).length === 0);
}

function isEmpty(value, tag) {
  return (Array.isArray(value) || tag === "Object") && Reflect.ownKeys(value).every((key) => key === "length");
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
  const own = value[Symbol.for("nodejs.util.inspect.custom")];
  if (typeof own === "function") {
    const shown = own.call(value, context.depth - level, {}, exports.inspect);
    if (shown !== value) return typeof shown === "string" ? shown : format(context, shown, level);
  }
  if (Object.hasOwn(opaque, tag)) {
    return wrap(context, "", [`${name} {`, "}"], [opaque[tag], ...properties(context, value, level)], level, false);
  }
  if (typeof value === "function") {
    return wrap(context, functionName(value, name), ["{", "}"], properties(context, value, level), level, false);
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const prefix = Array.isArray(value) && name === "Array" ? "" : `${name}(${value.length}) `;
    const items = list(context, value, level);
    return wrap(context, "", [`${prefix}[`, "]"], items.concat(properties(context, value, level, true)), level, true, value);
  }
  if (tag === "Map") {
    const items = [...value].map(([key, item]) => `${inner(context, key, level)} => ${inner(context, item, level)}`);
    return wrap(context, "", [`${name}(${value.size}) {`, "}"], items, level, false);
  }
  if (tag === "Set") {
    const items = [...value].map((item) => inner(context, item, level));
    return wrap(context, "", [`${name}(${value.size}) {`, "}"], items, level, false);
  }
  const shown = properties(context, value, level, tag === "String");
  return wrap(context, base(value, tag), [brace(value, tag, name), "}"], shown, level, false);
}

const boxes = ["Number", "String", "Boolean", "Symbol", "BigInt"];

/** What stands before the braces of objects that are more than their properties. */
function base(value, tag) {
  if (tag === "Date") return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (tag === "RegExp") return RegExp.prototype.toString.call(value);
  if (tag === "Error" || value instanceof Error) return `[${String(value)}]`;
  if (boxes.includes(tag)) return `[${tag}: ${format({ seen: [], depth: 0, indent: 0 }, value.valueOf(), 0)}]`;
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
  const length = Math.min(value.length, maxItems);
  for (let index = 0; index < length; index += 1) {
    if (index in value) items.push(exports.exactNumber(value, String(index)) ?? inner(context, value[index], level));
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

function properties(context, value, level, skipIndexes = false) {
  const shown = [];
  for (const key of Reflect.ownKeys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (!descriptor?.enumerable || (skipIndexes && typeof key === "string" && /^\d+$/.test(key))) continue;
    const name = typeof key === "symbol" ? `[${String(key)}]` : identifier.test(key) ? key : quote(key);
    shown.push(`${name}: ${property(context, value, key, descriptor, level)}`);
  }
  return shown;
}

function property(context, value, key, { get, set, value: held }, level) {
  if (get || set) return get && set ? "[Getter/Setter]" : get ? "[Getter]" : "[Setter]";
  return exports.exactNumber(value, key) ?? inner(context, held, level);
}

/** Joins the parts on one line where Node would: up to three levels that fit, else a line each. */
function wrap(context, before, [open, close], parts, level, isList, value) {
  if (parts.length === 0) {
    if (before !== "") return before;
    return `${open}${close}`;
  }
  const head = before === "" ? open : `${before} ${open}`;
  const grouped = isList && parts.length > 6 ? group(context, parts, value) : parts;
  if (context.current - level < 3 && grouped === parts) {
    const around = parts.length + context.indent + open.length + before.length + 10;
    const length = parts.reduce((sum, part) => sum + part.length + 1, around);
    if (length <= breakLength && !parts.some((part) => part.includes("\n")) && !before.includes("\n")) {
      return `${head} ${parts.join(", ")} ${close}`;
    }
  }
  const indent = `\n${" ".repeat(context.indent)}`;
  return `${head}${indent}  ${grouped.join(`,${indent}  `)}${indent}${close}`;
}

/** Lays a long list of short items out in columns. */
function group(context, parts, value) {
  const more = value.length > maxItems ? parts.slice(-1) : [];
  const items = more.length > 0 ? parts.slice(0, -1) : parts;
  const lengths = items.map((part) => part.length);
  const total = lengths.reduce((sum, length) => sum + length + 2, 0);
  const widest = Math.max(...lengths) + 2;
  if (widest * 3 + context.indent >= breakLength || !(total / widest > 5 || widest <= 8)) return parts;
  const spread = Math.max(widest - 3 - Math.sqrt(widest - total / parts.length), 1);
  const wanted = Math.round(Math.sqrt(2.5 * spread * items.length) / spread);
  const columns = Math.min(wanted, Math.floor((breakLength - context.indent) / widest), 12, 15);
  if (columns <= 1) return parts;
  const widths = [];
  for (let column = 0; column < columns; column += 1) {
    widths.push(Math.max(...lengths.filter((_, index) => index % columns === column)) + 2);
  }
  const isNumber = (item) => typeof item === "number" || typeof item === "bigint";
  const left = !Array.prototype.every.call(value, isNumber);
  const rows = [];
  for (let start = 0; start < items.length; start += columns) {
    const row = items.slice(start, start + columns);
    rows.push(row.map((part, index) => cell(part, widths[index], index === row.length - 1, left)).join(""));
  }
  return [...rows, ...more];
}

function cell(part, width, last, left) {
  if (left) return last ? part : `${part}, `.padEnd(width);
  return last ? part.padStart(width - 2) : `${part}, `.padStart(width);
}
