// Parts: ffmpeg
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { checkEncoders } from "../src/doctor/encoders.ts";
import { trialOfEncoder } from "../src/ffmpeg.ts";
import { HandClock } from "./support/hand-clock.ts";
import { isRunning } from "./support/processes.ts";
import { Folder } from "./support/stand-in.ts";
import { Terminal } from "./support/terminal.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const FFMPEG = Bun.which("ffmpeg") as string;
const SILENT = { onProgress: () => undefined };
const SETTINGS = {
  quality: 90,
  bitrate: null,
  fps: 30,
  keyIntervalMs: 2000,
  pixelsPerSecond: 640 * 360 * 30,
  cores: 2,
};

/** An ffmpeg that names these encoders; `behaviour` is how h264_qsv goes about its work, the others are the real one's. */
function namingEncoders(folder: Folder, names: readonly string[], behaviour: string): string {
  const list = ["mjpeg", ...names].map((name) => ` V....D ${name} x`).join("\\n");
  return folder.standIn(
    "ffmpeg",
    `case "$*" in *-encoders*) printf '${list}\\n'; exit 0;; *h264_qsv*) ${behaviour};; esac\nexec "$REAL" "$@"`,
  );
}

test("each encoder that ffmpeg names encodes a frame, or does not work", async () => {
  const progress: string[] = [];

  const { encoders = [] } = await checkEncoders(FFMPEG, { onProgress: (text) => progress.push(text) });

  expect(encoders.find(({ name }) => name === "libx264")).toEqual({ name: "libx264", works: true, reason: null });
  expect(progress).toEqual(encoders.map(({ name }) => `trying the encoder ${name}`));
  for (const { works, reason } of encoders) {
    expect(reason === null).toBe(works);
  }
});

test("an encoder that is compiled in, and fails, is not said to work", async () => {
  using folder = new Folder();
  const fails = "echo '[h264_qsv @ 0x1] Error initializing an internal MFX session: unsupported (-3)' >&2; exit 1";
  const ffmpeg = namingEncoders(folder, ["libx264", "h264_qsv"], fails);

  const { status, detail, encoders } = await checkEncoders(ffmpeg, SILENT);

  expect([status, detail]).toEqual(["ok", "H.264 is encoded by libx264; h264_qsv: compiled in, no such hardware here"]);
  expect(encoders).toEqual([
    { name: "libx264", works: true, reason: null },
    { name: "h264_qsv", works: false, reason: "Error initializing an internal MFX session: unsupported (-3)" },
  ]);
});

test.each([
  ["hangs, and can't be asked to end", "trap '' TERM; sleep 300 & echo $! > $0.pid; wait; sleep 300"],
  ["complains for ever", "echo $$ > $0.pid; exec yes complaint >&2"],
  ["writes what is no picture, for ever", "echo $$ > $0.pid; exec cat /dev/zero"],
])("an encoder that %s is ended in time", async (_what, behaviour) => {
  using folder = new Folder();
  const ffmpeg = namingEncoders(folder, ["h264_qsv"], behaviour);

  const clock = new HandClock();

  const trying = trialOfEncoder(ffmpeg, "h264_qsv", { limitMs: 1500, settings: SETTINGS, clock });
  const pid = await waitFor("it to be at work", () => pidIn(`${ffmpeg}.pid`));
  clock.advance(1500);
  const tried = await trying;

  expect(tried.works).toBe(false);
  expect(tried.reason).not.toBe(null);
  await waitFor("it to be gone", () => !isRunning(pid));
});

test("one that works and one that hangs are told apart, in the time of one", async () => {
  using folder = new Folder();
  const ffmpeg = namingEncoders(folder, ["h264_qsv", "libx264"], "echo $$ > $0.pid; exec sleep 300");
  const clock = new HandClock();

  const checking = checkEncoders(ffmpeg, { ...SILENT, limitMs: 3000, clock });
  await waitFor("both to be tried, and one to be left", () => existsSync(`${ffmpeg}.pid`) && clock.waiting === 1);
  clock.advance(3000);
  const { status, detail } = await checking;

  expect([status, detail]).toEqual(["ok", "H.264 is encoded by libx264; h264_qsv does not work: no frame within 3 s"]);
});

test("a terminal shows which encoder is tried, and loses that line with the next finding", async () => {
  using folder = new Folder();
  const ffmpeg = namingEncoders(folder, ["h264_qsv"], "sleep 0.5; exit 1");
  const command = `${process.execPath} src/main.ts doctor --port 0 --http off --ffmpeg ${ffmpeg}; echo done`;

  await using terminal = new Terminal(command);
  await terminal.shows("done");

  const at = terminal.screen.indexOf("trying the encoder h264_qsv …");
  expect(at).toBeGreaterThan(0);
  expect(terminal.screen.indexOf("\r\x1b[2K\x1b[33mwarn\x1b[0m encoders", at)).toBeGreaterThan(at);
});

/** Null until it is written. */
function pidIn(path: string): number | null {
  return existsSync(path) ? Number(readFileSync(path, "utf8")) || null : null;
}
