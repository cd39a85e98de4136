// Loaded into Bruno's command before its own code: every connection, those of `fetch` in scripts too, goes to
// the recording proxy and begins with a line that says where it was to go.
'use strict';

const net = require('node:net');
const tls = require('node:tls');

const port = Number(process.env.BRUSCRIPT_RECORDING_PORT);
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...args) {
  // net.connect() passes its arguments on as [options, callback].
  const given = Array.isArray(args[0]) ? args[0] : args;
  const first = given[0];
  const options = typeof first === 'object' ? first : { port: first, host: given[1] };
  if (options.path || Number.isNaN(Number(options.port))) {
    return connect.apply(this, args);
  }
  const callback = given.slice(1).find((item) => typeof item === 'function');
  const host = typeof options.host === 'string' ? options.host : 'localhost';
  const target = `${host.includes(':') ? `[${host}]` : host}:${options.port}`;
  const redirected = { ...options, host: '127.0.0.1', port, lookup: undefined };
  if (!(this instanceof tls.TLSSocket)) {
    connect.call(this, redirected, callback);
    this.write(`TARGET ${target}\r\n`);
    return this;
  }
  // Nothing can be written before the handshake, whose name is that of the Host header: another connection
  // says where this one was to go.
  return connect.call(this, redirected, () => {
    const messenger = new net.Socket();
    messenger.on('error', () => {}).resume();
    connect.call(messenger, { host: '127.0.0.1', port });
    messenger.end(`TARGET ${target} ${this.localPort}\r\n`);
    callback?.call(this);
  });
};
