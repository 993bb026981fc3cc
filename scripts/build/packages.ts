import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The checkout. */
export const ROOT = join(import.meta.dir, "../..");
/** Packages of other systems are kept here from one build to the next. */
export const BUILD_CACHE = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "lanvid-build");

interface Locked {
  readonly version: string;
  readonly integrity: string;
  readonly license?: string;
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** What package-lock.json says of a package. @throws Error when it does not have it */
export function locked(name: string): Locked {
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, Locked>;
  };
  const entry = lock.packages[`node_modules/${name}`];
  if (entry === undefined) {
    throw new Error(`package-lock.json has no package "${name}"`);
  }
  return entry;
}

/**
 * The path of a file of an npm package of any system, of the very bytes that package-lock.json names: npm itself
 * installs only this system's.
 */
export function packageFile(name: string, file: string): string {
  const { version, integrity } = locked(name);
  const folder = join(BUILD_CACHE, `${name.replace("/", "+")}-${version}`);
  const path = join(folder, "package", file);
  if (!existsSync(path)) {
    fetchPackage(name, version, integrity, folder);
  }
  return path;
}

function fetchPackage(name: string, version: string, integrity: string, folder: string): void {
  console.error(`fetching ${name}@${version} …`);
  const temporary = `${folder}-${randomUUID()}`;
  mkdirSync(temporary, { recursive: true });
  try {
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const packed = run([npm, "pack", "--ignore-scripts", "--silent", `${name}@${version}`], temporary);
    const tarball = join(temporary, packed.trim().split("\n").at(-1) as string);
    const digest = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;
    if (digest !== integrity) {
      throw new Error(`${name}@${version} is ${digest}, package-lock.json wants ${integrity}`);
    }
    run(["tar", "xzf", tarball], temporary);
    rmSync(tarball);
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Runs a program to its end, and gives what it printed. @throws Error when it fails */
export function run(command: readonly string[], cwd: string): string {
  const { success, stdout, stderr } = Bun.spawnSync([...command], { cwd, stdin: "ignore" });
  if (!success) {
    throw new Error(`${command.join(" ")} failed: ${stderr.toString().trim()}`);
  }
  return stdout.toString();
}
