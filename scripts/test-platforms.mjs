// npm run test:platforms: builds for every target, and runs what this machine can: Linux x64 in a bare root, Linux arm64
// under qemu, Windows under Wine. On Debian or Ubuntu, x64, as root. Arguments go to "bun test".
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runTests, Tally } from "./bun-test.mjs";
import { installParts } from "./parts/install.mjs";
import { partsOf } from "./parts/needs.mjs";
import { root, setUp } from "./setup.mjs";

const bun = setUp();
const build = { cwd: root, stdio: ["ignore", "inherit", "inherit"] };
const names = readdirSync(join(root, "test/platforms")).filter((name) => name.endsWith(".ts"));
const files = names.sort().map((name) => `test/platforms/${name}`);
await installParts(partsOf(files));
const tally = new Tally();
if (spawnSync(bun, ["scripts/build.ts", "--all"], build).status === 0) {
  tally.add(await runTests(bun, files, process.argv.slice(2)));
} else {
  tally.add({ passed: 0, failed: 1, failures: ["the build"] });
}
tally.end();
