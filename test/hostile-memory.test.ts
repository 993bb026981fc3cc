import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { MemoryWatch } from "./hostile/server-memory.ts";
import { Conspiracy, type Liar, socketLiar, tcpLiar } from "./hostile/unearned-acks.ts";
import { Lanvid } from "./support/lanvid.ts";
import { waitFor } from "./support/wait.ts";

// The preload's reaches the first file of a run only.
setDefaultTimeout(60_000);

const LIARS = 20;
/** Frames of 720p that are sent before anybody lies: what the server itself takes for them is taken by then. */
const WARM_FRAMES = 120;
/** At 30 frames a second, far more than the kernels hold of them. */
const LYING_MS = 25_000;
/** Between two looks at the figures, each of which costs the server some memory. */
const LOOK_MS = 200;
const MOST_RISE_MIB = 20;

async function refused(http: number, reason: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
  return Number(new RegExp(`reason="${reason}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
}

describe("viewers that acknowledge what they never read are ended, and take no memory", () => {
  test.each([
    ["TCP", (port: number, _: number) => tcpLiar(port)],
    ["WebSocket", (_: number, http: number) => socketLiar(http)],
  ] as const)("%s", async (link, join) => {
    const source = ["serve", "test", "--size", "1280x720", "--codec", "mjpeg"];
    await using server = new Lanvid([...source, "--port", "0", "--http", "0", "--classic", "off"]);
    const { port, http } = (await server.event("ready")) as unknown as { port: number; http: number };
    const liars: Liar[] = await Promise.all(Array.from({ length: LIARS }, () => join(port, http)));
    using conspiracy = await Conspiracy.begin(port, liars);
    await waitFor("frames", () => conspiracy.sequence >= WARM_FRAMES, 20_000);
    expect(await refused(http, "ack-not-sent")).toBe(0);
    using memory = new MemoryWatch(server);

    conspiracy.stopReading();
    const isOver = async () => {
      await Bun.sleep(LOOK_MS);
      return (await refused(http, "ack-not-sent")) === LIARS;
    };
    const ending = waitFor("all liars to be ended", isOver, LYING_MS);
    await ending.catch(() => undefined);

    console.log(`${LIARS} liars over ${link}: memory +${memory.riseMiB.toFixed(0)} MiB`);
    expect(await refused(http, "ack-not-sent")).toBe(LIARS);
    expect(memory.riseMiB).toBeLessThan(MOST_RISE_MIB);
  });
});
