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
  ["commands", "doctor", "page"],
  ["outputs/player"],
  ["remote"],
  ["servers/tcp", "outputs/snapshot"],
  ["servers/web", "servers/classic", "outputs/recorder"],
  ["session", "net", "http", "transcode"],
  ["access", "stream", "receiver", "classic-pickle", "capture", "window"],
  ["wire", "ffmpeg"],
  ["media", "sys", "bundle", "rate-limited-log", "loop-turn"],
  ["errors", "log", "units", "time", "allowance", "retry", "version", "worker-text"],
];

/** Folders that hold rooms, each with its door: `src/servers/web.ts` is the door of `src/servers/web/`. */
const WINGS: ReadonlySet<string> = new Set(["servers", "outputs"]);

/** What may be used in these places only. */
const RESERVED: readonly (readonly [RegExp, readonly string[]])[] = [
  [/from "bun:ffi"/, ["src/sys/", "src/window/"]],
  [
    /\b(performance|Date)\.now\b|\bnew Date\(\)|\bnowMicros\(\)|(?<![.\w])set(Timeout|Interval)\(|\bBun\.(sleep|nanoseconds)\b/,
    ["src/time.ts", "src/cli/"],
  ],
  [/\bBun\.(listen|connect)\b/, ["src/net/", "src/window/x11/connection.ts"]],
  [/\bsocket\.write\(/i, ["src/net/", "src/window/x11/connection.ts"]],
  [/\bBun\.serve\b/, ["src/servers/web/"]],
  [/\bBun\.spawn(Sync)?\b/, ["src/ffmpeg/", "src/sys/", "src/servers/web/bundle-page.ts", "src/capture/cameras.ts"]],
  [/\bexit-code\.ts"|\b(ExitCode|exitCodeOf)\b/, ["src/cli/"]],
  [/\bprocess\.exit\b/, ["src/main.ts", "src/cli/"]],
  [/(?<!-)\bconsole\./, ["src/compiled.ts", "src/main.ts", "src/cli/"]],
  [/\bprocess\.std(out|err)\.write\b/, ["src/cli/"]],
];

/** Files that hold decisions only: no I/O comes in. */
const PURE = [
  "src/allowance.ts",
  "src/access/limits.ts",
  "src/access/request-rate.ts",
  "src/access/surplus.ts",
  "src/access/token-bucket.ts",
  "src/capture/arguments.ts",
  "src/capture/avfoundation-listing.ts",
  "src/capture/camera-jpegs.ts",
  "src/capture/choose-camera.ts",
  "src/capture/dshow-listing.ts",
  "src/capture/h264-frames.ts",
  "src/capture/jpeg-dialect.ts",
  "src/capture/key-watch.ts",
  "src/capture/linux.ts",
  "src/capture/macos.ts",
  "src/capture/nature.ts",
  "src/capture/reading.ts",
  "src/capture/schedule.ts",
  "src/capture/source-spec.ts",
  "src/capture/speed-judge.ts",
  "src/capture/standard-huffman.ts",
  "src/capture/still-file.ts",
  "src/capture/test-pattern.ts",
  "src/capture/ways.ts",
  "src/capture/whole-jpeg.ts",
  "src/capture/windows.ts",
  "src/classic-pickle/",
  "src/ffmpeg/explain.ts",
  "src/ffmpeg/h264-encoding.ts",
  "src/ffmpeg/input-report.ts",
  "src/ffmpeg/jpeg-encoding.ts",
  "src/ffmpeg/multipart.ts",
  "src/ffmpeg/nut-bytes.ts",
  "src/ffmpeg/nut-headers.ts",
  "src/ffmpeg/nut.ts",
  "src/ffmpeg/reporting.ts",
  "src/media/",
  "src/net/address.ts",
  "src/net/message-reader.ts",
  "src/outputs/recorder/container.ts",
  "src/outputs/recorder/ebml.ts",
  "src/outputs/recorder/fragmented-mp4.ts",
  "src/outputs/recorder/matroska.ts",
  "src/outputs/recorder/timeline.ts",
  "src/page/mse/live-edge.ts",
  "src/page/mse/media-timeline.ts",
  "src/receiver/",
  "src/remote/histogram.ts",
  "src/retry.ts",
  "src/servers/tcp/first-bytes.ts",
  "src/servers/tcp/http-redirect.ts",
  "src/session/",
  "src/stream/",
  "src/transcode/bits.ts",
  "src/transcode/input.ts",
  "src/transcode/raw-reader.ts",
  "src/transcode/rendition-arguments.ts",
  "src/wire/",
];

/** What the browser's page is made of: the side that shows, and what that stands on. Nothing else is sent to browsers. */
const PAGE = "src/page/";
const ROOMS_OF_PAGE = ["receiver", "wire", "media", "errors", "log", "units", "time", "retry"];

/** One of the files takes nothing but a type from the other. No more of these. */
const CIRCLES_OF_TYPES: readonly string[] = [
  "src/capture/cameras.ts src/capture/dshow-listing.ts",
  "src/net/connection.ts src/net/listen.ts",
  "src/remote/classic-reception.ts src/remote/reception.ts",
];

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly { readonly specifier: string; readonly isType: boolean }[];
}

function sourceFiles(): SourceFile[] {
  return [...new Glob("src/**/*.ts").scanSync(ROOT)].sort().map((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    const atLoad = [...text.matchAll(/^(?:import|export)\b(\s+type\b)?[^;]*?\bfrom\s+"([^"]+)"/gm)].map(
      ([, isType, specifier]) => ({ specifier: specifier as string, isType: isType !== undefined }),
    );
    const later = [...text.matchAll(/\bimport\("([^"]+)"\)/g)].map(([, specifier]) => ({
      specifier: specifier as string,
      isType: false,
    }));
    return { path, text, imports: [...atLoad, ...later] };
  });
}

