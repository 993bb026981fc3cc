import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createReadStream, symlinkSync } from "node:fs";
import { join } from "node:path";
import { findFfmpeg } from "../src/ffmpeg.ts";
import { silentLog } from "../src/log.ts";
import { type H264Parameters, h264Parameters } from "../src/media.ts";
import { BareFrames } from "../src/outputs/recorder/container.ts";
import { FragmentedMp4 } from "../src/outputs/recorder/fragmented-mp4.ts";
import { Matroska } from "../src/outputs/recorder/matroska.ts";
import { Recording } from "../src/outputs/recorder/recording.ts";
import { Timeline } from "../src/outputs/recorder/timeline.ts";
import { type Output, OutputOfJpeg, openOutput } from "../src/outputs/recorder.ts";
import { type Clock, systemClock } from "../src/time.ts";
import { MIB } from "../src/units.ts";
import { encodeH264, frameOf } from "./support/h264.ts";
import { HandClock } from "./support/hand-clock.ts";
import { Lanvid } from "./support/lanvid.ts";
import { stripJpeg } from "./support/picture.ts";
import { decode, probe } from "./support/probe.ts";
import { Folder } from "./support/stand-in.ts";
import { waitFor } from "./support/wait.ts";

const SIZE = { width: 320, height: 180 };
const FRAME_MICROS = 33_333;
const folder = new Folder();
let units: Uint8Array[];

beforeAll(() => {
  units = encodeH264({ ...SIZE, count: 60, keyEvery: 15 });
});

afterAll(() => folder[Symbol.dispose]());

function ignored() {
  return { force: false, onDropped: () => undefined, onWarning: () => undefined };
}

/** Frames as if they had been captured until now; `delays` makes those from one on later, µs. */
function framesUntilNow(
  bytes: readonly Uint8Array[],
  delays: Readonly<Record<number, number>> = {},
  clock: Clock = systemClock,
) {
  const total = Object.values(delays).reduce((sum, delay) => sum + delay, 0);
  let at = clock.micros() - bytes.length * FRAME_MICROS - total;
  return bytes.map((unit, index) => {
    at += FRAME_MICROS + (delays[index] ?? 0);
    return frameOf(unit, at);
  });
}

test("of frames that are all of the same time, no more than 8 MiB are held back from an .mp4", () => {
  const container = new FragmentedMp4();
  const key = units[0] as Uint8Array;
  container.begin(h264Parameters(key) as H264Parameters);
  let [given, written] = [0, 0];
  for (let at = 0; at < 40; at++) {
    const bytes = Buffer.concat([key, new Uint8Array(MIB).fill(2)]);
    given += bytes.length;
    written += container.add({ bytes, isKey: true, timeMicros: 1000 * at }).reduce((sum, part) => sum + part.length, 0);

    expect(given - written).toBeLessThan(9 * MIB);
  }
});

test("an .mkv is written whatever the machine's clock says", async () => {
  for (const startedAt of [new Date(0), new Date("2001-01-01"), new Date("2026-07-01")]) {
    const container = new Matroska(startedAt);
    container.begin(h264Parameters(units[0] as Uint8Array) as H264Parameters);
    const parts = container.add({ bytes: units[0] as Uint8Array, isKey: true, timeMicros: 0 });
    const path = folder.write("clock.mkv", Buffer.concat([...parts, ...container.finish().tail]));

    const entries = "format_tags=creation_time";
    const { stdout } = Bun.spawnSync([..."ffprobe -v error -of csv=p=0 -show_entries".split(" "), entries, path]);
    expect(stdout.toString().trim()).toBe(startedAt.toISOString().replace(".000Z", ".000000Z"));
    expect(decode(path)).toEqual({ frames: 1, complaints: "" });
  }
});

