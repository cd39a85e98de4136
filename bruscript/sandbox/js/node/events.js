// Node's events.

"use strict";

exports.define = function define(modules, module) {
  const events = modules.bundle("polyfill/events");
  events.getEventListeners ??= (emitter, name) => emitter.listeners(name);
  events.setMaxListeners ??= (count, ...emitters) => emitters.forEach((emitter) => emitter.setMaxListeners(count));
  events.errorMonitor ??= Symbol("events.errorMonitor");
  events.captureRejectionSymbol ??= Symbol.for("nodejs.rejection");
  module.exports = events;
};
