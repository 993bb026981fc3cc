// npm run test:bare: from a clone of what is committed, in a Debian that has Node.js and npm and nothing else, "npm start"
// streams, and the tests pass that need no parts. On Debian, as root.
//   npm run test:bare -- --whole          all of "npm test", which installs the parts there
//   npm run test:bare -- test/x.test.ts   those files
// Parts: apt, debootstrap, git, mount, node
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { BareRoot } from "./bare/root.mjs";
import { Tally } from "./bun-test.mjs";
import { installParts } from "./parts/install.mjs";
import { partsOf } from "./parts/needs.mjs";
import { root } from "./setup.mjs";

/** How long "npm start" may take until it streams: it installs its packages before. */
const START_MS = 300_000;
const CLONE = "/root/lanvid";

const args = process.argv.slice(2);
const isShort = args.length === 0;
await installParts(partsOf(["scripts/test-bare.mjs"]));
const tally = new Tally();
const bare = new BareRoot();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => bare.close());
}
try {
  await step("a minimal Debian with Node.js and npm", () => bare.make());
  clone();
  await step("npm start streams", streams);
  tally.add(await npmTest(isShort ? pureFiles() : args.filter((word) => word !== "--whole")));
} catch (error) {
  tally.add({ passed: 0, failed: 1, failures: [error.message] });
} finally {
  await bare.close();
  bare.remove();
}
tally.end();

async function step(name, run) {
  const startedAt = performance.now();
  await run();
  console.log(`ok: ${name} (${((performance.now() - startedAt) / 1000).toFixed(0)} s)`);
  tally.add({ passed: 1, failed: 0 });
}

function clone() {
  const { status } = spawnSync("git", ["clone", "-q", "--depth", "1", `file://${root}`, join(bare.path, CLONE)], {
    stdio: "inherit",
  });
  if (status !== 0) {
    throw new Error("cannot clone the checkout");
  }
}

/** Runs a command in the clone. */
function start(command, options) {
  return bare.start(["sh", "-c", `cd ${CLONE} && exec ${command}`], options);
}

/** `npm start`, until its page has given a picture. */
async function streams() {
  const child = start("npm start -- --port 0 --http 0", { stdio: ["ignore", "pipe", "inherit"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), START_MS);
  try {
    const response = await fetch(`http://127.0.0.1:${await portOf(child)}/snapshot`, {
      signal: AbortSignal.timeout(30_000),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const isJpeg =
      bytes.length > 1000 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes.at(-2) === 0xff && bytes.at(-1) === 0xd9;
    if (!response.ok || !isJpeg) {
      throw new Error(`npm start gives no picture: status ${response.status}, ${bytes.length} bytes`);
    }
  } finally {
    clearTimeout(timer);
    await bare.kill();
  }
}

/** Of the page, once it is printed. */
async function portOf(child) {
  let text = "";
  for await (const chunk of child.stdout) {
    text += chunk;
    const port = /http:\/\/[\d.]+:(\d+)\//.exec(text)?.[1];
    if (port !== undefined) {
      child.stdout.resume();
      return port;
    }
  }
  throw new Error(`npm start ended, or took more than ${START_MS / 1000} s; it printed: ${text.trim()}`);
}

/** The test files that need no parts, but for the one that takes longest: it computes, and asks nothing of the system. */
function pureFiles() {
  const files = readdirSync(join(root, "test")).filter((name) => name.endsWith(".test.ts"));
  return files
    .map((name) => `test/${name}`)
    .filter((path) => partsOf([path]).length === 0 && path !== "test/fuzz.test.ts");
}

/** Without CI nothing is installed: files without parts must not ask for any. */
async function npmTest(words) {
  const env = isShort ? {} : { CI: "true" };
  const child = start(`npm test -- ${words.join(" ")}`, { stdio: ["ignore", "pipe", "inherit"], env });
  let last = "";
  for await (const chunk of child.stdout) {
    process.stdout.write(chunk);
    last = (last + chunk).slice(-100_000);
  }
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(last) ?? [null, "0", "1"];
  const failures = /^failed:\n((?: {2}.*\n)+)/m.exec(last)?.[1]?.trimEnd().split("\n") ?? [];
  return { passed: Number(passed), failed: Number(failed), failures: failures.map((line) => line.trim()) };
}
