// The JavaScript that runs in the isolate may use the language and nothing else: no `process`, no `Buffer`, no timers
// that it has not taken from the kernel. `npx eslint .` with the packages of .ci/js.
import js from "@eslint/js";

const language = { ecmaVersion: 2024 };
const functionBody = { ...language, sourceType: "commonjs", globals: { exports: "readonly", require: "readonly", host: "readonly" } };

export default [
  { ignores: ["**/bundles/**", "**/node_modules/**", "**/.venv/**", "build/**", "fixtures/**"] },
  js.configs.recommended,
  { rules: { "max-len": ["error", { code: 110 }], "prefer-const": "error", eqeqeq: "error", "no-var": "error" } },
  { files: ["bruscript/sandbox/js/**/*.js"], languageOptions: functionBody },
];
