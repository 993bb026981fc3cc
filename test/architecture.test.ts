import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { Glob } from "bun";

const ROOT = join(import.meta.dir, "..");

/** Imports go down only; rooms in one row do not know each other. docs/architecture.md shows the same table. */
const ROWS = [
  ["compiled"],
  ["main"],
  ["cli"],
  ["app"],
  ["capture", "rendition", "net", "viewer", "window", "record"],
  ["session", "receiver", "classic"],
  ["hub", "ffmpeg", "wire", "http"],
  ["media", "sys", "bundle", "rate-limited-log"],
  ["errors", "log", "units", "time", "allowance", "retry", "version", "worker-text"],
];

/** What may be used in these places only. */
const RESERVED: readonly (readonly [RegExp, readonly string[]])[] = [
  [/from "bun:ffi"/, ["src/sys/", "src/window/"]],
  [/\bBun\.(listen|connect)\b/, ["src/net/", "src/window/x11/connection.ts"]],
  [/\bsocket\.write\(/i, ["src/net/", "src/window/x11/connection.ts"]],
  [/\bBun\.serve\b/, ["src/viewer/"]],
  [/\bBun\.spawn(Sync)?\b/, ["src/ffmpeg/", "src/sys/", "src/viewer/bundle-page.ts", "src/capture/cameras.ts"]],
  [/\bexit-code\.ts"|\b(ExitCode|exitCodeOf)\b/, ["src/cli/"]],
  [/\bprocess\.exit\b/, ["src/main.ts", "src/cli/"]],
  [/(?<!-)\bconsole\./, ["src/compiled.ts", "src/main.ts", "src/cli/"]],
  [/\bprocess\.std(out|err)\.write\b/, ["src/cli/"]],
];

/** Files that hold decisions only: no I/O comes in. */
const PURE = [
  "src/wire/",
  "src/classic/",
  "src/media/",
  "src/hub/send-window.ts",
  "src/receiver/",
  "src/session/",
  "src/net/address.ts",
  "src/net/first-bytes.ts",
  "src/net/http-redirect.ts",
  "src/net/limits.ts",
  "src/net/message-reader.ts",
  "src/capture/arguments.ts",
  "src/capture/avfoundation-listing.ts",
  "src/capture/camera-jpegs.ts",
  "src/capture/choose-camera.ts",
  "src/capture/dshow-listing.ts",
  "src/capture/h264-frames.ts",
  "src/capture/key-watch.ts",
  "src/capture/linux.ts",
  "src/capture/macos.ts",
  "src/capture/nature.ts",
  "src/capture/reading.ts",
  "src/capture/schedule.ts",
  "src/capture/speed-judge.ts",
  "src/capture/still-file.ts",
  "src/ffmpeg/multipart.ts",
  "src/ffmpeg/h264-encoding.ts",
  "src/ffmpeg/jpeg-encoding.ts",
  "src/ffmpeg/nut.ts",
  "src/ffmpeg/nut-bytes.ts",
  "src/ffmpeg/nut-headers.ts",
  "src/capture/source-spec.ts",
  "src/capture/test-pattern.ts",
  "src/capture/jpeg-dialect.ts",
  "src/capture/ways.ts",
  "src/capture/windows.ts",
  "src/capture/whole-jpeg.ts",
  "src/capture/standard-huffman.ts",
  "src/ffmpeg/explain.ts",
  "src/ffmpeg/input-report.ts",
  "src/ffmpeg/reporting.ts",
  "src/record/container.ts",
  "src/record/ebml.ts",
  "src/record/fragmented-mp4.ts",
  "src/record/matroska.ts",
  "src/record/timeline.ts",
  "src/rendition/raw-reader.ts",
  "src/rendition/rendition-arguments.ts",
  "src/rendition/input.ts",
  "src/rendition/bits.ts",
  "src/hub/ladder.ts",
  "src/viewer/surplus.ts",
  "src/viewer/page/film-timeline.ts",
  "src/viewer/page/live-edge.ts",
  "src/retry.ts",
  "src/app/histogram.ts",
];

/** What the browser's page is made of: the side that shows, and what that stands on. Nothing else is sent to browsers. */
const PAGE = "src/viewer/page/";
const ROOMS_OF_PAGE = ["receiver", "wire", "media", "errors", "log", "units", "time", "retry"];

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly { readonly specifier: string; readonly isType: boolean }[];
}

function sourceFiles(): SourceFile[] {
  return [...new Glob("src/**/*.ts").scanSync(ROOT)].sort().map((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    const imports = [...text.matchAll(/^(?:import|export)\b(\s+type\b)?[^;]*?\bfrom\s+"([^"]+)"/gm)].map(
      ([, isType, specifier]) => ({ specifier: specifier as string, isType: isType !== undefined }),
    );
    return { path, text, imports };
  });
}

