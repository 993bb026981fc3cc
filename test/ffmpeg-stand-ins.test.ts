import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import type { CaptureSettings } from "../src/capture.ts";
import { Recording } from "./support/capture.ts";
import { FrameTap } from "./support/frame-tap.ts";
import { HandClock } from "./support/hand-clock.ts";
import { type Event, Lanvid } from "./support/lanvid.ts";
import { isRunning } from "./support/processes.ts";
import { Folder } from "./support/stand-in.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

const folder = new Folder();
afterAll(() => folder[Symbol.dispose]());

function serveTest(ffmpeg: string, ...more: readonly string[]): Lanvid {
  return new Lanvid([
    "serve",
    "test",
    "--codec",
    "mjpeg",
    "--always-on",
    "--ffmpeg",
    ffmpeg,
    "--port",
    "0",
    "--http",
    "off",
    ...more,
  ]);
}

function sourceOf(event: Event): { state: string; error: string; restarts: number } | undefined {
  return event["source"] as never;
}

/** Its events when the source has failed some times. */
function restarted(server: Lanvid, times: number): Promise<Event> {
  return server.eventWhere((event) => Number(sourceOf(event)?.restarts) >= times);
}

test("a JPEG camera's pictures are passed through as they are", async () => {
  const sample = `${folder.path}/camera.mjpeg`;
  const input = ["-f", "lavfi", "-i", "testsrc2=size=640x480:rate=30:duration=2"];
  await Bun.spawn(["ffmpeg", "-v", "error", ...input, "-q:v", "3", sample], { stdin: "ignore" }).exited;
  const original = new Set(picturesOf(await Bun.file(sample).bytes()).map((picture) => Bun.hash(picture)));
  const camera = folder.standIn(
    "camera",
    `
case " $* " in *" -list_formats "*)
  echo '[video4linux2,v4l2 @ 0x1] Raw       :     yuyv422 :           YUYV 4:2:2 : 320x240' >&2
  echo '[video4linux2,v4l2 @ 0x1] Compressed:       mjpeg :          Motion-JPEG : 640x480 320x240' >&2
  exit 1;;
esac
words=()
while [ "$1" != -i ]; do case "$1" in -f|-input_format|-video_size|-framerate) shift 2;; *) words+=("$1"); shift;; esac; done
shift 2
exec "$REAL" "\${words[@]}" -re -stream_loop -1 -framerate 30 -f mjpeg -i ${sample} "$@"`,
  );
  await using server = new Lanvid([
    "serve",
    "camera:/dev/null",
    "--ffmpeg",
    camera,
    "--verbose",
    "--port",
    "0",
    "--http",
    "off",
  ]);
  const { port } = await server.event("ready");
  await using viewer = new FrameTap(port);
  await viewer.more(20);

  const picture = await viewer.next();

  expect(server.stderr).toContain(
    "-f v4l2 -fpsprobesize 0 -input_format mjpeg -video_size 640x480 -framerate 30 -i /dev/null -map 0:v:0 -c:v copy",
  );
  expect(original.has(Bun.hash(picture))).toBe(true);
});

test("an ffmpeg that talks garbage is ended, named, and tried again", async () => {
  await using server = serveTest(folder.standIn("garbage", "yes garbage; sleep 60"));

  const stats = await restarted(server, 2);

  expect(sourceOf(stats)?.error).toBe(
    "ffmpeg wrote something other than pictures: no picture begins within 1024 bytes",
  );
  expect(server.stderr).toContain("lanvid: hint: check what is given as ffmpeg");
});

test("what a script runs in ffmpeg's place is ended with it", async () => {
  const script = folder.standIn("wrapper", `"$REAL" "$@" <&0 & echo $! > ${folder.path}/pid; wait`);
  await using server = serveTest(script);
  await server.eventWhere((event) => sourceOf(event)?.state === "live" || sourceOf(event)?.state === "failed");
  const pid = await waitFor("the script's child", () => readPid());

  server.kill("SIGTERM");

  expect(await server.exited()).toBe(0);
  await waitFor("the script's child to be gone", () => !isRunning(pid));
});

