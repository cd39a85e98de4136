// Maps that live as long as the isolate, out of the scripts' reach.
//
// A script may replace Map.prototype.get for a moment and would be handed every map that we ask meanwhile; by
// the time prototypes are compared it has put the method back. These tables call the methods as they were at
// the start.

const bind = Function.prototype.call.bind(Function.prototype.bind, Function.prototype.call);

function methods(type, names) {
  const found = { __proto__: null };
  for (const name of names) found[name] = bind(type.prototype[name]);
  return found;
}

const strong = methods(Map, ["get", "set", "has", "delete", "clear"]);
const weak = methods(WeakMap, ["get", "set", "has", "delete"]);
const sizeOf = bind(Object.getOwnPropertyDescriptor(Map.prototype, "size").get);

/** @returns {any} */
function over(map, calls) {
  return {
    __proto__: null,
    get: (key) => calls.get(map, key),
    set: (key, value) => { calls.set(map, key, value); },
    has: (key) => calls.has(map, key),
    delete: (key) => calls.delete(map, key),
  };
}

/** A table with any keys. */
exports.table = () => {
  const map = new Map();
  const table = over(map, strong);
  table.clear = () => strong.clear(map);
  Object.defineProperty(table, "size", { get: () => sizeOf(map) });
  return Object.freeze(table);
};

/** A table that keeps no key alive. */
exports.weakTable = () => Object.freeze(over(new WeakMap(), weak));
