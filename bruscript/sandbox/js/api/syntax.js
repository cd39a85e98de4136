// Where a script's syntax is wrong. V8 keeps the place of an error in `eval` to itself, so the text is parsed
// once more by a parser that gives it; only for a script that has failed, so its cost does not matter.

/** The 1-based line and column of the first syntax error in `source`; 1, 1 if unknown. */
exports.locate = function locate(source) {
  try {
    parserOf()(`async () => {\n${source}\n}`);
  } catch (error) {
    const match = /\((\d+):(\d+)\)/.exec(String(error?.message));
    if (match) return { line: Math.max(1, Number(match[1]) - 1), column: Number(match[2]) };
  }
  return { line: 1, column: 1 };
};

let parser;

function parserOf() {
  if (parser === undefined) {
    const module = { exports: {} };
    const source = host.callSync("bundle", ["polyfill/sucrase"]);
    (0, eval)(`(function (module, exports) {${source}\n})\n//# sourceURL=bruscript:library/sucrase`)(
      module,
      module.exports,
    );
    parser = (text) => module.exports.transform(text, { transforms: [] });
  }
  return parser;
}
