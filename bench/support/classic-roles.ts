// Parts: ffmpeg
/** The two sides of a stream as the classic Python programs have them, each by Python and by lanvid. */

import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestPattern } from "../../src/capture/test-pattern.ts";
import type { Size } from "../../src/units.ts";
import { atExit } from "../../test/support/at-exit.ts";
import type { SeenPicture } from "../../test/support/film-strips.ts";
import { PythonPeer } from "../../test/support/python-peer.ts";
import { BOUND, Child } from "../runner/child.ts";
import { FPS, sizeArguments } from "./page-modes.ts";
import { startServer } from "./server.ts";

export type Side = "Python" | "lanvid";

interface Sender extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

interface Receiver extends AsyncDisposable {
  readonly pid: number;
  /** Settles when it shows pictures. */
  ready(): Promise<unknown>;
  begin(): void;
  /** Pictures shown since `begin`. */
  take(): Promise<readonly SeenPicture[]>;
}

/** The test pattern as OpenCV has it, in a file: what the Python sender's camera sees. */
export async function patternFile(size: Size): Promise<string> {
  const path = join(tmpdir(), `lanvid-bench-${process.pid}.bgr`);
  atExit(() => rmSync(path, { force: true }));
  const input = `-f rawvideo -pix_fmt yuvj420p -s ${size.width}x${size.height} -i pipe:0`.split(" ");
  await Bun.spawn(["ffmpeg", "-v", "error", "-y", ...input, "-f", "rawvideo", "-pix_fmt", "bgr24", path], {
    stdin: new TestPattern(size).draw(Date.now(), 1) as Uint8Array<ArrayBuffer>,
    stdout: "ignore",
    stderr: "inherit",
  }).exited;
  return path;
}

/** lanvid's without the limit of rate that classic receivers have, which is there for the network's sake. */
export async function senderOf(side: Side, size: Size, pattern: string): Promise<Sender> {
  const flags = [...sizeArguments(size), "--fps", String(FPS)];
  if (side === "lanvid") {
    return await startServer([...flags, "--classic-rate", "0"]);
  }
  const peer = new PythonPeer("sender", ["listen", ...flags, "--background", pattern], BOUND);
  return { port: await peer.port(), pid: peer.child.pid, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

export async function receiverOf(side: Side, port: number): Promise<Receiver> {
  return await (side === "lanvid" ? lanvidReceiver(port) : pythonReceiver(port));
}

async function pythonReceiver(port: number): Promise<Receiver> {
  const peer = new PythonPeer("receiver", ["dial", "--port", String(port)], BOUND);
  await peer.port();
  let before = 0;
  return {
    pid: peer.child.pid,
    // The first pictures are slow: the kernel opens the window for one who reads 4 KiB at a time only by and by.
    ready: () => peer.shows(5, 40_000),
    begin() {
      before = peer.shown.length;
    },
    take: async () =>
      peer.shown.slice(before).map(({ counter, age, at }) => ({ counter, ageMs: age, at, byteCount: 0 })),
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

async function lanvidReceiver(port: number): Promise<Receiver> {
  type Line = { readonly event: "first" | "seen"; readonly pictures: readonly SeenPicture[] };
  const viewer = new Child<Line>("classic-viewer.ts", [String(port)]);
  return {
    pid: viewer.pid,
    ready: () => viewer.line("first"),
    begin: () => viewer.say("begin"),
    async take() {
      viewer.say("take");
      return (await viewer.line("seen")).pictures;
    },
    [Symbol.asyncDispose]: () => viewer[Symbol.asyncDispose](),
  };
}
