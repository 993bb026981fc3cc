import { readFileSync } from "node:fs";

/** Bytes from docs/protocol.md, as they would travel over TCP: with their length in front. */
export interface Vector {
  /** What is written after the block's word: the vector's name, or for a refused one the reason's code. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const DOCUMENT = new URL("../../docs/protocol.md", import.meta.url);
const BLOCK = /^```(vector|refused) ([^\n]+)\n(.*?)^```$/gms;

/** The vectors of messages that every implementation accepts, by name. */
export const accepted: ReadonlyMap<string, Vector> = new Map(read("vector").map((vector) => [vector.name, vector]));

/** The vectors of messages that every implementation refuses; several may have the same code as their name. */
export const refused: readonly Vector[] = read("refused");

/**
 * The bytes of the vector with this name, without their length.
 * @throws RangeError if the document has none
 */
export function payloadOf(name: string): Uint8Array {
  return bytesOf(name).subarray(8);
}

/**
 * The bytes of the vector with this name, with their length.
 * @throws RangeError if the document has none
 */
export function bytesOf(name: string): Uint8Array {
  const vector = accepted.get(name);
  if (vector === undefined) {
    throw new RangeError(`docs/protocol.md has no vector "${name}"`);
  }
  return vector.bytes;
}

function read(word: string): Vector[] {
  return [...readFileSync(DOCUMENT, "utf8").matchAll(BLOCK)]
    .filter((match) => match[1] === word)
    .map((match) => ({ name: match[2] as string, bytes: parseVector(match[3] as string) }));
}

/**
 * Reads annotated bytes: each line begins with pairs of hexadecimal digits, and what follows two spaces is a comment.
 * @throws SyntaxError for a line that does not
 */
export function parseVector(text: string): Uint8Array {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return Uint8Array.from(lines.flatMap(parseLine));
}

function parseLine(line: string): number[] {
  const [digits = ""] = line.split(/ {2,}/);
  if (!/^[0-9a-f]{2}( [0-9a-f]{2})*$/.test(digits)) {
    throw new SyntaxError(`a vector's line begins with pairs of hexadecimal digits: "${line}"`);
  }
  return digits.split(" ").map((pair) => Number.parseInt(pair, 16));
}
