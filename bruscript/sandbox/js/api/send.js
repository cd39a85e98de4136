// `bru.sendRequest` and `bru.runRequest`: other requests, sent or run from within a script.

const modules = require("kernel/modules");
const { variableChanges } = require("api/changes");
const numbers = require("api/numbers");
const { clean } = require("api/values");

const perSession = require("kernel/table").weakTable();

/** axios as the reference sets it up for scripts: text with a JSON content type is sent as it is. */
function clientOf(session) {
  let client = perSession.get(session);
  if (client === undefined) {
    const axios = modules.library(session, "axios");
    const [transform] = [axios.defaults.transformRequest].flat();
    client = axios.create({
      adapter: require("node/axios").adapterOf(axios, "bru.sendRequest"),
      transformRequest(data, headers) {
        const type = String(headers.getContentType?.() ?? "");
        return typeof data === "string" && type.includes("json") ? data : transform.call(this, data, headers);
      },
      headers: {},
    });
    perSession.set(session, client);
  }
  return client;
}

async function exchange(session, config) {
  const startedAt = host.now();
  const settings = typeof config === "string" ? { url: config } : { ...config };
  let response;
  let error = null;
  try {
    response = await clientOf(session)(settings);
    response.responseTime ??= host.now() - startedAt;
    return response;
  } catch (thrown) {
    error = thrown;
    if (typeof thrown?.response?.status === "number") thrown.status ??= thrown.response.status;
    throw thrown;
  } finally {
    const { status, statusText } = response ?? error?.response ?? {};
    const method = String(settings.method ?? "get").toUpperCase();
    const failure = error && { message: error.message, code: error.code };
    session.scripted.push({
      source: "sendRequest",
      request: { method, url: settings.url },
      response: status ? { status, statusText } : null,
      error: failure,
    });
  }
}

/** Makes `bru.sendRequest`: a promise for the response; a callback gets (error, response) first. */
exports.createSendRequest = function createSendRequest(session, step) {
  const send = async (config, callback) => {
    if (!callback) return exchange(session, config);
    let response;
    try {
      response = await exchange(session, config);
    } catch (error) {
      await callback(error, null);
      return undefined;
    }
    await callback(null, response);
    return response;
  };
  return (config, callback) => step.track(send(config, callback));
};

/**
 * Makes `bru.runRequest`: runs another request of the collection; its variables are seen afterwards.
 * Credentials that were reset so far are reset before it, so that it gets a new token, and not once more
 * after it.
 */
exports.createRunRequest = function createRunRequest(session, step) {
  const run = async (path) => {
    const resets = session.effects.resetOauth2 ?? [];
    try {
      delete session.effects.resetOauth2;
      const failures = [];
      const { variables = {}, deleted, unset } = variableChanges(session.scopes, failures);
      const gone = deleted === undefined && unset === undefined ? [] : [{ deleted, unset }];
      const answer = await host.call("run.request", [path, numbers.raw(variables), resets, ...gone]);
      if (answer?.variables === undefined) return answer;
      session.scopes.replace(
        answer.exact === undefined ? answer.variables : numbers.parseExactly(answer.exact),
      );
      session.scopes.failures.push(...failures);
      return answer.response;
    } catch (error) {
      // There was no such request: they are still to be done.
      if (resets.length > 0) session.effects.resetOauth2 = resets.concat(session.effects.resetOauth2 ?? []);
      if (session.safe) return clean({ message: error.message });
      // The reference rejects with a text where there is no such request.
      throw /^bru\.runRequest: /.test(error?.message) ? error.message : error;
    }
  };
  return (path) => step.track(run(path));
};
