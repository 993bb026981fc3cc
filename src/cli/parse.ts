import { isIPv6 } from "node:net";
import { InvalidArgumentError } from "commander";
import { hostNameOf } from "../access.ts";
import { type BinaryLength, MAX_TEXT_CHARACTERS, MIN_TEXT_CHARACTERS, type WrittenLength } from "../classic-pickle.ts";
import { parseSize, type Size } from "../units.ts";

/** Readers of option values: each throws InvalidArgumentError, which commander puts behind the option's name. */

/** A whole number within limits. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** A number within limits, fractions allowed. */
export function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
    }
    return value;
  };
}

export function size(text: string): Size {
  const parsed = parseSize(text);
  if (parsed === undefined) {
    throw new InvalidArgumentError("It must be WIDTHxHEIGHT in pixels, each from 16 to 65535, like 1280x720.");
  }
  return parsed;
}

/** The least and the most that a video is encoded to, bits per second. */
const MIN_BIT_RATE = 50_000;
const MAX_BIT_RATE = 200_000_000;

/** Bits per second, with k for thousands and M for millions. */
export function bitRate(text: string): number {
  const [, value, unit = ""] = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(text) ?? [];
  const bits = Math.round(Number(value) * { "": 1, k: 1e3, M: 1e6 }[unit as "" | "k" | "M"]);
  if (!(bits >= MIN_BIT_RATE && bits <= MAX_BIT_RATE)) {
    throw new InvalidArgumentError("It must be bits per second from 50k to 200M, like 600k, 4M or 4000000.");
  }
  return bits;
}

/** What ffmpeg may call an encoder. */
export function encoderName(text: string): string {
  if (!/^\w{1,64}$/.test(text)) {
    throw new InvalidArgumentError("It must be a name of ffmpeg's, like h264_nvenc.");
  }
  return text;
}

export function portOrOff(text: string): number | "off" {
  return text === "off" ? "off" : wholeNumber(0, 65_535)(text);
}

/** Collects the values of an option that may be given several times. */
export function several(parse: (text: string) => string): (text: string, previous: readonly string[]) => string[] {
  return (text, previous) => [...previous, parse(text)];
}

/** A name by which browsers may call this machine, as they write it. */
export function hostName(text: string): string {
  const name = hostNameOf(text);
  if (name === null) {
    throw new InvalidArgumentError("It must be a name alone, without a port or a path, like studio.example.");
  }
  return name;
}

/** Whose pages they are: scheme, host and port, as browsers write them. */
export function origin(text: string): string {
  const url = URL.parse(text);
  const isWeb = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  if (!isWeb || !(isIPv6(url.hostname.slice(1, -1)) || hostNameOf(url.hostname) !== null)) {
    throw new InvalidArgumentError(
      "It must be http:// or https://, a host, and a port where there is one, and no path.",
    );
  }
  return url.origin;
}

export function nonEmpty(text: string): string {
  if (text.trim() === "") {
    throw new InvalidArgumentError("It must not be empty.");
  }
  return text;
}

/** The lengths of classic messages, by their names and as Python's struct has them. */
const LENGTHS: Readonly<Record<BinaryLength, readonly string[]>> = {
  u64le: ["Q", "<Q"],
  u64be: [">Q", "!Q"],
  u32le: ["<L", "<I", "I"],
  u32be: [">L", "!L", ">I", "!I"],
};

/** How a classic receiver reads a message's length. */
export function writtenLength(text: string): WrittenLength {
  for (const [name, formats] of Object.entries(LENGTHS)) {
    if (text === name || formats.includes(text)) {
      return name as BinaryLength;
    }
  }
  const characters = Number(/^text(\d{1,2})$/.exec(text)?.[1]);
  if (characters >= MIN_TEXT_CHARACTERS && characters <= MAX_TEXT_CHARACTERS) {
    return { characters };
  }
  if (text === "L" || text === "@L") {
    throw new InvalidArgumentError('Python\'s "L" is u64le on Linux and macOS, u32le on Windows: say which.');
  }
  throw new InvalidArgumentError(
    `It must be ${Object.keys(LENGTHS).join(", ")}, or text${MIN_TEXT_CHARACTERS} to text${MAX_TEXT_CHARACTERS}.`,
  );
}
