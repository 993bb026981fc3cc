// npm test: sets up what is missing, then checks types and style, and runs all tests. With names, only those test files:
//   npm test -- test/hub.test.ts        npm test -- hub -t "slow viewer"
// A name is a file's path, or a part of one; what begins with "-" goes to "bun test".
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { relative, resolve } from "node:path";
import { runTests, Tally } from "./bun-test.mjs";
import { installParts } from "./parts/install.mjs";
import { partsOf } from "./parts/needs.mjs";
import { root, setUp } from "./setup.mjs";

/** Options of "bun test" whose value is a word of its own. */
const WITH_VALUE = ["-t", "--test-name-pattern", "--timeout", "--rerun-each", "--retry", "--seed", "--max-concurrency"];
const ALL = readdirSync(`${root}/test`)
  .filter((name) => name.endsWith(".test.ts"))
  .sort()
  .map((name) => `test/${name}`);

const tally = new Tally();
const bun = setUp();
const { files, options } = chosen(process.argv.slice(2));
await installParts(partsOf(files.length === 0 ? ALL : files));
if (files.length === 0) {
  check("types", "tsc", "-p", ".");
  check("types of the page", "tsc", "-p", "src/page");
  check("style", "biome", "check", ".");
}
tally.add(await runTests(bun, files.length === 0 ? ALL : files, options));
tally.end();

function check(name, program, ...args) {
  const { status } = spawnSync(`${root}/node_modules/.bin/${program}`, args, { cwd: root, stdio: "inherit" });
  console.log(`${status === 0 ? "ok" : "FAILED"}: ${name}`);
  tally.add(status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, failures: [name] });
}

/** Which of the arguments name test files, and which are options. */
function chosen(args) {
  const files = [];
  const options = [];
  for (const [index, word] of args.entries()) {
    if (word.startsWith("-") || WITH_VALUE.includes(args[index - 1])) {
      options.push(word);
      continue;
    }
    const path = relative(root, resolve(root, word));
    const isFile = path.endsWith(".ts") && existsSync(`${root}/${path}`);
    const named = isFile ? [path] : ALL.filter((file) => file.includes(word));
    if (named.length === 0) {
      console.error(`lanvid: error: there is no test file "${word}"`);
      console.error(`lanvid: hint: name one by its path, such as "${ALL[0]}", or by a part of that`);
      process.exit(2);
    }
    files.push(...named);
  }
  return { files: [...new Set(files)].sort(), options };
}
