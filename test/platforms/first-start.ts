import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { Lanvid, runLanvid } from "../support/lanvid.ts";
import { Place, programOf } from "./support/platforms.ts";

setDefaultTimeout(60_000);

/** The Linux program, without this machine's ffmpeg. */
const withCache = (cache: string) => ({
  binary: programOf("linux-x64"),
  cwd: "/",
  env: { PATH: "/nowhere", LANVID_FFMPEG: undefined, LANVID_CACHE: cache },
});

const SERVE = ["serve", "test", "--size", "640x360", "--port", "0", "--http", "off"];

async function streams(cache: string): Promise<void> {
  await using server = new Lanvid([...SERVE, "--always-on"], withCache(cache));
  await server.eventWhere(({ source }) => (source as { state?: string } | undefined)?.state === "live", 30_000);
}

/** The unpacked files, by their names. */
function filesIn(cache: string): string[] {
  return [...new Glob("**/*").scanSync({ cwd: cache, onlyFiles: true })]
    .map((path) => path.split("/").at(-1) as string)
    .sort();
}

function unpacked(cache: string): string {
  return join(cache, [...new Glob("*/ffmpeg").scanSync(cache)][0] as string);
}

test("the first start unpacks ffmpeg with its licence, the next one uses it", async () => {
  using place = new Place();
  const cache = join(place.path, "cache");

  await streams(cache);
  const { ino } = statSync(unpacked(cache));
  await streams(cache);

  expect(filesIn(cache)).toEqual(["LICENSE.txt", "ffmpeg"]);
  expect(statSync(unpacked(cache)).ino).toBe(ino);
});

test("two first starts at once both stream, and leave one ffmpeg", async () => {
  using place = new Place();
  const cache = join(place.path, "cache");

  await Promise.all([streams(cache), streams(cache), streams(cache)]);

  expect(filesIn(cache)).toEqual(["LICENSE.txt", "ffmpeg"]);
});

describe("a damaged ffmpeg is replaced", () => {
  test.each([
    ["cut short", (path: string) => truncateSync(path, 1000)],
    ["emptied", (path: string) => truncateSync(path, 0)],
    [
      "changed in one byte",
      (path: string) => {
        const bytes = readFileSync(path);
        bytes[40_000_000] = (bytes[40_000_000] as number) ^ 1;
        writeFileSync(path, bytes);
      },
    ],
  ])("when it was %s", async (_how, damage) => {
    using place = new Place();
    const cache = join(place.path, "cache");
    await streams(cache);
    const before = Bun.hash(readFileSync(unpacked(cache)));
    damage(unpacked(cache));

    await streams(cache);

    expect(Bun.hash(readFileSync(unpacked(cache)))).toBe(before);
    expect(filesIn(cache)).toEqual(["LICENSE.txt", "ffmpeg"]);
  });
});

describe("a folder that can't be used is named, with what to do", () => {
  test("where nothing may be written", async () => {
    using place = new Place();
    const file = join(place.path, "file");
    writeFileSync(file, "");

    const { code, stderr } = await runLanvid(SERVE, withCache(join(file, "cache")));

    expect(code).toBe(4);
    expect(stderr).toContain(`lanvid: error: cannot unpack ffmpeg to "${file}/cache/ffmpeg-`);
    expect(stderr).toContain("lanvid: hint: choose another folder with LANVID_CACHE");
  });

  test.each([
    ["a read-only disk", "ro", "EROFS"],
    ["a full disk", "size=20m", "no space is left there, it takes 69 MB"],
    ["a disk from which nothing may be run", "noexec", "cannot run ffmpeg"],
  ])("on %s", async (_what, options, message) => {
    using place = new Place();
    const folder = join(place.path, "disk");
    mkdirSync(folder);
    const ffmpegIsHidden = { ...withCache(folder).env, PATH: "/nowhere" };
    const mount = `/usr/bin/mount -t tmpfs -o ${options} none "$0" && export PATH=/nowhere && "$@"; code=$?; /usr/bin/find "$0" -name "*.part"; exit $code`;
    const within = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", mount, folder];

    const { code, text, stderr } = await runLanvid(SERVE, { ...withCache(folder), within, env: ffmpegIsHidden });

    expect(code).toBe(4);
    expect(stderr).toContain(message);
    expect(stderr).toContain("lanvid: hint: ");
    expect(stderr).toContain("LANVID_CACHE");
    expect(text).toBe("");
  });

  test("and one in which the intact ffmpeg may only be read serves as well", async () => {
    using place = new Place();
    const cache = join(place.path, "cache");
    await streams(cache);
    const mount = '/usr/bin/mount --bind "$0" "$0" && /usr/bin/mount -o remount,ro,bind "$0" && exec "$@"';
    const within = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", mount, cache];

    await using server = new Lanvid([...SERVE, "--always-on"], { ...withCache(cache), within });

    await server.eventWhere(({ source }) => (source as { state?: string } | undefined)?.state === "live", 30_000);
  });
});

