// What a script defines on the language's own objects, or on the global one, lasts for its step, even where
// it is defined for good.
//
// In the reference each script has its own realm, so the scripts of one request may each load a helper
// that does Object.defineProperty(Array.prototype, "last", { get() { … } }). Here they share a realm, and
// the
// second would be refused: so such a property is made configurable, and is taken back when the step ends.
// Until then it is refused a second time, as the language would.

const { table, weakTable } = require("kernel/table");

const { defineProperty, deleteProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;
const { defineProperty: defineOrThrow, defineProperties } = Object;

const guarded = weakTable();
/** What is to be taken back, by number: {object, key, was: its descriptor before}. */
const defined = table();
/** By object and key, an object that has this property as the script wants it. */
const shapes = table();

function take(object, key, was, shape) {
  defined.set(defined.size, { __proto__: null, object, key, was });
  if (!shapes.has(object)) shapes.set(object, table());
  shapes.get(object).set(key, shape);
}

/** As `native` does, which is Reflect's or Object's. */
function define(native, object, name, descriptor) {
  const key = typeof name === "symbol" ? name : `${name}`;
  const known = shapes.get(object)?.get(key);
  const was = known === undefined ? getOwnPropertyDescriptor(object, key) : undefined;
  if (was !== undefined && !was.configurable) return native(object, key, descriptor);
  const shape = known ?? { __proto__: null };
  if (was !== undefined) defineProperty(shape, key, { __proto__: null, ...was });
  if (!native(shape, key, descriptor)) return false;
  const wanted = { __proto__: null, ...getOwnPropertyDescriptor(shape, key) };
  if (known === undefined && !wanted.configurable) take(object, key, was, shape);
  return native(object, key, { __proto__: null, ...wanted, configurable: true });
}

const replacements = {
  defineProperty(object, key, descriptor) {
    if (!guarded.has(object)) return defineOrThrow(object, key, descriptor);
    define(defineOrThrow, object, key, descriptor);
    return object;
  },
  defineProperties(object, properties) {
    if (!guarded.has(object)) return defineProperties(object, properties);
    const from = Object(properties);
    for (const key of ownKeys(from)) {
      if (getOwnPropertyDescriptor(from, key)?.enumerable) define(defineOrThrow, object, key, from[key]);
    }
    return object;
  },
};
const reflected = {
  defineProperty(object, key, descriptor) {
    return guarded.has(object)
      ? define(defineProperty, object, key, descriptor) !== false
      : defineProperty(object, key, descriptor);
  },
};

/** Replaces the methods that define; once an isolate. */
exports.install = function install(target) {
  for (const [holder, methods] of [[target.Object, replacements], [target.Reflect, reflected]]) {
    for (const name of ownKeys(methods)) {
      defineProperty(holder, name, {
        value: methods[name],
        writable: true,
        enumerable: false,
        configurable: true,
      });
    }
  }
};

/** Says which objects these are. */
exports.guard = function guard(objects) {
  for (const object of objects) guarded.set(object, true);
};

/** Ends a step: takes back what its scripts have defined for good. */
exports.undo = function undo() {
  for (let i = defined.size - 1; i >= 0; i -= 1) {
    const { object, key, was } = defined.get(i);
    if (was === undefined) deleteProperty(object, key);
    else defineProperty(object, key, { __proto__: null, ...was });
  }
  defined.clear();
  shapes.clear();
};
