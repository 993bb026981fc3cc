import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Build } from "../../src/version.ts";
import { compressedFfmpeg } from "./ffmpeg.ts";
import { signAdHoc } from "./macho.ts";
import { packageFile, ROOT, run } from "./packages.ts";
import { type Target, thisTarget } from "./targets.ts";
import { withResources } from "./windows.ts";

export interface CompileOptions {
  readonly outfile: string;
  /** Carries an ffmpeg. */
  readonly withFfmpeg: boolean;
}

/** Compiles lanvid into one file for a target. @throws Error when it can't be */
export async function compile(target: Target, { outfile, withFfmpeg }: CompileOptions): Promise<void> {
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  const work = mkdtempSync(join(ROOT, "dist", ".build-"));
  try {
    const entry = join(work, "lanvid.ts");
    writeFileSync(entry, await entrySource(target, withFfmpeg));
    const build: Build = { commit: commit(), target: target.name };
    const result = await Bun.build({
      entrypoints: [entry],
      minify: true,
      bytecode: true,
      format: "esm",
      // A dynamic import stays one: "--version" loads nothing but the beginning.
      splitting: true,
      // Goes into the program, so that a crash report names lines of the sources.
      sourcemap: "inline",
      target: "bun",
      define: { LANVID_BUILD: JSON.stringify(build) },
      throw: false,
      compile: {
        target: target.bunTarget,
        executablePath: await runtime(target, work),
        outfile,
        // A stranger's folder must not run code in us.
        autoloadDotenv: false,
        autoloadBunfig: false,
        autoloadTsconfig: false,
        autoloadPackageJson: false,
      },
    });
    if (!result.success) {
      throw new Error(`cannot compile for ${target.name}: ${result.logs.map(String).join("\n")}`);
    }
    // The map is inside; Bun leaves a copy beside it.
    rmSync(`${outfile.replace(/\.exe$/, "")}.map`, { force: true });
    if (target.platform === "darwin") {
      // Bun signs for arm64 only; on x64 it leaves its own signature, which no longer fits.
      await signAdHoc(outfile, "lanvid");
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What the program starts with: paths must be literals for the bundler to take the files in. */
async function entrySource(target: Target, withFfmpeg: boolean): Promise<string> {
  const start = `import { start } from ${JSON.stringify(join(ROOT, "src/compiled.ts"))};\n`;
  const ffmpeg = withFfmpeg ? await compressedFfmpeg(target) : null;
  if (ffmpeg === null) {
    return `${start}await start(null);\n`;
  }
  const { archive, licenceFile, ...facts } = ffmpeg;
  const file = (name: string, path: string) => `import ${name} from ${JSON.stringify(path)} with { type: "file" };\n`;
  const imports = file("archive", archive) + file("licenceFile", licenceFile);
  return `${start}${imports}await start({ ...${JSON.stringify(facts)}, archive, licenceFile });\n`;
}

/** The Bun that the program is appended to. */
async function runtime(target: Target, work: string): Promise<string> {
  if (target === thisTarget() && target.platform !== "win32") {
    return process.execPath;
  }
  const path = packageFile(target.runtime.package, target.runtime.file);
  if (target.platform !== "win32") {
    return path;
  }
  // Bun sets icon and version only when it compiles on Windows; so they are set before, on any system.
  const dressed = join(work, "bun.exe");
  await Bun.write(dressed, await withResources(path));
  return dressed;
}

function commit(): string {
  try {
    return run(["git", "describe", "--always", "--dirty", "--exclude", "*"], ROOT).trim();
  } catch {
    // Not a checkout, or no git.
    return "unknown";
  }
}
