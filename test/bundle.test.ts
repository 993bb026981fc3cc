import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../src/bundle/cache-folder.ts";
import { unpackCanvas } from "../src/bundle/canvas.ts";
import type { PackedFile } from "../src/bundle/unpack.ts";
import {
  type BundledCanvas,
  type BundledFfmpeg,
  bundledFfmpeg,
  clearCache,
  prepareCanvas,
  provideCanvas,
  provideFfmpeg,
  unpackFfmpeg,
} from "../src/bundle.ts";
import { LanvidError } from "../src/errors.ts";
import { describeFfmpeg, type FfmpegExit, FfmpegProcess, type FoundFfmpeg } from "../src/ffmpeg.ts";
import { silentLog } from "../src/log.ts";
import { Folder } from "./support/stand-in.ts";

const DAY_MS = 24 * 3600 * 1000;
/** "nobody". */
const OTHER_USER = 65_534;

let folder: Folder;
let ffmpeg: BundledFfmpeg;
const VARIABLES = ["LANVID_CACHE", "PATH", "NAPI_RS_NATIVE_LIBRARY_PATH"] as const;
const before = VARIABLES.map((name) => process.env[name]);

/** A file as the build packs it. */
function packedFile(fileName: string, content: string): PackedFile {
  return {
    fileName,
    sha256: createHash("sha256").update(content).digest("hex"),
    bytes: content.length,
    archive: folder.write(`inside/${Bun.hash(content)}.zst`, Bun.zstdCompressSync(content)),
  };
}

/** A small stand-in for the ffmpeg inside the program. */
function packed(version: string, major: number): BundledFfmpeg {
  const script = `#!/bin/sh\nprintf 'ffmpeg version ${version}\\nlibavutil      ${major}. 24.101\\n'\n`;
  return {
    version,
    libavutil: [major, 24],
    licence: "GPL-3.0-or-later",
    licenceFile: folder.write("inside/licence", "the licence"),
    ...packedFile("ffmpeg", script),
  };
}

/** A small stand-in for the native library inside the program, with what Windows wants beside it. */
function packedCanvas(version = "1.0.11"): BundledCanvas {
  return {
    version,
    files: [packedFile("skia.node", `module.exports = "${version}";\n`), packedFile("icudtl.dat", "data")],
    licenceFile: folder.write("inside/canvas-licence", "the licence"),
  };
}

beforeEach(() => {
  folder = new Folder();
  ffmpeg = packed("N-1-gabc", 56);
  process.env["LANVID_CACHE"] = join(folder.path, "cache");
});

afterEach(() => {
  provideFfmpeg(null);
  provideCanvas(null);
  for (const [index, name] of VARIABLES.entries()) {
    const value = before[index];
    if (value === undefined) {
      delete process.env[name];
    } else {
      process.env[name] = value;
    }
  }
  folder[Symbol.dispose]();
});

function age(path: string, days: number): void {
  const then = new Date(Date.now() - days * DAY_MS);
  utimesSync(path, then, then);
}

describe("the cache folder", () => {
  const home = () => "/home/ann";

  test.each([
    ["is LANVID_CACHE", "linux", { LANVID_CACHE: "/big/disk", XDG_CACHE_HOME: "/xdg" }, "/big/disk"],
    ["is in XDG_CACHE_HOME", "linux", { XDG_CACHE_HOME: "/xdg" }, "/xdg/lanvid"],
    ["is not in a relative XDG_CACHE_HOME", "linux", { XDG_CACHE_HOME: "xdg" }, "/home/ann/.cache/lanvid"],
    ["is in ~/.cache, and an empty variable is none", "linux", { LANVID_CACHE: "" }, "/home/ann/.cache/lanvid"],
    ["is in Library on macOS", "darwin", {}, "/home/ann/Library/Caches/lanvid"],
    ["is in LOCALAPPDATA on Windows", "win32", { LOCALAPPDATA: "C:\\Local" }, "C:\\Local\\lanvid\\cache"],
    ["may be on any drive of Windows", "win32", { LANVID_CACHE: "D:\\cache" }, "D:\\cache"],
  ] as const)("%s", (_what, platform, env, expected) => {
    expect(cacheFolder({ platform, env, home })).toBe(expected);
  });

  test("can't be a relative path", () => {
    const find = () => cacheFolder({ platform: "linux", env: { LANVID_CACHE: "cache" }, home });

    expect(find).toThrow('environment LANVID_CACHE "cache" is a relative path');
  });
});

