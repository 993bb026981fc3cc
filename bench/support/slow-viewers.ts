// Parts: curl

import { forPeers } from "../../src/errors.ts";
import { receiveFrom } from "../../src/net.ts";
import { nowMicros } from "../../src/time.ts";
import { BOUND } from "./child.ts";
import { JpegSplitter } from "./jpeg-splitter.ts";
import { connectPaced } from "./paced-socket.ts";
import { type Arrival, readSightings, type Sighting, unixMs } from "./strip-pictures.ts";

/** What a slow viewer saw. */
export interface SlowRun {
  readonly sightings: Sighting[];
  readonly bytesPerFrame: number;
}

/** lanvid's own session on a socket that is read at `bytesPerSecond`, for `durationMs`. */
export async function runPacedSession(port: number, bytesPerSecond: number, durationMs: number): Promise<SlowRun> {
  const arrivals: Arrival[] = [];
  const session = receiveFrom(await connectPaced(port, bytesPerSecond), {
    name: "paced",
    program: "lanvid-bench",
    codecs: ["mjpeg"],
    maxDelayMs: null,
    onStream() {},
    onFrame({ video }, settle) {
      arrivals.push({ jpeg: Uint8Array.from(video.bytes), at: unixMs() });
      settle(nowMicros());
    },
    onEnd() {},
  });
  await Bun.sleep(durationMs);
  session.end("ended", forPeers`the bench is over`);
  return await slowRun(arrivals);
}

/** `GET /stream` by curl, at the end of a slow link (`within`), for `durationMs`. */
export async function runStreamOverLink(url: string, durationMs: number, within: readonly string[]): Promise<SlowRun> {
  const curl = Bun.spawn([...BOUND, ...within, "curl", "--silent", "--no-buffer", url], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const timer = setTimeout(() => curl.kill(), durationMs);
  const splitter = new JpegSplitter();
  for await (const chunk of curl.stdout) {
    splitter.push(chunk);
  }
  clearTimeout(timer);
  return await slowRun(splitter.arrivals);
}

/**
 * `GET /stream` on a socket that is read at `bytesPerSecond`, for `durationMs`. By HTTP/1.0, whose answer is not cut
 * into chunks; curl's own limit reads in bursts of seconds.
 */
export async function runPacedStream(port: number, bytesPerSecond: number, durationMs: number): Promise<SlowRun> {
  const connection = await connectPaced(port, bytesPerSecond);
  const splitter = new JpegSplitter();
  connection.handle({ data: (chunk) => splitter.push(chunk), closed() {} });
  connection.write(new TextEncoder().encode(`GET /stream HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\n\r\n`));
  await Bun.sleep(durationMs);
  connection.close();
  return await slowRun(splitter.arrivals);
}

async function slowRun(arrivals: readonly Arrival[]): Promise<SlowRun> {
  const byteCount = arrivals.reduce((sum, { jpeg }) => sum + jpeg.length, 0);
  return { sightings: await readSightings(arrivals), bytesPerFrame: byteCount / Math.max(1, arrivals.length) };
}
