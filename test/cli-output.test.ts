// Parts: mount
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const folder = new Folder();
/** A disk of 400 kB. */
const disk = join(folder.path, "disk");
let server: Lanvid;
let address: string;

async function mustRun(...command: string[]): Promise<void> {
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
  expect(await child.exited).toBe(0);
}

beforeAll(async () => {
  server = new Lanvid(["serve", "test", "--size", "640x360", "--port", "0", "--http", "off"]);
  address = `127.0.0.1:${(await server.event("ready"))["port"]}`;
  mkdirSync(disk);
  await mustRun("mount", "-t", "tmpfs", "-o", "size=400k", "none", disk);
});

afterAll(async () => {
  await mustRun("umount", disk);
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function frameCount(path: string): number {
  const command = [
    "ffprobe",
    "-v",
    "error",
    "-count_frames",
    "-show_entries",
    "stream=nb_read_frames",
    "-of",
    "csv=p=0",
  ];
  return Number(
    Bun.spawnSync([...command, path])
      .stdout.toString()
      .trim(),
  );
}

test("--output writes each picture to the file", async () => {
  const path = join(folder.path, "all.mjpeg");

  const { code } = await runLanvid(["watch", address, "--output", path, "--frames", "20"]);

  expect(code).toBe(0);
  expect(frameCount(path)).toBe(20);
});

test("a file that exists is exit code 8, before anything is connected; --force replaces it whole", async () => {
  const path = folder.write("old.mjpeg", new Uint8Array(2_000_000));

  const refused = await runLanvid(["watch", "127.0.0.1:1", "--output", path]);
  const forced = await runLanvid(["watch", address, "--output", path, "--frames", "5", "--force"]);

  expect(refused.code).toBe(8);
  expect(refused.stderr).toContain(`lanvid: error: cannot write "${path}": it exists`);
  expect(refused.stderr).toContain("--force");
  expect(forced.code).toBe(0);
  expect(Bun.file(path).size).toBeLessThan(1_000_000);
  expect(frameCount(path)).toBe(5);
});

test("no file is made before the first picture", async () => {
  const path = join(folder.path, "none.mjpeg");
  await using viewer = new Lanvid(["watch", "127.0.0.1:1", "--output", path]);
  await viewer.event("stats");

  viewer.kill("SIGTERM");
  await viewer.exited();

  expect(readdirSync(folder.path)).not.toContain("none.mjpeg");
});

test("a disk that fills up is exit code 8 and told, and what was received before counts", async () => {
  await using viewer = new Lanvid(["watch", address, "--output", join(disk, "film.mjpeg")]);

  const code = await viewer.exited();

  expect(code).toBe(8);
  expect(viewer.stderr).toContain(`cannot write "${join(disk, "film.mjpeg")}": the disk is full`);
  expect(viewer.stderr).toContain("lanvid: hint: make room, or choose another disk");
  expect(viewer.stderr.split("\n").filter((line) => !line.startsWith("lanvid: "))).toEqual([""]);
  expect(viewer.events.at(-1)).toMatchObject({ event: "end", reason: "error", code: 8, width: 640 });
  expect(Number(viewer.events.at(-1)?.["frames"])).toBeGreaterThan(5);
});

test("a snapshot for which there is no room leaves nothing behind", async () => {
  await Bun.write(join(disk, "film.mjpeg"), new Uint8Array(400 * 1024 - 8192)).catch(() => 0);
  const before = readdirSync(disk);

  const { code, stderr } = await runLanvid(["watch", address, "--snapshot", join(disk, "now.jpg")]);

  expect(code).toBe(8);
  expect(stderr).toContain("the disk is full");
  expect(readdirSync(disk)).toEqual(before);
});

test("a folder that is not there is exit code 8 and told", async () => {
  const { code, stderr } = await runLanvid(["watch", address, "--output", join(folder.path, "no/film.mjpeg")]);

  expect(code).toBe(8);
  expect(stderr).toContain("there is no such folder");
});

test("a reader that goes away is told, once", async () => {
  const program = `"$1" src/main.ts watch "$2" --output - | head -c 100000 > /dev/null; exit \${PIPESTATUS[0]}`;
  const child = Bun.spawn(["bash", "-c", program, "bash", process.execPath, address], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });

  const stderr = await child.stderr.text();

  expect(await child.exited).toBe(8);
  expect(stderr).toContain("lanvid: error: cannot write standard output: the program that reads it has ended");
  expect(stderr).not.toContain("EPIPE");
});

test("frames and JSON do not share stdout", async () => {
  const { code, stderr } = await runLanvid(["watch", address, "--output", "-", "--json"]);

  expect(code).toBe(2);
  expect(stderr).toContain("cannot print both frames and JSON on stdout");
});
