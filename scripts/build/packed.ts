import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import type { PackedFile } from "../../src/bundle/unpack.ts";
import type { BundledCanvas, BundledFfmpeg } from "../../src/bundle.ts";
import { BUILD_CACHE, locked, packageFile } from "./packages.ts";
import { FFMPEG_LICENCE, type Target } from "./targets.ts";

/** zstd's highest level that needs no more memory to unpack: 26 s once for an ffmpeg, 2 MB less than level 12. */
const LEVEL = 19;

/** A target's ffmpeg, compressed, as the compiled program will carry it; null where there is none. */
export async function packedFfmpeg({ ffmpeg }: Target): Promise<BundledFfmpeg | null> {
  return ffmpeg === null
    ? null
    : {
        version: ffmpeg.version,
        libavutil: ffmpeg.libavutil,
        licence: FFMPEG_LICENCE,
        licenceFile: join(import.meta.dir, "licences/gpl-3.0.txt"),
        ...(await packedFile(ffmpeg.package, ffmpeg.file)),
      };
}

/** A target's native library of canvas, compressed. */
export async function packedCanvas({ canvas }: Target): Promise<BundledCanvas> {
  const [library, ...others] = canvas.files;
  return {
    version: locked(canvas.package).version,
    licenceFile: join(import.meta.dir, "../../node_modules/@napi-rs/canvas/LICENSE"),
    files: [
      await packedFile(canvas.package, library),
      ...(await Promise.all(others.map((file) => packedFile(canvas.package, file)))),
    ],
  };
}

/** Kept from one build to the next, by the hash of what is in it. */
async function packedFile(packageName: string, file: string): Promise<PackedFile> {
  const content = readFileSync(packageFile(packageName, file));
  const sha256 = createHash("sha256").update(content).digest("hex");
  const archive = join(BUILD_CACHE, "zstd", `${sha256}-${LEVEL}.zst`);
  if (!existsSync(archive)) {
    console.error(`compressing ${basename(file)} of ${packageName} …`);
    mkdirSync(join(BUILD_CACHE, "zstd"), { recursive: true });
    const temporary = `${archive}-${randomUUID()}`;
    await Bun.write(temporary, await Bun.zstdCompress(content, { level: LEVEL }));
    renameSync(temporary, archive);
  }
  return { fileName: basename(file), sha256, bytes: content.length, archive };
}
