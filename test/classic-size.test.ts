// Parts: ffmpeg
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { classicMessage, maxArrayBytes } from "../src/classic-pickle.ts";
import { findFfmpeg } from "../src/ffmpeg.ts";
import { jpegSize, type StreamDescription } from "../src/media.ts";
import { listen } from "../src/net.ts";
import { ClassicReceivers } from "../src/servers/classic.ts";
import { sendTo } from "../src/servers/tcp.ts";
import { Stream, Track } from "../src/stream.ts";
import { systemClock } from "../src/time.ts";
import { Rendition } from "../src/transcode.ts";
import { HandClock } from "./support/hand-clock.ts";
import { Lanvid } from "./support/lanvid.ts";
import { childrenOf, commandOf } from "./support/processes.ts";
import { RawPeer } from "./support/raw-peer.ts";
import { Folder } from "./support/stand-in.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const folder = new Folder();
afterAll(() => folder[Symbol.dispose]());

/** One colour, as a JPEG of this size. */
function jpegOf(size: string): Uint8Array {
  const words = `ffmpeg -v error -f lavfi -i color=red:size=${size} -frames:v 1 -f mjpeg pipe:1`.split(" ");
  return Uint8Array.from(Bun.spawnSync(words).stdout);
}

test.each([2, 3, 4, 5] as const)("an array of as many bytes as may be fits a pickle of protocol %d", (protocol) => {
  const length = maxArrayBytes(protocol);

  const message = classicMessage(new Uint8Array(length).fill(255), { shape: [length, 1], protocol });

  expect(message.length - 8).toBeLessThanOrEqual(64 * 1024 * 1024);
  expect(() =>
    classicMessage(new Uint8Array(length + 1024).fill(255), { shape: [length + 1024, 1], protocol }),
  ).toThrow("at most 67108864");
});

describe("pixels that no classic message can hold", () => {
  test("are not tried, which is said once; smaller ones are made when they come", async () => {
    const clock = new HandClock();
    const original = new Track({ name: "desk", clock });
    original.describe({ state: "live", codec: "mjpeg" });
    const warnings: (readonly [string, string | undefined])[] = [];
    let ffmpegs = 0;
    const pixels = new Track({ name: "pixels", graceMs: 0, clock });
    pixels.attach(
      new Rendition({
        from: original,
        form: "bgr24",
        quality: 90,
        keyIntervalMs: 500,
        maxDelayMs: 250,
        isForeign: false,
        maxPixelBytes: maxArrayBytes(4),
        cores: 1,
        findFfmpeg: () => {
          ffmpegs += 1;
          return findFfmpeg(undefined);
        },
        log: { info() {}, debug() {}, warn: (message, hint) => warnings.push([message, hint]) },
        clock,
      }),
    );
    const said: StreamDescription[] = [];
    const sizes: number[] = [];
    const subscription = pixels.subscribe("classic", null, {
      packetReady: () => {
        const frame = subscription.peek();
        if (frame !== null) {
          subscription.take(frame);
          sizes.push(frame.bytes.length);
        }
      },
      described: (description) => said.push(description),
      ended: () => undefined,
    });
    const [large, small] = [jpegOf("6000x3800"), jpegOf("640x360")];
    expect(jpegSize(large)).toEqual({ width: 6000, height: 3800 });
    const give = (bytes: Uint8Array) => original.frame({ capturedAt: clock.micros(), isKey: true, bytes });

    for (let count = 0; count < 5; count++) {
      give(large);
      await clock.pass(20);
    }

    const error = "pictures of 6000×3800 do not fit into a classic message, which holds at most 22.3 million pixels";
    expect(said.at(-1)).toMatchObject({ state: "failed", error: { message: error } });
    expect(ffmpegs).toBe(0);
    expect(warnings).toEqual([[`no pixels: ${error}`, "use --classic jpeg, or make them smaller with --size"]]);
    await waitFor("pixels", () => {
      give(small);
      return sizes.length > 0;
    });
    expect(sizes[0]).toBe(640 * 360 * 3);
    expect(said.at(-1)).toMatchObject({ state: "live", error: null });
    subscription.close();
    await pixels.close();
    await original.close();
  });

  test("start no ffmpeg in `serve`, which says what to do", async () => {
    const path = join(folder.path, "large.avi");
    const film = "ffmpeg -v error -f lavfi -i color=red:size=6000x3800:rate=2:duration=2 -c:v mjpeg".split(" ");
    expect(Bun.spawnSync([...film, path]).success).toBe(true);
    const args = ["serve", path, "--codec", "mjpeg", "--port", "0", "--http", "off"];
    await using server = new Lanvid(args);
    const { port } = await server.event("ready");
    const receiver = new RawPeer(port as number);

    await waitFor("a warning", () => server.stderr.includes("do not fit into a classic message"));
    const since = Date.now();
    await server.eventWhere(({ event, time }) => event === "stats" && time > since + 1000);

    expect(server.stderr).toContain("lanvid: hint: use --classic jpeg, or make them smaller with --size");
    expect(server.stderr).not.toContain("trying again");
    const made = childrenOf(server.child.pid, "ffmpeg").filter((child) => commandOf(child).includes("bgr24"));
    expect(made).toEqual([]);
    expect(receiver.receivedByteCount).toBe(0);
    receiver.close();
  });
});

test("a picture that fits no pickle ends that receiver only: the source and the others go on", async () => {
  const track = new Track({ name: "desk" });
  track.describe({ state: "live", codec: "mjpeg" });
  const ends: string[] = [];
  const classic = new ClassicReceivers({ track, maxReceivers: 8, maxBitsPerSecond: 0, pickle: 2, length: "u64le" });
  const listener = listen({
    port: 0,
    hostname: "127.0.0.1",
    admits: () => true,
    onRefused: () => undefined,
    onConnection: (connection) => {
      const onEnd = ({ message }: { readonly message: string }) => ends.push(message);
      sendTo(connection, { stream: new Stream(track), maxDelayMs: 250, classic, http: null, onEnd });
    },
  });
  const receiver = new RawPeer(listener.port);
  let others = 0;
  const other = track.subscribe("lanvid", null, {
    packetReady: () => {
      others += 1;
    },
    described: () => undefined,
    ended: () => undefined,
  });
  await waitFor("the receiver", () => track.viewers().length === 2);

  // In protocol 2 each of these bytes takes two.
  track.frame({ capturedAt: systemClock.micros(), isKey: true, bytes: new Uint8Array(40 * 1024 * 1024).fill(255) });
  track.frame({ capturedAt: systemClock.micros(), isKey: true, bytes: Uint8Array.of(255, 216, 255, 217) });

  await waitFor("its end", () => receiver.isClosed);
  expect(ends).toEqual([expect.stringMatching(/^a pickle would have \d+ bytes, at most 67108864 are allowed$/)]);
  expect(others).toBe(2);
  other.close();
  await listener.stop();
  await track.close();
});
