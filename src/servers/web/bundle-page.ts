import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The page as one HTML text, its style and script inside. A macro: it runs while lanvid is built (or its source
 * started), so the program carries the finished text. A child does the bundling, since `Bun.build` waits for the very
 * thread that a macro occupies.
 */
export function bundlePage(): string {
  const entry = join(import.meta.dir, "..", "..", "page", "index.html");
  const folder = mkdtempSync(join(tmpdir(), "lanvid-page-"));
  try {
    const { exitCode, stderr } = Bun.spawnSync(
      [process.execPath, "build", "--compile", "--target=browser", "--minify", entry, "--outdir", folder],
      { env: { ...process.env, BUN_BE_BUN: "1" } },
    );
    if (exitCode !== 0) {
      throw new Error(`cannot bundle the viewer's page: ${stderr.toString()}`);
    }
    const html = readFileSync(join(folder, "index.html"), "utf8");
    // The bundler leaves the indentation of what is neither style nor script.
    const script = html.indexOf("<script");
    return html.slice(0, script).replace(/\n\s+/g, "\n") + html.slice(script);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
