// Parts: ffmpeg
/** A picture whose colours and shapes are known, films of it, and what can be measured in a picture of one. */

import { createCanvas } from "@napi-rs/canvas";
import type { Size } from "../../src/units.ts";
import type { Picture, Rectangle } from "./picture.ts";

/** RGB of the bars, from the left. */
export const BARS = [
  ["white", 255, 255, 255],
  ["yellow", 255, 255, 0],
  ["cyan", 0, 255, 255],
  ["green", 0, 255, 0],
  ["magenta", 255, 0, 255],
  ["red", 255, 0, 0],
  ["blue", 0, 0, 255],
  ["grey", 128, 128, 128],
] as const;
const BARS_HEIGHT = 0.3;
/** Of the shorter side; the others of the height. */
const RADIUS = 0.18;
const CENTRE = 0.6;
const MOVER = 0.08;

/**
 * Bars, a white circle on dark grey, text and a white bar at the bottom.
 * @param mover where the bar is, 0 to 1
 */
export function card({ width, height }: Size, mover = 0): Buffer {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  context.fillStyle = "#303030";
  context.fillRect(0, 0, width, height);
  BARS.forEach(([, r, g, b], index) => {
    context.fillStyle = `rgb(${r}, ${g}, ${b})`;
    const x = Math.round((index * width) / BARS.length);
    context.fillRect(x, 0, Math.round(((index + 1) * width) / BARS.length) - x, Math.round(height * BARS_HEIGHT));
  });
  context.fillStyle = "#fff";
  context.beginPath();
  context.arc(width / 2, height * CENTRE, Math.min(width, height) * RADIUS, 0, 2 * Math.PI);
  context.fill();
  context.font = `${Math.round(height * 0.04)}px sans-serif`;
  context.fillText("this way up", width * 0.06, height * 0.35);
  context.fillRect(mover * width * 0.9, height * (1 - MOVER), width * 0.04, height * MOVER);
  return canvas.toBuffer("image/png");
}

/** What a picture of the card looks like. */
export interface Measures {
  /** Difference of each bar's mean from what it should be: the largest of its channels, by the bar's name. */
  readonly bars: Readonly<Record<string, number>>;
  readonly worst: number;
  readonly mean: number;
  /** The circle's width by its height; NaN when none is seen. */
  readonly circle: number;
  /** How far its centre is from where it should be, in pixels. */
  readonly offset: number;
}

/** @param content where in the picture the card is; all of it unless told */
export function measure(picture: Picture, content?: Rectangle): Measures {
  const area = content ?? { x: 0, y: 0, width: picture.width, height: picture.height };
  const bars = BARS.map(([name, ...rgb], index) => {
    const width = area.width / BARS.length;
    const seen = meanOf(picture, {
      x: area.x + (index + 0.35) * width,
      y: area.y + area.height * 0.1,
      width: width * 0.3,
      height: area.height * 0.1,
    });
    return [name, Math.max(...rgb.map((value, channel) => Math.abs(value - (seen[channel] as number))))] as const;
  });
  const differences = bars.map(([, difference]) => difference);
  return {
    bars: Object.fromEntries(bars),
    worst: Math.max(...differences),
    mean: differences.reduce((sum, value) => sum + value, 0) / differences.length,
    ...circleIn(picture, area),
  };
}

/** RGB. */
export function meanOf({ width, rgba }: Picture, area: Rectangle): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0];
  let count = 0;
  for (let y = Math.round(area.y); y < Math.round(area.y + area.height); y++) {
    for (let x = Math.round(area.x); x < Math.round(area.x + area.width); x++) {
      for (const channel of [0, 1, 2] as const) {
        sums[channel] += rgba[4 * (y * width + x) + channel] as number;
      }
      count += 1;
    }
  }
  return sums.map((sum) => sum / count) as [number, number, number];
}

function circleIn({ width, rgba }: Picture, area: Rectangle): Pick<Measures, "circle" | "offset"> {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let y = Math.round(area.y + area.height * 0.36); y < Math.round(area.y + area.height * 0.88); y++) {
    for (let x = Math.round(area.x + area.width * 0.2); x < Math.round(area.x + area.width * 0.8); x++) {
      if ((rgba[4 * (y * width + x) + 1] as number) > 150) {
        [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
      }
    }
  }
  const [x, y] = [(left + right + 1) / 2, (top + bottom + 1) / 2];
  return {
    circle: (right - left + 1) / (bottom - top + 1),
    offset: Math.hypot(x - area.x - area.width / 2, y - area.y - area.height * CENTRE),
  };
}

/** Runs ffmpeg to its end. @throws Error with what it said */
export async function ffmpeg(...args: readonly string[]): Promise<void> {
  const child = Bun.spawn(["ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y", ...args], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) {
    throw new Error(`ffmpeg ${args.join(" ")}: ${said}`);
  }
}
