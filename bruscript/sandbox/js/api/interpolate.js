// {{templates}}, with the semantics of the reference's `interpolate`: dotted paths, nested templates resolved
// in turn, dynamic values ({{$guid}} …) made first, unknown ones left as they are.

const numbers = require("api/numbers");

const template = /\{\{[^}]+\}\}/;

/** `text` with its templates resolved from `variables`; other values are returned as they are. */
exports.interpolate = function interpolate(text, variables) {
  if (typeof text !== "string" || !text.includes("{{")) return text;
  return resolve(withDynamic(text), variables, new Set(), new Map());
};

function withDynamic(text) {
  if (!text.includes("{{$")) return text;
  return text.replace(/\{\{\$(\w+)\}\}/g, (match, name) => {
    const value = host.callSync("dynamic", [name]);
    return value === null || value === undefined ? match : String(value);
  });
}

function resolve(text, variables, visited, results) {
  let result = text;
  let again = true;
  while (again) {
    again = false;
    result = result.replace(/\{\{([^}]+)\}\}/g, (match, placeholder) => {
      if (results.has(match)) return results.get(match);
      const value = textOf(lookUp(variables, placeholder));
      again = true;
      const nested = typeof value === "string" && template.test(value) && !visited.has(match);
      visited.add(match);
      const made = nested
        ? resolve(value, variables, visited, results)
        : value === undefined
          ? match
          : String(value);
      results.set(match, made);
      return made;
    });
  }
  return result;
}

function textOf(value) {
  if (typeof value === "object" && value !== null) return withDynamic(numbers.stringify(value) ?? "");
  return typeof value === "string" ? withDynamic(value) : value;
}

/** The variable `path` names: one of just that name, else the value reached by its dots and brackets. */
function lookUp(variables, path) {
  if (Object.hasOwn(variables, path)) return numbers.exact(variables, path) ?? variables[path];
  if (!deep.test(path)) return undefined;
  let value = variables;
  let text;
  for (const key of steps(path)) {
    if (value === null || value === undefined) return undefined;
    const holder = Object(value);
    text = numbers.exact(holder, key);
    value = Object.hasOwn(holder, key) ? holder[key] : undefined;
  }
  return text ?? value;
}

const deep = /\.|\[(?:[^[\]]*|(["'])(?:(?!\1)[^\\]|\\.)*?\1)\]/;

function steps(path) {
  const keys = path.startsWith(".") ? [""] : [];
  const step =
    /[^.[\]]+|\[(?:(-?\d+(?:\.\d+)?)|(["'])((?:(?!\2)[^\\]|\\.)*?)\2)\]|(?=(?:\.|\[\])(?:\.|\[\]|$))/g;
  for (const [whole, number, quote, quoted] of path.matchAll(step)) {
    keys.push(quote ? quoted.replace(/\\(\\)?/g, "$1") : (number ?? whole));
  }
  return keys;
}
