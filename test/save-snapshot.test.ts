import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFfmpeg } from "../src/ffmpeg.ts";
import { silentLog } from "../src/log.ts";
import { saveSnapshot } from "../src/outputs/snapshot.ts";
import { xdgPictures } from "../src/sys/pictures-folder.ts";
import { picturesFolder } from "../src/sys.ts";

const home = mkdtempSync(join(tmpdir(), "lanvid-home-"));
const before = { ...process.env };

afterAll(() => {
  process.env = before;
  rmSync(home, { recursive: true });
});

test.each([
  ['XDG_PICTURES_DIR="$HOME/Bilder"', "/home/anna/Bilder"],
  [
    '# a comment\nXDG_MUSIC_DIR="$HOME/Musik"\n XDG_PICTURES_DIR = "/data/my \\"best\\" ones" \n',
    '/data/my "best" ones',
  ],
  ['XDG_PICTURES_DIR="$HOME/old"\nXDG_PICTURES_DIR="$HOME/new"', "/home/anna/new"],
  ['XDG_PICTURES_DIR="$HOME/"', null],
  ['XDG_PICTURES_DIR="$HOME"', null],
  ['XDG_PICTURES_DIR="relative"', null],
  ["XDG_PICTURES_DIR=$HOME/Bilder", null],
  ['#XDG_PICTURES_DIR="$HOME/Bilder"', null],
  ["", null],
])("%s names %p", (text, path) => {
  expect(xdgPictures(text, "/home/anna")).toBe(path);
});

test("two pictures of one moment have two files, and none is replaced", async () => {
  const pictures = join(home, "Pictures");
  mkdirSync(pictures);
  process.env["HOME"] = home;
  delete process.env["XDG_CONFIG_HOME"];
  const save = (byte: number) => {
    const bytes = Uint8Array.of(0xff, 0xd8, byte);
    const frame = { capturedAt: 0, isKey: true, bytes };
    const seen = { frame, pixels: new Uint8Array(4), size: { width: 1, height: 1 } };
    return saveSnapshot(seen, "a/b: c", findFfmpeg(undefined), silentLog);
  };

  // Two in the same second.
  let paths: string[] = [];
  do {
    paths = [await save(1), await save(2)];
  } while (!paths[1]?.endsWith(" (2).jpg"));
  const [first = "", second = ""] = paths;

  expect(first).toMatch(/\/Pictures\/a-b- c \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.jpg$/);
  expect(second).toBe(first.replace(".jpg", " (2).jpg"));
  expect([readFileSync(first)[2], readFileSync(second)[2]]).toEqual([1, 2]);
  expect(readdirSync(pictures).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("where the folder for pictures is not there, there is none", () => {
  process.env["HOME"] = home;
  process.env["XDG_CONFIG_HOME"] = home;
  writeFileSync(join(home, "user-dirs.dirs"), 'XDG_PICTURES_DIR="$HOME/gone"\n');

  expect(picturesFolder()).toBeNull();
});
