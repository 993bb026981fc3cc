// Whether parts are there, and the PATH that holds nothing else. Plain Node.js, since nothing else is there yet.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { root } from "../setup.mjs";
import { PARTS } from "./list.mjs";

/** Where programs are looked for; those of the system's administrator are not on everybody's PATH. */
const FOLDERS = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
/** Where the folders of links are made, each named by what is in it. */
const LINKS = join(root, "node_modules/.lanvid-path");
/** Programs of a minimal Debian that are links which no package lists. */
const ALTERNATIVES = ["/usr/bin/awk", "/usr/bin/which"];

/** Whether all of a part is there. @param {string} name */
export function isThere(name) {
  const { programs = [], files = [], check = "true" } = PARTS[name];
  return (
    programs.every((program) => locate(program) !== null) &&
    files.every(exists) &&
    (check === "true" || spawnSync("sh", ["-c", check], { stdio: "ignore" }).status === 0)
  );
}

/**
 * The PATH for files that need these parts: one folder of links to their programs and to those of Debian's essential
 * packages, so that a program that nobody declared is not found even where it is installed.
 * @param {readonly string[]} names of parts
 * @returns {string} where there is no dpkg: all that this process has
 */
export function pathOf(names) {
  const essential = essentialPrograms();
  if (essential.length === 0) {
    return FOLDERS.join(":");
  }
  const declared = names.flatMap((name) => PARTS[name].programs ?? []).map(locate);
  const links = new Map(
    [...essential, ...declared.filter((path) => path !== null)].map((path) => [basename(path), path]),
  );
  const name = createHash("sha256")
    .update(JSON.stringify([...links]))
    .digest("hex")
    .slice(0, 16);
  const folder = join(LINKS, name);
  if (!existsSync(folder)) {
    makeLinks(folder, links);
  }
  return folder;
}

/** Another run may make the same folder at the same time: it appears whole. */
function makeLinks(folder, links) {
  mkdirSync(LINKS, { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  for (const [name, path] of links) {
    symlinkSync(path, join(unfinished, name));
  }
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(folder)) {
      throw error;
    }
  }
}

/** The path of a program, null where there is none. @param {string} program a name, or its path */
function locate(program) {
  const paths = program.startsWith("/") ? [program] : FOLDERS.map((folder) => join(folder, program));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** @param {string} pattern an absolute path, in which one folder may be `*` */
function exists(pattern) {
  const [before, after] = pattern.split("/*/");
  if (after === undefined) {
    return existsSync(pattern);
  }
  return existsSync(before) && readdirSync(before).some((name) => existsSync(join(before, name, after)));
}

let found;

/** The paths of the programs that are on every Debian. */
function essentialPrograms() {
  found ??= findEssential();
  return found;
}

function findEssential() {
  const query = ["-W", "-f", `\${Essential} \${Package}\n`];
  const packages = output("dpkg-query", query).filter((line) => line.startsWith("yes "));
  if (packages.length === 0) {
    return [];
  }
  const files = output("dpkg-query", ["-L", ...packages.map((line) => line.slice(4))]);
  const isProgram = (path) => ["/bin", "/sbin", "/usr/bin", "/usr/sbin"].includes(dirname(path));
  return [...files.filter(isProgram), ...ALTERNATIVES].filter((path) => existsSync(path));
}

function output(program, args) {
  return (spawnSync(program, args, { encoding: "utf8" }).stdout ?? "").split("\n");
}
