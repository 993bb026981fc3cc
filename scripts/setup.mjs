// Sets up what a fresh clone lacks. Plain Node.js, since nothing else is there yet.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of package.json. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".lanvid-lock");

/** Installs the packages of package-lock.json if that has not been done, and puts Bun's binary in place. */
export function setUp() {
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
    console.error("lanvid: installing packages …");
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const options = { cwd: root, stdio: ["ignore", "ignore", "inherit"], shell: process.platform === "win32" };
    // Not "npm ci": it refuses the lock file where a mirror lacks optional packages, even of other systems.
    const args = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
    const { status } = spawnSync(npm, args, options);
    if (status !== 0) {
      console.error("lanvid: error: cannot install the packages: npm ended with what stands above");
      process.exit(1);
    }
    writeFileSync(stamp, lock);
  }
  const bun = bunPath();
  if (!runs(bun)) {
    // npm may be set to run no install scripts; this is bun's own.
    spawnSync(process.execPath, [join(root, "node_modules/bun/install.js")], { cwd: root, stdio: "ignore" });
  }
  if (!runs(bun)) {
    throw new Error(`cannot run ${bun}: delete node_modules and try again`);
  }
  return bun;
}

/** The pinned Bun of node_modules. */
function bunPath() {
  return join(root, "node_modules", "bun", "bin", "bun.exe");
}

function runs(program) {
  return existsSync(program) && spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

/**
 * Runs Bun with the terminal, and ends as it ends.
 * @param {string} bun its path
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [env] beside this process's own
 */
export async function runBun(bun, args, env = {}) {
  const child = spawn(bun, args, { stdio: "inherit", env: { ...process.env, ...env } });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // The terminal sends Ctrl-C to both of us; the program ends in order, and we with it.
    process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
  }
  const [code, signal] = await once(child, "exit");
  process.exitCode = code ?? (signal === null ? 1 : 128);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setUp();
}
