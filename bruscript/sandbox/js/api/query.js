// `res("a.b[0]")`: a path through the body, with deep search (`..`), filters and mappers (`[?]`).

const separators = /(\.{1,2}|\[\?\]|\[\d+\])/;

/** The value that `path` leads to in `source`; each `[?]` takes the next of `functions`. */
exports.query = function query(source, path, ...functions) {
  if (typeof path !== "string")
    throw new TypeError(
      `res(path) takes a path such as "items[0].id", not ${path === null ? path : typeof path}`,
    );
  const tokens = path.replace(/\s+/g, "").split(separators).filter((part) => part !== "");
  let value = source;
  let before = "";
  for (const token of tokens) {
    if (value === null || value === undefined) break;
    if (token === "[?]") {
      if (!functions[0]) throw new Error(`missing function for ${bare(before)}`);
      value = select(value, functions.shift());
    } else if (token !== "." && token !== "..") {
      value = step(value, bare(token), before === "..");
    }
    before = token;
  }
  return value;
};

const bare = (token) => token.replace(/\[|\]/g, "");

function step(value, name, deep) {
  const index = Number.parseInt(name, 10);
  return Number.isNaN(index) ? member(value, name, deep) : flatten(value[index]);
}

function member(value, name, deep) {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return flatten(value.map((item) => member(item, name, deep)));
  if (!deep) return flatten(value[name]);
  const found = [value[name]];
  for (const [key, item] of Object.entries(value)) {
    if (key !== name && typeof item === "object") found.push(member(item, name, true));
  }
  return flatten(found);
}

/** Lists in lists become one list without what is missing; an empty one is nothing. */
function flatten(value) {
  if (!Array.isArray(value)) return value;
  const flat = value.flat(Infinity).filter((item) => item !== null && item !== undefined);
  return flat.length > 0 ? flat : undefined;
}

/** What a filter says true to stays; any other value than false or nothing takes its item's place. */
function select(source, chosen) {
  const decide = typeof chosen === "object" ? (item) => matches(item, chosen) : chosen;
  const results = [];
  for (const item of Array.isArray(source) ? source : [source]) {
    if (item === null || item === undefined) continue;
    const answer = decide(item);
    if (answer === true) results.push(item);
    else if (answer !== null && answer !== undefined && answer !== false) results.push(answer);
  }
  return flatten(Array.isArray(source) ? results : results[0]);
}

const matches = (item, wanted) => Object.entries(wanted).every(([key, value]) => item[key] === value);
