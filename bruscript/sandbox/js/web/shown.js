// What Node's console prints of the web's classes: their accessors as if they were properties.

"use strict";

const custom = Symbol.for("nodejs.util.inspect.custom");

exports.showAs = function showAs(Class, parts) {
  define(Class, function () {
    const shown = Object.create({ constructor: Class });
    for (const part of parts) shown[part] = this[part];
    return shown;
  });
};

/** Headers and forms: names with their values; of a name that comes several times, a list. */
exports.showPairs = function showPairs(Class, asFields) {
  define(Class, function (_depth, options, inspect) {
    const shown = { __proto__: null };
    for (const [name, value] of this) shown[name] = name in shown ? [shown[name], value].flat() : value;
    return `${asFields} ${inspect({ ...shown }, options)}`;
  });
};

function define(Class, value) {
  Object.defineProperty(Class.prototype, custom, { value, configurable: true, writable: true });
}
exports.showBy = define;
