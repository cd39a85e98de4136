// The list that headers and cookies are read by: items with a key and a value, read afresh at each call.

class ReadOnlyList {
  #read;

  /** `read` gives the items, each `{key, value, …}`. */
  constructor(read) {
    this.#read = read;
  }

  /** Whether two keys are the same; headers look past case. */
  sameKey(one, other) {
    return one === other;
  }

  all() {
    return [...this.#read()];
  }

  one(name) {
    return this.all().findLast((item) => this.sameKey(item.key, name));
  }

  get(name) {
    return this.one(name)?.value;
  }

  idx(index) {
    return this.all()[index];
  }

  count() {
    return this.all().length;
  }

  indexOf(item) {
    if (!item || typeof item !== "object") return -1;
    return this.all().findIndex((each) => this.sameKey(each.key, item.key) && each.value === item.value);
  }

  has(name, value) {
    return this.all().some(
      (item) => this.sameKey(item.key, name) && (value === undefined || item.value === value),
    );
  }

  find(predicate, context) {
    return this.all().find(predicate, context);
  }

  filter(predicate, context) {
    return this.all().filter(predicate, context);
  }

  each(callback, context) {
    this.all().forEach(callback, context);
  }

  map(callback, context) {
    return this.all().map(callback, context);
  }

  reduce(callback, ...rest) {
    const bound = rest.length > 1 ? callback.bind(rest[1]) : callback;
    return rest.length > 0 ? this.all().reduce(bound, rest[0]) : this.all().reduce(bound);
  }

  toObject() {
    const result = {};
    for (const { key, value } of this.all()) result[key] = value;
    return result;
  }

  toString() {
    return this.all().map(({ key, value }) => `${key}=${value}`).join("; ");
  }

  toJSON() {
    return this.all();
  }
}

exports.ReadOnlyList = ReadOnlyList;