describe("canvas", () => {
  const LIBRARY = "skia.linux-x64-gnu.node";

  /** What `doctor` says of it, with an ffmpeg that needs no unpacking. */
  async function drawing(cache: string, within: readonly string[] = []): Promise<unknown> {
    const args = ["doctor", "--ffmpeg", Bun.which("ffmpeg") as string, "--port", "0", "--http", "0", "--json"];
    const { text, stderr } = await runLanvid(args, { ...withCache(cache), within });
    const findings = JSON.parse(text === "" ? "[]" : text) as { readonly check: string; readonly status: string }[];
    return findings.find(({ check }) => check === "drawing") ?? stderr;
  }

  const WELL = { check: "drawing", group: "watch", status: "ok", detail: "canvas draws", hint: null };

  test("is unpacked when it is needed first, by two programs at once too, and used from then on", async () => {
    using place = new Place();
    const cache = join(place.path, "cache");

    const first = await Promise.all([drawing(cache), drawing(cache), drawing(cache)]);
    const [library] = [...new Glob(`*/${LIBRARY}`).scanSync({ cwd: cache, absolute: true })] as [string];
    const { ino } = statSync(library);
    const later = await drawing(cache);

    expect([...first, later]).toEqual(Array(4).fill(WELL));
    expect(filesIn(cache)).toEqual(["LICENSE.txt", LIBRARY]);
    expect(statSync(library).ino).toBe(ino);
  });

  test("is replaced when it is damaged", async () => {
    using place = new Place();
    const cache = join(place.path, "cache");
    await drawing(cache);
    truncateSync(join(cache, [...new Glob(`*/${LIBRARY}`).scanSync(cache)][0] as string), 1000);

    expect(await drawing(cache)).toEqual(WELL);
  });

  test.each([
    ["a read-only disk", "ro", /^cannot unpack canvas to ".*EROFS/, /^choose another folder with LANVID_CACHE/],
    ["a full disk", "size=20m", /no space is left there, it takes 35 MB$/, /^free 35 MB there; or choose another/],
    ["a disk from which nothing may be run", "noexec", /^canvas does not load: .*skia/, /^watch in a browser/],
  ])("can't be on %s, which is said with what to do", async (_what, options, detail, hint) => {
    using place = new Place();
    const folder = join(place.path, "disk");
    mkdirSync(folder);
    const mount = `/usr/bin/mount -t tmpfs -o ${options} none "$0" && exec "$@"`;

    const finding = await drawing(folder, ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", mount, folder]);

    expect(finding).toEqual({
      group: "watch",
      check: "drawing",
      status: "warn",
      detail: expect.stringMatching(detail),
      hint: expect.stringMatching(hint),
    });
  });
});

test("a crash report names lines of the sources", async () => {
  using place = new Place();
  const [cache, temporary] = [join(place.path, "cache"), join(place.path, "tmp")];
  mkdirSync(temporary);
  const { env, ...rest } = withCache(cache);

  const { stderr } = await runLanvid(["serve", "test", "--ffmpeg", "/nonexistent", "--verbose"], {
    ...rest,
    env: { ...env, TMPDIR: temporary },
  });

  expect(stderr).toMatch(/at \S+ \(src\/ffmpeg\/find\.ts:\d+:\d+\)/);
  expect(existsSync(cache)).toBe(false);
  expect(readdirSync(temporary)).toEqual([]);
});
