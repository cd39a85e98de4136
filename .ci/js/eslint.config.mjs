// What runs in the isolate may use the language and nothing else: no `process`, no `Buffer`, no `fetch` by
// name. Other JavaScript of ours has the globals of the place where it runs.
import js from "@eslint/js";

const readonly = (...names) => Object.fromEntries(names.map((name) => [name, "readonly"]));
const script = { ecmaVersion: "latest", sourceType: "script" };
// Our own timers and web classes, where a script's replacement of them may be used.
const installed = readonly(
  "clearTimeout", "performance", "process", "queueMicrotask", "setTimeout", "structuredClone", "TextDecoder",
  "TextEncoder", "URL",
);
const ofScripts = readonly(
  ...["bru", "console", "expect", "assert", "req", "require", "res", "test", "Buffer", "process", "crypto"],
  ...["AbortController", "Headers", "TextDecoder", "TextEncoder", "URL", "atob", "btoa", "performance"],
  ...["clearTimeout", "queueMicrotask", "setTimeout", "structuredClone"],
);

export default [
  {
    ignores: [
      ...["**/bundles/**", "**/node_modules/**", "**/.venv/**", "**/.nox/**"],
      ...["build/**", "site/**", "fixtures/**"],
    ],
  },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "max-len": ["error", { code: 110 }],
      "no-control-regex": "off",
      "no-redeclare": ["error", { builtinGlobals: false }],
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["bruscript/sandbox/js/**/*.js"],
    languageOptions: { ...script, globals: { ...readonly("exports", "require", "host"), ...installed } },
  },
  // What stands before it, the converters and what they are given, is put there from Python.
  {
    files: ["bruscript/importing/convert.js"],
    languageOptions: {
      ecmaVersion: "latest",
      sourceType: "module",
      globals: readonly("bru", "input", "kind", "module", "options", "require"),
    },
  },
  // A PAC file is the oldest JavaScript that there is, and its functions are called by other files.
  {
    files: ["bruscript/http/pac.js"],
    languageOptions: { ...script, globals: readonly("FindProxyForURL", "__hosts", "__own") },
    rules: { "no-unused-vars": "off", "no-var": "off" },
  },
  {
    files: ["bruscript/report/page/**/*.js"],
    languageOptions: { ...script, globals: readonly("document", "location", "navigator", "window") },
  },
  {
    files: ["libraries/**/*.mjs", "bruscript/comparison/*.cjs", "tests/compat/**/*.{js,cjs,mjs}"],
    languageOptions: {
      ecmaVersion: "latest",
      globals: readonly(
        "Buffer",
        "__dirname",
        "console",
        "module",
        "process",
        "require",
        "setTimeout",
        "URL",
      ),
    },
  },
  // Scripts may await at their top, as modules may.
  {
    files: ["tests/sandbox/*.js"],
    languageOptions: { ecmaVersion: "latest", sourceType: "module", globals: ofScripts },
  },
];
