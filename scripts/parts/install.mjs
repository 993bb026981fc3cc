// Installs parts from Debian's packages. Plain Node.js, since nothing else is there yet.
import { spawnSync } from "node:child_process";
import { createInterface } from "node:readline/promises";
import { isThere } from "./find.mjs";
import { PARTS } from "./list.mjs";

/**
 * Installs what is missing, in CI without asking; ends the process when something is still missing then.
 * @param {readonly string[]} names of parts
 */
export async function installParts(names) {
  const missing = () => names.filter((name) => PARTS[name].packages !== null && !isThere(name));
  const packages = [...new Set(missing().flatMap((name) => PARTS[name].packages.split(" ")))];
  if (packages.length === 0) {
    return;
  }
  const sudo = process.getuid?.() === 0 ? "" : "sudo ";
  const architectures = new Set(packages.filter((name) => name.includes(":")).map((name) => name.split(":")[1]));
  const command = [
    ...[...architectures].map((architecture) => `${sudo}dpkg --add-architecture ${architecture}`),
    `${sudo}apt-get update -qq`,
    // Another program may hold dpkg's lock, as a new machine's own updates do.
    `${sudo}apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=120 ${packages.join(" ")}`,
  ].join(" && ");
  console.error(`lanvid: this needs more of Debian's packages: ${command}`);
  if (process.env.CI === "true" || (await agrees())) {
    const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
    const env = { ...process.env, PATH, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("sh", ["-c", command], { env, stdio: ["ignore", "ignore", "inherit"] });
  }
  const still = missing();
  if (still.length > 0) {
    console.error(`lanvid: error: cannot run without ${still.join(", ")}`);
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
