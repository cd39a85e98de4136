// What a value is, as JSON: the same text runs in Node and in our sandbox (test_modules.py).
// eslint-disable-next-line no-unused-vars
function shown(value, seen = []) {
  if (value === undefined) return "<undefined>";
  if (typeof value === "bigint") return `<${value}n>`;
  if (typeof value === "function") return `<function ${value.name}>`;
  if (typeof value === "symbol") return `<${String(value)}>`;
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
    return `<${Object.is(value, -0) ? "-0" : value}>`;
  if (value === null || typeof value !== "object") return value;
  if (seen.includes(value)) return "<circular>";
  const inner = (part) => shown(part, [...seen, value]);
  const fields = (names) => Object.fromEntries(names.map((name) => [name, inner(value[name])]));
  if (value instanceof Error) {
    const own = Object.keys(value).filter(
      (name) => !["name", "message", "stack", "generatedMessage"].includes(name),
    );
    const hidden = ["code", "cause", "errors"].filter(
      (name) => value[name] !== undefined && !own.includes(name),
    );
    return { error: value.name, message: String(value.message), ...fields([...own, ...hidden]) };
  }
  if (value instanceof Date) return `<Date ${Number.isNaN(Number(value)) ? "invalid" : value.toISOString()}>`;
  if (value instanceof RegExp) return `<${value}>`;
  if (value instanceof Map || value instanceof Set)
    return { [value.constructor.name]: [...value].map(inner) };
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    const bytes = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value);
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
    return `<${value.constructor.name} ${digits.join("")}>`;
  }
  if (Array.isArray(value)) return Array.from(value, (item, at) => (at in value ? inner(item) : "<hole>"));
  const name = value.constructor?.name;
  const shape =
    Object.getPrototypeOf(value) === null ? { prototype: null } : name === "Object" ? {} : { class: name };
  return { ...shape, ...fields(Object.keys(value)) };
}
