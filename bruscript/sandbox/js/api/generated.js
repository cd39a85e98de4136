// Dynamic values in variables ({{$guid}} …): made once for each request, and kept beside the variables,
// which
// keep what was written. evaluate/generated.py is the other side: [the value as it is written, a text for
// each template].

/** What was written, as a text; a value that has no JSON form asks for nothing. */
function written(value) {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}

const mayAsk = (value) =>
  typeof value === "string" ? value.includes("{{$") : typeof value === "object" && value !== null;

/** What was made for `value`, or null where it asks for nothing. */
exports.make = function make(value) {
  if (!mayAsk(value)) return null;
  const text = written(value);
  if (!text.includes("{{$")) return null;
  const made = [...text.matchAll(/\{\{\$(\w+)\}\}/g)].map(([, name]) => {
    const one = host.callSync("dynamic", [name]);
    return one === null || one === undefined ? null : String(one);
  });
  return made.some((one) => one !== null) ? [text, made] : null;
};

/** `value` with what was made for it; `value` itself where that was another one. */
exports.filled = function filled(value, [text, made]) {
  if (written(value) !== text) return value;
  let at = 0;
  const fill = (change) => text.replace(/\{\{\$\w+\}\}/g, (match) => {
    const one = made[at];
    at += 1;
    return typeof one === "string" ? change(one) : match;
  });
  return typeof value === "string"
    ? fill((one) => one)
    : JSON.parse(fill((one) => JSON.stringify(one).slice(1, -1)));
};
