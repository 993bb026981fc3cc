// Parts: ffmpeg
import { expect, setDefaultTimeout, test } from "bun:test";
import { lookAtSource } from "../src/commands/first-look.ts";
import type { Source } from "../src/media.ts";
import { Track } from "../src/stream.ts";
import { HandClock } from "./support/hand-clock.ts";
import { type Event, Lanvid, runLanvid } from "./support/lanvid.ts";
import { childrenOf } from "./support/processes.ts";
import { Folder } from "./support/stand-in.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

/** A source is looked at once, at the start, watched or not. */

const FREE = ["--port", "0", "--http", "off"];

async function makeFilm(folder: Folder, name = "film.mp4"): Promise<string> {
  const film = `${folder.path}/${name}`;
  const input = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25", "-t", "3"];
  const made = Bun.spawn(["ffmpeg", "-v", "error", ...input, "-c:v", "libx264", film], { stdin: "ignore" });
  await made.exited;
  return film;
}

function isIdle({ source, event }: Event): boolean {
  return event === "stats" && (source as { state?: string }).state === "idle";
}

test("serve says what a film is, and rests then", async () => {
  using folder = new Folder();
  const film = await makeFilm(folder);
  await using server = new Lanvid(["serve", film, ...FREE]);

  const seen = await server.event("source");
  const rest = await server.eventWhere((event) => isIdle(event) && event.time > seen.time);

  const what = { name: film, state: "live", width: 320, height: 240, fps: 25, error: null };
  expect(seen).toMatchObject(what);
  expect(rest).toMatchObject({ viewers: { count: 0 } });
  expect(server.events.filter(({ event }) => event === "source")).toHaveLength(1);
  await waitFor("ffmpeg to be gone", () => childrenOf(server.child.pid, "ffmpeg").length === 0);
});

test("on a terminal it is a line of its own", async () => {
  using folder = new Folder();
  const film = await makeFilm(folder);
  const child = Bun.spawn([process.execPath, "src/main.ts", "serve", film, "--codec", "mjpeg", ...FREE], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  let text = "";
  for await (const chunk of child.stderr) {
    text += new TextDecoder().decode(chunk);
    if (text.includes("\n")) {
      break;
    }
  }
  child.kill();
  await child.exited;

  expect(text).toContain(`${film}: 320×240, 25 fps, JPEG\n`);
});

test("what can't be read is said at once, with nobody watching, and is tried when somebody does", async () => {
  using folder = new Folder();
  const film = folder.write("film.mp4", "no video");
  await using server = new Lanvid(["serve", film, ...FREE]);
  const seen = await server.event("source");
  await server.eventWhere((event) => isIdle(event) && event.time > seen.time);
  const { port } = await server.event("ready");
  await Bun.file(film).unlink();
  await makeFilm(folder);

  const watched = await runLanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "1"]);

  expect(seen).toMatchObject({ state: "failed", width: null, error: `${film} holds no video that ffmpeg can read` });
  expect(server.stderr).toContain(`lanvid: warning: ${film} holds no video that ffmpeg can read`);
  expect(watched.code).toBe(0);
});

test("a viewer who comes at once finds it running, and keeps it so", async () => {
  const clock = new HandClock();
  const calls: string[] = [];
  const seen: unknown[] = [];
  const track = new Track({ name: "film", graceMs: 10, clock });
  const source: Source = {
    ...{ kind: "file", name: "film.mp4", codec: "mjpeg", alwaysOn: false, fps: 25 },
    start: () => void calls.push("start"),
    stop: () => Promise.resolve(void calls.push("stop")),
  };
  track.attach(source);

  lookAtSource(track, source, (what) => seen.push(what));
  const viewer = track.subscribe("page", null, { packetReady() {}, described() {}, ended() {} });
  track.describe({ state: "live", width: 320, height: 240 });
  track.frame({ capturedAt: 0, isKey: true, bytes: new Uint8Array(1) });
  await clock.pass(50);
  const whileWatched = [...calls];
  viewer.close();
  await clock.pass(10);

  expect(whileWatched).toEqual(["start"]);
  expect(calls).toEqual(["start", "stop"]);
  expect(seen).toEqual([
    { name: "film.mp4", state: "live", codec: "mjpeg", width: 320, height: 240, fps: 25, error: null },
  ]);
});

test("a named pipe is left to the viewers: its writer is not stopped", async () => {
  using folder = new Folder();
  const pipe = `${folder.path}/pipe.ts`;
  await Bun.spawn(["mkfifo", pipe]).exited;
  await using server = new Lanvid(["serve", pipe, ...FREE]);

  await waitFor("some statistics", () => server.events.filter(isIdle).length >= 3);

  expect(server.events.some(({ event }) => event === "source")).toBe(false);
});

test("push looks at its source before anybody receives", async () => {
  using folder = new Folder();
  const film = folder.write("film.mp4", "no video");
  await using sender = new Lanvid(["push", "127.0.0.1:1", film]);

  const seen = await sender.event("source");

  expect(seen).toMatchObject({ state: "failed", error: `${film} holds no video that ffmpeg can read` });
});
