import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { hoard } from "./hostile/classic-hoard.ts";
import { claim, openOf } from "./hostile/peer.ts";
import { HostileSender } from "./hostile/sender.ts";
import { MemoryWatch } from "./hostile/server-memory.ts";
import { Conspiracy, overSocket, overTcp } from "./hostile/unearned-acks.ts";
import { Lanvid } from "./support/lanvid.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const LIARS = 20;
/** Frames of 720p that are sent before anybody lies: what the server itself takes for them is taken by then. */
const WARM_FRAMES = 120;
/** At 30 frames a second, far more than the kernels hold of them. */
const LYING_MS = 25_000;
/** Between two looks at the figures, each of which costs the server some memory. */
const LOOK_MS = 200;
const MOST_RISE_MIB = 20;

const HOARDERS = 12;
/** What reading 400 MB leaves behind for a while. */
const MOST_GARBAGE_MIB = 80;
/** One picture of the largest that may be, and what reading it takes beside. */
const MOST_HOARD_MIB = 80;

async function refused(http: number, reason: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
  return Number(new RegExp(`reason="${reason}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
}

describe("viewers that acknowledge what they never read are ended, and take no memory", () => {
  test.each([
    ["TCP", overTcp],
    ["WebSocket", overSocket],
  ] as const)("%s", async (link, join) => {
    const source = ["serve", "test", "--size", "1280x720", "--codec", "mjpeg"];
    await using server = new Lanvid([...source, "--port", "0", "--http", "0", "--classic", "off"]);
    const { port, http } = (await server.event("ready")) as unknown as { port: number; http: number };
    using conspiracy = await Conspiracy.begin({ port, http }, LIARS, join);
    await waitFor("frames", () => conspiracy.sequence >= WARM_FRAMES);
    expect(openOf(conspiracy.liars)).toBe(LIARS);
    const before = await refused(http, "ack-not-sent");
    using memory = new MemoryWatch(server);

    conspiracy.lie();
    const isOver = async () => {
      await Bun.sleep(LOOK_MS);
      return (await refused(http, "ack-not-sent")) === before + LIARS;
    };
    const ending = waitFor("all liars to be ended", isOver, LYING_MS);
    await ending.catch(() => undefined);

    console.log(`${LIARS} liars over ${link}: memory +${memory.riseMiB.toFixed(0)} MiB`);
    expect(await refused(http, "ack-not-sent")).toBe(before + LIARS);
    expect(memory.riseMiB).toBeLessThan(MOST_RISE_MIB);
  });
});

test("of many classic senders that never end their first picture one has a place, and only for 10 s", async () => {
  await using server = new Lanvid(["receive", "--view", "none", "--port", "0"]);
  const { port } = (await server.event("ready")) as unknown as { port: number };
  using memory = new MemoryWatch(server);

  const peers = await Promise.all(Array.from({ length: HOARDERS }, () => hoard(port)));
  console.log(`${HOARDERS} classic senders: memory +${memory.riseMiB.toFixed(0)} MiB, ${openOf(peers)} open`);

  await waitFor("the others to be turned away", () => openOf(peers) <= 1);
  expect(memory.riseMiB).toBeLessThan(MOST_HOARD_MIB);
  await waitFor("the last one to be ended", () => openOf(peers) === 0);
});

test("a classic sender whose first picture is on its way gives way to a lanvid", async () => {
  await using receiver = new Lanvid(["receive", "--view", "none", "--port", "0"]);
  const { port } = (await receiver.event("ready")) as unknown as { port: number };
  const waiting = await hoard(port);
  expect(waiting.isClosed).toBe(false);

  await using push = new Lanvid(["push", `127.0.0.1:${port}`, "test", "--size", "640x360"]);
  await push.event("ready");

  await waitFor("the classic sender to be turned away", () => waiting.isClosed);
  const another = await hoard(port);
  await waitFor("another one to be turned away", () => another.isClosed);
  await receiver.eventWhere(({ event, state, frames }) => event === "stats" && state === "live" && Number(frames) > 0);
});

test("frames that are kept don't keep what came beside them", async () => {
  const padding = new Uint8Array(400_000);
  // Of a kind that is skipped.
  const filling = claim(BigInt(padding.length + 1), Buffer.concat([Uint8Array.of(0x1f), padding]));
  const env = { DISPLAY: undefined, WAYLAND_DISPLAY: undefined };
  await using receiver = new Lanvid(["receive", "--view", "browser", "--port", "0"], { env });
  const { port } = (await receiver.event("ready")) as unknown as { port: number };
  using sender = await HostileSender.connect(port);
  await sender.tinyFrames(WARM_FRAMES, filling);
  using memory = new MemoryWatch(receiver);

  await sender.tinyFrames(1000, filling);

  console.log(`1000 frames, each with 400 kB that are dropped: memory +${memory.riseMiB.toFixed(0)} MiB`);
  expect(memory.riseMiB).toBeLessThan(MOST_GARBAGE_MIB);
});
