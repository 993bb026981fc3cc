/** One row per system that lanvid is built for. */
export interface Target {
  /** As in --version and in the archives' names. */
  readonly name: "linux-x64" | "linux-arm64" | "windows-x64" | "macos-arm64" | "macos-x64";
  /** Node's words for it. */
  readonly platform: NodeJS.Platform;
  readonly arch: "x64" | "arm64";
  readonly bunTarget: "bun-linux-x64" | "bun-linux-arm64" | "bun-windows-x64" | "bun-darwin-arm64" | "bun-darwin-x64";
  /** The npm package that carries Bun for it, and the path in it. */
  readonly runtime: { readonly package: string; readonly file: string };
  /** The npm package that carries its ffmpeg; null where there is none that may be passed on. */
  readonly ffmpeg: FfmpegPackage | null;
  /** The npm package that carries canvas' native library for it: the library, then what it needs beside it. */
  readonly canvas: { readonly package: string; readonly files: readonly [string, ...string[]] };
  readonly archive: "tar.gz" | "zip";
}

interface FfmpegPackage {
  readonly package: string;
  readonly file: string;
  /** As it calls itself, and its libavutil. */
  readonly version: string;
  readonly libavutil: readonly [number, number];
  /** Who built it, for the notices. */
  readonly origin: string;
}

/** All of them are built with --enable-gpl --enable-version3. */
export const FFMPEG_LICENCE = "GPL-3.0-or-later";

export const TARGETS: readonly Target[] = [
  {
    name: "linux-x64",
    platform: "linux",
    arch: "x64",
    bunTarget: "bun-linux-x64",
    runtime: { package: "@oven/bun-linux-x64", file: "bin/bun" },
    ffmpeg: {
      package: "@ffmpeg-installer/linux-x64",
      file: "ffmpeg",
      version: "N-47683-g0e8eb07980-static",
      libavutil: [56, 24],
      origin: "https://www.johnvansickle.com/ffmpeg/",
    },
    canvas: { package: "@napi-rs/canvas-linux-x64-gnu", files: ["skia.linux-x64-gnu.node"] },
    archive: "tar.gz",
  },
  {
    name: "linux-arm64",
    platform: "linux",
    arch: "arm64",
    bunTarget: "bun-linux-arm64",
    runtime: { package: "@oven/bun-linux-aarch64", file: "bin/bun" },
    ffmpeg: {
      package: "@ffmpeg-installer/linux-arm64",
      file: "ffmpeg",
      version: "N-49006-gd81913e680-static",
      libavutil: [56, 28],
      origin: "https://www.johnvansickle.com/ffmpeg/",
    },
    canvas: { package: "@napi-rs/canvas-linux-arm64-gnu", files: ["skia.linux-arm64-gnu.node"] },
    archive: "tar.gz",
  },
  {
    name: "windows-x64",
    platform: "win32",
    arch: "x64",
    bunTarget: "bun-windows-x64",
    runtime: { package: "@oven/bun-windows-x64", file: "bin/bun.exe" },
    ffmpeg: {
      package: "@ffmpeg-installer/win32-x64",
      file: "ffmpeg.exe",
      version: "N-92722-gf22fcd4483",
      libavutil: [56, 24],
      origin: "https://ffmpeg.zeranoe.com/builds/ (gone; the build of 2018-12-17)",
    },
    canvas: { package: "@napi-rs/canvas-win32-x64-msvc", files: ["skia.win32-x64-msvc.node", "icudtl.dat"] },
    archive: "zip",
  },
  {
    name: "macos-arm64",
    platform: "darwin",
    arch: "arm64",
    bunTarget: "bun-darwin-arm64",
    runtime: { package: "@oven/bun-darwin-aarch64", file: "bin/bun" },
    // @ffmpeg-installer/darwin-arm64 was built with --enable-nonfree: "nonfree and unredistributable", as it says itself.
    ffmpeg: null,
    canvas: { package: "@napi-rs/canvas-darwin-arm64", files: ["skia.darwin-arm64.node"] },
    archive: "tar.gz",
  },
  {
    name: "macos-x64",
    platform: "darwin",
    arch: "x64",
    bunTarget: "bun-darwin-x64",
    runtime: { package: "@oven/bun-darwin-x64", file: "bin/bun" },
    ffmpeg: {
      package: "@ffmpeg-installer/darwin-x64",
      file: "ffmpeg",
      version: "N-92718-g092cb17983-tessus",
      libavutil: [56, 24],
      origin: "https://evermeet.cx/ffmpeg/",
    },
    canvas: { package: "@napi-rs/canvas-darwin-x64", files: ["skia.darwin-x64.node"] },
    archive: "tar.gz",
  },
];

/** The row of the machine that this runs on. @throws Error when lanvid is not built for it */
export function thisTarget(): Target {
  const target = TARGETS.find(({ platform, arch }) => platform === process.platform && arch === process.arch);
  if (target === undefined) {
    throw new Error(`lanvid is not built for ${process.platform}-${process.arch}`);
  }
  return target;
}

/** The compiled program's name on a target. */
export function programName({ platform }: Target): string {
  return platform === "win32" ? "lanvid.exe" : "lanvid";
}
