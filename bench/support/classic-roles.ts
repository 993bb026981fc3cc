// Parts: ffmpeg
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestPattern } from "../../src/capture/test-pattern.ts";
import type { Size } from "../../src/units.ts";
import { Lanvid } from "../../test/support/lanvid.ts";
import { childrenOf } from "../../test/support/processes.ts";
import { PythonPeer } from "../../test/support/python-peer.ts";
import { waitFor } from "../../test/support/wait.ts";
import { BOUND, Child } from "./child.ts";
import { atExit } from "./cleanup.ts";
import { UsageSampler } from "./usage.ts";

/** A picture whose strip was read. */
export interface Sighting {
  readonly counter: number;
  readonly ageMs: number;
  /** Unix time in ms, with a fraction. */
  readonly at: number;
}

export type Program = "Python" | "lanvid";

/** What one pair of programs showed, and what it took. */
export interface Run {
  readonly sightings: readonly Sighting[];
  /** Percent of one core, ffmpeg included. */
  readonly senderCpu: number;
  readonly receiverCpu: number;
}

interface Sender extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

interface Receiver extends AsyncDisposable {
  readonly pid: number;
  /** Settles when it shows pictures. */
  ready(): Promise<void>;
  begin(): void;
  /** Pictures shown since `begin`. */
  take(): Promise<readonly Sighting[]>;
}

export const FPS = 30;

/** The test pattern as OpenCV has it, in a file: what the Python sender's camera sees. */
export async function patternFile(size: Size): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "lanvid-bench-"));
  atExit(() => rmSync(folder, { recursive: true, force: true }));
  const input = ["-f", "rawvideo", "-pix_fmt", "yuvj420p", "-s", `${size.width}x${size.height}`, "-i", "pipe:0"];
  const child = Bun.spawn(["ffmpeg", "-v", "error", ...input, "-f", "rawvideo", "-pix_fmt", "bgr24", "pipe:1"], {
    stdin: new TestPattern(size).draw(Date.now(), 1) as Uint8Array<ArrayBuffer>,
    stdout: "pipe",
    stderr: "inherit",
  });
  const path = join(folder, "pattern.bgr");
  writeFileSync(path, await child.stdout.bytes());
  return path;
}

/** Lets a sender stream to a receiver for a while, after a warm-up. */
export async function runPair(
  { sender: senderIs, receiver: receiverIs }: { readonly sender: Program; readonly receiver: Program },
  options: { readonly size: Size; readonly pattern: string; readonly warmUpMs: number; readonly durationMs: number },
): Promise<Run> {
  await using sender = await (senderIs === "Python" ? pythonSender(options) : lanvidSender(options.size));
  await using receiver = await (receiverIs === "Python" ? pythonReceiver(sender.port) : lanvidReceiver(sender.port));
  await receiver.ready();
  await Bun.sleep(options.warmUpMs);
  const samplers = [sender.pid, receiver.pid].map((pid) => samplersOf(pid));
  receiver.begin();
  await Bun.sleep(options.durationMs);
  const [senderCpu = 0, receiverCpu = 0] = samplers.map((own) =>
    own.reduce((sum, sampler) => sum + sampler.stop().cpuPercent, 0),
  );
  return { sightings: await receiver.take(), senderCpu, receiverCpu };
}

/** Of a program and its ffmpegs. */
function samplersOf(pid: number): UsageSampler[] {
  return [pid, ...childrenOf(pid, "ffmpeg")].map((one) => new UsageSampler(one));
}

async function pythonSender({ size, pattern }: { readonly size: Size; readonly pattern: string }): Promise<Sender> {
  const flags = ["--size", `${size.width}x${size.height}`, "--fps", String(FPS), "--background", pattern];
  const peer = new PythonPeer("sender", ["listen", ...flags], BOUND);
  return { port: await peer.port(), pid: peer.child.pid, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

/** Without the limit of rate that classic receivers have, which is there for the network's sake. */
async function lanvidSender({ width, height }: Size): Promise<Sender> {
  const flags = ["--size", `${width}x${height}`, "--fps", String(FPS), "--classic-rate", "0"];
  const lanvid = new Lanvid(["serve", "test", "--port", "0", "--http", "off", ...flags], { within: BOUND });
  const { port } = (await lanvid.event("ready")) as unknown as { readonly port: number };
  return { port, pid: lanvid.child.pid, [Symbol.asyncDispose]: () => lanvid[Symbol.asyncDispose]() };
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
    take: async () => peer.shown.slice(before).map(({ counter, age, at }) => ({ counter, ageMs: age, at })),
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

type ViewerLine = { readonly event: "ready" | "first" | "end" | "seen"; readonly sightings?: readonly Sighting[] };

async function lanvidReceiver(port: number): Promise<Receiver> {
  const viewer = new Child<ViewerLine>("classic-viewer.ts", [String(port)]);
  await viewer.line("ready");
  return {
    pid: viewer.pid,
    ready: async () => {
      await waitFor("pictures", () => viewer.lines.some(({ event }) => event === "first"), 20_000);
    },
    begin: () => viewer.say("begin"),
    async take() {
      viewer.say("take");
      return await waitFor(
        "what was seen",
        () => viewer.lines.find(({ event }) => event === "seen")?.sightings,
        10_000,
      );
    },
    [Symbol.asyncDispose]: () => viewer[Symbol.asyncDispose](),
  };
}
