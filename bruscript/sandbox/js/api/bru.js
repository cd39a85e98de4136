// `bru`: variables, cookies, other requests, and what a script asks of the run.

const modules = require("kernel/modules");
const { lazily } = require("api/lazily");
const { createRunRequest, createSendRequest } = require("api/send");
const { methods: variableMethods } = require("api/variable_methods");
const { resultMethods } = require("api/test");
const { dump, giveName, keep } = require("api/values");
const { visualizeMethods } = require("api/visualize");

/** Makes `bru` for one step of a session. */
exports.createBru = function createBru(session, step) {
  const { context, effects, safe, scopes } = session;
  const setNextRequest = (name) => {
    if (typeof name === "object" && name !== null)
      throw new TypeError("bru.setNextRequest takes a request's name, or null");
    effects.nextRequest = safe ? dump(name) : name;
  };
  const bru = {
    __proto__: safe ? Object.prototype : (session.undocumented ??= undocumented(session)),
    ...(session.variableMethods ??= variableMethods(scopes)),
    ...resultMethods(session, step),
    ...visualizeMethods(session, step),
    cwd: () => context.collectionPath,
    getCollectionName: () => context.collectionName,
    isSafeMode: () => safe,
    setNextRequest,
    resetOauth2Credential: (id) => resetOauth2(session, id),
    sendRequest: createSendRequest(session, step),
    runRequest: createRunRequest(session, step),
    sleep: (milliseconds) => step.track(sleep(milliseconds, safe)),
    runner: {
      skipRequest() {
        effects.skip = true;
      },
      stopExecution() {
        effects.stop = true;
      },
      setNextRequest,
      iterationIndex: context.iteration?.index ?? 0,
      totalIterations: context.iteration?.total ?? 1,
      iterationData: iterationData(session),
    },
    utils: { minifyJson, minifyXml: (xml) => minifyXml(session, xml) },
  };
  lazily(bru, "cookies", () => require("api/cookies").createCookies(session));
  return giveName(bru, "bru");
};

const scopeProperties = Object.entries({
  envVariables: "environment",
  runtimeVariables: "runtime",
  collectionVariables: "collection",
  folderVariables: "folder",
  requestVariables: "request",
  globalEnvironmentVariables: "global",
  oauth2CredentialVariables: "oauth2",
  processEnvVars: "processEnv",
  promptVariables: "prompt",
});
const writable = ["environment", "runtime", "collection", "global"];

/**
 * What `bru` inherits from: scripts of developer mode may look at the reference's undocumented properties,
 * and change what they find. Made once a session, since nearly no script does.
 */
function undocumented({ context, scopes }) {
  const { collectionName, collectionPath } = context;
  const properties = {
    collectionName: { __proto__: null, value: collectionName, writable: true, configurable: true },
    collectionPath: { __proto__: null, value: collectionPath, writable: true, configurable: true },
  };
  for (const [name, scope] of scopeProperties) {
    const get = () => (writable.includes(scope) ? scopes.expose(scope) : scopes[scope]);
    properties[name] = { __proto__: null, get, configurable: true };
  }
  return Object.create(Object.prototype, properties);
}

function sleep(milliseconds, safe) {
  return new Promise((resolve) => setTimeout(() => resolve(safe ? "slept" : undefined), milliseconds));
}

/** Forgets a credential: its variables at once, its token when the job is done. */
function resetOauth2({ effects, scopes }, id) {
  if (!id || typeof id !== "string") throw new Error("credentialId must be a non-empty string");
  effects.resetOauth2 ??= [];
  if (!effects.resetOauth2.includes(id)) effects.resetOauth2.push(id);
  const prefix = `$oauth2.${id}.`;
  for (const name of Object.keys(scopes.oauth2)) if (name.startsWith(prefix)) delete scopes.oauth2[name];
}

function iterationData(session) {
  const { data } = session.context.iteration;
  const changed = () => {
    session.effects.iterationData = data;
  };
  return {
    set(key, value) {
      data[key] = session.safe ? keptIn(key, value) : value;
      changed();
    },
    get: (key) => (key ? data[key] : session.safe ? dump(data) : data),
    has: (key) => key in data,
    stringify: () => JSON.stringify(data),
    unset(key) {
      if (data[key]) delete data[key];
      changed();
    },
  };
}

function keptIn(key, value) {
  try {
    return keep(value, true);
  } catch (error) {
    throw new Error(`The iteration's "${key}" cannot be kept: ${error.message}`);
  }
}

function minifyJson(json) {
  if (json === null || json === undefined) throw new Error("Failed to minify");
  if (typeof json !== "object" && typeof json !== "string")
    throw new TypeError("minifyJson expects a string or object");
  const text = typeof json === "string" ? json.trim() : undefined;
  if (text === "") return text;
  try {
    return JSON.stringify(text === undefined ? json : JSON.parse(text));
  } catch (error) {
    throw new Error(`Failed to minify: ${error?.message || error}`);
  }
}

function minifyXml(session, xml) {
  if (xml === null || xml === undefined) throw new Error("Failed to minify");
  if (typeof xml !== "string") throw new TypeError("minifyXml expects a string");
  try {
    const library = modules.library(session, "xml-formatter");
    return (library.default ?? library)(xml, { collapseContent: false, indentation: "", lineSeparator: "" });
  } catch (error) {
    throw new Error(`Failed to minify: ${error?.message || error}`);
  }
}
