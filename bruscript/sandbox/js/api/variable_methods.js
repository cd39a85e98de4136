// `bru`'s methods on the variable scopes.

const { dump } = require("api/values");
const { checkName } = require("api/variables");

// The names are put together once: every step of every script gets these methods.
const families = Object.entries({
  "": "runtime",
  Env: "environment",
  GlobalEnv: "global",
  Collection: "collection",
}).map(([infix, scope]) => ({
  scope,
  has: `has${infix}Var`,
  get: `get${infix}Var`,
  set: `set${infix}Var`,
  remove: `delete${infix}Var`,
  removeAll: `deleteAll${infix}Vars`,
  all: `getAll${infix}Vars`,
}));

/**
 * The methods that each writable scope has in `bru`: getVar, setEnvVar, deleteAllCollectionVars and so on.
 */
exports.methods = function methods(scopes) {
  const made = {};
  for (let i = 0; i < families.length; i += 1) {
    const { scope, has, get, set, remove, removeAll, all } = families[i];
    made[has] = (name) => Object.hasOwn(scopes[scope], name);
    made[get] = (name) => scopes.get(scope, name);
    made[set] = (name, value) => scopes.set(scope, name, value);
    made[remove] = (name) => scopes.delete(scope, name);
    made[removeAll] = () => scopes.deleteAll(scope);
    made[all] = () => scopes.all(scope);
  }
  made.getVar = (name) => {
    checkName(name);
    return scopes.get("runtime", name);
  };
  made.getFolderVar = (name) => scopes.get("folder", name);
  made.getRequestVar = (name) => scopes.get("request", name);
  made.getOauth2CredentialVar = (name) => scopes.get("oauth2", name);
  made.getProcessEnv = (name) =>
    Object.hasOwn(scopes.processEnv, name) ? scopes.processEnv[name] : undefined;
  made.getSecretVar = (name) => scopes.external[`$secrets.${name}`];
  made.getEnvName = () => scopes.environment.__name__;
  made.interpolate = (value) => scopes.interpolate(scopes.safe ? dump(value) : value);
  return made;
};
