import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import type { BundledFfmpeg } from "../../src/bundle.ts";
import { BUILD_CACHE, packageFile } from "./packages.ts";
import { FFMPEG_LICENCE, type Target } from "./targets.ts";

/** zstd's highest level that needs no more memory to unpack: 26 s once, 2 MB less than level 12. */
const LEVEL = 19;

/** A target's ffmpeg, compressed, as the compiled program will carry it; null where there is none. */
export async function compressedFfmpeg({ ffmpeg }: Target): Promise<BundledFfmpeg | null> {
  if (ffmpeg === null) {
    return null;
  }
  const program = readFileSync(packageFile(ffmpeg.package, ffmpeg.file));
  const sha256 = createHash("sha256").update(program).digest("hex");
  const archive = join(BUILD_CACHE, "zstd", `${sha256}-${LEVEL}.zst`);
  if (!existsSync(archive)) {
    console.error(`compressing ${ffmpeg.package} …`);
    mkdirSync(join(BUILD_CACHE, "zstd"), { recursive: true });
    const temporary = `${archive}-${randomUUID()}`;
    await Bun.write(temporary, await Bun.zstdCompress(program, { level: LEVEL }));
    renameSync(temporary, archive);
  }
  return {
    version: ffmpeg.version,
    libavutil: ffmpeg.libavutil,
    licence: FFMPEG_LICENCE,
    fileName: basename(ffmpeg.file),
    sha256,
    bytes: program.length,
    archive,
    licenceFile: join(import.meta.dir, "licences/gpl-3.0.txt"),
  };
}
