// `test(description, callback)`, and the results that tests leave.

const { loaded } = require("api/chai");
const { clean, peek, uid } = require("api/values");
const { locate, mapStack } = require("api/stack");

/** What a thrown value leaves in its test's result, by the mode's shape. */
function failure(session, description, thrown, path) {
  const own = peek(thrown, "stack");
  const stack = mapStack(own) || null;
  const result = {
    description,
    status: "fail",
    error: peek(thrown, "message") || "An unexpected error occurred.",
    stack,
    // What is thrown without a stack came from the script that has called `test`.
    place: locate(own) ?? { path, line: null, column: null },
  };
  if (session.safe) return result;
  const chai = loaded(session);
  if (chai !== undefined && thrown instanceof chai.AssertionError) {
    result.actual = thrown.actual;
    result.expected = thrown.expected;
  }
  return Object.assign(result, { errorName: peek(thrown, "name") || "Error" });
}

/** Whether scripts want only some of their tests to run: the code of one of them has `test.only`. */
exports.wantsOnly = (sources) =>
  sources.some((source) => source.includes("only") && /\btest\s*\.\s*only\b/.test(code(source)));

/** A script without its texts and comments. */
function code(source) {
  // Texts come first, so that the slashes of a URL begin no comment.
  const texts = [/"(?:[^"\\\n]|\\.)*"/, /'(?:[^'\\\n]|\\.)*'/, /`(?:[^`\\]|\\[^])*`/];
  const comments = [/\/\/[^\n]*/, /\/\*[^]*?\*\//];
  return source.replace(new RegExp([...texts, ...comments].map((part) => part.source).join("|"), "g"), "");
}

/**
 * Makes `test` for one step: results go to `step.results`, what runs on is put among `step.pending`.
 * `test.skip` only notes that there is a test; where there is a `test.only`, so does `test`.
 */
exports.createTest = function createTest(session, step) {
  const add = (result) => step.results.push(Object.assign(result, { uid: uid() }));
  const run = async (description, callback) => {
    const { path } = step;
    try {
      const result = callback();
      // A script's promise is a foreign one to the reference's developer mode, which learns of its end two
      // turns later.
      await (session.safe ? result : new Promise((resolve) => resolve(result)));
      add({ description, status: "pass" });
    } catch (thrown) {
      add(failure(session, description, thrown, path));
    }
  };
  const only = (description, callback) => step.track(run(description, callback));
  const skip = (description) => step.track(Promise.resolve(add({ description, status: "skipped" })));
  const test = (description, callback) => (step.only ? skip(description) : only(description, callback));
  return Object.assign(test, { only, skip });
};

function summarize(results) {
  const summary = { total: results.length, passed: 0, failed: 0, skipped: 0 };
  for (const { status } of results)
    summary[status === "pass" ? "passed" : status === "fail" ? "failed" : "skipped"] += 1;
  return summary;
}

const pick = (results, names) =>
  results.map((result) => Object.fromEntries(names.map((name) => [name, result[name]])));

/** `bru.getTestResults` and `bru.getAssertionResults`. */
exports.resultMethods = function resultMethods(session, step) {
  const shape = (value) => (session.safe ? clean(value) : value);
  return {
    async getTestResults() {
      // A test without an await, called just before, is done one turn later.
      await undefined;
      const results = pick(step.results, ["status", "description", "expected", "actual", "error"]);
      return shape({ summary: summarize(results), results });
    },
    async getAssertionResults() {
      const names = ["status", "lhsExpr", "rhsExpr", "operator", "rhsOperand", "error"];
      const results = pick(session.assertionResults, names);
      return shape({ summary: summarize(results), results });
    },
  };
};

