// Starts oauth2-mock-server on a free port and prints its URL. Argument: the directory it is installed in.
import { pathToFileURL } from 'node:url';

const { OAuth2Server } = await import(
  pathToFileURL(`${process.argv[2]}/node_modules/oauth2-mock-server/dist/index.mjs`).href
);

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
await server.start(0, '127.0.0.1');
server.issuer.url = `http://127.0.0.1:${server.address().port}`;
console.log(server.issuer.url);
process.stdin.on('end', () => process.exit()).resume();
