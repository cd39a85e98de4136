// Writes one CommonJS file a library into the directory given as the first argument.
// hatch_build.py runs this after `npm ci`; nothing of it is needed when bruscript runs.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "acorn";
import { build } from "esbuild";
import { keeping } from "./keep.mjs";
import { words } from "./words.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const packages = join(root, "node_modules");
const outdir = process.argv[2] ?? join(root, "bruscript", "sandbox", "bundles");

const reexport = (path) => `module.exports = require(${JSON.stringify(path)});`;

/** Scripts' libraries: what `require(name)` gives. The browser build is taken where Node's needs sockets. */
const libraries = {
  "@faker-js/faker": { code: reexport("@faker-js/faker") },
  "@faker-js/faker/locale/en": { code: reexport("@faker-js/faker/locale/en") },
  // One file, because ajv-formats must share its classes with ajv.
  ajv: {
    code: lazily([
      "ajv",
      "ajv-formats",
      "ajv/dist/2019",
      "ajv/dist/2020",
      "ajv/dist/jtd",
      "ajv/dist/standalone",
      "ajv/dist/compile/codegen",
      "ajv/dist/refs/json-schema-draft-06.json",
      "ajv/dist/refs/json-schema-draft-07.json",
      "ajv/lib/refs/json-schema-draft-06.json",
      "ajv/lib/refs/json-schema-draft-07.json",
    ]),
  },
  atob: { code: reexport("./node_modules/atob/node-atob.js") },
  axios: { code: reexport("./node_modules/axios/dist/browser/axios.cjs") },
  btoa: { code: reexport("btoa") },
  // Scripts share these two, so the sandbox has to know all that they are made of.
  chai: { code: reexport("chai"), transform: keeping },
  "chai-string": { code: reexport("chai-string"), transform: keeping },
  cheerio: { code: reexport("cheerio"), platform: "browser" },
  "crypto-js": { code: reexport("crypto-js") },
  "form-data": { code: reexport("./node_modules/form-data/lib/form_data.js") },
  handlebars: {
    code:
      reexport("./node_modules/handlebars/dist/cjs/handlebars.js") +
      "module.exports = module.exports.default;",
  },
  "js-yaml": { code: reexport("js-yaml") },
  jsonwebtoken: { code: reexport("jsonwebtoken") },
  lodash: { code: reexport("lodash") },
  "lodash/fp": { code: reexport("lodash/fp") },
  moment: { code: reexport("moment") },
  "moment/locales": { code: momentLocales(), external: ["../moment"] },
  nanoid: { code: reexport("nanoid") },
  "nanoid/non-secure": { code: reexport("nanoid/non-secure") },
  "node-fetch": { code: reexport("./node_modules/node-fetch/lib/index.js"), keepNames: true },
  qs: { code: reexport("qs") },
  tv4: { code: reexport("tv4") },
  uuid: { code: reexport("uuid") },
  "xml-formatter": { code: reexport("xml-formatter") },
  xml2js: { code: reexport("xml2js") },
  yaml: { code: reexport("yaml") },
};

/** What Node's built-in modules and the web's globals are made of; reached only by our own modules. */
const polyfills = {
  "polyfill/acorn": { code: `exports.parse = require("acorn").parse;` },
  "polyfill/assert": { code: reexport("./node_modules/assert/build/assert.js") },
  "polyfill/path": { code: reexport("path-browserify") },
  "polyfill/punycode": { code: reexport("./node_modules/punycode/punycode.js") },
  "polyfill/stream": { code: reexport("./node_modules/readable-stream/lib/stream.js") },
  "polyfill/sucrase": { code: `exports.transform = require("sucrase").transform;` },
  "polyfill/tr46": { code: reexport("tr46") },
  "polyfill/url": { code: reexport("./node_modules/url/url.js") },
  "polyfill/util": { code: reexport("./node_modules/util/util.js") },
  "polyfill/webstreams": { code: reexport("./node_modules/web-streams-polyfill/dist/ponyfill.js") },
  "polyfill/whatwg-url": { code: reexport("whatwg-url"), external: ["tr46"] },
};

