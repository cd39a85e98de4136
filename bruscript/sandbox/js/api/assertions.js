// The `assert` block: each entry compares an expression with an operand by chai.

const { chaiOf } = require("api/chai");
const { evaluate, operand } = require("api/expressions");
const { interpolate } = require("api/interpolate");
const { uid } = require("api/values");

const unary = {
  isEmpty: (value) => value.to.be.empty,
  isNotEmpty: (value) => value.to.not.be.empty,
  isNull: (value) => value.to.be.null,
  isUndefined: (value) => value.to.be.undefined,
  isDefined: (value) => value.to.not.be.undefined,
  isTruthy: (value) => value.to.be.true,
  isFalsy: (value) => value.to.be.false,
  isJson: (value) => value.to.be.json,
  isNumber: (value) => value.to.be.a("number"),
  isString: (value) => value.to.be.a("string"),
  isBoolean: (value) => value.to.be.a("boolean"),
  isArray: (value) => value.to.be.a("array"),
};

const binary = {
  eq: (value, right) => value.to.equal(right),
  neq: (value, right) => value.to.not.equal(right),
  gt: (value, right) => value.to.be.greaterThan(right),
  gte: (value, right) => value.to.be.greaterThanOrEqual(right),
  lt: (value, right) => value.to.be.lessThan(right),
  lte: (value, right) => value.to.be.lessThanOrEqual(right),
  in: (value, right) => value.to.be.oneOf(right),
  notIn: (value, right) => value.to.not.be.oneOf(right),
  contains: (value, right) => value.to.include(right),
  notContains: (value, right) => value.to.not.include(right),
  length: (value, right) => value.to.have.lengthOf(right),
  matches: (value, right) => value.to.match(new RegExp(right)),
  notMatches: (value, right) => value.to.not.match(new RegExp(right)),
  startsWith: (value, right) => value.to.startWith(right),
  endsWith: (value, right) => value.to.endWith(right),
  between: (value, [least, most]) => value.to.be.within(least, most),
};

/** `"gte 5"` as its operator and operand; what starts with no operator is compared for equality. */
function parse(text) {
  if (typeof text !== "string" || text === "") return { operator: "eq", right: text };
  const [operator, ...rest] = text.trim().split(" ");
  if (Object.hasOwn(unary, operator)) return { operator, right: "" };
  if (Object.hasOwn(binary, operator)) return { operator, right: rest.join(" ") };
  return { operator: "eq", right: text };
}

function without(text, open, close) {
  return text.length > 1 && text.startsWith(open) && text.endsWith(close) ? text.slice(1, -1) : text;
}

/** The operand's value, its templates resolved. */
function rightSide(session, operator, right, context) {
  const resolve = (text) =>
    typeof text === "string" ? interpolate(text, session.scopes.templates(text)) : text;
  const value = (text) => operand(session, resolve(text.trim()), context);
  switch (operator) {
    case "in":
    case "notIn":
      return without(right, "[", "]").split(",").map(value);
    case "between":
      return right.split(",").map(value);
    case "matches":
    case "notMatches":
      return resolve(without(right, "/", "/"));
    default:
      return operand(session, resolve(right), context);
  }
}

/** Runs the enabled entries (`{name, value, enabled}`); gives a result each, in the reference's shape. */
exports.runAssertions = function runAssertions(session, entries, context) {
  const { expect } = chaiOf(session);
  const results = [];
  session.asserting = true;
  try {
    for (const { name, value, enabled } of entries) {
      if (enabled === false) continue;
      const { operator, right } = parse(value);
      const result = {
        uid: uid(),
        lhsExpr: name,
        rhsExpr: value,
        rhsOperand: right,
        operator,
        status: "pass",
      };
      try {
        const left = evaluate(session, name, context);
        if (Object.hasOwn(unary, operator)) unary[operator](expect(left));
        else binary[operator](expect(left), rightSide(session, operator, right, context));
      } catch (error) {
        result.status = "fail";
        result.error = error?.message ?? String(error);
      }
      results.push(result);
    }
  } finally {
    session.asserting = false;
  }
  session.assertionResults = results;
  return results;
};
