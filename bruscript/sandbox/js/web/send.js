// The way of fetch, axios and http.request to the network: a request handed to the host, its answer with the
// body as bytes. It is `plain`: none of the headers and cookies of bruscript's own requests are
// added.

"use strict";

/**
 * Begins to send {method, url, headers, body (Uint8Array or null), timeout in ms, maxRedirects, sentBy (its
 * name in reports)}; gives
 * {status, statusText, headers (lower-case names; set-cookie a list), body (Uint8Array), url} as the promise
 * `answer`. That rejects with an Error that is Node's (`code` ECONNREFUSED …) where the host knows it.
 * `cancel` gives it up.
 */
exports.send = function send(
  /** @type {any} */ { method, url, headers, body = null, timeout, maxRedirects, sentBy },
) {
  /** @type {any} */
  const config = { method, url, headers, sentBy, plain: true };
  if (body !== null) config.bodyBase64 = body.toBase64();
  if (timeout !== undefined) config.timeout = timeout;
  if (maxRedirects !== undefined) config.maxRedirects = maxRedirects;
  const { answer, cancel } = host.begin("http.send", [config]);
  return { answer: received(answer, url), cancel };
};

async function received(answer, sentTo) {
  try {
    const { status, statusText = "", headers, bodyBase64 = "", url = sentTo } = await answer;
    return { status, statusText, headers: collected(headers), body: Uint8Array.fromBase64(bodyBase64), url };
  } catch (error) {
    const failed = Object.assign(new Error(error.message), error);
    const code = failed.code ?? /\b(E[A-Z]{4,}|ERR_[A-Z_]+)\b/.exec(error.message)?.[0];
    throw code === undefined ? failed : Object.assign(failed, { code });
  }
}

/** Headers as an object, whether they came as one or as a list of pairs. */
function collected(headers) {
  const result = {};
  for (const [name, value] of Array.isArray(headers) ? headers : Object.entries(headers ?? {})) {
    const key = name.toLowerCase();
    if (key === "set-cookie") result[key] = [...(result[key] ?? []), ...[value].flat()];
    else result[key] = key in result ? `${result[key]}, ${value}` : [value].flat().join(", ");
  }
  return result;
}

/** The pairs of collected headers, one for each cookie. */
exports.headerPairs = function headerPairs(headers) {
  return Object.entries(headers).flatMap(([name, value]) => [value].flat().map((item) => [name, item]));
};