function roomOf(path: string): string {
  return (path.split("/")[1] ?? "").replace(/\.ts$/, "");
}

function resolved(file: SourceFile, specifier: string): string {
  return normalize(join(dirname(file.path), specifier));
}

function importsOf(file: SourceFile | undefined): string[] {
  return (file?.imports ?? [])
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier }) => resolved(file as SourceFile, specifier));
}

function localImports(file: SourceFile): string[] {
  return importsOf(file).filter((path) => path.startsWith("src/"));
}

test("every room stands in one row", () => {
  const known = new Set(ROWS.flat());

  const strangers = sourceFiles().filter(({ path }) => !known.has(roomOf(path)));

  expect(strangers.map(({ path }) => path)).toEqual([]);
});

test("imports go down only, never up or sideways", () => {
  const rowOf = (room: string) => ROWS.findIndex((row) => row.includes(room));

  const wrong = sourceFiles().flatMap((file) => {
    const from = roomOf(file.path);
    return localImports(file)
      .filter((path) => roomOf(path) !== from && rowOf(roomOf(path)) <= rowOf(from))
      .map((path) => `${file.path} imports ${path}`);
  });

  expect(wrong).toEqual([]);
});

test("a room is entered through its door", () => {
  const wrong = sourceFiles().flatMap((file) =>
    localImports(file)
      .filter((path) => roomOf(path) !== roomOf(file.path) && path.split("/").length > 2)
      .filter((path) => path !== "src/cli/program.ts")
      .map((path) => `${file.path} imports ${path}`),
  );

  expect(wrong).toEqual([]);
});

test("the page imports what a receiver needs, and nothing else", () => {
  const files = new Map(sourceFiles().map((file) => [file.path, file]));
  const reached = new Set([...files.keys()].filter((path) => path.startsWith(PAGE)));
  const wrong: string[] = [];

  for (const path of reached) {
    for (const imported of importsOf(files.get(path))) {
      reached.add(imported);
      if (!imported.startsWith(PAGE) && !ROOMS_OF_PAGE.includes(roomOf(imported))) {
        wrong.push(`${path} imports ${imported}`);
      }
    }
  }

  expect(wrong).toEqual([]);
  expect(reached).toContain("src/receiver.ts");
});

test("the page keeps nothing beside its views", () => {
  const files = sourceFiles().filter(({ path }) => path.startsWith(PAGE) && path !== `${PAGE}page.ts`);

  const wrong = files.flatMap(({ path, text }) =>
    [...text.matchAll(/^(?:export )?(?:let|var|const \w+ = (?:document\.|new (?!Set\()))[^\n]*/gm)].map(
      ([line]) => `${path}: ${line}`,
    ),
  );

  expect(wrong).toEqual([]);
});

test("what touches the system is used in its place only", () => {
  const wrong = sourceFiles().flatMap(({ path, text }) => {
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    return RESERVED.filter(
      ([pattern, places]) => pattern.test(code) && !places.some((place) => path.startsWith(place)),
    ).map(([pattern]) => `${path}: ${pattern.source}`);
  });

  expect(wrong).toEqual([]);
});

test("pure files import no input or output", () => {
  const files = sourceFiles().filter(({ path }) => PURE.some((pure) => path.startsWith(pure)));

  const wrong = files.flatMap(({ path, imports }) =>
    imports
      .filter(({ specifier, isType }) => !isType && !specifier.startsWith("."))
      .map(({ specifier }) => `${path} imports ${specifier}`),
  );

  expect(files.length).toBeGreaterThanOrEqual(PURE.length);
  expect(wrong).toEqual([]);
});

test("no file is longer than 600 lines", () => {
  const long = sourceFiles().filter(({ text }) => text.split("\n").length > 600);

  expect(long.map(({ path }) => path)).toEqual([]);
});
