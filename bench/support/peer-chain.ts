/**
 * Other programs on the encoder that lanvid uses, over the network: the test pattern, ffmpeg, a server or none, a player.
 * A program of its own, run by bench/peers.ts: what is to be run comes as JSON. It ends all of it when it ends.
 */

import { TestPattern } from "../../src/capture.ts";
import type { Size } from "../../src/units.ts";
import { BOUND, report } from "./child.ts";
import { patternCommand } from "./encoder-lines.ts";

export interface PeerChain {
  readonly codec: "mjpeg" | "h264";
  readonly size: Size;
  /** The server between them, null for none. */
  readonly server: readonly string[] | null;
  /** ffmpeg's output: format, options and where to. */
  readonly output: readonly string[];
  readonly player: readonly string[];
}

const FRAME_MS = 1000 / 30;
/** What a server takes to listen, and how soon a player that could not connect yet is started again, ms. */
const SERVER_MS = 1500;
const RETRY_MS = 300;

const { codec, size, server, output, player } = JSON.parse(process.argv[2] ?? "") as PeerChain;
const quiet = { stdout: "ignore", stderr: "ignore" } as const;
if (server !== null) {
  Bun.spawn([...BOUND, ...server], { ...quiet, stdin: "ignore" });
  await Bun.sleep(SERVER_MS);
}
const line = patternCommand(codec, size);
const ffmpeg = Bun.spawn([...BOUND, ...line.slice(0, line.lastIndexOf("-f")), ...output], { ...quiet, stdin: "pipe" });

async function play(): Promise<void> {
  for (;;) {
    await Bun.spawn([...BOUND, ...player], { ...quiet, stdin: "ignore" }).exited;
    await Bun.sleep(RETRY_MS);
  }
}

/** A picture that ffmpeg has no room for is left out: it waits for its first viewer. */
async function draw(): Promise<void> {
  const pattern = new TestPattern(size);
  const startedAt = performance.now();
  let tick = 0;
  for (let counter = 1; ; counter++) {
    ffmpeg.stdin.write(pattern.draw(Date.now(), counter));
    await ffmpeg.stdin.flush();
    tick = Math.max(tick + 1, Math.floor((performance.now() - startedAt) / FRAME_MS));
    await Bun.sleep(Math.max(0, startedAt + tick * FRAME_MS - performance.now()));
  }
}

report({ event: "ready" });
await Promise.all([draw(), play()]);
