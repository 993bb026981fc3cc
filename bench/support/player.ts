// Parts: ffmpeg
/**
 * Another player on the encoder that lanvid uses: the test pattern, ffmpeg, a pipe, the player. A program of its own, run
 * by bench/window.ts: the player is named as JSON.
 */

import { captureArguments, TestPattern } from "../../src/capture.ts";
import { diesWithParent } from "../../src/sys.ts";
import { childrenOf } from "../../test/support/processes.ts";
import { waitFor } from "../../test/support/wait.ts";
import { report } from "./child.ts";

export interface PlayerSettings {
  readonly codec: "mjpeg" | "h264";
  readonly width: number;
  readonly height: number;
  /** ffmpeg's output format and its options. */
  readonly format: readonly string[];
  /** The player and its arguments; reads its stdin. */
  readonly command: readonly string[];
}

const FPS = 30;
const { codec, width, height, format, command } = JSON.parse(process.argv[2] ?? "") as PlayerSettings;

const input = {
  options: [
    ...["-f", "rawvideo", "-pixel_format", "yuvj420p"],
    ...["-video_size", `${width}x${height}`, "-framerate", String(FPS)],
  ],
  url: "pipe:0",
  codec: null,
  hasSettings: true,
  isBt601: true,
  hasUnixTime: false,
};
const settings = {
  size: null,
  fps: null,
  codec,
  quality: 90,
  bitrate: null,
  encoder: null,
  rotate: 0,
  mirror: false,
  extra: [],
} as const;
const h264 = {
  encoder: "libx264",
  fps: FPS,
  pixelsPerSecond: width * height * FPS,
  quality: 90,
  bitrate: null,
  keyIntervalMs: 500,
};
const output = codec === "mjpeg" ? ({ kind: "mjpeg" } as const) : ({ kind: "h264", settings: h264 } as const);
const args = captureArguments(input, settings, output as Parameters<typeof captureArguments>[2], true);
const encoder = [...args.slice(0, args.lastIndexOf("-f")), ...format, "pipe:1"];
const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(" ");
const shell = Bun.spawn(
  diesWithParent(["sh", "-c", `${quoted(["ffmpeg", ...encoder])} | ${quoted(command)} >/dev/null 2>&1; exit`]),
  // Its complaints are about the end.
  { stdin: "pipe", stdout: "ignore", stderr: "ignore" },
);
const name = command[0] as string;
const pid = await waitFor(name, () => childrenOf(shell.pid, name)[0]);
report({ event: "ready", pid });

const pattern = new TestPattern({ width, height });
const startedAt = performance.now();
for (let counter = 1; ; counter++) {
  shell.stdin.write(pattern.draw(Date.now(), counter));
  await shell.stdin.flush();
  const due = startedAt + (counter * 1000) / FPS;
  await Bun.sleep(Math.max(0, due - performance.now()));
}
