// Texts, numbers and their colours, as Node's console prints them.

/** The colours of a terminal by what is shown, as util.inspect.styles and util.inspect.colors have them. */
exports.styles = {
  special: "cyan", number: "yellow", bigint: "yellow", boolean: "yellow", undefined: "grey", null: "bold",
  string: "green", symbol: "green", date: "magenta", regexp: "red", module: "underline",
};
exports.colors = {
  reset: [0, 0],
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  inverse: [7, 27],
  hidden: [8, 28],
  strikethrough: [9, 29],
  black: [30, 39],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  white: [37, 39],
  gray: [90, 39],
  grey: [90, 39],
};

const minimumLine = 16;

function style(context, text, kind) {
  const code = context.options.colors ? exports.colors[exports.styles[kind]] : undefined;
  return code === undefined ? text : `\u001b[${code[0]}m${text}\u001b[${code[1]}m`;
}

const plainLength = (context, text) =>
  (context.options.colors ? text.replace(/\u001b\[\d+m/g, "") : text).length;

// Control characters, the backslash, and halves of surrogate pairs.
const unprintable =
  /[\x00-\x1f\x7f-\x9f\\]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function quote(text) {
  const mark = !text.includes("'")
    ? "'"
    : !text.includes('"')
      ? '"'
      : !text.includes("`") && !text.includes("${")
        ? "`"
        : "'";
  const escaped = text.replace(unprintable, escape);
  return mark + (mark === "'" ? escaped.replaceAll("'", "\\'") : escaped) + mark;
}

function escape(character) {
  const known = { "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\\": "\\\\" }[character];
  if (known) return known;
  const code = character.charCodeAt(0);
  return code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).toUpperCase().padStart(2, "0")}`;
}

function separated(context, number) {
  if (!context.options.numericSeparator || !/^-?\d+(\.\d+)?$/.test(number)) return number;
  const [whole, fraction] = number.split(".");
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, "_");
  return fraction === undefined ? groups : `${groups}.${fraction.replace(/(\d{3})(?=\d)/g, "$1_")}`;
}

/** Long texts with several lines are shown a line each. */
function text(context, value) {
  const { maxStringLength, breakLength, compact } = context.options;
  const shown = value.length > maxStringLength ? value.slice(0, maxStringLength) : value;
  const left = value.length - shown.length;
  const rest = left > 0 ? `... ${left} more character${left > 1 ? "s" : ""}` : "";
  const splits =
    compact !== true && shown.length > minimumLine && shown.length > breakLength - context.indent - 4;
  if (!splits) return style(context, quote(shown), "string") + rest;
  const lines = shown.split(/(?<=\n)/).map((line) => style(context, quote(line), "string"));
  return lines.join(` +\n${" ".repeat(context.indent + 2)}`) + rest;
}

exports.plainLength = plainLength;
exports.quote = quote;
exports.separated = separated;
exports.style = style;
exports.text = text;
