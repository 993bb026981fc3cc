import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { forPeers } from "../src/errors.ts";
import { dial, listen } from "../src/net.ts";
import { receiveFrom, sendTo } from "../src/servers/tcp.ts";
import { Stream, Track } from "../src/stream.ts";
import { systemClock } from "../src/time.ts";
import type { Size } from "../src/units.ts";
import { type Event, Lanvid } from "./support/lanvid.ts";
import { stripJpeg } from "./support/picture.ts";
import { childrenOf, commandOf, isRunning } from "./support/processes.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { timed } from "./support/timed.ts";
import { waitFor } from "./support/wait.ts";
import { Screen, sharedSegments } from "./support/window-screen.ts";

setDefaultTimeout(180_000);
standsAlone();

const STREAM = { width: 640, height: 360 };
const SERVE = ["serve", "test", "--size", "640x360", "--port", "0", "--http", "off"];

let screen: Screen;
const cleanUps: (() => unknown)[] = [];

beforeEach(async () => {
  screen = await Screen.open();
  cleanUps.push(() => screen[Symbol.asyncDispose]());
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) {
    await cleanUp();
  }
});

function watch(port: unknown): Lanvid {
  return new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "window"], { env: screen.environment });
}

/** A stream of this test's own making, 30 frames a second. */
class Pictures {
  readonly track = new Track({ name: "pictures" });
  readonly port: number;
  /** What it gives next. */
  give: (counter: number) => Uint8Array = (counter) => stripJpeg(STREAM.width, STREAM.height, Date.now(), counter);

  constructor(announced: Size = STREAM, codec: "mjpeg" | "h264" = "mjpeg") {
    this.track.describe({ codec, state: "live", ...announced });
    const sessions: { end(code: string, message: string): void }[] = [];
    const listener = listen({
      port: 0,
      hostname: "127.0.0.1",
      admits: () => true,
      onRefused: () => undefined,
      onConnection: (connection) => {
        sessions.push(
          sendTo(connection, { stream: new Stream(this.track), maxDelayMs: 250, http: null, onEnd: () => undefined }),
        );
      },
    });
    this.port = listener.port;
    let counter = 0;
    const timer = setInterval(() => {
      if (codec === "h264") {
        return;
      }
      counter += 1;
      this.track.frame({ capturedAt: systemClock.micros(), isKey: true, bytes: this.give(counter) });
    }, 33);
    cleanUps.push(() => {
      clearInterval(timer);
      for (const session of sessions) {
        session.end("shutdown", "the test is over");
      }
      listener.stop();
    });
  }
}

/** Receives H.264 and passes it on, whole or damaged. */
class DamagingRelay extends Pictures {
  isDamaging = false;

  static async open(from: number): Promise<DamagingRelay> {
    const relay = new DamagingRelay(STREAM, "h264");
    const { signal } = new AbortController();
    const connection = await dial({ host: "127.0.0.1", port: from }, { signal });
    const session = receiveFrom(connection, {
      name: "relay",
      program: "test",
      codecs: ["h264"],
      maxDelayMs: null,
      onStream: () => undefined,
      onFrame: ({ video, capturedAt }, settle) => {
        const { isKey, isPreroll, bytes } = video;
        const given = relay.isDamaging
          ? bytes.map((byte, at) => (at > 40 && at % 7 === 0 ? byte ^ 0xa5 : byte))
          : bytes;
        relay.track.frame({ capturedAt: capturedAt ?? systemClock.micros(), isKey, isPreroll, bytes: given });
        settle(null);
      },
      onEnd: () => undefined,
    });
    cleanUps.push(() => session.end("ended", forPeers`the test is over`));
    return relay;
  }
}

/** Settles when the viewer has told its figures of so many seconds more, with the last. */
function secondsPass(viewer: Lanvid, seconds: number): Promise<Event> {
  const since = viewer.events.length;
  return waitFor(
    "the viewer to go on",
    () => viewer.events.slice(since).filter(({ event }) => event === "stats")[seconds - 1],
  );
}

function decoderOf(viewer: Lanvid, not?: number): Promise<number> {
  const isIt = (pid: number) => pid !== not && commandOf(pid).includes("rawvideo");
  return waitFor("a decoder", () => childrenOf(viewer.child.pid, "ffmpeg").find(isIt));
}

