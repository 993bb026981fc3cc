import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { FormViewer } from "./support/form-viewer.ts";
import { type Event, Lanvid } from "./support/lanvid.ts";
import { childrenOf, commandOf, ffmpegOf } from "./support/processes.ts";
import { SlowLink } from "./support/slow-link.ts";
import { Folder } from "./support/stand-in.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { type Claim, timed } from "./support/timed.ts";
import { DEADLINE_MS, waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);
standsAlone();

const folder = new Folder();
const clip = `${folder.path}/clip.mkv`;

/** A clip with noise: it can't be said in few bits. */
beforeAll(async () => {
  const input = ["-f", "lavfi", "-i", "testsrc2=size=960x540:rate=30:duration=6,noise=alls=10:allf=t"];
  const encode = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "25", "-g", "30", "-pix_fmt", "yuv420p"];
  await Bun.spawn(["ffmpeg", "-v", "error", ...input, ...encode, clip], { stdin: "ignore" }).exited;
});
afterAll(() => folder[Symbol.dispose]());

/** A second of a `watch`. */
interface Second {
  readonly time: number;
  readonly codec: string;
  readonly width: number;
  readonly fps: number;
  readonly mbps: number;
  readonly delayMs: { readonly p50: number; readonly max: number };
}

function secondsOf(watch: Lanvid): Second[] {
  return watch.events.filter(({ event }) => event === "stats") as unknown as Second[];
}

/** The first second after a time in which the viewer got this. */
function secondWhere(watch: Lanvid, since: number, accepts: (second: Second) => boolean) {
  const what = () => `a second of the viewer's; the last: ${JSON.stringify(secondsOf(watch).at(-1))}`;
  return waitFor(what, () => secondsOf(watch).find((second) => second.time > since && accepts(second)));
}

/** ffmpegs of a lanvid that give pictures. */
function ffmpegsOf(pid: number): number[] {
  return childrenOf(pid, "ffmpeg").filter((child) => commandOf(child).includes("pipe:1"));
}

async function serveOver(link: SlowLink, args: readonly string[]) {
  const server = new Lanvid(["serve", ...args, "--port", "0", "--http", "off"], { within: link.server.within });
  const { port } = await server.event("ready");
  const address = `${SlowLink.serverAddress}:${port}`;
  const watch = new Lanvid(["watch", address, "--view", "none"], { within: link.viewer.within });
  return { server, watch };
}

test("two hundred viewers, half of whom can show JPEG only, cost one more ffmpeg, and none when these have left", async () => {
  const source = ["test", "--codec", "h264", "--size", "512x128", "--fps", "10"];
  await using server = new Lanvid(["serve", ...source, "--port", "0", "--http", "off"]);
  const { port } = await server.event("ready");
  const { pid } = server.child;
  using viewers = new DisposableStack();
  const join = async (codecs: readonly string[]) => {
    const joined = await Promise.all(Array.from({ length: 100 }, () => FormViewer.connect(Number(port), codecs)));
    return joined.map((viewer) => viewers.use(viewer));
  };
  const able = await join(["h264", "mjpeg"]);
  await waitFor("H.264 for all", () => able.every(({ frames }) => frames >= 10));
  const capture = await ffmpegOf(pid);
  expect(ffmpegsOf(pid)).toEqual([capture]);

  const plain = await join(["mjpeg"]);
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, ffmpegsOf(pid).length);
  }, 250);
  viewers.defer(() => clearInterval(timer));
  const both = [...able, ...plain];
  const before = both.map(({ frames }) => frames);
  const missing = () => both.filter(({ frames }, index) => frames < (before[index] as number) + 20);
  await waitFor(
    () =>
      `pictures for all: ${JSON.stringify(missing().map(({ stream, frames, end }) => ({ ...stream, frames, end })))}`,
    () => missing().length === 0,
  );

  expect(most).toBe(2);
  expect(new Set(able.map(({ stream }) => `${stream?.form} ${stream?.codec}`))).toEqual(new Set(["original h264"]));
  expect(new Set(plain.map(({ stream }) => `${stream?.form} ${stream?.codec}`))).toEqual(new Set(["mjpeg mjpeg"]));
  expect(plain.every(({ frames, keys }) => frames === keys)).toBe(true);

  for (const viewer of plain) {
    viewer[Symbol.dispose]();
  }
  await waitFor("the other ffmpeg to be gone", () => ffmpegsOf(pid).length === 1);
  expect(ffmpegsOf(pid)).toEqual([capture]);
  expect(both.map(({ end }) => end).filter((code) => code !== null && code !== "ended")).toEqual([]);
});

