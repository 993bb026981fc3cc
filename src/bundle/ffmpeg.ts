import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ExitCode, LanvidError, messageOf } from "../errors.ts";
import { cacheFolder } from "./cache-folder.ts";

/** The ffmpeg inside the compiled program; the build writes this down. */
export interface BundledFfmpeg {
  /** As it calls itself. */
  readonly version: string;
  /** libavutil's major and minor version: what ages are compared by. */
  readonly libavutil: readonly [number, number];
  /** An SPDX expression. */
  readonly licence: string;
  /** The file's name: "ffmpeg", or "ffmpeg.exe". */
  readonly fileName: string;
  /** Of the unpacked program, in hexadecimal. */
  readonly sha256: string;
  /** Size of the unpacked program. */
  readonly bytes: number;
  /** Where the compressed program (zstd) and its licence's text can be read, inside the compiled program. */
  readonly archive: string;
  readonly licenceFile: string;
}

/** What to do when the folder is at fault. */
export const CACHE_HINT = "name another folder with LANVID_CACHE, or an ffmpeg that is installed with --ffmpeg PATH";

/** Folders of other versions that no lanvid has used for so long are deleted; a younger one may be in use, ms. */
const UNUSED_MS = 14 * 24 * 3600 * 1000;
/** Half-written files of a lanvid that was killed: no unpacking takes so long, ms. */
const ABANDONED_MS = 3600 * 1000;
const FOLDER = /^ffmpeg-/;
const TEMPORARY = /\.part$/;

let bundled: BundledFfmpeg | null = null;

/** Called once, by the compiled program's beginning. */
export function provideFfmpeg(ffmpeg: BundledFfmpeg | null): void {
  bundled = ffmpeg;
}

/** The ffmpeg inside this program; null when it runs from its sources, or was built without one. */
export function bundledFfmpeg(): BundledFfmpeg | null {
  return bundled;
}

/**
 * Puts an ffmpeg into the cache folder unless it is there and undamaged, and gives its path. Safe when several lanvids do so at
 * once: each writes a file of its own and renames it.
 * @throws LanvidError (ffmpeg) when the folder can't be written to
 */
export function unpackFfmpeg(ffmpeg: BundledFfmpeg): string {
  const cache = knownCacheFolder();
  const folder = join(cache, `ffmpeg-${ffmpeg.version.replace(/[^\w.+-]/g, "_")}-${ffmpeg.sha256.slice(0, 12)}`);
  const path = join(folder, ffmpeg.fileName);
  if (isIntact(path, ffmpeg)) {
    markUsed(folder);
    return path;
  }
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    replaceFile(path, Bun.zstdDecompressSync(readFileSync(ffmpeg.archive)), 0o700);
    replaceFile(join(folder, "LICENSE.txt"), readFileSync(ffmpeg.licenceFile), 0o600);
  } catch (cause) {
    // Windows lets nobody rename onto a program that runs: then another lanvid has just put it there.
    if (!isIntact(path, ffmpeg)) {
      throw unpackError(folder, ffmpeg, cause);
    }
  }
  markUsed(folder);
  removeOld(cache, folder);
  return path;
}

/**
 * Deletes all that was unpacked, of every version; nothing else that is in the folder.
 * @returns the folders that were deleted
 */
export function clearCache(): string[] {
  const folders = foldersIn(cacheFolder());
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
  }
  return folders;
}

function knownCacheFolder(): string {
  try {
    return cacheFolder();
  } catch (cause) {
    if (cause instanceof LanvidError) {
      throw cause;
    }
    throw new LanvidError("cache", ExitCode.ffmpeg, "cannot unpack ffmpeg: this user has no home folder", {
      cause,
      hint: CACHE_HINT,
    });
  }
}

function isIntact(path: string, { bytes, sha256 }: BundledFfmpeg): boolean {
  try {
    return (
      statSync(path).size === bytes &&
      new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex") === sha256
    );
  } catch {
    // Not there, or not ours to read.
    return false;
  }
}

/** The file is there as a whole or not at all, also after a power cut. */
function replaceFile(path: string, content: Uint8Array, mode: number): void {
  const temporary = `${path}-${randomUUID()}.part`;
  try {
    const file = openSync(temporary, "wx", mode);
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    chmodSync(temporary, mode);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function unpackError(folder: string, { bytes }: BundledFfmpeg, cause: unknown): LanvidError {
  const megabytes = Math.ceil(bytes / 1e6);
  const isFull = ["ENOSPC", "EDQUOT"].includes((cause as NodeJS.ErrnoException)?.code ?? "");
  const reason = isFull ? `no space is left there, it takes ${megabytes} MB` : messageOf(cause);
  const hint = isFull ? `free ${megabytes} MB there; or ${CACHE_HINT}` : CACHE_HINT;
  return new LanvidError("cache", ExitCode.ffmpeg, `cannot unpack ffmpeg to "${folder}": ${reason}`, { cause, hint });
}

/** The folder's time says when a lanvid last started with it. */
function markUsed(folder: string): void {
  try {
    const now = new Date();
    utimesSync(folder, now, now);
  } catch {
    // A folder that may only be read serves as well.
  }
}

function removeOld(cache: string, current: string): void {
  const unused = foldersIn(cache).filter((folder) => folder !== current && ageOf(folder) > UNUSED_MS);
  const abandoned = entriesOf(current)
    .filter((name) => TEMPORARY.test(name))
    .map((name) => join(current, name))
    .filter((path) => ageOf(path) > ABANDONED_MS);
  for (const path of [...unused, ...abandoned]) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // Somebody else's: it costs space only.
    }
  }
}

function foldersIn(cache: string): string[] {
  return entriesOf(cache)
    .filter((name) => FOLDER.test(name))
    .map((name) => join(cache, name));
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function ageOf(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
