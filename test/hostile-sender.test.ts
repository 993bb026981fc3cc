import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { systemClock } from "../src/time.ts";
import { MIB } from "../src/units.ts";
import { HostileSender } from "./hostile/sender.ts";
import { encodeH264 } from "./support/h264.ts";
import { inManyUnits, withLongSps } from "./support/h264-hostile.ts";
import { Lanvid } from "./support/lanvid.ts";
import { decode } from "./support/probe.ts";
import { peakMemoryMiB } from "./support/processes.ts";
import { Folder } from "./support/stand-in.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const SIZE = { width: 320, height: 180 };
/** What one message of a sender's may cost: the event loop, and memory. */
const MOST_STANDSTILL_MS = 200;
const MOST_MEMORY_MIB = 100;
const folder = new Folder();
let units: Uint8Array[];

beforeAll(() => {
  units = encodeH264({ ...SIZE, count: 30, keyEvery: 10 });
});

afterAll(() => folder[Symbol.dispose]());

/** The time that the thread of the event loop ran, whatever else the machine did meanwhile; ms. */
function loopMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
}

const SHAPES: readonly (readonly [string, (key: Uint8Array) => Uint8Array, string])[] = [
  ["four million NAL units", (key) => inManyUnits(key, 16 * MIB), "more than 1024 NAL units"],
  ["600,000 NAL units", (key) => inManyUnits(key, 2_400_000), "more than 1024 NAL units"],
  ["an SPS of 16 MiB", (key) => withLongSps(key, 16 * MIB), "a parameter set of 16777"],
];

/** Sends a second of video with one such frame in it; what the receiver spent on that. */
async function send(sender: HostileSender, pid: number, bad: Uint8Array) {
  for (const [at, unit] of units.slice(0, 20).entries()) {
    await sender.frame(unit, at % 10 === 0);
  }
  const memory = peakMemoryMiB(pid);
  const spent = loopMs(pid);
  await sender.frame(bad);
  // What is held back is written when nothing comes for half a second.
  await Bun.sleep(1200);
  await sender.pong();
  const standstillMs = loopMs(pid) - spent;
  await sender.frame(bad);
  for (const [at, unit] of units.slice(20).entries()) {
    await sender.frame(unit, at === 0);
  }
  return { standstillMs, memoryMiB: peakMemoryMiB(pid) - memory };
}

describe.each(["mp4", "mkv"])("`receive --output x.%s` goes on, and the film plays, after", (suffix) => {
  test.each(SHAPES)("%s", async (_, make, fault) => {
    const path = join(folder.path, `${Bun.randomUUIDv7()}.${suffix}`);
    await using listener = new Lanvid(["receive", "--port", "0", "--view", "none", "--output", path]);
    const { port } = (await listener.event("ready")) as unknown as { port: number };
    using sender = await HostileSender.connect(port);

    const { standstillMs, memoryMiB } = await send(sender, listener.child.pid, make(units[0] as Uint8Array));

    expect(standstillMs).toBeLessThan(MOST_STANDSTILL_MS);
    expect(memoryMiB).toBeLessThan(MOST_MEMORY_MIB);
    listener.kill("SIGINT");
    expect(await listener.exited()).toBe(0);
    expect(listener.stderr.match(/those pictures are left out/g)).toHaveLength(1);
    expect(listener.stderr).toContain(fault);
    expect(decode(path)).toEqual({ frames: 30, complaints: "" });
  });
});

test.each(SHAPES)("a relay with a viewer of /stream.mp4 goes on after %s", async (_, make) => {
  const sent = Promise.withResolvers<Awaited<ReturnType<typeof send>>>();
  let relay: Lanvid | undefined;
  const server = createServer((socket) => {
    const sender = new HostileSender(socket);
    const pid = relay?.child.pid as number;
    sent.resolve(send(sender, pid, make(units[0] as Uint8Array)).finally(() => sender[Symbol.dispose]()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  relay = new Lanvid(["serve", `lanvid://127.0.0.1:${port}`, "--port", "0", "--http", "0"]);
  await using _relay = relay;
  const { http } = (await relay.event("ready")) as unknown as { http: number };
  const film = await fetch(`http://127.0.0.1:${http}/stream.mp4`);
  expect(film.status).toBe(200);
  const received: Uint8Array[] = [];
  const reading = (async () => {
    for await (const chunk of film.body ?? []) {
      received.push(chunk);
    }
  })().catch(() => "the relay ends in the middle of it");

  const { standstillMs, memoryMiB } = await sent.promise;

  expect(standstillMs).toBeLessThan(MOST_STANDSTILL_MS);
  expect(memoryMiB).toBeLessThan(MOST_MEMORY_MIB);
  relay.kill("SIGINT");
  expect(await relay.exited()).toBe(0);
  await reading;
  const path = folder.write(`${Bun.randomUUIDv7()}.mp4`, Buffer.concat(received));
  expect(decode(path).frames).toBeGreaterThanOrEqual(25);
  expect(relay.stderr.match(/those pictures are left out/g)).toHaveLength(1);
  server.close();
});

describe("a relay's viewers go on when a sender claims that its pictures were taken", () => {
  const AHEAD_MICROS = 2_000_000;
  test.each([
    ["at the beginning of time, by a clock that is ahead", () => 0],
    ["at the end of time", () => Number.MAX_SAFE_INTEGER],
    ["an hour ago", () => systemClock.micros() + AHEAD_MICROS - 3_600_000_000],
    ["in an hour", () => systemClock.micros() + AHEAD_MICROS + 3_600_000_000],
  ])("%s", async (_, capturedAt) => {
    const server = createServer((socket) => {
      const sender = new HostileSender(socket);
      sender.aheadMicros = AHEAD_MICROS;
      let count = 0;
      const timer = setInterval(() => {
        const bytes = units[count % units.length] as Uint8Array;
        const isKey = count % units.length === 0;
        // The first is decoded only, and so is never too late.
        sender.write(bytes, {
          isKey,
          isPreroll: isKey,
          capturedAt: isKey ? capturedAt() : systemClock.micros() + AHEAD_MICROS,
        });
        count += 1;
      }, 33);
      socket.on("close", () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await using relay = new Lanvid(["serve", `lanvid://127.0.0.1:${port}`, "--port", "0", "--http", "off"]);
    const ready = (await relay.event("ready")) as unknown as { port: number };
    await using viewer = new Lanvid(["watch", `127.0.0.1:${ready.port}`, "--view", "none", "--frames", "90"]);

    expect(await viewer.event("end")).toMatchObject({ reason: "frames", code: 0 });
    expect(
      viewer.events.findLast(({ event }) => event === "stats"),
      viewer.stderr,
    ).toMatchObject({ reconnects: 0 });
    expect(viewer.stderr).toBe("");
    server.close();
  });
});
