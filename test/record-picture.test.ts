import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { lstatSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../src/outputs/recorder/whole-file.ts";
import { openOutput, writeJpeg, writePng } from "../src/outputs/recorder.ts";
import { Lanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);
const GREY = { width: 1, height: 1, channels: 1 } as const;
let folder: Folder;
let path: string;

beforeEach(() => {
  folder = new Folder();
  path = join(folder.path, "shot.jpg");
});

afterEach(() => folder[Symbol.dispose]());

describe("a picture", () => {
  test("is not written through a link that somebody has put where it is written first", async () => {
    const victim = folder.write("victim", "precious");
    symlinkSync(victim, `${path}.${process.pid}.part`);

    await writeJpeg(path, JPEG, false);

    expect(readFileSync(victim, "utf8")).toBe("precious");
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readFileSync(path)).toEqual(Buffer.from(JPEG));
  });

  test("does not replace a file that appears at the last moment, unless it is told to", async () => {
    writeFileSync(path, "precious");

    await expect(writeJpeg(path, JPEG, false)).rejects.toMatchObject({
      message: `cannot write "${path}": it exists`,
      hint: "choose another name, or overwrite it with --force",
    });
    await expect(writePng(path, GREY, Uint8Array.of(1), false)).rejects.toThrow("it exists");

    expect(readFileSync(path, "utf8")).toBe("precious");
    expect(readdirSync(folder.path)).toEqual(["shot.jpg"]);
    await writeJpeg(path, JPEG, true);
    expect(readFileSync(path)).toEqual(Buffer.from(JPEG));
    expect(readdirSync(folder.path)).toEqual(["shot.jpg"]);
  });

  test.each(["EPERM", "ENOTSUP"])("does neither on a disk without links (%s)", async (code) => {
    const link = () => Promise.reject(Object.assign(new Error(code), { code }));

    await writeWhole(path, JPEG, false, { link });
    await expect(writeWhole(path, Uint8Array.of(1), false, { link })).rejects.toThrow("it exists");

    expect(readFileSync(path)).toEqual(Buffer.from(JPEG));
    expect(readdirSync(folder.path)).toEqual(["shot.jpg"]);
  });

  test("is not written through a link in its own place: that is refused, or replaced where it is told to", async () => {
    const victim = folder.write("victim", "precious");
    symlinkSync(victim, path);

    await expect(writeJpeg(path, JPEG, false)).rejects.toThrow("it exists");
    expect(readlinkSync(path)).toBe(victim);
    await writeJpeg(path, JPEG, true);

    expect(readFileSync(victim, "utf8")).toBe("precious");
    expect(lstatSync(path).isFile()).toBe(true);
  });

  test("does not replace a device", async () => {
    const device = join(folder.path, "null.jpg");
    symlinkSync("/dev/null", device);

    await writeJpeg(device, JPEG, true);

    expect(readlinkSync(device)).toBe("/dev/null");
  });

  test("that can't be written leaves nothing behind", async () => {
    await expect(writeJpeg(join(folder.path, "none", "shot.jpg"), JPEG, false)).rejects.toThrow("no such folder");
    await expect(writeJpeg(folder.path, JPEG, true)).rejects.toThrow("cannot write");

    expect(readdirSync(folder.path)).toEqual([]);
  });
});

test("a link that leads nowhere counts as a file: nothing is recorded through it", () => {
  const film = join(folder.path, "film.mp4");
  symlinkSync(join(folder.path, "elsewhere"), film);
  const options = { force: false, onDropped: () => undefined, onWarning: () => undefined };

  expect(() => openOutput(film, options)).toThrow(`cannot write "${film}": it exists`);
});

test("`watch --snapshot` ends with a message when the file has appeared meanwhile", async () => {
  await using server = new Lanvid(["serve", "test", "--size", "640x360", "--port", "0", "--http", "off"]);
  const { port } = await server.event("ready");
  server.kill("SIGSTOP");
  await using viewer = new Lanvid([
    "watch",
    `127.0.0.1:${port}`,
    "--view",
    "none",
    "--snapshot",
    path,
    "--frames",
    "1",
  ]);
  await viewer.event("stats");
  writeFileSync(path, "precious");
  server.kill("SIGCONT");

  const code = await viewer.exited();

  expect(code).toBe(8);
  expect(viewer.stderr).toContain(`lanvid: error: cannot write "${path}": it exists`);
  expect(readFileSync(path, "utf8")).toBe("precious");
});
