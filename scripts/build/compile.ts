import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { BunPlugin } from "bun";
import type { PackedFile } from "../../src/bundle/unpack.ts";
import type { Build } from "../../src/version.ts";
import { signAdHoc } from "./macho.ts";
import { packageFile, ROOT, run } from "./packages.ts";
import { packedCanvas, packedFfmpeg } from "./packed.ts";
import { type Target, thisTarget } from "./targets.ts";
import { withResources } from "./windows.ts";

export interface CompileOptions {
  readonly outfile: string;
  /** Carries an ffmpeg. */
  readonly withFfmpeg: boolean;
}

/**
 * Canvas looks for its native library in packages around it, which for a compiled program are those of whichever folder
 * it is started in. Ours is where prepareCanvas has put it, and nowhere else.
 */
const canvasBinding: BunPlugin = {
  name: "canvas-binding",
  setup(build) {
    build.onLoad({ filter: /@napi-rs[\\/]canvas[\\/]js-binding\.js$/ }, () => ({
      contents: "module.exports = require(process.env.NAPI_RS_NATIVE_LIBRARY_PATH);",
      loader: "js",
    }));
  },
};

/** Compiles lanvid into one file for a target. @throws Error when it can't be */
export async function compile(target: Target, { outfile, withFfmpeg }: CompileOptions): Promise<void> {
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  const work = mkdtempSync(join(ROOT, "dist", ".build-"));
  try {
    const entry = join(work, "lanvid.ts");
    writeFileSync(entry, await entrySource(target, withFfmpeg));
    // Bun leaves copies of the source maps beside it.
    const program = join(work, "out", basename(outfile));
    const build: Build = { commit: commit(), target: target.name };
    const result = await Bun.build({
      entrypoints: [entry],
      // Not identifiers: Bun then gives two of them one name in the dynamic import of a CommonJS package, at times.
      minify: { whitespace: true, syntax: true, identifiers: false },
      bytecode: true,
      format: "esm",
      // A dynamic import stays one: "--version" loads nothing but the beginning.
      splitting: true,
      // Goes into the program, so that a crash report names lines of the sources.
      sourcemap: "inline",
      target: "bun",
      plugins: [canvasBinding],
      define: { LANVID_BUILD: JSON.stringify(build) },
      throw: false,
      compile: {
        target: target.bunTarget,
        executablePath: await runtime(target, work),
        outfile: program,
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
    if (target.platform === "darwin") {
      // Bun signs for arm64 only; on x64 it leaves its own signature, which no longer fits.
      await signAdHoc(program, "lanvid");
    }
    mkdirSync(dirname(outfile), { recursive: true });
    // One that runs can be deleted, but not written to.
    rmSync(outfile, { force: true });
    copyFileSync(program, outfile);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What the program starts with: paths must be literals for the bundler to take the files in. */
async function entrySource(target: Target, withFfmpeg: boolean): Promise<string> {
  const imports = [`import { start } from ${JSON.stringify(join(ROOT, "src/compiled.ts"))};\n`];
  /** Takes a file in, and gives the name of the constant with its path inside the program. */
  const inside = (path: string) => {
    const name = `file${imports.length}`;
    imports.push(`import ${name} from ${JSON.stringify(path)} with { type: "file" };\n`);
    return name;
  };
  const object = (facts: object, paths: Readonly<Record<string, string>>) =>
    `{ ...${JSON.stringify(facts)}, ${Object.entries(paths).map(([key, name]) => `${key}: ${name}`)} }`;
  const file = ({ archive, ...facts }: PackedFile) => object(facts, { archive: inside(archive) });

  const { files, licenceFile, ...canvas } = await packedCanvas(target);
  const fields = [`canvas: ${object(canvas, { files: `[${files.map(file)}]`, licenceFile: inside(licenceFile) })}`];
  const ffmpeg = withFfmpeg ? await packedFfmpeg(target) : null;
  if (ffmpeg === null) {
    fields.push("ffmpeg: null");
  } else {
    const { archive, licenceFile, ...facts } = ffmpeg;
    fields.push(`ffmpeg: ${object(facts, { archive: inside(archive), licenceFile: inside(licenceFile) })}`);
  }
  return `${imports.join("")}await start({ ${fields.join(", ")} });\n`;
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
