import { readFileSync } from "node:fs";
import { Lanvid } from "../support/lanvid.ts";
import { residentMiB } from "../support/processes.ts";
import type { Claim } from "../support/timed.ts";
import { DEADLINE_MS, waitFor } from "../support/wait.ts";
import { hello, Peer, ping } from "./peer.ts";
import { Upstream } from "./upstream.ts";
import type { UpstreamAttack } from "./upstream-attacks.ts";

const LOOK_MS = 20;
/** A relay's share of one core: what remains of two is for its ffmpegs, and for everybody else. */
const MOST_CORE = 0.4;
const MOST_MEMORY_MIB = 64;
/** ffmpegs in all: two forms are watched beside the original, each may start four at once, and one a second. */
const MOST_STARTS = (seconds: number) => 2 * (4 + Math.ceil(seconds));
const MOST_LINES = 40;
const MOST_END_MS = 3000;

/** What a relayed stream did to the relay. */
export interface RelayToll {
  /** The time that the thread of its event loop ran, of one core. */
  readonly core: number;
  readonly memoryRiseMiB: number;
  /** How many ffmpegs it ran, one after the other or beside each other. */
  readonly encoders: number;
  readonly lines: number;
  /** The flood was not ended. */
  readonly isEndured: boolean;
  /** How long it took to end when it was told to, ms, and its exit code. */
  readonly endMs: number;
  readonly exitCode: number | null;
}

/** Relays a hostile stream to a viewer of each form for so long. */
export async function relayUnder({ begin, isFlood }: UpstreamAttack, seconds: number): Promise<RelayToll> {
  using upstream = new Upstream(begin);
  await using relay = new Lanvid(["serve", `lanvid://127.0.0.1:${upstream.port}`, "--port", "0", "--http", "0"]);
  const { pid } = relay.child;
  const { port } = (await relay.event("ready")) as unknown as { port: number };
  await using _viewer = new Lanvid(["watch", `127.0.0.1:${port}`, "--view", "none"]);
  const memory = residentMiB(pid);
  const peers = await Promise.all([["h264"], ["mjpeg"]].map((codecs) => viewerOf(port, codecs)));
  const pinging = setInterval(() => {
    for (const peer of peers) {
      peer.write(ping());
    }
  }, 500);
  await waitFor("the relay to connect", () => upstream.victims.length > 0);

  const startedAt = performance.now();
  const spent = loopMs(pid);
  const encoders = new Set<string>();
  let peak = memory;
  while (performance.now() - startedAt < seconds * 1000) {
    peak = Math.max(peak, residentMiB(pid));
    for (const child of childrenOf(pid)) {
      encoders.add(child);
    }
    await Bun.sleep(LOOK_MS);
  }
  const core = (loopMs(pid) - spent) / (performance.now() - startedAt);

  if (isFlood === true) {
    await waitFor("the flood to be ended", () => upstream.victims[0]?.isClosed, 5000).catch(() => undefined);
  }
  const isEndured = isFlood === true && upstream.victims[0]?.isClosed !== true;
  clearInterval(pinging);
  const toldAt = performance.now();
  relay.kill();
  const exitCode = await Promise.race([relay.exited(), Bun.sleep(DEADLINE_MS).then(() => null)]);
  for (const peer of peers) {
    peer.close();
  }
  return {
    core,
    memoryRiseMiB: peak - memory,
    encoders: encoders.size,
    isEndured,
    lines: relay.stderr.split("\n").length,
    endMs: performance.now() - toldAt,
    exitCode,
  };
}

/** What of it is more than may be, a line each. */
export function relayFaults(
  { core, memoryRiseMiB, encoders, isEndured, lines, exitCode }: RelayToll,
  seconds: number,
): string[] {
  const faults = [
    core > MOST_CORE && `the event loop took ${core.toFixed(2)} of a core, at most ${MOST_CORE} are allowed`,
    memoryRiseMiB > MOST_MEMORY_MIB && `memory rose by ${memoryRiseMiB.toFixed(0)} MiB`,
    encoders > MOST_STARTS(seconds) && `${encoders} ffmpegs were started, at most ${MOST_STARTS(seconds)} are allowed`,
    isEndured && "the flood was not ended",
    lines > MOST_LINES && `${lines} lines were said`,
    exitCode !== 0 && `it ended with exit code ${exitCode}`,
  ];
  return faults.filter((fault) => fault !== false);
}

/** What of it takes time. */
export function claimsOnRelay({ endMs }: RelayToll): Claim[] {
  return [{ what: "until it had ended", ms: endMs, atMost: MOST_END_MS, isWork: true }];
}

/** What the thread of the event loop started, also before it became an ffmpeg. */
function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
}

/** The time that the thread of the event loop ran, whatever else the machine did meanwhile; ms. */
function loopMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
}

async function viewerOf(port: number, codecs: readonly string[]): Promise<Peer> {
  const peer = await Peer.connect(port);
  peer.write(hello(codecs));
  return peer;
}
