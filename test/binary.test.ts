// Parts: git, node
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { jpegSize } from "../src/media.ts";
import { VERSION } from "../src/version.ts";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { stripAgeMs } from "./support/picture.ts";
import { ffmpegOf, isRunning } from "./support/processes.ts";
import { Folder } from "./support/stand-in.ts";
import { Terminal } from "./support/terminal.ts";
import { waitFor } from "./support/wait.ts";
import { Screen } from "./support/window-screen.ts";

const ROOT = join(import.meta.dir, "..");
const BINARY = join(ROOT, "dist", "lanvid");

const folder = new Folder();
const witness = (name: string) => join(folder.path, `${name}-was-run`);

/** Builds dist/lanvid, unless it is newer than everything that goes into it. */
beforeAll(async () => {
  const inputs = ["src/**/*", "scripts/build.ts", "scripts/build/**/*", "package.json"].flatMap((pattern) => [
    ...new Glob(pattern).scanSync(ROOT),
  ]);
  const changedAt = Math.max(...inputs.map((path) => statSync(join(ROOT, path)).mtimeMs));
  if (!existsSync(BINARY) || statSync(BINARY).mtimeMs < changedAt) {
    const build = Bun.spawn([process.execPath, "scripts/build.ts"], { cwd: ROOT, stdout: "ignore", stderr: "inherit" });
    expect(await build.exited).toBe(0);
  }
  // A stranger's folder, which tries all ways to run code in a program that is started in it.
  const run = (name: string) => `require("node:fs").writeFileSync(${JSON.stringify(witness(name))}, "");\n`;
  folder.write("hostile/preload.js", run("preload"));
  folder.write("hostile/bunfig.toml", 'preload = ["./preload.js"]\n[run]\npreload = ["./preload.js"]\n');
  const dotenv = `LANVID_PORT=abc\nLANVID_NAME=hostile\nLANVID_FFMPEG=${folder.path}/hostile/ffmpeg\nPATH=${folder.path}/hostile\nBUN_OPTIONS=--preload=./preload.js\n`;
  for (const name of [".env", ".env.local", ".env.production", ".env.development"]) {
    folder.write(`hostile/${name}`, dotenv);
  }
  folder.write(
    "hostile/package.json",
    '{"name":"hostile","type":"module","main":"./main.js","imports":{"#*":"./main.js"}}',
  );
  folder.write("hostile/main.js", run("main"));
  folder.write("hostile/tsconfig.json", '{"compilerOptions":{"paths":{"*":["./main.js"]}}}');
  const packages = ["commander", "ipaddr.js", "@ffmpeg-installer/linux-x64"];
  for (const name of [...packages, "@napi-rs/canvas", "@napi-rs/canvas-linux-x64-gnu"]) {
    folder.write(`hostile/node_modules/${name}/package.json`, `{"name":"${name}","version":"1.0.0","main":"index.js"}`);
    folder.write(`hostile/node_modules/${name}/index.js`, run("module"));
  }
  folder.write("hostile/skia.linux-x64-gnu.node", run("library"));
  await Bun.write(folder.standIn("hostile/ffmpeg", ""), `#!/bin/sh\n: > ${witness("ffmpeg")}\n`);
}, 180_000);

afterAll(() => folder[Symbol.dispose]());

function witnesses(): string[] {
  return readdirSync(folder.path).filter((name) => name.endsWith("-was-run"));
}

const options = () => ({ binary: BINARY, cwd: join(folder.path, "hostile"), env: { LANVID_FFMPEG: undefined } });

test("the binary streams from a stranger's folder, and runs nothing of what lies in it", async () => {
  await using server = new Lanvid(["serve", "test", "--port", "0", "--http", "0"], options());
  const ready = await server.event("ready");

  await using viewer = new Lanvid(
    ["watch", `127.0.0.1:${ready["port"]}`, "--view", "none", "--frames", "30"],
    options(),
  );
  const end = await viewer.event("end");
  const page = await (await fetch(`http://127.0.0.1:${ready["http"]}/`)).text();
  const figures = await (await fetch(`http://127.0.0.1:${ready["http"]}/metrics`)).text();

  expect(end).toMatchObject({ frames: 30, width: 1280, height: 720, code: 0 });
  expect(page).toContain("<title>lanvid</title>");
  expect(figures).toContain("lanvid_build_info{");
  expect(ready["port"]).not.toBe(10_050);
  expect(JSON.stringify(server.events)).not.toContain("hostile");
  expect(witnesses()).toEqual([]);
});

