import { InvalidArgumentError } from "commander";
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

export function portOrOff(text: string): number | "off" {
  return text === "off" ? "off" : wholeNumber(0, 65_535)(text);
}

/** Collects an option that may be given several times. */
export function collect(text: string, previous: readonly string[]): readonly string[] {
  return [...previous, text];
}

export function nonEmpty(text: string): string {
  if (text.trim() === "") {
    throw new InvalidArgumentError("It must not be empty.");
  }
  return text;
}
