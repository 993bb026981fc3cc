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
    expect(stderr).toContain("lanvid: hint: name another folder with LANVID_CACHE");
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

test("a crash report names lines of the sources", async () => {
  const { stderr } = await runLanvid(
    ["serve", "test", "--ffmpeg", "/nonexistent", "--verbose"],
    withCache("/tmp/none"),
  );

  expect(stderr).toMatch(/at \S+ \(src\/ffmpeg\/find\.ts:\d+:\d+\)/);
  expect(existsSync("/tmp/none")).toBe(false);
  expect(readdirSync("/tmp").filter((name) => name.startsWith(".bun"))).toEqual([]);
});
