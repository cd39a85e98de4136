// performance: the clock, and marks and measures. https://w3c.github.io/hr-time/

"use strict";

// When the isolate was made, or shortly after: its time counts from there.
const { started } = require("web/install");

exports.define = function define(modules, module) {
  const now = () => host.now() - started;
  const timeOrigin = Date.now() - now();
  let entries = [];
  const timeOf = (mark, otherwise) => {
    if (typeof mark === "number") return mark;
    if (mark === undefined) return otherwise;
    const entry = entries.findLast(({ name, entryType }) => entryType === "mark" && name === mark);
    if (entry === undefined) throw new SyntaxError(`The "${mark}" performance mark has not been set`);
    return entry.startTime;
  };
  const keep = (entry) => {
    entries.push(entry);
    return entry;
  };
  module.exports.performance = {
    timeOrigin,
    now,
    mark: (name, { startTime = now(), detail = null } = {}) =>
      keep({ name: `${name}`, entryType: "mark", startTime, duration: 0, detail }),
    measure(name, startOrOptions, end) {
      const { start = startOrOptions, end: last = end, detail = null } = Object(startOrOptions);
      const startTime = timeOf(typeof start === "object" ? undefined : start, 0);
      return keep({
        name: `${name}`,
        entryType: "measure",
        startTime,
        duration: timeOf(last, now()) - startTime,
        detail,
      });
    },
    getEntries: () => [...entries],
    getEntriesByName: (name) => entries.filter((entry) => entry.name === name),
    getEntriesByType: (type) => entries.filter((entry) => entry.entryType === type),
    clearMarks(name) {
      entries = entries.filter(
        (entry) => entry.entryType !== "mark" || (name !== undefined && entry.name !== name),
      );
    },
    clearMeasures(name) {
      entries = entries.filter(
        (entry) => entry.entryType !== "measure" || (name !== undefined && entry.name !== name),
      );
    },
    toJSON: () => ({ timeOrigin }),
  };
};
