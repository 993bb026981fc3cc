// Parts: ffmpeg
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Lanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";
import { Terminal } from "./support/terminal.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const LANVID = `${process.execPath} ${join(import.meta.dir, "../src/main.ts")}`;
const FREE_PORT = " --port 0";
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

/** In a terminal of 80×24, whose size it can ask for. */
function in80x24(command: string): string {
  return `stty rows 24 columns 80; exec ${command}`;
}

test("serve's first screen says who types what where, with the code and the keys, in 80×24", async () => {
  await using terminal = new Terminal(in80x24(`${LANVID} serve test --bind 127.100.100.100 --http 0${FREE_PORT}`));
  await terminal.shows("0 viewers");

  const rows = terminal.text.split(/\r?\n/);
  const port = await terminal.matches(/watch 127\.100\.100\.100:(\d+)/);
  const head = rows.slice(0, rows.findIndex((row) => row.startsWith("q quits")) + 1);
  const left = head.map((row) => row.replace(/ *[█▀▄].*$/, "").trimEnd()).filter((row) => row !== "");
  expect(left).toEqual([
    "streaming test pattern",
    "On another machine, in a clone of lanvid:",
    `  npm start -- watch 127.100.100.100:${port}`,
    "or where lanvid is installed:",
    `  lanvid watch 127.100.100.100:${port}`,
    "In a browser, or scan:",
    expect.stringMatching(/^ {2}http:\/\/127\.100\.100\.100:\d+\/$/),
    "q quits · h shows this again · ? lists the keys",
  ]);
  // The status is below it.
  expect(head.length).toBeLessThan(24);
  expect(Math.max(...head.map((row) => Bun.stringWidth(row)))).toBeLessThanOrEqual(80);
  // Black and white, whatever the terminal's colours are.
  expect(terminal.screen).toContain("\x1b[38;5;16;48;5;231m");
});

test("h shows the addresses again, ? lists the keys, and any other key does nothing", async () => {
  await using terminal = new Terminal(in80x24(`${LANVID} serve test --http 0${FREE_PORT}`));
  await terminal.shows("0 viewers");
  const times = (text: string) => terminal.text.split(text).length - 1;
  expect(times("In a browser, or scan:")).toBe(1);

  await terminal.press("x\u001b[Ah");
  await waitFor("the addresses again", () => times("In a browser, or scan:") === 2);
  await terminal.press("?");
  await terminal.shows("h  shows the addresses again");
  await terminal.shows("?  lists the keys");
  await terminal.press("q");

  await terminal.shows("ended");
  expect(await terminal.child.exited).toBe(0);
});

test("--quiet prints the addresses, once, and answers no key but those that end it", async () => {
  await using terminal = new Terminal(`${SERVE} --quiet --bind 127.0.0.1`);
  await terminal.shows("lanvid watch");

  await terminal.press("?h");
  await terminal.press("q");

  expect(await terminal.child.exited).toBe(0);
  expect(terminal.text.split("lanvid watch").length).toBe(2);
  expect(terminal.text).not.toContain("lists the keys");
});

test("watch names its keys, lists them, and says for how long there has been no connection", async () => {
  const server = new Lanvid(["serve", "test", "--port", "0", "--http", "off"]);
  const { port } = await server.event("ready");
  await using terminal = new Terminal(`${LANVID} watch 127.0.0.1:${port} --view none`);
  await terminal.shows("q quits · ? lists the keys");
  await terminal.matches(/live 1280×720 H\.264 · /);

  await terminal.press("?");
  await terminal.shows("q  quits");
  await server[Symbol.asyncDispose]();
  await terminal.matches(/no connection for [1-9]\d* s, trying again/);
  const lost = terminal.text.slice(terminal.text.indexOf("no connection for"));
  expect(lost).not.toContain("fps");

  await terminal.press("q");
  expect(await terminal.child.exited).toBe(0);
});

test("until there is a connection, watch says whom it connects to, and receive that it waits", async () => {
  await using watching = new Terminal(`${LANVID} watch 127.0.0.1:1 --view none`);
  await using receiving = new Terminal(`${LANVID} receive --view none --port 0`);

  await watching.matches(/\r\S*connecting to 127\.0\.0\.1:1\b/);
  await receiving.shows("lanvid push");
  await receiving.matches(/\rwaiting for a sender/);
});

test.each([
  ["", {}, true],
  [" without NO_COLOR", { NO_COLOR: "1" }, false],
  [" that is no more than a printer", { TERM: "dumb" }, false],
])("errors, warnings, hints and addresses have colours in a terminal%s", async (_where, env, hasColours) => {
  const set = Object.entries(env).map(([name, value]) => `${name}=${value} `);
  await using failing = new Terminal(`env ${set.join("")}${LANVID} serve nofile.mp4`);
  await using warning = new Terminal(`env ${set.join("")}${LANVID} serve test --public --http off${FREE_PORT}`);
  await failing.shows("hint: ");
  await warning.shows("q quits");

  const all = failing.screen + warning.screen;
  const colours = ["\x1b[31merror:", "\x1b[33mwarning:", "\x1b[2mlanvid: hint: ", "\x1b[1mlanvid watch "];
  expect(colours.map((colour) => all.includes(colour))).toEqual(colours.map(() => hasColours));
  expect(all.includes("\x1b[38")).toBe(false);
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
