/**
 * npm run test:platforms: builds for every target, and runs what this machine can: Linux x64 in a bare root, Linux
 * arm64 under qemu, Windows under Wine. On Debian or Ubuntu, x64, as root. Arguments go to "bun test".
 */
import { existsSync } from "node:fs";
import { Glob } from "bun";
import { ROOT } from "./build/packages.ts";

/** What is used, and the Debian package that brings it. */
const PARTS: readonly (readonly [string, string])[] = [
  ["/usr/bin/qemu-aarch64-static", "qemu-user-static"],
  ["/lib/aarch64-linux-gnu/libc.so.6", "libc6:arm64"],
  ["/usr/lib/aarch64-linux-gnu/libstdc++.so.6", "libstdc++6:arm64"],
  ["/usr/lib/wine/wine64", "wine64"],
  ["/usr/bin/wineboot", "wine"],
  ["/usr/bin/x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64"],
];

const missing = PARTS.filter(([path]) => !existsSync(path)).map(([, name]) => name);
if (missing.length > 0) {
  console.error(`lanvid: error: these tests need more of Debian's packages: ${missing.join(" ")}`);
  const install = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  console.error(`lanvid: hint: run dpkg --add-architecture arm64 && apt-get update && ${install}`);
  process.exit(1);
}
run(["scripts/build.ts", "--all"]);
const files = [...new Glob("test/platforms/*.ts").scanSync(ROOT)].sort().map((path) => `./${path}`);
run(["test", ...files, ...process.argv.slice(2)]);

function run(args: readonly string[]): void {
  const { exitCode } = Bun.spawnSync([process.execPath, ...args], {
    cwd: ROOT,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  });
  if (exitCode !== 0) {
    process.exit(exitCode);
  }
}