test("an ffmpeg that fills its stderr with 50 MB costs no memory, and its last words are told", async () => {
  const loud = folder.standIn(
    "loud",
    "yes 'the same complaint' | head -c 50000000 >&2\nprintf '\\nthe last word\\n' >&2\nexit 1",
  );
  await using server = serveTest(loud);

  const stats = await restarted(server, 1);
  const status = await Bun.file(`/proc/${server.child.pid}/status`).text();

  expect(sourceOf(stats)?.error).toBe("ffmpeg ended with exit code 1: the last word");
  expect(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024).toBeLessThan(400);
});

test("an ffmpeg whose stderr has no line ends costs no memory", async () => {
  await using server = serveTest(folder.standIn("unbroken", "head -c 50000000 /dev/zero | tr '\\0' x >&2\nexit 1"));

  const stats = await restarted(server, 1);
  const status = await Bun.file(`/proc/${server.child.pid}/status`).text();

  expect(sourceOf(stats)?.error.length).toBeLessThan(1000);
  expect(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024).toBeLessThan(400);
});

/** The test pattern in this process, whose clock goes on by hand. */
function patternAt(clock: HandClock, settings: Partial<CaptureSettings>, ffmpeg?: string): Recording {
  return new Recording("test", { codec: "mjpeg", ...settings }, ffmpeg, { clock });
}

/** How many ffmpegs it has run. */
function runsOf(source: Recording): number {
  return source.debug.filter((line) => line.startsWith("running ")).length;
}

test("an ffmpeg that ends at once is tried again with growing pauses, and told once", async () => {
  const clock = new HandClock();
  await using source = patternAt(clock, {}, folder.standIn("brief", "exit 3"));

  for (const [index, pauseMs] of [100, 200, 400, 800].entries()) {
    await waitFor("it to fail", () => source.description.restarts === index + 1);
    await clock.pass(pauseMs - 1);
    const early = runsOf(source);
    await clock.pass(1);
    expect([early, runsOf(source)]).toEqual([index + 1, index + 2]);
  }
  await waitFor("it to fail", () => source.description.restarts === 5);

  const again = "ffmpeg ended with exit code 3; trying again";
  expect(source.said).toEqual([again]);
  expect(source.debug.filter((line) => line.startsWith(again))).toEqual([again, again, again, `${again} in 1.6 s`]);
});

test("an ffmpeg that says nothing has 10 s for its first picture", async () => {
  const clock = new HandClock();
  await using source = patternAt(clock, {}, folder.standIn("silent", "exec sleep 60"));

  await clock.pass(9900);
  const early = source.description.restarts;
  await clock.pass(100);
  await waitFor("it to fail", () => source.description.restarts === 1);

  expect(early).toBeUndefined();
  expect(source.description.error?.message).toBe("test pattern gave no picture within 10 s");
});

test("a slow source is no stalled one, and none of its pictures is held back", async () => {
  const clock = new HandClock();
  await using source = patternAt(clock, { size: { width: 640, height: 360 }, fps: 0.4 });
  await waitFor("an ffmpeg", () => runsOf(source) === 1);

  for (let count = 1; count <= 4; count++) {
    await source.first(count);
    await clock.pass(2500);
  }

  expect(source.description).toMatchObject({ state: "live" });
  expect(source.description.restarts).toBeUndefined();
  expect(runsOf(source)).toBe(1);
  await source.source.stop();
  expect(clock.waiting).toBe(0);
});

function readPid(): number | null {
  const path = `${folder.path}/pid`;
  return existsSync(path) ? Number(readFileSync(path, "utf8")) || null : null;
}

/** A JPEG's own data never holds FF D9. */
function picturesOf(bytes: Uint8Array): Uint8Array[] {
  const pictures: Uint8Array[] = [];
  const buffer = Buffer.from(bytes);
  for (let from = 0, end = buffer.indexOf("ffd9", 0, "hex"); end >= 0; end = buffer.indexOf("ffd9", from, "hex")) {
    pictures.push(bytes.subarray(from, end + 2));
    from = end + 2;
  }
  return pictures;
}