/** Five intervals, each with a minute of waiting. */
const INTERVALS_MS = 400_000;
const NOISY_JPEG = ["test", "--codec", "mjpeg", "--size", "1600x900", "--quality", "92"];

test(
  "a viewer whose link can't carry JPEG goes on with H.264, and climbs again when the link is wide",
  async () => {
    await using link = await SlowLink.create("8mbit");
    await timed(async () => {
      await link.setRate("8mbit");
      const { server, watch } = await serveOver(link, NOISY_JPEG);
      await using _server = server;
      await using _watch = watch;
      const first = await secondWhere(watch, 0, ({ fps }) => fps > 0);
      expect(first.codec).toBe("mjpeg");

      const settled = await secondWhere(watch, 0, ({ codec, fps }) => codec === "h264" && fps >= 10);
      expect(mbpsOf(server)).toBeGreaterThan(16);

      await link.setRate("1000mbit");
      const climb = await climbing(watch, ({ codec, fps }) => codec === "mjpeg" && fps >= 10);
      return [settling(first, settled), climb];
    });
  },
  INTERVALS_MS,
);

test(
  "a viewer whose link can't carry H.264 goes on in half size without delay, and climbs again when the link is wide",
  async () => {
    await using link = await SlowLink.create("2mbit");
    await timed(async () => {
      await link.setRate("2mbit");
      const { server, watch } = await serveOver(link, [clip, "--codec", "h264", "--bitrate", "4M"]);
      await using _server = server;
      await using _watch = watch;
      const first = await secondWhere(watch, 0, ({ fps }) => fps > 0);
      expect([first.codec, first.width]).toEqual(["h264", 960]);

      const settled = await secondWhere(watch, 0, ({ width, fps }) => width === 480 && fps >= 10);
      const calm = await secondWhere(watch, settled.time + 2000, () => true);
      expect(mbpsOf(server)).toBeGreaterThan(3);

      await link.setRate("50mbit");
      const climb = await climbing(watch, ({ width, fps }) => width === 960 && fps >= 10);
      return [
        climb,
        settling(first, settled),
        { what: "frames in half size", perSecond: calm.fps, atLeast: 10, inTimeMs: 250 },
        // What a key frame of the half size (15 kB at most) takes on 2 Mbit/s.
        { what: "the delay in half size", ms: calm.delayMs.max, atMost: 250 + 60 + 50 },
      ];
    });
  },
  INTERVALS_MS,
);

/** From when the link is wide. Where the machine does not make the larger form as fast as it is shown, nobody climbs. */
async function climbing(watch: Lanvid, accepts: (second: Second) => boolean): Promise<Claim> {
  const since = Date.now();
  const climbed = await secondWhere(watch, since, accepts).catch(() => null);
  const ms = climbed === null ? Number.POSITIVE_INFINITY : climbed.time - since;
  return { what: "until it had climbed", ms, atMost: DEADLINE_MS, isWork: true };
}

function settling(first: Second, settled: Second): Claim {
  return { what: "until the link carried it", ms: settled.time - first.time, atMost: 10_000, isWork: true };
}

/** Mbit/s that the source gives. */
function mbpsOf(server: Lanvid): number {
  const stats = server.events.filter(({ event }) => event === "stats") as (Event & {
    readonly source: { readonly mbps: number };
  })[];
  return Math.max(...stats.map(({ source }) => source.mbps));
}