/**
 * What the command's own work needs: run in the sandbox like a script, and out of scripts' reach.
 * `import` turns other formats into collections with Bruno's own converters.
 */
const tools = {
  "tool/converters": {
    code: `export { insomniaToBruno, openApiToBruno, postmanToBruno, wsdlToBruno }
      from "@usebruno/converters";`,
    external: ["js-yaml", "lodash", "nanoid", "xml2js"],
    mainFields: ["module", "main"],
    plugins: [lean(), mended()],
    minifyIdentifiers: true,
  },
};

/**
 * Leaves out of the converters what importing never reaches (Faker, JavaScript's other dialects, worker
 * threads), and takes lodash's functions from the bundle that scripts have.
 */
function lean() {
  const common = join(packages, "@usebruno", "common");
  const examples = JSON.stringify(join(common, "src/example-status/index.ts"));
  const virtual = {
    // Its own entry module drags Faker along.
    "@usebruno/common": `
      export { transformExampleStatusInCollection } from ${examples};
      export * as utils from ${JSON.stringify(join(common, "dist/utils/esm/index.js"))};`,
  };
  const unused = /postman-translator-worker|^\.\.\/parser\/(flow|ts|tsx|babylon)$|^esprima$/;
  return {
    name: "lean",
    setup(build) {
      const resolve = (path) => ({ path, namespace: "lean" });
      build.onResolve({ filter: /^lodash\// }, ({ path }) => resolve(path));
      build.onResolve({ filter: /^@usebruno\/common$/ }, ({ path }) => resolve(path));
      build.onResolve({ filter: unused }, ({ path }) => resolve(path));
      build.onLoad({ filter: /./, namespace: "lean" }, ({ path }) => ({
        contents: path.startsWith("lodash/")
          ? `module.exports = require("lodash").${path.slice("lodash/".length)};`
          : virtual[path] ?? "",
        resolveDir: root,
      }));
    },
  };
}

/**
 * Faults of the converter in the callback of Postman's `sendRequest`, each with what is put in its place.
 * It makes `response.status` of every call that has `response.code` in it, `expect(response.code)` too, where
 * only a call of what `response` has is meant. It fails at an arrow function without braces. It leaves out a
 * callback that is only named.
 * @type {[RegExp, string][]}
 */
const mistakes = [
  [
    /const (\w+)=(\w+)\.parent;\1&&"CallExpression"===\1\.node\.type(?=\?)/g,
    "$&&&$1.node.callee===$2.node",
  ],
  [
    /(\w+)\.blockStatement\((\w+)\.body\)/g,
    '$1.blockStatement("BlockStatement"===$2.type?$2.body:[$1.expressionStatement($2)])',
  ],
  [
    /(\(\w+,(\w+)\);!(\w+)\|\|"FunctionExpression".{0,160}?,)\3\?\[(\w+),\3\]:\[\4\]/g,
    "$1[$4,$3||$2]",
  ],
];

function mended() {
  return {
    name: "mended",
    setup(build) {
      build.onLoad({ filter: /@usebruno.converters.dist.\w+.index\.js$/ }, ({ path }) => {
        let contents = readFileSync(path, "utf8");
        for (const [mistake, right] of mistakes) {
          const found = contents.match(mistake)?.length;
          if (found !== 1) throw new Error(`${path}: ${mistake} is there ${found} times, expected once`);
          contents = contents.replace(mistake, right);
        }
        return { contents };
      });
    },
  };
}

/** A bundle that holds several modules and runs each only when it is asked for. */
function lazily(names) {
  const lines = names.map((name) => `  ${JSON.stringify(name)}: () => require(${JSON.stringify(name)}),`);
  return `module.exports = {\n${lines.join("\n")}\n};`;
}

function momentLocales() {
  const files = readdirSync(join(packages, "moment", "locale"));
  return lazily(files.map((file) => `moment/locale/${file.replace(/\.js$/, "")}`));
}

/**
 * Writes one bundle, and returns the files that are in it.
 * @param {string} name
 * @param {import("esbuild").BuildOptions & { code: string, transform?: (text: string) => string }} options
 */
async function bundle(
  name,
  { code, platform = "node", external = [], keepNames = false, transform = (text) => text, ...more },
) {
  const result = await build({
    stdin: { contents: code, resolveDir: root, sourcefile: `${name}.js` },
    bundle: true,
    format: "cjs",
    platform,
    external: [...external, ...nodeBuiltins],
    // Names stay: libraries print the names of their functions and classes.
    minifyWhitespace: true,
    minifySyntax: true,
    // Where esbuild renames what scripts see (Buffer becomes Buffer2), the name is given back at a small
    // cost.
    keepNames,
    target: "es2022",
    legalComments: "none",
    charset: "utf8",
    write: false,
    metafile: true,
    absWorkingDir: root,
    logLevel: "error",
    ...more,
  });
  writeFileSync(join(outdir, `${name.replaceAll("/", "__")}.js`), transform(result.outputFiles[0].text));
  return Object.keys(result.metafile.inputs);
}

const nodeBuiltins = [
  "assert",
  "buffer",
  "child_process",
  "crypto",
  "events",
  "fs",
  "http",
  "http2",
  "https",
  "net",
  "os",
  "path",
  "process",
  "punycode",
  "querystring",
  "stream",
  "string_decoder",
  "timers",
  "tls",
  "tty",
  "url",
  "util",
  "zlib",
].flatMap((name) => [name, `node:${name}`]);

/** The licence texts of all packages that went into the bundles, each once. */
function licences(inputs) {
  const names = new Set();
  for (const input of inputs) {
    const match = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input);
    if (match) names.add(match[0]);
  }
  return [...names].sort().map((directory) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(root, directory, "package.json"), "utf8"),
    );
    const file = readdirSync(join(root, directory)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? readFileSync(join(root, directory, file), "utf8").trim() : "";
    return `${name} ${version} (${JSON.stringify(license)})\n\n${text}\n`;
  }).join(`\n${"-".repeat(80)}\n\n`);
}

