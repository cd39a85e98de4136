// The reference's parser and printer as a process: a line of JSON in, a line of JSON out.
// {"verb": "parse" | "print", "kind": ..., "input": text or JSON}  ->  {"result": ...} or {"error": message}
const path = require('path');
const lang = require(path.join(process.env.BRU_ORACLE_HOME, 'node_modules/@usebruno/lang'));
console.log = console.error = () => {};

const verbs = {
  parse: {
    request: lang.bruToJsonV2,
    collection: lang.collectionBruToJson,
    environment: lang.bruToEnvJsonV2,
  },
  print: {
    request: lang.jsonToBruV2,
    collection: lang.jsonToCollectionBru,
    environment: lang.envJsonToBruV2,
  },
};

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { verb, kind, input } = JSON.parse(line);
  let answer;
  try {
    answer = { result: verbs[verb][kind](input) };
  } catch (error) {
    answer = { error: String(error.message) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
});
