// Real parts that tests use, from Debian's packages. Plain Node.js, since nothing else is there yet.
import { spawnSync } from "node:child_process";
import { createInterface } from "node:readline/promises";

/**
 * Installs what is missing, in CI without asking; ends the process when something is still missing then.
 * @param parts pairs: a shell command that succeeds when it is there, and the packages that bring it
 * @param architecture of packages beside this machine's own
 */
export async function installParts(parts, { architecture = null } = {}) {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, DEBIAN_FRONTEND: "noninteractive" };
  const missingPackages = () =>
    parts
      .filter(([check]) => spawnSync("sh", ["-c", check], { env, stdio: "ignore" }).status !== 0)
      .map(([, packages]) => packages);
  const packages = missingPackages().join(" ");
  if (packages === "") {
    return;
  }
  const sudo = process.getuid?.() === 0 ? "" : "sudo ";
  const command = [
    ...(architecture === null ? [] : [`${sudo}dpkg --add-architecture ${architecture}`]),
    `${sudo}apt-get update -qq`,
    // Another program may hold dpkg's lock, as a new machine's own updates do.
    `${sudo}apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=120 ${packages}`,
  ].join(" && ");
  console.error(`lanvid: the tests need more of Debian's packages: ${command}`);
  if (process.env.CI === "true" || (await agrees())) {
    spawnSync("sh", ["-c", command], { env, stdio: ["ignore", "ignore", "inherit"] });
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
