// Properties that are made when they are first looked at.

/** Gives `object` the property `name`, whose value `make` makes once; it can be set like any other. */
exports.lazily = function lazily(object, name, make) {
  const define = (value) => {
    Object.defineProperty(object, name, {
      __proto__: null,
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    return value;
  };
  Object.defineProperty(object, name, {
    __proto__: null,
    get: () => define(make()),
    set: define,
    enumerable: true,
    configurable: true,
  });
};
