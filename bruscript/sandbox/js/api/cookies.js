// `bru.cookies`: the jar's cookies for the request's URL as a list, and `jar()` for any URL.

const { ReadOnlyList } = require("api/lists");
const { dump } = require("api/values");

function ask(operation, ...args) {
  const [url = ""] = args;
  if (typeof url !== "string") throw new TypeError(`A cookie's URL is a text or a URL, not ${typeof url}`);
  return host.callSync(`cookies.${operation}`, args);
}

/** A promise for `action()`, or undefined where the last argument is a callback: that gets (error, value). */
/** `nothing` is a callback's argument if there is neither an error nor a value. */
function settle(action, callback, nothing) {
  if (typeof callback !== "function") return new Promise((resolve) => resolve(action()));
  let value;
  try {
    value = action();
  } catch (error) {
    return callback(error);
  }
  return value === undefined ? callback(nothing) : callback(null, value);
}

/** A cookie with a Date or "Infinity" as its expiry, as the reference's jar keeps it. */
function whole(session, cookie) {
  const expires =
    cookie.expires === null || cookie.expires === undefined ? "Infinity" : new Date(expiry(cookie.expires));
  return session.safe ? dump({ ...cookie, expires }) : { ...cookie, expires };
}

/** Hosts give seconds since 1970 or an ISO text. */
const expiry = (value) => (typeof value === "number" && value < 1e11 ? value * 1000 : value);

function brief({ key, value, domain, path, secure, httpOnly, expires }) {
  return { key, value, domain, path, secure, httpOnly, expires };
}

function must(condition, message) {
  if (!condition) throw new Error(message);
}

/** A cookie object as the host's jar takes it. */
function prepared(cookie) {
  const made = { ...cookie };
  if (!made.key && made.name) made.key = made.name;
  must(made.key, "cookieObject.key (name) is required");
  const expires = new Date(made.expires ?? Number.NaN);
  made.expires = made.expires && !Number.isNaN(expires.getTime()) ? expires.toISOString() : null;
  made.value = textOf(made.value);
  return dump(made);
}

/**
 * A cookie's value as it is sent: what is not a text becomes one as the language makes it, and false is
 * nothing.
 */
const textOf = (value) => (value === undefined || value === null || value === false ? "" : String(value));

function jarOf(session) {
  const at = (url) => session.scopes.interpolate(url);
  const nothing = session.safe ? null : undefined;
  const list = (url) => ask("all", url).map((cookie) => whole(session, cookie));
  return {
    getCookie(address, name, callback) {
      const url = at(address);
      return settle(() => {
        must(url && name, "URL and cookie name are required");
        return list(url).find((cookie) => cookie.key === name) ?? null;
      }, callback);
    },
    getCookies(address, callback) {
      const url = at(address);
      return settle(() => {
        must(url, "URL is required");
        return list(url);
      }, callback);
    },
    hasCookie(address, name, callback) {
      const url = at(address);
      return settle(() => {
        must(url && name, "URL and cookie name are required");
        return list(url).some((cookie) => cookie.key === name);
      }, callback);
    },
    setCookie(address, nameOrCookie, value, callback) {
      const url = at(address);
      const done = typeof callback === "function" ? callback : value;
      return settle(() => {
        must(url, "URL is required");
        if (typeof nameOrCookie === "object" && nameOrCookie !== null) {
          ask("set", url, prepared(nameOrCookie));
          return;
        }
        must(typeof nameOrCookie === "string", "Invalid arguments passed to setCookie");
        must(nameOrCookie, "Cookie name is required");
        ask("set", url, { key: nameOrCookie, value: typeof value === "string" ? value : "", expires: null });
      }, done, nothing);
    },
    setCookies(address, cookies, callback) {
      const url = at(address);
      return settle(() => {
        must(url, "URL is required");
        must(Array.isArray(cookies), "setCookies expects an array of cookie objects");
        for (const cookie of cookies) ask("set", url, prepared(cookie));
      }, callback, nothing);
    },
    clear: (callback) => settle(() => void ask("clear"), callback, null),
    deleteCookies(address, callback) {
      const url = at(address);
      return settle(() => {
        must(url, "URL is required");
        ask("deleteAll", url);
      }, callback, nothing);
    },
    deleteCookie(address, name, callback) {
      const url = at(address);
      return settle(() => {
        must(url && name, "URL and cookie name are required");
        ask("delete", url, name);
      }, callback, null);
    },
  };
}

class CookieList extends ReadOnlyList {
  #session;
  #url;

  constructor(session) {
    const url = () => session.scopes.interpolate(session.request?.url);
    super(() => {
      const address = url();
      return address ? ask("all", address).map((cookie) => brief(whole(session, cookie))) : [];
    });
    this.#session = session;
    this.#url = url;
  }

  add(cookie, callback) {
    return this.upsert(cookie, callback);
  }

  append(cookie, callback) {
    return this.upsert(cookie, callback);
  }

  upsert(cookie, callback) {
    if (!cookie || typeof cookie !== "object") {
      return settle(() => must(false, "cookieObj must be a non-null object"), callback);
    }
    return this.#change((jar, url) => jar.setCookie(url, cookie, callback), callback);
  }

  remove(name, callback) {
    if (!name) return settle(() => undefined, callback);
    return this.#change((jar, url) => jar.deleteCookie(url, name, callback), callback);
  }

  delete(name, callback) {
    return this.remove(name, callback);
  }

  clear(callback) {
    return this.#change((jar, url) => jar.deleteCookies(url, callback), callback);
  }

  jar() {
    return jarOf(this.#session);
  }

  #change(action, callback) {
    const url = this.#url();
    return url ? action(this.jar(), url) : settle(() => undefined, callback);
  }
}

exports.createCookies = (session) => new CookieList(session);
