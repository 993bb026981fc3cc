/** What happens when what stands between a camera and lanvid misbehaves, in either codec: docs/faults.md. */

import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { FormViewer } from "./support/form-viewer.ts";
import { type Event, Lanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";
import { standsAlone } from "./support/stands-alone.ts";
import { timed } from "./support/timed.ts";
import { waitFor } from "./support/wait.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);
standsAlone();

const folder = new Folder();
afterAll(() => folder[Symbol.dispose]());

/** Runs the real one unless it is asked what it can do, and something else after it, or beside it. */
const UNLESS_ASKED = 'case " $* " in *" pipe:1 "*) ;; *) exec "$REAL" "$@";; esac';

interface Source {
  readonly state: string;
  readonly error: string | null;
  readonly restarts: number;
}

function sourceOf(event: Event): Source | undefined {
  return event["source"] as Source | undefined;
}

describe.each(["mjpeg", "h264"] as const)("%s", (codec) => {
  const serve = (ffmpeg: string) =>
    new Lanvid([
      ...["serve", "test", "--size", "640x360", "--codec", codec, "--ffmpeg", ffmpeg],
      ...["--port", "0", "--http", "off"],
    ]);

  test("an ffmpeg that begins to talk garbage is replaced: the picture is back within 2 s", async () => {
    const script = folder.standIn(
      `babbling-${codec}`,
      `${UNLESS_ASKED}\n"$REAL" "$@" <&0 | { head -c ${codec === "h264" ? 60_000 : 300_000}; exec yes garbage; }`,
    );
    await using server = serve(script);
    const { port } = await server.event("ready");
    using viewer = await FormViewer.connect(Number(port), [codec]);

    await server.eventWhere((event) => Number(sourceOf(event)?.restarts) >= 2);
    await timed(async () => {
      viewer.forget();
      await viewer.more(60);
      console.log(`${codec}, garbage in the middle: ${Math.round(viewer.longestGapMs)} ms without a picture`);
      return [
        { what: "without a picture", ms: viewer.longestGapMs, atMost: 3000, isWork: true },
        { what: "the oldest picture", ms: viewer.oldestMs, atMost: 1000 },
      ];
    });
    expect(server.stderr).toContain("lanvid: warning: ffmpeg wrote something other than pictures: ");
    expect(viewer.end).toBe(null);
  });

  test("an ffmpeg that fills its stderr beside its pictures disturbs nobody, and costs no memory", async () => {
    const script = folder.standIn(
      `loud-${codec}`,
      `${UNLESS_ASKED}\n{ yes 'the same complaint' | head -c 20000000 >&2; } & exec "$REAL" "$@"`,
    );
    await using server = serve(script);
    const { port } = await server.event("ready");
    using viewer = await FormViewer.connect(Number(port), [codec]);

    await viewer.more(90);

    const status = await Bun.file(`/proc/${server.child.pid}/status`).text();
    expect(sourceOf(server.events.at(-1) as Event)).toMatchObject({ state: "live", restarts: 0, error: null });
    expect(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024).toBeLessThan(400);
    expect(server.stderr).not.toContain("complaint");
  });

  test("a camera that is unplugged is named, and its picture is back within 2 s after it is", async () => {
    // Only there a name may be one of a camera that is not listed.
    const device = `/dev/shm/lanvid-camera-${codec}-${process.pid}`;
    writeFileSync(device, "");
    const said = folder.write(`said-${codec}`, "");
    const camera = folder.standIn(
      `camera-${codec}.sh`,
      `
case " $* " in *" -list_formats "*)
  echo '[video4linux2,v4l2 @ 0x1] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480 320x240' >&2
  exit 1;;
*" pipe:1 "*) ;;
*) exec "$REAL" "$@";;
esac
if [ ! -e ${device} ]; then
  echo "[video4linux2,v4l2 @ 0x1] Cannot open video device ${device}: No such file or directory" >&2
  echo failed >> ${said}
  exit 1
fi
words=()
while [ "$1" != -i ]; do case "$1" in -f|-input_format|-video_size|-framerate) shift 2;; *) words+=("$1"); shift;; esac; done
shift 2
"$REAL" "\${words[@]}" -re -f lavfi -i testsrc2=size=640x480:rate=30 "$@" &
while [ -e ${device} ]; do sleep 0.05; done
kill -9 $!
echo "[video4linux2,v4l2 @ 0x1] ioctl(VIDIOC_DQBUF): No such device" >&2
exit 1`,
    );
    await using server = new Lanvid([
      ...["serve", `camera:${device}`, "--codec", codec, "--ffmpeg", camera, "--port", "0", "--http", "off"],
    ]);
    const { port } = await server.event("ready");
    using viewer = await FormViewer.connect(Number(port), [codec]);
    await viewer.more(90);

    await timed(async () => {
      folder.write(`said-${codec}`, "");
      rmSync(device);
      await waitFor("some tries without it", () => readFileSync(said, "utf8").split("\n").length > 3);
      const told = await waitFor("the viewer to be told", () => viewer.stream?.error);
      expect(told).toContain("is not there");
      writeFileSync(device, "");
      const backAt = performance.now();
      await viewer.more(1);
      const ms = performance.now() - backAt;
      console.log(`${codec}, camera plugged in again: a picture after ${Math.round(ms)} ms`);
      return [{ what: "until there was a picture again", ms, atMost: 3000, isWork: true }];
    });
    rmSync(device);
    expect(server.stderr).toContain("is not there; trying again\n");
    expect(server.stderr).toContain(
      "lanvid: hint: plug it in, or check its name; lanvid uses it again as soon as it is back",
    );
    expect(viewer.end).toBe(null);
  });
});
