// What our own modules declare for themselves, from their syntax trees.
//
// A module that lasts is frozen with all that it declares before the first script comes. The names are
// written down when the bundles are made (libraries/bundle.mjs runs this file), and made anew here for a
// module that has changed since, as in a checkout that is worked on.

/**
 * The names of constants, functions and classes at the top of `source`, the body of a function, also those
 * that a pattern takes out of something. What `let` names is a job's. Throws for `var`, which says neither.
 */
exports.declarations = function declarations(parse, source) {
  const options = { ecmaVersion: "latest", allowReturnOutsideFunction: true };
  const names = [];
  for (const node of parse(source, options).body) {
    if (node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") names.push(node.id.name);
    if (node.type !== "VariableDeclaration" || node.kind === "let") continue;
    if (node.kind === "var") throw new SyntaxError("var: use const, or let for what a job changes");
    names.push(...node.declarations.flatMap(({ id }) => namesOf(id)));
  }
  return names;
};

/** The names that a declarator's pattern declares. */
function namesOf(pattern) {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) => namesOf(property.value ?? property));
    case "ArrayPattern":
      return pattern.elements.flatMap(namesOf);
    case "AssignmentPattern":
      return namesOf(pattern.left);
    case "RestElement":
      return namesOf(pattern.argument);
    default:
      return [];
  }
}

exports.namesOf = namesOf;

/** The CRC-32 of a text's UTF-8 bytes, as zlib has it: whether the text is the one that was looked at. */
exports.checksum = function checksum(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ -1) >>> 0;
};
