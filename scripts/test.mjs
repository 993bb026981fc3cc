// npm test: sets up what is missing, then checks types, style and architecture, and runs all tests.
// Arguments go to "bun test": npm test -- test/hub.test.ts
import { spawnSync } from "node:child_process";
import { runTests } from "./bun-test.mjs";
import { installParts } from "./parts.mjs";
import { root, setUp } from "./setup.mjs";

/** What the tests use as real parts: how to see that it is there, and the Debian packages that bring it. */
const PARTS = [
  ["command -v ffmpeg && command -v ffprobe", "ffmpeg"],
  ["command -v chromium", "chromium"],
  ["command -v Xvfb", "xvfb"],
  ["command -v xdotool", "xdotool"],
  ["command -v xrandr", "x11-xserver-utils"],
  ["command -v ip && command -v tc", "iproute2"],
  ["command -v nft", "nftables"],
  ["ls /usr/lib/*/faketime/libfaketimeMT.so.1", "libfaketime"],
  ["command -v setpriv && command -v script", "util-linux bsdutils"],
  ["/usr/bin/python3 -c 'import cv2, numpy'", "python3-opencv python3-numpy"],
];

const bun = setUp();
await installParts(PARTS);
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
const tests = await runTests(bun, ["--timeout=60000", ...process.argv.slice(2)]);
passed += tests.passed;
failed += tests.failed;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