function roomOf(path: string): string {
  const [, first = "", second = ""] = path.replace(/\.ts$/, "").split("/");
  return WINGS.has(first) ? `${first}/${second}` : first;
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

/** The groups of files that import each other, directly or by way of others, as sorted lists of paths. */
function circles(importsOf: (file: SourceFile) => readonly string[]): string[] {
  const graph = new Map(sourceFiles().map((file) => [file.path, importsOf(file)]));
  const reachedFrom = (path: string): ReadonlySet<string> => {
    const reached = new Set(graph.get(path));
    for (const next of reached) {
      for (const imported of graph.get(next) ?? []) {
        reached.add(imported);
      }
    }
    return reached;
  };
  const reach = new Map([...graph.keys()].map((path) => [path, reachedFrom(path)]));
  const inCircles = [...reach.keys()].filter((path) => reach.get(path)?.has(path));
  const groups = inCircles.map((path) =>
    inCircles.filter((other) => reach.get(path)?.has(other) && reach.get(other)?.has(path)),
  );
  return [...new Set(groups.map((group) => group.join(" ")))];
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
      .filter((path) => roomOf(path) !== roomOf(file.path) && path !== `src/${roomOf(path)}.ts`)
      .map((path) => `${file.path} imports ${path}`),
  );

  expect(wrong).toEqual([]);
});

test("no files import each other in a circle, types apart", () => {
  const valuesOf = (file: SourceFile) =>
    file.imports.filter(({ isType }) => !isType).map(({ specifier }) => resolved(file, specifier));

  expect(circles(valuesOf)).toEqual([]);
  expect(circles(localImports).filter((circle) => !CIRCLES_OF_TYPES.includes(circle))).toEqual([]);
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

  expect(PURE.filter((pure) => !files.some(({ path }) => path.startsWith(pure)))).toEqual([]);
  expect(wrong).toEqual([]);
});

test("no file is longer than 600 lines", () => {
  const long = sourceFiles().filter(({ text }) => text.split("\n").length > 600);

  expect(long.map(({ path }) => path)).toEqual([]);
});
