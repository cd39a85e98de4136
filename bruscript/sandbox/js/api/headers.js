// `req.headerList` and `res.headerList`: headers as a list, names compared without regard to case.

const { ReadOnlyList } = require("api/lists");
const { deleteHeader } = require("api/req");

const lower = (name) => (typeof name === "string" ? name.toLowerCase() : name);
const sameName = (one, other) => lower(one) === lower(other);

/** `"Name: value"` as a header, or null. */
function parseHeader(text) {
  const colon = text.indexOf(":");
  return colon === -1 ? null : { key: text.slice(0, colon).trim(), value: text.slice(colon + 1).trim() };
}

class HeaderList extends ReadOnlyList {
  #request;
  #writable;

  /** `source` holds `headers`; a request's list also shows its disabled headers and changes it. */
  constructor(source, writable) {
    const snapshot = writable ? undefined : itemsOf(source);
    super(() => snapshot ?? itemsOf(source));
    this.#request = source;
    this.#writable = writable;
    this.idx = undefined;
  }

  sameKey(one, other) {
    return sameName(one, other);
  }

  has(name, value) {
    if (name && typeof name === "object" && name.key) return super.has(name.key);
    return super.has(name, value);
  }

  indexOf(item) {
    if (typeof item === "string") return this.all().findIndex(({ key }) => sameName(key, item));
    return super.indexOf(item);
  }

  add(item, value) {
    if (typeof item !== "string") this.upsert(item);
    else this.upsert(value !== undefined ? { key: item, value } : parseHeader(item));
  }

  /** Sets a header; true where it is new, false where it replaces one, null without a name. */
  upsert(item, value) {
    this.#mustBeWritable();
    const header = typeof item === "string" ? { key: item, value } : item;
    if (!header || typeof header !== "object" || !header.key) return null;
    const present = this.#nameOf(header.key);
    if (present !== undefined && present !== header.key) this.#delete(present);
    this.#request.headers[header.key] = header.value;
    const doomed = this.#request.headersToDelete ?? [];
    const at = doomed.findIndex((name) => sameName(name, header.key));
    if (at !== -1) doomed.splice(at, 1);
    return present === undefined;
  }

  remove(wanted, context) {
    this.#mustBeWritable();
    if (typeof wanted === "function") {
      for (const header of this.filter(wanted, context)) this.#removeItem(header);
      return;
    }
    const name = typeof wanted === "string" ? wanted : wanted?.key;
    if (!name) return;
    this.#removeEnabled(name);
    this.#removeDisabled(name);
  }

  clear() {
    this.#mustBeWritable();
    for (const header of this.all()) this.#removeItem(header);
  }

  /** Adds items, or lines of `Name: value`; a header that is there already keeps its value. */
  populate(items) {
    this.#mustBeWritable();
    const list = typeof items === "string" ? items.split(/\r?\n/).map(parseHeader) : items;
    for (const item of Array.isArray(list) ? list : []) {
      if (item?.key && !this.has(item.key)) this.add(item);
    }
  }

  repopulate(items) {
    this.clear();
    this.populate(items);
  }

  /** Adds another list's items; with `prune`, all others are removed. */
  assimilate(source, prune) {
    this.#mustBeWritable();
    const items = source instanceof ReadOnlyList ? source.all() : (Array.isArray(source) ? source : []);
    for (const item of items) this.add(item);
    if (!prune || items.length === 0) return;
    const kept = new Set(items.map((item) => lower(item.key ?? "")));
    for (const header of this.all()) if (!kept.has(lower(header.key))) this.#removeItem(header);
  }

  toObject(excludeDisabled, caseSensitive, multiValue, sanitizeKeys) {
    const result = {};
    for (const { key, value, disabled } of this.all()) {
      const name = caseSensitive === false ? lower(key) : key;
      if ((excludeDisabled && disabled) || (sanitizeKeys && !name) || (multiValue && name in result))
        continue;
      result[name] = value;
    }
    return result;
  }

  toString() {
    return this.filter((header) => !header.disabled).map(({ key, value }) => `${key}: ${value}\n`).join("");
  }

  #mustBeWritable() {
    if (!this.#writable) throw new Error("HeaderList is read-only (response headers cannot be modified)");
  }

  #nameOf(name) {
    return Object.keys(this.#request.headers).find((key) => sameName(key, name));
  }

  #removeItem(header) {
    if (header.disabled) this.#removeDisabled(header.key);
    else this.#removeEnabled(header.key);
  }

  #removeEnabled(name) {
    const present = this.#nameOf(name);
    if (present) this.#delete(present);
  }

  #removeDisabled(name) {
    const disabled = this.#request.disabledHeaders;
    if (disabled) this.#request.disabledHeaders = disabled.filter((header) => !sameName(header.name, name));
  }

  #delete(name) {
    deleteHeader(this.#request, name);
  }
}

function itemsOf(source) {
  const disabled = (source?.disabledHeaders ?? []).map(({ name, value }) => ({
    key: name,
    value,
    disabled: true,
  }));
  const enabled = Object.entries(source?.headers ?? {}).flatMap(([key, values]) =>
    [values].flat().map((value) => ({ key, value })),
  );
  return [...disabled, ...enabled];
}

exports.HeaderList = HeaderList;
