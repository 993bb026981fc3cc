import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ExitCode, LanvidError, messageOf } from "../errors.ts";

/** An ffmpeg that was found to run. */
export interface Ffmpeg {
  readonly path: string;
  /** As it calls itself: "5.1.9-0+deb12u1". */
  readonly version: string;
  /** Knows `-fps_mode` (ffmpeg 5.1, libavutil 57.28); older ones have `-vsync` only. */
  readonly hasFpsMode: boolean;
}

/** libavutil's version in ffmpeg 5.1: the only number that builds without a release number print as well. */
const FPS_MODE_LIBAVUTIL = [57, 28] as const;

/**
 * Finds ffmpeg: the path given, else the one on PATH, else the copy that npm brought.
 * @param explicit --ffmpeg or LANVID_FFMPEG
 * @throws LanvidError (ffmpeg) when there is none, or it does not run
 */
export function findFfmpeg(explicit: string | undefined): Ffmpeg {
  const path = explicit ?? Bun.which("ffmpeg") ?? packagedFfmpeg();
  if (path === null) {
    throw new LanvidError("no-ffmpeg", ExitCode.ffmpeg, "cannot find ffmpeg: it is not on PATH", {
      hint: "install it (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg) or name it with --ffmpeg PATH",
    });
  }
  return probe(path);
}

function probe(path: string): Ffmpeg {
  const fail = (reason: string, cause?: unknown) =>
    new LanvidError("bad-ffmpeg", ExitCode.ffmpeg, `cannot run ffmpeg "${path}": ${reason}`, {
      cause,
      hint: "name a working one with --ffmpeg PATH, or leave it out to use the one on PATH",
    });
  let result: ReturnType<typeof Bun.spawnSync>;
  try {
    result = Bun.spawnSync([path, "-version"], { stdin: "ignore", stdout: "pipe", stderr: "ignore", timeout: 10_000 });
  } catch (cause) {
    throw fail(messageOf(cause), cause);
  }
  const parsed = parseVersion(result.stdout?.toString() ?? "");
  if (!result.success || parsed === null) {
    throw fail(`it is no ffmpeg: "-version" ended with exit code ${result.exitCode}`);
  }
  return { path, ...parsed };
}

/** Reads what `ffmpeg -version` prints; null if that is not ffmpeg's. */
export function parseVersion(text: string): Omit<Ffmpeg, "path"> | null {
  const version = /^ffmpeg version (\S+)/m.exec(text)?.[1];
  const util = /^libavutil\s+(\d+)\.\s*(\d+)\./m.exec(text);
  if (version === undefined || util === null) {
    return null;
  }
  const [major, minor] = [Number(util[1]), Number(util[2])];
  const [needMajor, needMinor] = FPS_MODE_LIBAVUTIL;
  return { version, hasFpsMode: major > needMajor || (major === needMajor && minor >= needMinor) };
}

/** The binary in @ffmpeg-installer's package for this platform; null in a compiled lanvid, or where there is none. */
function packagedFfmpeg(): string | null {
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
