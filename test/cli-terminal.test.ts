// Parts: ffmpeg
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Lanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";
import { Terminal } from "./support/terminal.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const LANVID = `${process.execPath} ${join(import.meta.dir, "../src/main.ts")}`;
const SERVE = `${LANVID} serve test --port 0 --http off`;

test.each([
  ["q", "q"],
  ["Ctrl-C", "\u0003"],
])("%s ends it with exit code 0, and the terminal is as it was", async (_name, key) => {
  using folder = new Folder();
  const script = folder.write(
    "run",
    `stty -g > ${folder.path}/before\n${SERVE}; code=$?\nstty -g > ${folder.path}/after\necho "ended with $code"\n`,
  );
  await using terminal = new Terminal(`bash ${script}`);
  await terminal.shows("lanvid watch");
  await terminal.shows("viewers");

  await terminal.press(key);
  await terminal.shows("ended with 0");

  const [before, after] = await Promise.all(
    ["before", "after"].map((name) => Bun.file(`${folder.path}/${name}`).text()),
  );
  expect(before).toMatch(/^[0-9a-f:]+\n$/);
  expect(after).toBe(before as string);
});

test("the status of serve has the source's own rate, and all that goes out", async () => {
  await using terminal = new Terminal(`${LANVID} serve test --fps 10 --port 0 --http off`);
  const port = await terminal.matches(/lanvid watch [^ ]*:(\d+)/);
  await using one = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none"]);
  await using other = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none"]);
  await Promise.all([one, other].map((viewer) => viewer.eventWhere(({ state }) => state === "live")));

  const status = /live 1280×720 H\.264 · (?:\d|1\d) fps · 2 viewers · \d+(?:\.\d)? [kM]bit\/s out · \d+ dropped/;
  await terminal.matches(status);

  expect(terminal.screen).not.toMatch(/ (?:[2-9]\d|1\d\d) fps/);
});

test("serve in the background of an interactive shell is not stopped", async () => {
  await using terminal = new Terminal("bash --norc -i");
  await terminal.press(`set -b; ${SERVE} --quiet &\n`);
  await terminal.shows("lanvid watch");

  await terminal.press("jobs; echo $((40 + 2)) jobs\n");
  await terminal.shows("42 jobs");

  expect(terminal.screen).toMatch(/\[1\]\+\s+Running/);
  expect(terminal.screen).not.toContain("Stopped");
  await terminal.press("kill %1; wait; exit\n");
  await terminal.child.exited;
});

test("frames are not written to a terminal", async () => {
  await using terminal = new Terminal(`${LANVID} watch 127.0.0.1:1 --output -`);
  await terminal.shows("lanvid: error: cannot write frames to a terminal");

  expect(await terminal.child.exited).toBe(2);
});

test("video is not read from a terminal", async () => {
  await using terminal = new Terminal(`${LANVID} serve - --port 0 --http off`);
  await terminal.shows("lanvid: error: cannot read video from a terminal");

  expect(await terminal.child.exited).toBe(2);
});