test.each(["mjpeg", "h264"])(
  "%s: a decoder that is killed or stopped is replaced, and the picture goes on",
  async (codec) => {
    await using server = new Lanvid([...SERVE, "--codec", codec]);
    await using viewer = watch((await server.event("ready"))["port"]);
    const window = await screen.window(viewer);
    await screen.sees(window, STREAM);

    const first = await decoderOf(viewer);
    process.kill(first, "SIGKILL");
    await screen.showsLive(window, STREAM);
    // On a busy machine it may be the third by now.
    const second = await decoderOf(viewer, first);
    process.kill(second, "SIGSTOP");
    const third = await decoderOf(viewer, second);
    await screen.showsLive(window, STREAM);

    expect(third).not.toBe(first);
    expect(isRunning(second)).toBe(false);
  },
);

test("corrupt pictures do no harm: the next whole one is shown at its own time", async () => {
  const pictures = new Pictures();
  await using viewer = watch(pictures.port);
  const window = await screen.window(viewer);
  await screen.sees(window, STREAM);
  const whole = pictures.give;
  const damages: ((jpeg: Uint8Array) => Uint8Array)[] = [
    (jpeg) => jpeg.slice(0, 700),
    (jpeg) => jpeg.map((byte, at) => (at > 620 && at % 3 === 0 ? byte ^ 0x5a : byte)),
    (jpeg) => new Uint8Array(jpeg.length),
    (jpeg) => jpeg.slice(0, jpeg.length >> 1),
  ];

  for (const damage of damages) {
    pictures.give = (counter) => damage(whole(counter));
    await secondsPass(viewer, 2);
    pictures.give = whole;
    await screen.showsLive(window, STREAM, 200);
  }

  // It is counted by the order of pictures which is of which frame: a lost one must not shift the others.
  await timed(async () => {
    const { delayMs } = (await secondsPass(viewer, 2)) as unknown as { delayMs: { p50: number } };
    return [{ what: "the delay, median", ms: delayMs.p50, atMost: 80 }];
  });
});

test("pictures larger than announced are refused with a word, and later ones shown", async () => {
  const pictures = new Pictures();
  await using viewer = watch(pictures.port);
  const window = await screen.window(viewer);
  await screen.sees(window, STREAM);

  const whole = pictures.give;
  pictures.give = (counter) => stripJpeg(2560, 1440, Date.now(), counter);
  await waitFor("the refusal", () => viewer.stderr.includes("refused a picture of 2560×1440: 640×360 was announced"));
  pictures.give = whole;

  await screen.showsLive(window, STREAM, 300);
});

test("a stream that changes its size is shown in the new one", async () => {
  const pictures = new Pictures({ width: 1280, height: 720 });
  await using viewer = watch(pictures.port);
  const window = await screen.window(viewer);
  await screen.sees(window, STREAM);

  pictures.give = (counter) => stripJpeg(1280, 720, Date.now(), counter);

  await screen.showsLive(window, { width: 1280, height: 720 }, 300);
});

test("corrupt H.264 does no harm, and is shown again from a key frame on", async () => {
  await using server = new Lanvid([...SERVE, "--codec", "h264"]);
  const port = (await server.event("ready"))["port"] as number;
  const relay = await DamagingRelay.open(port);
  await using viewer = watch(relay.port);
  const window = await screen.window(viewer);
  await screen.sees(window, STREAM);

  relay.isDamaging = true;
  await secondsPass(viewer, 3);
  relay.isDamaging = false;

  await screen.showsLive(window, STREAM, 300);
});

test("the X server killed: a message, exit code 9, no memory left", async () => {
  await using server = new Lanvid([...SERVE]);
  await using viewer = watch((await server.event("ready"))["port"]);
  const window = await screen.window(viewer);
  await screen.sees(window, STREAM);

  await screen.kill();

  expect(await viewer.exited()).toBe(9);
  expect(viewer.stderr).toContain("lanvid: error: the window is gone: ");
  expect(await sharedSegments(viewer)).toEqual([]);
});

test("killed outright, it leaves no memory and no decoder", async () => {
  await using server = new Lanvid([...SERVE]);
  await using viewer = watch((await server.event("ready"))["port"]);
  const window = await screen.window(viewer);
  await screen.sees(window, STREAM);
  const decoder = await decoderOf(viewer);

  viewer.kill("SIGKILL");
  await viewer.exited();

  await waitFor("the decoder to go", () => !isRunning(decoder));
  await waitFor("the memory to go", async () => (await sharedSegments(viewer)).length === 0);
});

test("the sender gone and back: the window says so, and goes on", async () => {
  const first = new Lanvid([...SERVE]);
  const port = (await first.event("ready"))["port"];
  await using viewer = watch(port);
  const window = await screen.window(viewer);
  await screen.sees(window, STREAM);

  await first[Symbol.asyncDispose]();
  await waitFor("the title to say so", () => screen.title(window).includes("no connection"));
  await using _second = new Lanvid([...SERVE.slice(0, -4), "--port", String(port), "--http", "off"]);

  await screen.showsLive(window, STREAM);
});
