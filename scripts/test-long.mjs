// npm run test:long: the long forms of what "npm test" runs in a short form, or once. With names, only those:
//   npm run test:long -- fuzz busy
import { spawnSync } from "node:child_process";
import { Tally } from "./bun-test.mjs";
import { root } from "./setup.mjs";

/** Each with what it does, to its end: it gives the counts of passed and failed. */
const LONG = {
  fuzz: ["every attack and every parser, some ten minutes", () => program("test/fuzz/run.ts")],
  soak: ["an hour with viewers that come, go, stall and vanish", () => program("bench/soak.ts")],
  busy: [
    "the tests that measure time, ten times, beside a busy loop on each core",
    () => node("scripts/test-busy.mjs"),
  ],
  bare: ["all tests in a bare Debian", () => node("scripts/test-bare.mjs", "--whole")],
};

const names = process.argv.slice(2);
const unknown = names.find((name) => LONG[name] === undefined);
if (unknown !== undefined) {
  console.error(`lanvid: error: there is no long form "${unknown}": it is one of ${Object.keys(LONG).join(", ")}`);
  process.exit(2);
}
const tally = new Tally();
for (const name of names.length > 0 ? names : Object.keys(LONG)) {
  const [what, run] = LONG[name];
  console.log(`\n=== ${name}: ${what}\n`);
  const startedAt = performance.now();
  const counts = await run();
  console.log(
    `${counts.failed === 0 ? "ok" : "FAILED"}: ${name}, ${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes`,
  );
  tally.add({ failures: counts.failed === 0 ? [] : [name], ...counts });
}
tally.end();

function program(file) {
  return node("scripts/run.mjs", file);
}

function node(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}
