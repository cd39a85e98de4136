// What our own modules declare for themselves, from their syntax trees.
//
// A module that lasts is frozen with all that it declares before the first script comes. The names are
// written down when the bundles are made (libraries/bundle.mjs runs this file), and made anew here for a
// module that has changed since, as in a checkout that is worked on.

/**
 * The names of constants, functions and classes at the top of `source`, the body of a function. What a
 * pattern takes apart is another's, or the language's; what `let` names is a job's.
 */
exports.declarations = function declarations(parse, source) {
  const options = { ecmaVersion: "latest", allowReturnOutsideFunction: true };
  const names = [];
  for (const node of parse(source, options).body) {
    if (node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") names.push(node.id.name);
    if (node.type !== "VariableDeclaration" || node.kind !== "const") continue;
    for (const { id } of node.declarations) if (id.type === "Identifier") names.push(id.name);
  }
  return names;
};

/** The CRC-32 of a text's UTF-8 bytes, as zlib has it: whether the text is the one that was looked at. */
exports.checksum = function checksum(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ -1) >>> 0;
};
