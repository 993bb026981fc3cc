import { decodePickle } from "../../src/classic-pickle/decode.ts";
import { encodeArray } from "../../src/classic-pickle/encode.ts";
import type { ClassicPicture, PickleProtocol } from "../../src/classic-pickle.ts";
import { MIB } from "../../src/units.ts";
import { ProtocolError } from "../../src/wire.ts";
import { Random } from "../support/random.ts";
import { protocol0Array, python2Array, wrapped } from "./old-pickles.ts";
import { fromHex, NUMPY_2_PICKLES } from "./pickle-samples.ts";

/** Each of these reasons must be given, and each of these kinds accepted. */
export const REASONS = [
  "base64",
  "pickle-callable",
  "pickle-depth",
  "pickle-dtype",
  "pickle-limit",
  "pickle-opcode",
  "pickle-protocol",
  "pickle-shape",
  "pickle-size",
  "pickle-truncated",
  "pickle-value",
];
export const KINDS: readonly ClassicPicture["kind"][] = ["pixels", "jpeg", "none"];
/** How much more memory the process may have than at its start, in bytes: the largest message, and garbage. */
export const MEMORY_LIMIT_BYTES = 128 * MIB;

const MAX_MUTATIONS = 3;
/** Runs of one opcode are made this long at most: above every limit of the unpickler. */
const MAX_REPEATS = 1200;
/** Numbers and pieces that mean something to a pickle. */
const WORDS = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 65_535, 65_536, 2 ** 26, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const PIECES = [
  "cos\nsystem\n",
  "cposix\nsystem\nX\x02\x00\x00\x00id\x85R",
  "cbuiltins\neval\n",
  "\x8c\x02os\x8c\x06system\x93",
  "cnumpy.core.multiarray\n_reconstruct\n",
  "cnumpy\nndarray\n",
  "cnumpy\ndtype\n",
  "c_codecs\nencode\n",
  "c_codecs\ndecode\n",
  "cnumpy.core.numeric\n_frombuffer\n",
  "X\x02\x00\x00\x00O8",
  "X\x02\x00\x00\x00f8",
  "X\x0c\x00\x00\x00V3[('a','u1')",
  "N",
  "(",
  ")",
  "t",
  "b",
  "R",
  "]",
  "}",
  "0",
  "2",
  "\x80\x04",
  "\x81",
  "\x85",
  "\x86",
  "\x87",
  "\x94",
  "q\x00",
  "h\x00",
  "h\x03",
  "\x97",
  "\x98",
  "\x93",
  "\x95\xff\xff\xff\xff\xff\xff\xff\xff",
  "\x96\xff\xff\xff\xff\xff\xff\xff\x7f",
  "B\xff\xff\xff\xff",
  "J\xff\xff\xff\xff",
  "J\xff\xff\xff\x7f",
  "I01\n",
  "I-1\n",
  "L99999999999999999999L\n",
  "\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
  "F1e999\n",
  "S'\\x'\n",
  "S'\n",
  "V\\u0100\n",
  "V\\U0000005c\n",
  "\\u000a",
  "p0\n",
  "g0\n",
  "g99999999\n",
  "r\xff\xff\xff\xff",
  "j\xff\xff\xff\xff",
  "a",
  "s",
  "(l",
  "(d",
  "e",
  "u",
  "c__builtin__\nbytearray\n",
  "/9j/",
  "\xff\xd8\xff",
].map((text) => Uint8Array.from(text, (character) => character.charCodeAt(0)));

/** What a campaign found. */
export interface Report {
  readonly seed: number;
  readonly accepted: ReadonlyMap<string, number>;
  readonly refused: ReadonlyMap<string, number>;
  /** Some of the mutated pickles that were accepted, for a comparison with Python. */
  readonly samples: readonly Uint8Array[];
  readonly memoryRiseBytes: number;
  readonly seconds: number;
  /** What was thrown or given that must not be, with the pickle in hexadecimal; null if nothing was. */
  readonly crash: { readonly error: unknown; readonly pickle: string } | null;
}