test("what the binary prints for other machines is no line of a clone", async () => {
  await using terminal = new Terminal(`${BINARY} serve test --bind 127.0.0.1 --port 0 --http off`);
  await terminal.matches(/On another machine:\s+lanvid watch 127\.0\.0\.1:\d+\s/);

  expect(terminal.text).not.toContain("npm");
});

test("the binary opens a window, with its words over the picture", async () => {
  await using screen = await Screen.open({ isManaged: true });
  await using server = new Lanvid(["serve", "test", "--size", "640x360", "--port", "0", "--http", "off"], options());
  const { port } = await server.event("ready");
  const { env, ...place } = options();
  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "window"], {
    ...place,
    env: { ...env, ...screen.environment, LANVID_CACHE: join(folder.path, "window-cache") },
  });
  const window = await screen.window(viewer);
  await screen.sees(window, { width: 640, height: 360 }, (strip) => stripAgeMs(strip) < 500);

  // The pattern's white bar, over which the figures come.
  await waitFor("the keyboard", () => screen.xdo("windowactivate", "--sync", window).isOk);
  screen.xdo("key", "i");
  await screen.lightnessBecomes(window, 6, 62, (lightness) => lightness < 120);
  screen.xdo("key", "q");

  expect(await viewer.event("end")).toMatchObject({ reason: "quit", code: 0 });
  expect(viewer.stderr).not.toContain("no text over the picture");
  expect(witnesses()).toEqual([]);
});

test("the binary brings its version and its help", async () => {
  const version = await runLanvid(["--version"], options());
  const help = await runLanvid(["--help"], options());

  expect(version.code).toBe(0);
  expect(version.text).toMatch(new RegExp(`^${VERSION} \\([0-9a-f]+(?:-dirty)?, linux-[a-z0-9]+\\)\n$`));
  expect(help.code).toBe(0);
  expect(help.text).toContain("Usage: lanvid");
  expect(witnesses()).toEqual([]);
});

test("without an ffmpeg on PATH the binary uses its own, and none of the folder's or the internet's", async () => {
  const env = { LANVID_FFMPEG: undefined, PATH: "/nowhere", LANVID_CACHE: join(folder.path, "cache") };
  await using server = new Lanvid(["serve", "test", "--port", "0", "--http", "0"], { ...options(), env });
  const { http } = await server.event("ready");

  const response = await fetch(`http://127.0.0.1:${http}/snapshot`);

  expect(response.status).toBe(200);
  expect(jpegSize(await response.bytes())).toEqual({ width: 1280, height: 720 });
  expect(witnesses()).toEqual([]);
});

test("the binary draws with the canvas inside it, and none of the folder's or the environment's", async () => {
  const env = {
    LANVID_CACHE: join(folder.path, "cache"),
    NAPI_RS_NATIVE_LIBRARY_PATH: join(folder.path, "hostile/main.js"),
  };
  const ports = ["--port", "0", "--http", "0"];

  const { text } = await runLanvid(["doctor", ...ports, "--json"], { ...options(), env });

  const drawing = (JSON.parse(text) as { check: string }[]).find(({ check }) => check === "drawing");
  expect(drawing).toMatchObject({ status: "ok", detail: "canvas draws" });
  expect(witnesses()).toEqual([]);
});

test("the binary's ffmpeg goes with it when it is killed", async () => {
  await using server = new Lanvid(["serve", "test", "--always-on", "--port", "0", "--http", "off"], options());
  const ffmpeg = await ffmpegOf(server.child.pid);
  process.kill(ffmpeg, "SIGSTOP");

  server.kill("SIGKILL");
  await server.exited();

  await waitFor("ffmpeg to be gone", () => !isRunning(ffmpeg));
});
