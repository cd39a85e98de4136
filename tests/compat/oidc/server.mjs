// Starts a certified OpenID server (oidc-provider) on a free port and prints its URL.
// Arguments: the directory it is installed in; the public keys of the client "signer", a JWK set.
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const [home, keys] = process.argv.slice(2);
const { default: Provider, errors } = await import(
  pathToFileURL(`${home}/node_modules/oidc-provider/lib/index.js`).href
);

const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const issuer = `http://127.0.0.1:${port}`;

let tokenRequests = 0;
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "machine",
      client_secret: "machine-secret-1",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      scope: "read",
    },
    {
      client_id: "poster",
      client_secret: "poster-secret-1",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: "client_secret_post",
    },
    {
      client_id: "legacy",
      client_secret: "legacy-secret-1",
      grant_types: ["password", "refresh_token"],
      redirect_uris: [],
      response_types: [],
    },
    {
      client_id: "native",
      application_type: "native",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: ["http://127.0.0.1/callback"],
    },
    {
      client_id: "page",
      token_endpoint_auth_method: "none",
      grant_types: ["implicit"],
      response_types: ["id_token token"],
      redirect_uris: ["https://app.example/callback"],
    },
    {
      client_id: "tv",
      token_endpoint_auth_method: "none",
      grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
      redirect_uris: [],
      response_types: [],
    },
    {
      client_id: "pusher",
      application_type: "native",
      token_endpoint_auth_method: "none",
      require_pushed_authorization_requests: true,
      redirect_uris: ["http://127.0.0.1/callback"],
    },
    {
      client_id: "prover",
      application_type: "native",
      token_endpoint_auth_method: "none",
      dpop_bound_access_tokens: true,
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: ["http://127.0.0.1/callback"],
    },
    {
      client_id: "signer",
      token_endpoint_auth_method: "private_key_jwt",
      grant_types: ["client_credentials", "authorization_code"],
      redirect_uris: ["https://app.example/callback"],
      require_pushed_authorization_requests: true,
      jwks: JSON.parse(keys),
    },
    {
      client_id: "sharer",
      client_secret: "a secret of the client that signs by HMAC",
      token_endpoint_auth_method: "client_secret_jwt",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    },
  ],
  responseTypes: ["code", "id_token token"],
  cookies: { keys: [randomBytes(16).toString("hex")] },
  scopes: ["openid", "offline_access", "read"],
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    introspection: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    revocation: { enabled: true },
  },
  pkce: { required: (ctx, client) => client.clientId === "native" },
  ttl: {
    AccessToken: 3600,
    ClientCredentials: 3600,
    IdToken: 3600,
    Session: 3600,
    Interaction: 3600,
    Grant: 3600,
    RefreshToken: 3600,
  },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});

// The server has no password grant of its own: OAuth 2.1 drops it.
provider.registerGrantType('password', async (ctx) => {
  const { username, password } = ctx.oidc.params;
  if (username !== "ada" || password !== "lovelace")
    throw new errors.InvalidGrant("unknown user or wrong password");
  const grant = new provider.Grant({ accountId: username, clientId: ctx.oidc.client.clientId });
  grant.addOIDCScope('openid offline_access');
  const shared = {
    accountId: username,
    client: ctx.oidc.client,
    grantId: await grant.save(),
    scope: "openid offline_access",
    gty: "password",
  };
  const token = new provider.AccessToken(shared);
  ctx.oidc.entity('AccessToken', token);
  const refresh = new provider.RefreshToken({ ...shared, rotations: 0 });
  ctx.body = {
    access_token: await token.save(),
    token_type: "Bearer",
    expires_in: token.expiration,
    refresh_token: await refresh.save(),
  };
}, ['username', 'password']);

provider.use(async (ctx, next) => {
  if (ctx.path === '/token') tokenRequests += 1;
  if (ctx.path === '/count') {
    ctx.body = { tokenRequests };
  } else if (ctx.path === '/api') {
    const value =
      (ctx.get("authorization").match(/^Bearer (.+)$/) || [])[1] || ctx.query.access_token || "none";
    const token = (await provider.AccessToken.find(value)) || (await provider.ClientCredentials.find(value));
    // What an access token's end looks like from outside, at a moment that the test chooses.
    if (ctx.method === 'DELETE') await token.destroy();
    ctx.status = token ? 200 : 401;
    ctx.body = token ? { user: token.accountId ?? null, client: token.clientId } : { error: 'invalid_token' };
  } else {
    await next();
  }
});

provider.on('server_error', (ctx, error) => console.error(error));
server.on('request', provider.callback());
console.log(issuer);
process.stdin.on('end', () => process.exit()).resume();
