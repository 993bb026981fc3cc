// npm run test:platforms: builds for every target, and runs what this machine can: Linux x64 in a bare root, Linux arm64
// under qemu, Windows under Wine. On Debian or Ubuntu, x64, as root. Arguments go to "bun test".
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runTests } from "./bun-test.mjs";
import { installParts } from "./parts.mjs";
import { root, setUp } from "./setup.mjs";

/** What is used: how to see that it is there, and the Debian packages that bring it. */
const PARTS = [
  ["test -x /usr/bin/qemu-aarch64-static", "qemu-user-static"],
  ["test -e /lib/aarch64-linux-gnu/libc.so.6", "libc6:arm64"],
  ["test -e /usr/lib/aarch64-linux-gnu/libstdc++.so.6", "libstdc++6:arm64"],
  ["test -x /usr/lib/wine/wine64", "wine64"],
  ["command -v wineboot", "wine"],
  ["command -v x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64"],
];

const bun = setUp();
await installParts(PARTS, { architecture: "arm64" });
const { status } = spawnSync(bun, ["scripts/build.ts", "--all"], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
});
const files = readdirSync(join(root, "test/platforms")).filter((name) => name.endsWith(".ts"));
const paths = files.sort().map((name) => `./test/platforms/${name}`);
const counts =
  status === 0
    ? await runTests(bun, ["--timeout=60000", ...paths, ...process.argv.slice(2)])
    : { passed: 0, failed: 1 };
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;