/** Decodes `count` mutated pickles. Everything random follows from the seed, except times; keeps `keep` samples. */
export function campaign(count: number, seed: number, keep = 0): Report {
  const random = new Random(seed);
  const originals = pickles();
  const accepted = new Map<string, number>();
  const refused = new Map<string, number>();
  const samples: Uint8Array[] = [];
  const startedAt = performance.now();
  const memoryAtStart = process.memoryUsage.rss();
  let memoryRiseBytes = 0;
  let crash: Report["crash"] = null;
  for (let fed = 0; fed < count && crash === null; fed += 1) {
    const pickle = mutate(random.pick(originals), originals, random);
    try {
      const picture = decodePickle(pickle);
      checkSize(picture, pickle);
      add(accepted, picture.kind);
      if (samples.length < keep) {
        samples.push(pickle);
      }
    } catch (error) {
      if (error instanceof ProtocolError) {
        add(refused, error.code);
      } else {
        crash = { error, pickle: pickle.toHex() };
      }
    }
    if (fed % 1000 === 0) {
      memoryRiseBytes = Math.max(memoryRiseBytes, process.memoryUsage.rss() - memoryAtStart);
    }
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { seed, accepted, refused, samples, memoryRiseBytes, seconds, crash };
}

/** What is wrong with a report, one line each; each kind and reason must have come `least` times. */
export function faults({ accepted, refused, memoryRiseBytes, crash }: Report, least: number): string[] {
  const lines: string[] = [];
  if (crash !== null) {
    lines.push(`${crash.error} by ${crash.pickle}`);
  }
  if (memoryRiseBytes > MEMORY_LIMIT_BYTES) {
    lines.push(`memory rose by ${memoryRiseBytes} bytes, at most ${MEMORY_LIMIT_BYTES} are allowed`);
  }
  const tooFew = (name: string, counts: ReadonlyMap<string, number>) => (counts.get(name) ?? 0) < least;
  lines.push(...KINDS.filter((kind) => tooFew(kind, accepted)).map((kind) => `accepted ${kind} too seldom`));
  lines.push(...REASONS.filter((code) => tooFew(code, refused)).map((code) => `refused for ${code} too seldom`));
  const strange = [...refused.keys()].filter((code) => !REASONS.includes(code));
  lines.push(...strange.map((code) => `refused for ${code}, which is no reason of a pickle's`));
  return lines;
}

/** A picture has the bytes that its size asks for, and they come out of the pickle. */
function checkSize(picture: ClassicPicture, pickle: Uint8Array): void {
  if (picture.kind === "none") {
    return;
  }
  const wanted = picture.kind === "pixels" ? picture.width * picture.height * picture.channels : picture.bytes.length;
  if (picture.bytes.length !== wanted || wanted === 0 || wanted > pickle.length) {
    throw new Error(`a picture of ${wanted} bytes came with ${picture.bytes.length}`);
  }
}

/** What is mutated: all protocols, shapes and callables, and None. */
function pickles(): Uint8Array[] {
  const shapes = [[2, 2, 3], [4, 3, 4], [5, 4], [3, 2, 1], [20, 1], [20]];
  const protocols: readonly PickleProtocol[] = [2, 3, 4, 5];
  const contentOf = (shape: readonly number[]) => {
    const length = shape.reduce((product, side) => product * side, 1);
    return Uint8Array.from({ length }, (_, index) => [0xff, 0xd8][index] ?? (index * 37) % 256);
  };
  const ours = protocols.flatMap((protocol) =>
    shapes.map((shape) => encodeArray(contentOf(shape), { shape, protocol })),
  );
  const old = shapes.flatMap((shape) => [
    protocol0Array(contentOf(shape), shape),
    python2Array(contentOf(shape), shape),
    ...wrapped(encodeArray(contentOf(shape), { shape })),
  ]);
  const none = protocols.map((protocol) => Uint8Array.of(0x80, protocol, 0x4e, 0x2e));
  return [...NUMPY_2_PICKLES.map(({ hex }) => fromHex(hex)), ...ours, ...old, ...none];
}

/** A copy with one to three things changed. */
function mutate(pickle: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  let mutated = pickle;
  for (let left = 1 + random.below(MAX_MUTATIONS); left > 0; left -= 1) {
    mutated = mutateOnce(mutated, others, random);
  }
  return mutated;
}

function mutateOnce(pickle: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  const at = random.below(pickle.length + 1);
  const end = Math.min(pickle.length, at + 1 + random.below(20));
  switch (random.below(9)) {
    case 0:
      return replace(pickle, at, at + 1, Uint8Array.of((pickle[at] ?? 0) ^ (1 << random.below(8))));
    case 1:
      return replace(pickle, at, at + 1, Uint8Array.of(random.below(256)));
    case 2:
      return replace(pickle, at, at, random.pick(PIECES));
    case 3:
      return replace(pickle, at, end, random.pick(PIECES));
    case 4:
      return replace(pickle, at, end, new Uint8Array());
    case 5:
      return pickle.slice(0, at);
    case 6: {
      const word = new Uint8Array(4);
      new DataView(word.buffer).setUint32(0, random.pick(WORDS), true);
      return replace(pickle, at, at + 4, word);
    }
    case 7: {
      const piece = random.oneIn(2) ? pickle.subarray(at, at + 1) : random.pick(PIECES);
      const times = 1 + random.below(Math.ceil(MAX_REPEATS / Math.max(1, piece.length)));
      return replace(pickle, at, at, Buffer.concat(Array.from({ length: times }, () => piece)));
    }
    default: {
      const other = random.pick(others);
      const from = random.below(other.length);
      return replace(pickle, at, end, other.subarray(from, from + random.below(40)));
    }
  }
}

/** A copy with the bytes from `start` to `end` replaced. */
function replace(bytes: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array {
  return Uint8Array.from(Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(end)]));
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