describe.each(["mp4", "mkv"])("a recording as .%s", (suffix) => {
  test("plays, with the times at which its frames were captured", async () => {
    const path = join(folder.path, `times.${suffix}`);
    const output = openOutput(path, ignored());

    for (const frame of framesUntilNow(units, { 30: 2_000_000 })) {
      await output.write(frame, "h264");
    }
    await output.close();

    const { codec, width, height, duration, times, complaints } = probe(path);
    expect({ codec, width, height, complaints }).toEqual({ codec: "h264", ...SIZE, complaints: "" });
    expect(times.length).toBe(60);
    expect(times[0]).toBe(0);
    expect(times[29]).toBeCloseTo(29 / 30, 2);
    expect(times[30]).toBeCloseTo(3, 2);
    expect(times[59]).toBeCloseTo(59 / 30 + 2, 2);
    expect(duration).toBeCloseTo(4, 1);
    expect(decode(path)).toEqual({ frames: 60, complaints: "" });
  });

  test("can be entered in its middle", async () => {
    const path = join(folder.path, `seek.${suffix}`);
    const output = openOutput(path, ignored());

    for (const frame of framesUntilNow(units, { 15: 3_000_000 })) {
      await output.write(frame, "h264");
    }
    await output.close();

    expect(decode(path, "-ss", "3.98")).toEqual({ frames: 30, complaints: "" });
  });

  test("begins with a key frame, whatever comes before it", async () => {
    const path = join(folder.path, `begin.${suffix}`);
    const output = openOutput(path, ignored());

    for (const frame of framesUntilNow(units.slice(7))) {
      await output.write(frame, "h264");
    }
    await output.close();

    expect(decode(path)).toEqual({ frames: 45, complaints: "" });
    expect(probe(path).times[0]).toBe(0);
  });

  test("holds what came before the source fell silent, soon after", async () => {
    const path = join(folder.path, `silent.${suffix}`);
    const clock = new HandClock();
    const output = openOutput(path, { ...ignored(), clock });
    for (const frame of framesUntilNow(units, {}, clock)) {
      await output.write(frame, "h264");
    }

    clock.advance(1000);

    await waitFor("all frames in the file", () => Bun.file(path).size > 0 && decode(path).frames === 60);
    expect(decode(path).complaints).toBe("");
    await output.close();
    expect(clock.waiting).toBe(0);
  });

  test("refuses pictures of another size, and keeps those before", async () => {
    const path = join(folder.path, `size.${suffix}`);
    const output = openOutput(path, ignored());
    const others = encodeH264({ width: 160, height: 90, count: 5 });
    for (const frame of framesUntilNow(units)) {
      await output.write(frame, "h264");
    }

    const refused = output.write(frameOf(others[0] as Uint8Array, systemClock.micros()), "h264");

    await expect(refused).rejects.toThrow(`cannot write "${path}": the picture is now 160×90, the file has 320×180`);
    await output.close();
    expect(decode(path)).toEqual({ frames: 60, complaints: "" });
  });

  test("takes nothing that builds on a picture of another size", async () => {
    const path = join(folder.path, `size-after.${suffix}`);
    const output = openOutput(path, ignored());
    await output.write(frameOf(units[0] as Uint8Array, systemClock.micros()), "h264");
    const others = encodeH264({ width: 160, height: 96, count: 2 }).map((unit) => frameOf(unit, systemClock.micros()));

    const writing = Promise.allSettled(others.map((frame) => output.write(frame, "h264")));

    expect((await writing).map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    await output.close();
    expect(decode(path)).toEqual({ frames: 1, complaints: "" });
  });

  test("takes other parameters of the same size in its middle", async () => {
    const path = join(folder.path, `parameters.${suffix}`);
    const output = openOutput(path, ignored());
    const others = encodeH264({ ...SIZE, count: 30, more: ["-profile:v", "main", "-refs", "3", "-coder", "1"] });

    for (const frame of framesUntilNow([...units, ...others])) {
      await output.write(frame, "h264");
    }
    await output.close();

    expect(decode(path)).toEqual({ frames: 90, complaints: "" });
  });

  test("refuses JPEG", async () => {
    const output = openOutput(join(folder.path, `jpeg.${suffix}`), ignored());

    const refused = output.write({ capturedAt: 0, isKey: true, bytes: new Uint8Array(9) }, "mjpeg");

    await expect(refused).rejects.toThrow("the stream is JPEG");
  });
});

test("a recording as .h264 is what was received", async () => {
  const path = join(folder.path, "bare.h264");
  const output = openOutput(path, ignored());

  for (const frame of framesUntilNow(units)) {
    await output.write(frame, "h264");
  }
  await output.close();

  expect(Buffer.compare(await Bun.file(path).bytes(), Buffer.concat(units))).toBe(0);
});

test("a disk that is too slow costs frames up to a key frame, not memory, and is told once", async () => {
  const path = join(folder.path, "slow.h264");
  expect(Bun.spawnSync(["mkfifo", path]).success).toBe(true);
  const warnings: string[] = [];
  let dropped = 0;
  const recording = new Recording({
    path,
    force: true,
    codec: "h264",
    container: new BareFrames(),
    maxWaitingBytes: 200_000,
    onDropped: () => {
      dropped += 1;
    },
    onWarning: (message) => warnings.push(message),
  });
  const film = Array.from({ length: 20 }, () => units).flat();

  for (const frame of framesUntilNow(film)) {
    await recording.write(frame, "h264");
  }
  const droppedAtFirst = dropped;
  const waitingAtFirst = recording.waitingBytes;
  const read = readAll(path);
  await waitFor("what waits to be written", () => recording.waitingBytes === 0);
  for (const frame of framesUntilNow(units)) {
    await recording.write(frame, "h264");
  }
  await recording.close();

  const written = folder.write("slow-copy.h264", await read);
  expect(droppedAtFirst).toBeGreaterThan(film.length / 2);
  expect(waitingAtFirst).toBeWithin(100_000, 200_001);
  expect(warnings).toEqual([`the disk is too slow for "${path}": frames are left out`]);
  expect(decode(written)).toEqual({ frames: film.length + units.length - dropped, complaints: "" });
});

test("frames of one byte that wait for the disk are bounded by what they take in memory", async () => {
  const path = join(folder.path, "tiny.h264");
  Bun.spawnSync(["mkfifo", path]);
  let dropped = 0;
  const recording = new Recording({
    path,
    force: true,
    codec: "h264",
    container: new BareFrames(),
    maxWaitingBytes: 200_000,
    onDropped: () => {
      dropped += 1;
    },
    onWarning: () => undefined,
  });

  await recording.write(frameOf(units[0] as Uint8Array, systemClock.micros()), "h264");
  for (let count = 0; count < 5000; count++) {
    await recording.write({ capturedAt: systemClock.micros(), isKey: false, bytes: Uint8Array.of(1) }, "h264");
  }

  expect(dropped).toBeGreaterThan(3000);
  const read = readAll(path);
  await recording.close();
  await read;
});

test("at the end a disk that does not answer is waited for 10 s", async () => {
  const path = join(folder.path, "dead.h264");
  Bun.spawnSync(["mkfifo", path]);
  const clock = new HandClock();
  const output = openOutput(path, { ...ignored(), force: true, clock });
  await output.write(frameOf(units[0] as Uint8Array, clock.micros()), "h264");
  let isOver = false;

  const closing = output.close().finally(() => {
    isOver = true;
  });
  await clock.pass(9999);
  const early = isOver;
  clock.advance(1);

  await expect(closing).rejects.toThrow(`cannot write "${path}": the disk does not answer`);
  expect(early).toBe(false);
  expect(clock.waiting).toBe(0);
  await readAll(path);
});

async function readAll(path: string): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(createReadStream(path)));
}

