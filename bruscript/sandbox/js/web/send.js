// The way of fetch, axios and http.request to the network: a request handed to the host, its answer with the body as
// bytes. It is `plain`: none of the headers and cookies that bruscript's own requests carry are added.

"use strict";

/**
 * Sends {method, url, headers, body (Uint8Array or null), timeout in ms, maxRedirects}; gives {status,
 * statusText, headers (lower-case names; set-cookie a list), body (Uint8Array), url}. Rejects with an Error
 * whose `code` is a network error's (ECONNREFUSED …) where the host names one.
 */
exports.send = async function send({ method, url, headers, body = null, timeout, maxRedirects }) {
  const config = { method, url, headers, plain: true };
  if (body !== null) config.bodyBase64 = body.toBase64();
  if (timeout !== undefined) config.timeout = timeout;
  if (maxRedirects !== undefined) config.maxRedirects = maxRedirects;
  let answer;
  try {
    answer = await host.call("http.send", [config]);
  } catch (error) {
    const code = error.code ?? /\b(E[A-Z]{4,}|ERR_[A-Z_]+)\b/.exec(error.message)?.[0];
    throw Object.assign(new Error(error.message), code === undefined ? {} : { code });
  }
  return {
    status: answer.status,
    statusText: answer.statusText ?? "",
    headers: collected(answer.headers),
    body: Uint8Array.fromBase64(answer.bodyBase64 ?? ""),
    url: answer.url ?? url,
  };
};

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
