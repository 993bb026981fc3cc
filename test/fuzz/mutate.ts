import type { Random } from "../support/random.ts";

/** Bytes that mean something somewhere: ends of ranges, JSON's marks, kinds, what pickles begin with. */
const BYTES = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x10, 0x1f, 0x20, 0x7f, 0x80, 0xc2, 0xff, 0x22, 0x2c, 0x5b, 0x5c, 0x7b, 0x7d,
];
/** Texts that may stand in the place of others in JSON. */
const TEXTS = [
  "null",
  "true",
  "-1",
  "1e999",
  "0.5",
  "65536",
  '""',
  "[]",
  "{}",
  '"__proto__"',
  '"\\ud800"',
  '"\\u001b[2J"',
  `"${"x".repeat(450)}"`,
  "[".repeat(500),
].map((text) => new TextEncoder().encode(text));
const WORDS = [0n, 1n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
const MAX_ADDED_BYTES = 5000;

type Mutation = (payload: Uint8Array, random: Random) => Uint8Array;

const mutations: readonly Mutation[] = [
  flipBit,
  setByte,
  setKind,
  cutOff,
  append,
  setWord,
  replaceText,
  removeText,
  repeat,
];

/** A copy of the payload with one to three things changed. */
export function mutate(payload: Uint8Array, random: Random): Uint8Array {
  let mutated = payload;
  for (let left = 1 + random.below(3); left > 0; left--) {
    mutated = random.pick(mutations)(mutated, random);
  }
  return mutated;
}

function flipBit(payload: Uint8Array, random: Random): Uint8Array {
  return withByte(payload, random.below(payload.length + 1), (byte) => byte ^ (1 << random.below(8)));
}

function setByte(payload: Uint8Array, random: Random): Uint8Array {
  return withByte(payload, random.below(payload.length + 1), () => random.pick(BYTES));
}

function setKind(payload: Uint8Array, random: Random): Uint8Array {
  return withByte(payload, 0, () => random.pick(BYTES));
}

function withByte(payload: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const copy = payload.slice();
  copy[at] = change(copy[at] ?? 0);
  return copy;
}

function cutOff(payload: Uint8Array, random: Random): Uint8Array {
  return payload.slice(0, random.below(payload.length + 1));
}

function append(payload: Uint8Array, random: Random): Uint8Array {
  const added = random.oneIn(4) ? random.below(MAX_ADDED_BYTES) : random.below(20);
  const longer = new Uint8Array(payload.length + added).fill(random.u32() & 0xff);
  longer.set(payload);
  return longer;
}

/** Overwrites one of the aligned u64 of a binary message. */
function setWord(payload: Uint8Array, random: Random): Uint8Array {
  const words = Math.floor(payload.length / 8);
  if (words === 0) {
    return payload;
  }
  const copy = payload.slice();
  new DataView(copy.buffer).setBigUint64(8 * random.below(words), random.pick(WORDS), true);
  return copy;
}

/** Puts a text in the place of what stands between two marks of JSON. */
function replaceText(payload: Uint8Array, random: Random): Uint8Array {
  const [from, to] = field(payload, random);
  return joined(payload.subarray(0, from), random.pick(TEXTS), payload.subarray(to));
}

function removeText(payload: Uint8Array, random: Random): Uint8Array {
  const [from, to] = field(payload, random);
  return joined(payload.subarray(0, from), payload.subarray(to));
}

/** Where a value of JSON is, if there is one: from after a colon to the next comma or brace. */
function field(payload: Uint8Array, random: Random): [number, number] {
  const colon = payload.indexOf(0x3a, random.below(payload.length + 1));
  const from = colon < 0 ? payload.length : colon + 1;
  let to = from;
  while (to < payload.length && payload[to] !== 0x2c && payload[to] !== 0x7d) {
    to += 1;
  }
  return [from, to];
}

function repeat(payload: Uint8Array, random: Random): Uint8Array {
  const from = random.below(payload.length + 1);
  return joined(payload.subarray(0, from), payload.subarray(random.below(from + 1)));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