test("a file that came to be there meanwhile is not written over", async () => {
  const path = join(folder.path, "meanwhile.mkv");
  const output = openOutput(path, ignored());
  folder.write("meanwhile.mkv", "mine");

  await output.write(frameOf(units[0] as Uint8Array, 0), "h264");

  await expect(output.close()).rejects.toThrow(`cannot write "${path}": it exists`);
  expect(await Bun.file(path).text()).toBe("mine");
  // Once is enough.
  await output.close();
});

test("what fails while a recording is finished is told, with the figures until then", async () => {
  await using server = new Lanvid(["serve", "test", "--size", "640x360", "--port", "0", "--http", "off"]);
  const { port } = await server.event("ready");
  const path = join(folder.path, "full.mp4");
  symlinkSync("/dev/full", path);

  // One frame is held back to the end; a second one may be the next key frame, with which the first would be written.
  await using viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--output", path, "--force", "--frames", "1"]);
  const code = await viewer.exited();

  expect(code).toBe(8);
  expect(viewer.events.at(-1)).toMatchObject({ event: "end", reason: "error", code: 8, frames: 1, codec: "h264" });
  expect(viewer.stderr.match(/lanvid: error: .*/g)).toEqual([
    `lanvid: error: cannot write "${path}": the disk is full`,
  ]);
}, 120_000);

test("what fails while a classic sender's last pictures are recorded is told at the end", async () => {
  const full: Output = {
    recorded: null,
    codecs: ["h264"],
    write: () => Promise.reject(new Error("full")),
    close: () => Promise.resolve(),
  };
  const output = new OutputOfJpeg({ output: full, findFfmpeg: () => findFfmpeg(undefined), log: silentLog });
  await output.write(
    { capturedAt: systemClock.micros(), isKey: true, bytes: stripJpeg(640, 360, Date.now(), 1) },
    "mjpeg",
  );

  await expect(output.close()).rejects.toThrow("full");
  await output.close();
}, 120_000);

test("no frame is placed before another one, nor later than it came", () => {
  const timeline = new Timeline();

  const places = [1_000_000, 1_040_000, 1_010_000, 1_030_000, 1_080_000, 9_000_000].map((capturedAt) =>
    timeline.place(capturedAt, 2_000_000),
  );

  expect(places).toEqual([0, 40_000, 41_000, 42_000, 80_000, 1_000_000]);
});
