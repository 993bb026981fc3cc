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
import { type ErrorKind, LanvidError, messageOf } from "../errors.ts";
import { type Clock, systemClock } from "../time.ts";
import { cacheFolders } from "./cache-folder.ts";
import { isOurs } from "./ownership.ts";

/** A file inside the compiled program, compressed with zstd; the build writes this down. */
export interface PackedFile {
  /** Its name when it is unpacked: "ffmpeg", "ffmpeg.exe". */
  readonly fileName: string;
  /** Of the unpacked file, in hexadecimal. */
  readonly sha256: string;
  /** Size of the unpacked file. */
  readonly bytes: number;
  /** Where the compressed file can be read, inside the compiled program. */
  readonly archive: string;
}

/** Files that belong together, in a folder of their version. */
export interface Packed {
  /** For a person: "ffmpeg". */
  readonly name: string;
  /** The folder in the cache folder: `KIND-VERSION`. */
  readonly folder: string;
  readonly files: readonly PackedFile[];
  /** Where the licence's text can be read; it is put beside them. */
  readonly licenceFile: string;
  /** What the process ends with when they can't be unpacked, and what to do then. */
  readonly kind: ErrorKind;
  readonly hint: string;
}

/** Folders of other versions that no lanvid has used for this time are deleted; a younger one may be in use, ms. */
const UNUSED_MS = 14 * 24 * 3600 * 1000;
/** Half-written files of a lanvid that was killed: no unpacking takes as long, ms. */
const ABANDONED_MS = 3600 * 1000;
/** Kinds of what is unpacked: nothing else in the cache folder is ever deleted. */
const FOLDER = /^(?:ffmpeg|canvas)-/;
const TEMPORARY = /\.part$/;

/** Somebody else's folder: another one may do. */
const NOT_OURS: ReadonlySet<string | undefined> = new Set(["EACCES", "EPERM"]);

/**
 * Puts the files into their folder unless they are there and undamaged, and gives its path: in the cache folder, or in one
 * beside it where that is somebody else's. Safe when several lanvids do so at once: each writes files of its own and
 * renames them.
 * @throws LanvidError (code "cache") when neither can be written to
 */
export function unpack(packed: Packed, clock = systemClock): string {
  let fault: LanvidError | undefined;
  for (const cache of knownCacheFolders(packed)) {
    try {
      return unpackInto(cache, packed, clock);
    } catch (error) {
      const code = error instanceof LanvidError ? (error.cause as NodeJS.ErrnoException | undefined)?.code : undefined;
      if (!NOT_OURS.has(code)) {
        throw fault ?? error;
      }
      // What is wrong with the first says more.
      fault ??= error as LanvidError;
    }
  }
  throw fault;
}

function unpackInto(cache: string, packed: Packed, clock: Clock): string {
  const folder = join(cache, packed.folder);
  if (![cache, folder].every(isOurs)) {
    const cause = Object.assign(new Error("others may write to it"), { code: "EPERM" });
    throw unpackError(folder, packed, cause);
  }
  const damaged = packed.files.filter((file) => !isIntact(folder, file));
  if (damaged.length > 0) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      for (const { fileName, archive } of damaged) {
        replaceFile(join(folder, fileName), Bun.zstdDecompressSync(readFileSync(archive)), 0o700);
      }
      replaceFile(join(folder, "LICENSE.txt"), readFileSync(packed.licenceFile), 0o600);
    } catch (cause) {
      // Windows lets nobody rename onto a file that is in use: then another lanvid has just put it there.
      if (!packed.files.every((file) => isIntact(folder, file))) {
        throw unpackError(folder, packed, cause);
      }
    }
    removeOld(cache, folder, clock.unixMs());
  }
  markUsed(folder, new Date(clock.unixMs()));
  return folder;
}

/**
 * Deletes all that was unpacked, of every version; nothing else that is in the folder.
 * @returns the folders that were deleted
 */
export function clearCache(): string[] {
  const folders = cacheFolders().filter(isOurs).flatMap(foldersIn);
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
  }
  return folders;
}

function knownCacheFolders({ name, kind, hint }: Packed): readonly string[] {
  try {
    return cacheFolders();
  } catch (cause) {
    if (cause instanceof LanvidError) {
      throw cause;
    }
    throw new LanvidError("cache", kind, `cannot unpack ${name}: this user has no home folder`, { cause, hint });
  }
}

function isIntact(folder: string, { fileName, bytes, sha256 }: PackedFile): boolean {
  const path = join(folder, fileName);
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

function unpackError(folder: string, { name, files, kind, hint }: Packed, cause: unknown): LanvidError {
  const megabytes = Math.ceil(files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6);
  const isFull = ["ENOSPC", "EDQUOT"].includes((cause as NodeJS.ErrnoException)?.code ?? "");
  const reason = isFull ? `no space is left there, it takes ${megabytes} MB` : messageOf(cause);
  return new LanvidError("cache", kind, `cannot unpack ${name} to "${folder}": ${reason}`, {
    cause,
    hint: isFull ? `free ${megabytes} MB there; or ${hint}` : hint,
  });
}

/** The folder's time says when a lanvid last started with it. */
function markUsed(folder: string, now: Date): void {
  try {
    utimesSync(folder, now, now);
  } catch {
    // A folder that may only be read serves as well.
  }
}

function removeOld(cache: string, current: string, nowMs: number): void {
  const unused = foldersIn(cache).filter((folder) => folder !== current && ageOf(folder, nowMs) > UNUSED_MS);
  const abandoned = entriesOf(current)
    .filter((name) => TEMPORARY.test(name))
    .map((name) => join(current, name))
    .filter((path) => ageOf(path, nowMs) > ABANDONED_MS);
  for (const path of [...unused, ...abandoned]) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // Somebody else's, or in use: it costs space only.
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

function ageOf(path: string, nowMs: number): number {
  try {
    return nowMs - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
