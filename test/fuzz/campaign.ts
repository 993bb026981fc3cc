import { Track } from "../../src/stream.ts";
import { MIB } from "../../src/units.ts";
import { Kind, MAX_CONTROL_BYTES, MAX_PAYLOAD_BYTES, withLength } from "../../src/wire.ts";
import { Random } from "../support/random.ts";
import { Conversation, type Outcome } from "./conversation.ts";
import { Generator } from "./generate.ts";
import { mutate } from "./mutate.ts";

/** Each kind of message must be accepted, and each of these reasons given. */
export const KINDS = [...Object.keys(Kind), "unknown"];
export const REASONS = [
  "empty-message",
  "length",
  "message-too-long",
  "not-lanvid",
  "version",
  "bad-json",
  "bad-field",
  "bad-video",
  "bad-ack",
  "bad-ping",
  "bad-number",
  "no-hello",
  "second-hello",
  "two-senders",
  "two-receivers",
  "no-common-codec",
  "wrong-role",
  "ack-not-sent",
  "old-frame",
  "hops",
];
/** How much more memory the process may have than at its start, in bytes: the largest message, and garbage. */
export const MEMORY_LIMIT_BYTES = 256 * MIB;

const KNOWN: ReadonlySet<number> = new Set(Object.values(Kind));
const MESSAGES_PER_TURN = 2000;
const MAX_MESSAGES_PER_CONVERSATION = 40;

/** What a campaign found. */
export interface Report {
  readonly seed: number;
  readonly accepted: ReadonlyMap<string, number>;
  readonly refused: ReadonlyMap<string, number>;
  /** Messages of which the peer never sent the rest. */
  readonly cutOff: number;
  /** How often a message was cut at each offset from 0 to 40; more than the headers of all kinds. */
  readonly cuts: readonly number[];
  readonly memoryRiseBytes: number;
  readonly seconds: number;
  /** What was thrown that must not be, and the conversation up to it, in hexadecimal; null if nothing was. */
  readonly crash: { readonly error: unknown; readonly conversation: readonly string[] } | null;
}

/** Feeds sessions with `count` messages, many of them mutated. Everything random follows from the seed, except times. */
export async function campaign(count: number, seed: number): Promise<Report> {
  const random = new Random(seed);
  const accepted = new Map<string, number>();
  const refused = new Map<string, number>();
  const cuts = new Array<number>(41).fill(0);
  const startedAt = performance.now();
  const memoryAtStart = process.memoryUsage.rss();
  let memoryRiseBytes = 0;
  let cutOff = 0;
  let fed = 0;

  const note = (outcome: Outcome | null) => {
    if (outcome === null) {
      cutOff += 1;
      return;
    }
    const [counts, key] = "accepted" in outcome ? [accepted, outcome.accepted] : [refused, outcome.refused];
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };

  const converse = (): Report["crash"] => {
    const part = random.oneIn(2) ? "receiver" : "sender";
    const conversation = new Conversation(part, jpegHub());
    const generator = new Generator(part, random);
    const bytesSoFar: Uint8Array[] = [];
    try {
      for (let left = MAX_MESSAGES_PER_CONVERSATION; left > 0 && !conversation.isOver; left--) {
        const good = generator.next(conversation.newestSent);
        const payload = random.oneIn(4) ? mutate(good, random) : good;
        const isWhole = !random.oneIn(100);
        const bytes = isWhole ? withLength(payload) : lie(payload, random);
        const at = fed % (bytes.length + 1);
        fed += 1;
        bytesSoFar.push(bytes);
        if (at < cuts.length) {
          cuts[at] = (cuts[at] as number) + 1;
        }
        const outcome = conversation.feed(split(bytes, at, random), payload);
        note(outcome ?? (isWhole && !KNOWN.has(payload[0] as number) ? { accepted: "unknown" } : null));
        if (!isWhole) {
          break;
        }
        if (random.oneIn(2)) {
          conversation.film();
        }
      }
      return null;
    } catch (error) {
      return { error, conversation: bytesSoFar.map((bytes) => Buffer.from(bytes).toString("hex")) };
    } finally {
      conversation.close();
    }
  };

  let crash: Report["crash"] = null;
  while (fed < count && crash === null) {
    const turnEnd = Math.min(count, fed + MESSAGES_PER_TURN);
    while (fed < turnEnd && crash === null) {
      crash = converse();
    }
    memoryRiseBytes = Math.max(memoryRiseBytes, process.memoryUsage.rss() - memoryAtStart);
    // Lets timers and microtasks of the sessions run.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { seed, accepted, refused, cutOff, cuts, memoryRiseBytes, seconds, crash };
}

/** The message in two or three chunks, cut at `at`; the reader keeps them, so each is its own. */
function split(bytes: Uint8Array, at: number, random: Random): Uint8Array[] {
  const [head, tail] = [bytes.slice(0, at), bytes.slice(at)];
  const again = random.below(tail.length + 1);
  return random.oneIn(2) ? [head, tail] : [head, tail.slice(0, again), tail.slice(again)];
}

/** The message behind a length that is not its own, as it may stand on the wire: 0, over a limit, or not all there. */
function lie(payload: Uint8Array, random: Random): Uint8Array {
  const length = random.pick([
    0,
    MAX_CONTROL_BYTES + 1,
    MAX_PAYLOAD_BYTES,
    MAX_PAYLOAD_BYTES + 1,
    2 ** 32,
    2 ** 53 - 1,
  ]);
  const bytes = withLength(Uint8Array.from([...payload.subarray(0, 64), 0]));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(length), true);
  return bytes;
}

/** What of a campaign is not as it must be, a line each. */
export function faults(report: Report, leastAccepted: number, leastRefused: number): string[] {
  const { accepted, refused, cuts, crash, memoryRiseBytes } = report;
  const lines: string[] = [];
  for (const kind of KINDS.filter((name) => (accepted.get(name) ?? 0) < leastAccepted)) {
    lines.push(`only ${accepted.get(kind) ?? 0} messages of kind "${kind}" were accepted, ${leastAccepted} are needed`);
  }
  for (const reason of REASONS.filter((name) => (refused.get(name) ?? 0) < leastRefused)) {
    lines.push(`only ${refused.get(reason) ?? 0} refusals were for "${reason}", ${leastRefused} are needed`);
  }
  for (const reason of [...refused.keys()].filter((name) => !REASONS.includes(name))) {
    lines.push(`the reason "${reason}" is not known here: add it to REASONS`);
  }
  for (const offset of cuts.keys().filter((at) => cuts[at] === 0)) {
    lines.push(`no message was cut at offset ${offset}`);
  }
  if (memoryRiseBytes > MEMORY_LIMIT_BYTES) {
    lines.push(
      `memory rose by ${Math.round(memoryRiseBytes / MIB)} MiB, at most ${MEMORY_LIMIT_BYTES / MIB} are allowed`,
    );
  }
  if (crash !== null) {
    lines.push(`thrown, but no ProtocolError: ${crash.error}`, ...crash.conversation.map((hex) => `  ${hex}`));
  }
  return lines;
}

function jpegHub(): Track {
  const track = new Track({ name: "fuzz" });
  track.describe({ codec: "mjpeg" });
  return track;
}