describe("ffmpeg is unpacked", () => {
  test("for its owner only, with its licence beside it", () => {
    const path = unpackFfmpeg(ffmpeg);

    expect(readFileSync(path, "utf8")).toContain("N-1-gabc");
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(path, "..")).sort()).toEqual(["LICENSE.txt", "ffmpeg"]);
  });

  test("once, and then marked as used", () => {
    const path = unpackFfmpeg(ffmpeg);
    const { ino } = statSync(path);
    age(join(path, ".."), 30);

    unpackFfmpeg(ffmpeg);

    expect(statSync(path).ino).toBe(ino);
    expect(Date.now() - statSync(join(path, "..")).mtimeMs).toBeLessThan(DAY_MS);
  });

  test("again when it is damaged", () => {
    const path = unpackFfmpeg(ffmpeg);
    const whole = readFileSync(path, "utf8");
    writeFileSync(path, whole.replace("N-1", "N-2"));

    unpackFfmpeg(ffmpeg);

    expect(readFileSync(path, "utf8")).toBe(whole);
  });

  test("and versions that nobody used for two weeks go, with what was left half-written", () => {
    const cache = cacheFolder();
    const [old, recent] = [join(cache, "ffmpeg-old"), join(cache, "ffmpeg-recent")];
    mkdirSync(old, { recursive: true });
    mkdirSync(recent);
    age(old, 15);
    age(recent, 13);
    const other = folder.write("cache/of-somebody-else/file", "");
    age(join(other, ".."), 100);
    const path = unpackFfmpeg(ffmpeg);
    const half = join(path, "..", "ffmpeg-1.part");
    writeFileSync(half, "");
    age(half, 1);
    writeFileSync(path, "damaged");

    unpackFfmpeg(ffmpeg);

    expect([existsSync(old), existsSync(recent), existsSync(other), existsSync(half)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test.each([
    ["belongs to another user", (cache: string) => chownSync(cache, OTHER_USER, OTHER_USER)],
    ["may be written to by everybody", (cache: string) => chmodSync(cache, 0o777)],
  ])("into a second folder beside one that %s", (_what, spoil) => {
    const cache = cacheFolder();
    mkdirSync(cache, { mode: 0o700 });
    spoil(cache);

    const path = unpackFfmpeg(ffmpeg);

    expect(path).toStartWith(`${cache}-${process.getuid?.()}/ffmpeg-N-1-gabc-`);
    expect(readFileSync(path, "utf8")).toContain("N-1-gabc");
    expect(readdirSync(cache)).toEqual([]);
    expect(statSync(join(path, "../..")).mode & 0o777).toBe(0o700);
    expect(unpackFfmpeg(ffmpeg)).toBe(path);
    expect(clearCache()).toEqual([join(path, "..")]);
  });

  test("not through a link that another user has put in its place", () => {
    const cache = cacheFolder();
    const path = unpackFfmpeg(ffmpeg);
    const [target, link] = [folder.write("elsewhere/x", ""), join(path, "..")];
    rmSync(link, { recursive: true });
    symlinkSync(join(target, ".."), link);
    lchownSync(link, OTHER_USER, OTHER_USER);

    expect(unpackFfmpeg(ffmpeg)).toStartWith(`${cache}-`);

    expect(readdirSync(join(target, ".."))).toEqual(["x"]);
  });

  test("by a user whose cache folder root has made, as with sudo and the home folder kept", () => {
    const home = folder.write("home/.profile", "").replace(/\/\.profile$/, "");
    const cache = join(home, "lanvid");
    mkdirSync(cache, { mode: 0o700 });
    chownSync(home, OTHER_USER, OTHER_USER);
    const program = `
      import { unpackFfmpeg } from ${JSON.stringify(join(import.meta.dir, "../src/bundle.ts"))};
      process.setgid(${OTHER_USER});
      process.setuid(${OTHER_USER});
      console.log(unpackFfmpeg(${JSON.stringify(ffmpeg)}));`;
    // What is unpacked is inside the program, and so readable to whoever runs it.
    chmodSync(folder.path, 0o755);

    const { stdout, stderr } = Bun.spawnSync([process.execPath, folder.write("as-user.ts", program)], {
      env: { ...process.env, LANVID_CACHE: cache },
    });

    expect(stderr.toString()).toBe("");
    expect(stdout.toString()).toStartWith(`${cache}-${OTHER_USER}/ffmpeg-N-1-gabc-`);
    expect(readdirSync(cache)).toEqual([]);
  });

  test("or an error says where, why and what to do", () => {
    process.env["LANVID_CACHE"] = folder.write("file", "");

    const error = thrownBy(() => unpackFfmpeg(ffmpeg));

    expect(error).toMatchObject({ kind: "ffmpeg", code: "cache" });
    expect(error.message).toContain(`cannot unpack ffmpeg to "${folder.path}/file/ffmpeg-N-1-gabc-`);
    expect(error.hint).toContain("choose another folder with LANVID_CACHE");
  });

  test("and clearing the cache deletes all of that, and nothing else", () => {
    const path = unpackFfmpeg(ffmpeg);
    const other = folder.write("cache/other", "");

    const deleted = clearCache();

    expect(deleted).toEqual([join(path, "..")]);
    expect(existsSync(path)).toBe(false);
    expect(existsSync(other)).toBe(true);
    expect(clearCache()).toEqual([]);
  });
});

describe("canvas is unpacked", () => {
  const filesBeside = (path: string) => readdirSync(join(path, "..")).sort();

  test("with what it needs beside it, and its licence", () => {
    const path = unpackCanvas(packedCanvas());

    expect(filesBeside(path)).toEqual(["LICENSE.txt", "icudtl.dat", "skia.node"]);
    expect(path).toMatch(/\/canvas-1\.0\.11-[0-9a-f]{12}\/skia\.node$/);
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
  });

  test.each(["skia.node", "icudtl.dat"])("again when %s is damaged, or gone; what is intact stays", (name) => {
    const canvas = packedCanvas();
    const path = unpackCanvas(canvas);
    const damaged = join(path, "..", name);
    const other = join(path, "..", name === "skia.node" ? "icudtl.dat" : "skia.node");
    const [whole, { ino }] = [readFileSync(damaged, "utf8"), statSync(other)];

    writeFileSync(damaged, whole.toUpperCase());
    unpackCanvas(canvas);
    const repaired = readFileSync(damaged, "utf8");
    unlinkSync(damaged);
    unpackCanvas(canvas);

    expect([repaired, readFileSync(damaged, "utf8")]).toEqual([whole, whole]);
    expect(statSync(other).ino).toBe(ino);
  });

  test("and takes nothing away from ffmpeg, nor ffmpeg from it", () => {
    const [first, second] = [unpackCanvas(packedCanvas()), unpackFfmpeg(ffmpeg)];
    unpackCanvas(packedCanvas("1.0.12"));

    expect([existsSync(first), existsSync(second)]).toEqual([true, true]);
    expect(clearCache().length).toBe(3);
  });

  test("or an error says where, why and what to do", () => {
    process.env["LANVID_CACHE"] = folder.write("file", "");

    const error = thrownBy(() => unpackCanvas(packedCanvas()));

    expect(error).toMatchObject({ kind: "display", code: "cache" });
    expect(error.message).toContain(`cannot unpack canvas to "${folder.path}/file/canvas-1.0.11-`);
    expect(error.hint).toContain("choose another folder with LANVID_CACHE");
  });

  test("by several programs at once, who all load the whole of it", async () => {
    const content = `module.exports = "${"x".repeat(20_000_000)}";`;
    const canvas: BundledCanvas = { ...packedCanvas(), files: [packedFile("skia.node", content)] };
    const program = folder.write(
      "program.ts",
      `import { unpackCanvas } from ${JSON.stringify(join(import.meta.dir, "../src/bundle/canvas.ts"))};
       const path = unpackCanvas(${JSON.stringify(canvas)});
       console.log(new Bun.CryptoHasher("sha256").update(await Bun.file(path).bytes()).digest("hex"));`,
    );

    const outputs = await Promise.all(
      Array.from({ length: 4 }, () =>
        new Response(Bun.spawn([process.execPath, program], { stdout: "pipe" }).stdout).text(),
      ),
    );

    expect(outputs).toEqual(Array(4).fill(`${canvas.files[0].sha256}\n`));
    expect(readdirSync(unpackCanvas(canvas).replace(/\/[^/]+$/, "")).sort()).toEqual(["LICENSE.txt", "skia.node"]);
  });

  test("when a window prepares it, and its place stands in the environment", () => {
    provideCanvas(packedCanvas());

    prepareCanvas();
    prepareCanvas();

    const path = process.env["NAPI_RS_NATIVE_LIBRARY_PATH"] as string;
    expect(readFileSync(path, "utf8")).toContain("1.0.11");
  });

  test("not at all where the program runs from its sources", () => {
    delete process.env["NAPI_RS_NATIVE_LIBRARY_PATH"];

    prepareCanvas();

    expect(process.env["NAPI_RS_NATIVE_LIBRARY_PATH"]).toBeUndefined();
    expect(existsSync(cacheFolder())).toBe(false);
  });
});

describe("the ffmpeg that is used", () => {
  /** With these on PATH; without any when none is given. */
  function used(...onPath: string[]): FoundFfmpeg {
    process.env["PATH"] = onPath.length > 0 ? onPath.map((path) => join(path, "..")).join(":") : "/nowhere";
    provideFfmpeg(ffmpeg);
    expect(bundledFfmpeg()).toBe(ffmpeg);
    return describeFfmpeg(undefined);
  }

  test("is the one inside where none is on PATH", () => {
    expect(used()).toMatchObject({ origin: "bundled", version: "N-1-gabc", reason: "none is on PATH" });
  });

  test("is a newer one on PATH, and nothing is unpacked", () => {
    const path = folder.standIn("bin/ffmpeg", "exit 1");

    expect(used(path)).toMatchObject({ origin: "path", path, version: "5.1-stand-in" });
    expect(existsSync(cacheFolder())).toBe(false);
  });

  test("is the one inside when the one on PATH is older", () => {
    ffmpeg = packed("N-9-gdef", 99);

    const found = used(folder.standIn("bin/ffmpeg", "exit 1"));

    expect(found).toMatchObject({ origin: "bundled", reason: "the one on PATH is older: 5.1-stand-in" });
  });

  test("is the one inside when the one on PATH does not run", () => {
    const broken = folder.write("bin/ffmpeg", "#!/bin/sh\nexit 1\n");
    chmodSync(broken, 0o755);

    const found = used(broken);

    expect(found.origin).toBe("bundled");
    expect(found.reason).toContain("it is no ffmpeg");
  });

  test("is unpacked again when it was deleted while this runs", async () => {
    const { path } = used();
    clearCache();
    const lines: string[] = [];
    const exit = Promise.withResolvers<FfmpegExit>();

    const child = new FfmpegProcess(path, ["-version"], {
      stdin: "ignore",
      onOutput: (chunk) => void lines.push(new TextDecoder().decode(chunk)),
      onExit: exit.resolve,
      log: silentLog,
    });

    expect((await exit.promise).code).toBe(0);
    await child.finished;
    expect(lines.join("")).toStartWith("ffmpeg version N-1-gabc");
    expect(existsSync(path)).toBe(true);
  });

  test("is the one that is named, whatever else is there", () => {
    const path = folder.standIn("named", "exit 1");
    provideFfmpeg(ffmpeg);

    expect(describeFfmpeg(path)).toMatchObject({ origin: "given", path });
  });
});

function thrownBy(action: () => unknown): LanvidError {
  try {
    action();
  } catch (error) {
    if (error instanceof LanvidError) {
      return error;
    }
    throw error;
  }
  throw new Error("nothing was thrown");
}
