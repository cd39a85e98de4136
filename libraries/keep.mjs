// Passes everything that a library makes to our sandbox: `keep(value)` gets every object and function that
// it creates.
//
// A library that scripts share hides objects in closures, and a script that replaces a method of the language
// while it calls the library is handed them. The sandbox gives the bundle a `__keep` that takes them down
// while the library is made, and freezes them before the first script comes; afterwards it only passes values
// through.
import { parse } from "acorn";
import { fullAncestor } from "acorn-walk";

const makers = new Set([
  "ArrayExpression",
  "ArrowFunctionExpression",
  "CallExpression",
  "FunctionExpression",
  "NewExpression",
  "ObjectExpression",
]);
// Syntax that would need a separate rule; no library that scripts share has it.
const unknown = new Set([
  "ChainExpression",
  "ClassDeclaration",
  "ClassExpression",
  "ImportExpression",
  "Super",
  "TaggedTemplateExpression",
]);

const isMaker = (node) => makers.has(node.type) || (node.type === "Literal" && node.regex !== undefined);
const isAccessorOrMethod = (node, parent) =>
  parent.type === "Property" && (parent.method || parent.kind !== "init") && parent.value === node;
const isConstructor = (node, parent) => parent.type === "NewExpression" && parent.callee === node;

/** Where a block begins, behind its directives. */
function startOf(block) {
  if (block.type !== "Program" && block.type !== "BlockStatement")
    throw new Error(`A function in a ${block.type} cannot be kept`);
  return (
    block.body.findLast((node) => node.directive)?.end ?? (block.type === "Program" ? 0 : block.start + 1)
  );
}

/**
 * `source` with `__keep(…)` around each expression that makes something, and for each function that is
 * declared.
 */
export function keeping(source) {
  const insertions = [];
  const insert = (at, rank, text) => insertions.push({ at, rank, text });
  fullAncestor(parse(source, { ecmaVersion: "latest" }), (node, _state, ancestors) => {
    const parent = ancestors.at(-2);
    if (unknown.has(node.type)) throw new Error(`A ${node.type} cannot be kept: keep.mjs has no rule for it`);
    if (node.type === "FunctionDeclaration") insert(startOf(parent), 0, `;__keep(${node.id.name});`);
    if (!isMaker(node) || isAccessorOrMethod(node, parent) || isConstructor(node, parent)) return;
    // The space, because `return[1]` needs none.
    insert(node.start, 1, " __keep(");
    insert(node.end, 1, ")");
  });
  let kept = "";
  let done = 0;
  for (const { at, text } of insertions.sort((a, b) => a.at - b.at || a.rank - b.rank)) {
    kept += source.slice(done, at) + text;
    done = at;
  }
  return kept + source.slice(done);
}
