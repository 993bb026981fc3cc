// npm test: sets up what is missing, then checks types, style and architecture, and runs all tests.
// Arguments go to "bun test": npm test -- test/hub.test.ts
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { root, setUp } from "./setup.mjs";

/** What the tests use as real parts: how to see that it is there, and the Debian packages that bring it. */
const PARTS = [
  ["command -v ffmpeg && command -v ffprobe", "ffmpeg"],
  ["command -v chromium", "chromium"],
  ["command -v Xvfb", "xvfb"],
  ["command -v xdotool", "xdotool"],
  ["command -v xrandr", "x11-xserver-utils"],
  ["command -v ip && command -v tc", "iproute2"],
  ["command -v setpriv && command -v script", "util-linux bsdutils"],
  ["/usr/bin/python3 -c 'import cv2, numpy'", "python3-opencv python3-numpy"],
];

const bun = setUp();
await installParts();
let failed = 0;
const steps = [
  ["types", [`${root}/node_modules/.bin/tsc`, "-p", "."]],
  ["types of the page", [`${root}/node_modules/.bin/tsc`, "-p", "src/viewer/page"]],
  ["style", [`${root}/node_modules/.bin/biome`, "check", "."]],
];
let passed = 0;
for (const [name, [program, ...args]] of steps) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: "inherit" });
  console.log(`${status === 0 ? "ok" : "FAILED"}: ${name}`);
  if (status === 0) {
    passed += 1;
  } else {
    failed += 1;
  }
}
const tests = await runTests(process.argv.slice(2));
passed += tests.passed;
failed += tests.failed;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && tests.passed > 0 ? 0 : 1;

/** Runs the tests and reads the counts that Bun prints at the end; no counts, or a skipped test, are a failure. */
async function runTests(args) {
  const child = spawn(bun, ["test", "--timeout=60000", ...args], { cwd: root, stdio: ["ignore", "inherit", "pipe"] });
  let output = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text) => {
    process.stderr.write(text);
    output = (output + text).slice(-100_000);
  });
  const [status] = await once(child, "close");
  const count = (word) => Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(output)?.[1] ?? 0);
  const failures = count("fail") + count("skip") + count("todo");
  return { passed: count("pass"), failed: status === 0 ? failures : Math.max(1, failures) };
}

async function installParts() {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const missingPackages = () =>
    PARTS.filter(([check]) => spawnSync("sh", ["-c", check], { env, stdio: "ignore" }).status !== 0).map(
      ([, packages]) => packages,
    );
  const packages = missingPackages().join(" ");
  if (packages === "") {
    return;
  }
  const isRoot = process.getuid?.() === 0;
  const command = `${isRoot ? "" : "sudo "}apt-get install -y --no-install-recommends ${packages}`;
  console.error(`lanvid: the tests need more of Debian's packages: ${command}`);
  if (process.env.CI === "true" || (await agrees())) {
    const update = `${isRoot ? "" : "sudo "}apt-get update -qq && DEBIAN_FRONTEND=noninteractive ${command} -qq`;
    spawnSync("sh", ["-c", update], { stdio: ["ignore", "ignore", "inherit"] });
  }
  const still = missingPackages();
  if (still.length > 0) {
    console.error(`lanvid: error: cannot run the tests without ${still.join(" ")}`);
    console.log("0 passed, 1 failed");
    process.exit(1);
  }
}

async function agrees() {
  if (!process.stdin.isTTY) {
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question("Run this now? [y/N] ");
  terminal.close();
  return /^y/i.test(answer);
}
