// npm run test:busy: the test files that measure time, and those where time has ever made a test fail, ten times each beside
// one busy loop per core. Other numbers, and only some files:
//   npm run test:busy -- 3 hostile slow-links
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { runTests, Tally } from "./bun-test.mjs";
import { installParts } from "./parts/install.mjs";
import { partsOf } from "./parts/needs.mjs";
import { root, setUp } from "./setup.mjs";

/** The files that say that they measure time. */
const SAYS_SO = /^standsAlone\(\)/m;
/** Those with many real parts that wait for each other. */
const WAITING = /^test\/(faults|hostile|record|slow-links|sources|viewer-page|window)[\w-]*\.test\.ts$/;
/** It ends with this process, however that ends. */
const LOOP = ["--pdeathsig", "KILL", "sh", "-c", "while :; do :; done"];

const words = process.argv.slice(2);
const times = Number(words.find((word) => /^\d+$/.test(word)) ?? 10);
const names = words.filter((word) => !/^\d+$/.test(word));
const files = readdirSync(`${root}/test`)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => `test/${name}`)
  .filter((path) => WAITING.test(path) || SAYS_SO.test(readFileSync(`${root}/${path}`, "utf8")))
  .filter((path) => names.length === 0 || names.some((name) => path.includes(name)))
  .sort();

const bun = setUp();
await installParts(partsOf(files));
const tally = new Tally();
const rows = [];
for (const file of files) {
  const row = { file, runs: times, failed: 0, "tests that failed": 0 };
  for (let count = 0; count < times; count++) {
    const loops = cpus().map(() => spawn("setpriv", LOOP, { stdio: "ignore" }));
    try {
      const run = await runTests(bun, [file], []);
      row.failed += run.failed === 0 ? 0 : 1;
      row["tests that failed"] += run.failed;
      tally.add(run);
    } finally {
      for (const loop of loops) {
        loop.kill("SIGKILL");
      }
    }
  }
  rows.push(row);
}
console.log(`\nbeside ${cpus().length} busy loops, ${times} times each:`);
console.table(rows);
tally.end();
