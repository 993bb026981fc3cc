import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A worker's program as JavaScript. A macro: it runs while lanvid is built (or its source started), so that the
 * compiled program finds its workers inside itself.
 * @param path of a file that imports nothing of ours, from the sources' folder on
 */
export function workerText(path: string): string {
  return new Bun.Transpiler({ loader: "ts", target: "bun" }).transformSync(
    readFileSync(join(import.meta.dir, path), "utf8"),
  );
}