/**
 * Which content type a file of each extension has: what form-data asks, for the parts that we send ourselves.
 */
function mediaTypes() {
  const { types } = createRequire(join(packages, "form-data", "package.json"))("mime-types");
  return `${JSON.stringify(types, null, 0)}\n`;
}

/**
 * What each of our own modules declares, for the isolate to freeze, by the code that the isolate has for it.
 */
function declarations() {
  const directory = join(root, "bruscript", "sandbox", "js");
  const tools = {};
  new Function("exports", readFileSync(join(directory, "kernel", "declarations.js"), "utf8"))(tools);
  const all = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const files = all.filter((file) => file.endsWith(".js"));
  const entries = files.sort().map((file) => {
    const bytes = readFileSync(join(directory, file));
    const name = file.replaceAll("\\", "/").replace(/\.js$/, "");
    const names = tools.declarations(parse, bytes.toString("utf8"));
    return [name, { crc32: tools.checksum(bytes), names }];
  });
  return `${JSON.stringify(Object.fromEntries(entries))}\n`;
}

mkdirSync(outdir, { recursive: true });
/** @type {[string, any][]} */
const bundles = Object.entries({ ...libraries, ...polyfills, ...tools });
const inputs = await Promise.all(bundles.map(([name, options]) => bundle(name, options)));
writeFileSync(join(outdir, "LICENSES.txt"), licences(inputs.flat()));
writeFileSync(join(outdir, "media-types.json"), mediaTypes());
writeFileSync(join(outdir, "declarations.json"), declarations());
writeFileSync(join(outdir, "words.json"), words());
