// URL and URLSearchParams: the whatwg-url package. https://url.spec.whatwg.org/

exports.define = function define(modules, module) {
  const { URL, URLSearchParams } = modules.bundle("polyfill/whatwg-url");
  const blobs = modules.once("blob-urls", (store) => { store.exports = new Map(); });
  URL.canParse ??= (url, base) => URL.parse(url, base) !== null;
  URL.createObjectURL = (blob) => {
    const name = `blob:nodedata:${globalThis.crypto.randomUUID()}`;
    blobs.set(name, blob);
    return name;
  };
  URL.revokeObjectURL = (name) => { blobs.delete(`${name}`); };
  module.exports = { URL, URLSearchParams };
};
