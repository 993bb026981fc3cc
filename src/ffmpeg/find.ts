import { accessSync, constants, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { bundledFfmpeg, CACHE_HINT, unpackFfmpeg } from "../bundle.ts";
import { LanvidError, messageOf } from "../errors.ts";
import { BUILD } from "../version.ts";

/** An ffmpeg that was found to run. */
export interface Ffmpeg {
  readonly path: string;
  /** As it calls itself: "5.1.9-0+deb12u1". */
  readonly version: string;
  /** Knows `-fps_mode` (ffmpeg 5.1, libavutil 57.28); older ones have `-vsync` only. */
  readonly hasFpsMode: boolean;
}

/** An ffmpeg, and why it is this one. */
export interface FoundFfmpeg extends Ffmpeg {
  /** By --ffmpeg or LANVID_FFMPEG; on PATH; from inside this program; from the package that npm brought. */
  readonly origin: "given" | "path" | "bundled" | "npm";
  /** For a person: "the one on PATH is older: 3.4.2". */
  readonly reason: string;
}

interface Probed extends Ffmpeg {
  readonly libavutil: readonly [number, number];
}

/** libavutil's version in ffmpeg 5.1: the only number that builds without a release number print as well. */
const FPS_MODE_LIBAVUTIL = [57, 28] as const;
/** Where the ffmpeg inside this program was unpacked to. */
const unpacked = new Set<string>();
/** What the system's codes mean when a program is started. */
const WHY_NOT_RUN: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "it is not a program, or this user may not run it",
  ENOEXEC: "it is not a program for this system",
};
const PATH_HINT = "name a working one with --ffmpeg PATH, or leave it out to use the one on PATH";

/**
 * Finds ffmpeg: the path given, else the one on PATH, else the one inside this program or the copy that npm brought.
 * One on PATH that does not run, or is older than the one inside, is passed over.
 * @param explicit --ffmpeg or LANVID_FFMPEG
 * @throws LanvidError (ffmpeg) when there is none, it does not run, or it can't be unpacked
 */
export function findFfmpeg(explicit: string | undefined): Ffmpeg {
  return describeFfmpeg(explicit);
}

/** The same, with why. It does what findFfmpeg does: it may unpack the one inside. */
export function describeFfmpeg(explicit: string | undefined): FoundFfmpeg {
  if (explicit !== undefined) {
    return { ...probe(explicit, PATH_HINT), origin: "given", reason: "named by --ffmpeg or LANVID_FFMPEG" };
  }
  const onPath = Bun.which("ffmpeg", { PATH: process.env["PATH"] ?? "" });
  const bundled = bundledFfmpeg();
  let why = "none is on PATH";
  let fault: unknown;
  if (onPath !== null) {
    try {
      const found = probe(onPath, PATH_HINT);
      if (bundled === null || !isOlder(found.libavutil, bundled.libavutil)) {
        return { ...found, origin: "path", reason: "it is the one on PATH" };
      }
      why = `the one on PATH is older: ${found.version}`;
    } catch (error) {
      fault = error;
      why = messageOf(error);
    }
  }
  if (bundled !== null) {
    const path = unpackFfmpeg(bundled);
    unpacked.add(path);
    return { ...probe(path, CACHE_HINT), origin: "bundled", reason: why };
  }
  const packaged = packagedFfmpeg();
  if (packaged !== null) {
    return { ...probe(packaged, PATH_HINT), origin: "npm", reason: why };
  }
  throw (
    fault ??
    new LanvidError("no-ffmpeg", "ffmpeg", "cannot find ffmpeg: it is not on PATH", {
      hint: "install it (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg) or name it with --ffmpeg PATH",
    })
  );
}

/**
 * The same program, where it is now: what was unpacked from inside this one may have been deleted while this ran, by a
 * cleaner or by hand, and is unpacked again.
 * @throws LanvidError (ffmpeg) when it can't be unpacked
 */
export function stillThere(path: string): string {
  const bundled = bundledFfmpeg();
  if (bundled === null || !unpacked.has(path) || existsSync(path)) {
    return path;
  }
  const again = unpackFfmpeg(bundled);
  unpacked.add(again);
  return again;
}

function probe(path: string, hint: string): Probed {
  const fail = (reason: string, cause?: unknown) =>
    new LanvidError("bad-ffmpeg", "ffmpeg", `cannot run ffmpeg "${path}": ${reason}`, { cause, hint });
  let result: ReturnType<typeof Bun.spawnSync>;
  try {
    result = Bun.spawnSync([path, "-version"], { stdin: "ignore", stdout: "pipe", stderr: "ignore", timeout: 10_000 });
  } catch (cause) {
    throw fail(WHY_NOT_RUN[(cause as { code?: string }).code ?? ""] ?? messageOf(cause), cause);
  }
  const text = result.stdout?.toString() ?? "";
  const parsed = parseVersion(text);
  const libavutil = parseLibavutil(text);
  if (!result.success || parsed === null || libavutil === null) {
    throw fail(`it is no ffmpeg: "-version" ended with exit code ${result.exitCode}`);
  }
  return { path, ...parsed, libavutil };
}

/** Reads what `ffmpeg -version` prints; null if that is not ffmpeg's. */
export function parseVersion(text: string): Omit<Ffmpeg, "path"> | null {
  const version = /^ffmpeg version (\S+)/m.exec(text)?.[1];
  const libavutil = parseLibavutil(text);
  if (version === undefined || libavutil === null) {
    return null;
  }
  return { version, hasFpsMode: !isOlder(libavutil, FPS_MODE_LIBAVUTIL) };
}

function parseLibavutil(text: string): [number, number] | null {
  const match = /^libavutil\s+(\d+)\.\s*(\d+)\./m.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2])];
}

function isOlder([major, minor]: readonly [number, number], than: readonly [number, number]): boolean {
  return major < than[0] || (major === than[0] && minor < than[1]);
}

/** The binary in @ffmpeg-installer's package for this platform; null in a compiled lanvid, or where there is none. */
function packagedFfmpeg(): string | null {
  if (BUILD !== null) {
    return null;
  }
  const name = `@ffmpeg-installer/${process.platform}-${process.arch}/package.json`;
  try {
    const manifest = createRequire(import.meta.url).resolve(name);
    const path = join(dirname(manifest), process.platform === "win32" ? "ffmpeg.exe" : "ffmpeg");
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    // Not installed: an optional dependency, absent on other platforms.
    return null;
  }
}
