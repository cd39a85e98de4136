// XML answers as objects, for queries: elements by their names, as the library xml2js reads them.

const modules = require("kernel/modules");
const { plain } = require("api/values");

/** Whether a body's text is XML, by its content type or by its first words. */
exports.isXml = (text, contentType) =>
  /[/+]xml\b/i.test(String(contentType ?? "")) || /^\s*<\?xml\s/.test(text);

/** The object of a document; a repeated element is a list. */
exports.readXml = function readXml(session, text) {
  const { parseString } = modules.library(session, "xml2js");
  let failure = null;
  let document;
  parseString(text, { explicitArray: false }, (error, result) => {
    failure ??= error;
    document = result;
  });
  if (failure === null) return plain(document);
  // The parser gives line, column and character on separate lines, counted from 0.
  const [reason, line, column] = String(/** @type {any} */ (failure).message).split("\n");
  const at = /\d+/.exec(line ?? "");
  const where = at === null ? "" : ` at line ${Number(at[0]) + 1}, column ${/\d+/.exec(column)?.[0]}`;
  throw new Error(`the response's body is not XML that res(path) can read: ${reason}${where}`);
};

/** The text of an element that also has attributes, and any other value as it is. */
exports.withoutAttributes = function withoutAttributes(value) {
  if (Array.isArray(value)) return value.map(withoutAttributes);
  const isElement = typeof value === "object" && value !== null && typeof value._ === "string";
  return isElement && Object.keys(value).every((key) => key === "_" || key === "$") ? value._ : value;
};
