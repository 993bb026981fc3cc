import { prepareCanvas } from "../bundle.ts";
import { LanvidError, messageOf } from "../errors.ts";
import { type Checked, ok, warn } from "./finding.ts";

/** What the picture in a window is decoded and drawn with. It is loaded, and draws one pixel. */
export async function checkDrawing(): Promise<Checked> {
  try {
    return drawingFinding(await drawPixel());
  } catch (error) {
    return drawingError(error);
  }
}

/** @param pixel red, green, blue and alpha of a pixel that was drawn in #336699 */
export function drawingFinding(pixel: Iterable<number>): Checked {
  const [red, green, blue] = pixel;
  return red === 0x33 && green === 0x66 && blue === 0x99
    ? ok("drawing", "canvas draws")
    : warn("drawing", `canvas draws ${[...pixel].join(", ")} where it should be 51, 102, 153, 255`, HINT);
}

/** It can't be unpacked, or does not load. */
export function drawingError(error: unknown): Checked {
  const hint = error instanceof LanvidError ? error.hint : undefined;
  const detail = error instanceof LanvidError ? error.message : `canvas does not load: ${messageOf(error)}`;
  return warn("drawing", detail, hint ?? HINT);
}

const HINT = "watch in a browser, with --view browser";

async function drawPixel(): Promise<Uint8ClampedArray> {
  prepareCanvas();
  const { createCanvas } = await import("@napi-rs/canvas");
  const context = createCanvas(1, 1).getContext("2d");
  context.fillStyle = "#336699";
  context.fillRect(0, 0, 1, 1);
  return context.getImageData(0, 0, 1, 1).data;
}
