// Where the lines of a printed object break, as Node's console has it.

const { plainLength, style } = require("api/inspect_text");

/** Joins the parts on one line where Node would: up to `compact` levels that fit, else a line each. */
function wrap(context, given, [open, close], parts, level, isList, value) {
  const { compact, breakLength } = context.options;
  const mark = context.circular.has(value)
    ? style(context, `<ref *${context.circular.get(value)}>`, "special")
    : "";
  const before = [mark, given].filter((part) => part !== "").join(" ");
  if (parts.length === 0)
    return given !== "" ? before : `${before}${before === "" ? "" : " "}${open}${close}`;
  const head = before === "" ? open : `${before} ${open}`;
  const fits = (start) => {
    const length = parts.reduce((sum, part) => sum + plainLength(context, part) + 1, start);
    return length <= breakLength && !before.includes("\n");
  };
  const indent = `\n${" ".repeat(context.indent)}`;
  if (compact === true) {
    const all = parts.join(", ");
    if (fits(0)) return `${open}${before === "" ? "" : ` ${before}`} ${all} ${close}`;
    return `${open}${before === "" ? " " : ` ${before}${indent}  `}${parts.join(`,${indent}  `)} ${close}`;
  }
  const lines = compact !== false && isList && parts.length > 6 ? group(context, parts, value) : parts;
  if (compact !== false && context.current - level < compact && lines === parts) {
    const around = parts.length + context.indent + open.length + before.length + 10;
    if (fits(around) && !parts.some((part) => part.includes("\n")))
      return `${head} ${parts.join(", ")} ${close}`;
  }
  return `${head}${indent}  ${lines.join(`,${indent}  `)}${indent}${close}`;
}

/** Lays a long list of short items out in columns. */
function group(context, parts, value) {
  const more = value.length > context.options.maxArrayLength ? parts.slice(-1) : [];
  const items = more.length > 0 ? parts.slice(0, -1) : parts;
  const { breakLength, compact } = context.options;
  const lengths = items.map((part) => plainLength(context, part));
  const total = lengths.reduce((sum, length) => sum + length + 2, 0);
  const widest = Math.max(...lengths) + 2;
  if (widest * 3 + context.indent >= breakLength || !(total / widest > 5 || widest <= 8)) return parts;
  const spread = Math.max(widest - 3 - Math.sqrt(widest - total / parts.length), 1);
  const wanted = Math.round(Math.sqrt(2.5 * spread * items.length) / spread);
  const columns = Math.min(wanted, Math.floor((breakLength - context.indent) / widest), compact * 4, 15);
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

exports.wrap = wrap;
