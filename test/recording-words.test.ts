// Parts: ffmpeg
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Lanvid, runLanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";
import { Terminal } from "./support/terminal.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

/** What a recording and a snapshot say of themselves. */

const SERVE = ["serve", "test", "--size", "640x360", "--port", "0", "--http", "off"];

async function countFrames(file: string): Promise<number> {
  const asked = ["-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0"];
  const probe = Bun.spawn(["ffprobe", "-v", "error", ...asked, file], { stdout: "pipe" });
  return Number((await probe.stdout.text()).trim());
}

test("the end says what is in the file, and counts the file's own frames", async () => {
  using folder = new Folder();
  const film = `${folder.path}/z.mp4`;
  await using server = new Lanvid(SERVE);
  const { port } = await server.event("ready");
  // Somebody watches already: the recording joins behind a key frame.
  await using other = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none"]);
  await other.eventWhere(({ frames }) => Number(frames) > 20);

  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--output", film, "--frames", "45"]);
  const end = await viewer.event("end");

  const { recorded } = end as unknown as { recorded: { frames: number; bytes: number; durationMs: number } };
  expect(recorded).toMatchObject({ file: film, bytes: Bun.file(film).size, frames: await countFrames(film) });
  expect(recorded.durationMs).toBeGreaterThan(1000);
  expect(end["message"]).toMatch(/^saved .*\/z\.mp4 \(640×360, 0:\d\d, \d+ kB\)$/);
});

test("a snapshot is said to be saved; without a file the frames are counted", async () => {
  using folder = new Folder();
  const picture = `${folder.path}/x.jpg`;
  await using server = new Lanvid(SERVE);
  const { port } = await server.event("ready");

  const saved = await runLanvid(["watch", `127.0.0.1:${port}`, "--snapshot", picture]);
  const counted = await runLanvid(["watch", `127.0.0.1:${port}`, "--view", "none", "--frames", "1"]);

  const kilobytes = Math.round(Bun.file(picture).size / 1000);
  expect(saved.stderr).toEndWith(`saved ${picture} (640×360, ${kilobytes} kB)\n`);
  expect(counted.stderr).toEndWith("received 1 frame\n");
});

test("on a terminal the status line is the recording's, and q says what was saved", async () => {
  using folder = new Folder();
  const film = `${folder.path}/z.mkv`;
  await using server = new Lanvid(SERVE);
  const { port } = await server.event("ready");
  const lanvid = `${process.execPath} ${join(import.meta.dir, "../src/main.ts")}`;
  await using terminal = new Terminal(`stty cols 200; ${lanvid} watch 127.0.0.1:${port} --output ${film}`);
  await waitFor(
    () => `a recording that grows on the screen:\n${terminal.screen}`,
    () => /recording \S+z\.mkv · 0:0[1-9] · \d+ kB · \d+ fps · \d+ dropped/.test(terminal.screen),
  );

  await terminal.press("q");

  await waitFor(
    () => `what was saved on the screen:\n${terminal.screen}`,
    () => /saved \S+z\.mkv \(640×360, 0:\d\d, \d+ kB\)/.test(terminal.screen),
  );
});

test("where nothing came, nothing is said to be saved", async () => {
  using folder = new Folder();
  await using viewer = new Lanvid(["watch", "127.0.0.1:1", "--output", `${folder.path}/z.mp4`]);
  await viewer.eventWhere(({ error }) => typeof error === "string");
  viewer.kill("SIGINT");

  await viewer.exited();

  const message = "ended; no picture came, so nothing was saved";
  expect(viewer.events.at(-1)).toMatchObject({ event: "end", message, recorded: null });
});
