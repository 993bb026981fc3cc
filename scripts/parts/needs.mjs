// Which parts a file needs. Plain Node.js, since nothing else is there yet.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { root } from "../setup.mjs";
import { PARTS } from "./list.mjs";

/**
 * The names of the parts that these files need: those of a line "// Parts: ffmpeg, xvfb" in them, or in what they
 * import. What the program itself (src) starts, its test declares.
 * @param {readonly string[]} paths of files, absolute or from the folder of package.json
 * @returns {string[]} sorted
 * @throws Error when there is no such part
 */
export function partsOf(paths) {
  const seen = new Set();
  const names = new Set();
  const waiting = paths.map((path) => resolve(root, path));
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path) || !existsSync(path) || relative(root, path).startsWith("src/")) {
      continue;
    }
    seen.add(path);
    const text = readFileSync(path, "utf8");
    for (const name of declaredIn(text)) {
      if (PARTS[name] === undefined) {
        const known = Object.keys(PARTS).join(", ");
        throw new Error(`${relative(root, path)} needs a part "${name}"; scripts/parts/list.mjs has ${known}`);
      }
      names.add(name);
    }
    const folder = dirname(path);
    waiting.push(...importedBy(text).map((specifier) => join(folder, specifier)));
  }
  return [...names].sort();
}

function declaredIn(text) {
  const lines = [...text.matchAll(/^\/\/ Parts: (.+)$/gm)];
  return lines.flatMap(([, names]) => names.split(",").map((name) => name.trim()));
}

/** The files of ours that are imported, but for types alone. */
function importedBy(text) {
  const statements = text.matchAll(
    /^(?:import|export)\b(?!\s+type\b)[^;"]*\bfrom\s+"(\.[^"]+)"|\bimport\(?\s*"(\.[^"]+)"/gm,
  );
  return [...statements].map(([, specifier, alone]) => specifier ?? alone);
}
