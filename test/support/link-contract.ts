/** What is promised to a viewer on a slow link, and whether what it saw keeps to it. Pure. */

import { percentile } from "../../src/units.ts";
import type { SeenPicture } from "./film-strips.ts";

/** Ethernet's, IP's and TCP's headers: 1514 bytes carry 1448. */
const HEADERS = 1514 / 1448;
/** What programs and kernels may add to what the link takes, ms. */
const MARGIN_MS = 50;
/** Of the frames that the link could carry, so many are shown. */
const SHARE = 0.7;

export interface LinkTerms {
  /** Of the link, Mbit/s. */
  readonly mbps: number;
  readonly maxDelayMs: number;
  /** From one frame at which a decoder can begin to the next, ms. */
  readonly keyIntervalMs: number;
  /** Of the stream, as its source gives it. */
  readonly fps: number;
  /** The frames' bytes, where the pictures don't tell. */
  readonly byteCounts?: readonly number[];
}

/** A figure and what it may be. */
export interface Measure {
  readonly value: number;
  readonly limit: number;
  readonly isKept: boolean;
}

export interface LinkFigures {
  readonly bytesPerFrame: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly worstMs: Measure;
  /** Frames per second from the first to the last. */
  readonly fps: Measure;
  /** The longest time without a new picture, ms. */
  readonly gapMs: Measure;
}

/** How long so many bytes take on the link, ms. */
export function transferMs(byteCount: number, mbps: number): number {
  return (byteCount * HEADERS * 8) / (mbps * 1000);
}

/**
 * - worst delay ≤ max delay + what the largest frame that was sent takes on the link + 50 ms
 * - frames shown ≥ 0.7 × min(the stream's, link rate ÷ frame size)
 * - longest gap ≤ key interval + max delay + 2 frame times; a frame's time is at least what it takes on the link
 *
 * The size of a frame is the mean of those that were sent. The stream's rate is that at which its pictures were drawn.
 */
export function judge(pictures: readonly SeenPicture[], terms: LinkTerms): LinkFigures {
  const { mbps, maxDelayMs, keyIntervalMs } = terms;
  const ages = pictures.map(({ ageMs }) => ageMs);
  const sizes = terms.byteCounts ?? pictures.map(({ byteCount }) => byteCount);
  const largest = Math.max(0, ...sizes);
  const bytesPerFrame = sizes.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, sizes.length);
  const frameMs = Math.max(1000 / terms.fps, transferMs(bytesPerFrame, mbps));
  const carried = Math.min(terms.fps, drawnPerSecond(pictures), (mbps * 1e6) / (bytesPerFrame * 8));
  return {
    bytesPerFrame,
    medianMs: percentile(ages, 0.5) ?? Number.NaN,
    p95Ms: percentile(ages, 0.95) ?? Number.NaN,
    worstMs: atMost(percentile(ages, 1), maxDelayMs + transferMs(largest, mbps) + MARGIN_MS),
    fps: atLeast(rateOf(pictures), SHARE * carried),
    gapMs: atMost(longestGap(pictures), keyIntervalMs + maxDelayMs + 2 * frameMs),
  };
}

/** What the source really drew: a machine that is busy with other things may not come to all. */
function drawnPerSecond(pictures: readonly SeenPicture[]): number {
  const [first, last] = [pictures[0], pictures.at(-1)];
  const fps = first && last && ((last.counter - first.counter) * 1000) / (last.at - first.at);
  return fps === undefined || Number.isNaN(fps) ? Number.POSITIVE_INFINITY : fps;
}

/** A sentence for whoever reads a failure. */
export function describeFigures({ worstMs, fps, gapMs }: LinkFigures): string {
  const of = ({ value, limit }: Measure) => `${value.toFixed(1)} of ${limit.toFixed(1)}`;
  return `worst ${of(worstMs)} ms, frames/s ${of(fps)}, gap ${of(gapMs)} ms`;
}

export function isKept({ worstMs, fps, gapMs }: LinkFigures): boolean {
  return worstMs.isKept && fps.isKept && gapMs.isKept;
}

export function rateOf(pictures: readonly SeenPicture[]): number | null {
  const [first, last] = [pictures[0], pictures.at(-1)];
  return first && last && last.at > first.at ? ((pictures.length - 1) * 1000) / (last.at - first.at) : null;
}

export function longestGap(pictures: readonly SeenPicture[]): number | null {
  const gaps = pictures.slice(1).map(({ at }, index) => at - (pictures[index] as SeenPicture).at);
  return gaps.length === 0 ? null : Math.max(...gaps);
}

function atMost(value: number | null, limit: number): Measure {
  return { value: value ?? Number.NaN, limit, isKept: value !== null && value <= limit };
}

function atLeast(value: number | null, limit: number): Measure {
  return { value: value ?? Number.NaN, limit, isKept: value !== null && value >= limit };
}
