// Random bytes for the two crypto modules, Node's and the web's.

"use strict";

const POOL = 1024;

/** Random bytes, drawn from the host in larger pieces; what was given out is not kept. */
exports.randomSource = function randomSource(call) {
  /** @type {Uint8Array} */
  let pool = new Uint8Array(0);
  return function random(size) {
    if (size > POOL) return Uint8Array.fromBase64(call("random", size));
    if (pool.length < size) pool = Uint8Array.fromBase64(call("random", POOL));
    const given = pool.slice(0, size);
    pool = pool.subarray(size);
    return given;
  };
};
