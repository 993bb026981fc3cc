import { LanvidError } from "../errors.ts";
import type { Size } from "../units.ts";
import { loadCanvas } from "./canvas.ts";
import type { Layer, Words } from "./window.ts";

/** What Windows, macOS and Linux have; the browser's word for the rest. */
const FONTS = ["Segoe UI", "Helvetica Neue", "DejaVu Sans", "Noto Sans", "Liberation Sans", "Arial"];
const WHITE = "#fff";
const AMBER = "#ffb224";
/** In a window of 1280×720: text, a headline, around all and between columns, in pixels. */
const TEXT = 17;
const HEADLINE = 30;
const PADDING = 14;
const COLUMN_GAP = 18;
/** A line's height, in its text's. */
const LINE_HEIGHT = 1.45;

/**
 * Words on a dark ground, as layers.
 * @param over what they will lie over: their size follows it, and they never become larger
 * @throws LanvidError (display) where text can't be drawn
 */
export function textLayers(words: readonly Words[], over: Size): Promise<readonly Layer[]> {
  return Promise.all(words.map((block) => textLayer(block, over)));
}

async function textLayer({ lines, place, dims }: Words, over: Size): Promise<Layer> {
  const { createCanvas, GlobalFonts } = await loadCanvas();
  const families = GlobalFonts.families.map(({ family }) => family);
  const family = FONTS.find((name) => families.includes(name)) ?? families[0];
  if (family === undefined) {
    throw new LanvidError("no-fonts", "display", "this machine has no fonts");
  }
  const fontOf = (pixels: number) => `${pixels}px "${family}", sans-serif`;
  const isCentre = place === "centre";
  const scale = scaleOf(lines.length, isCentre, over);
  const padding = Math.round(PADDING * scale);
  const probe = createCanvas(1, 1).getContext("2d");
  const rows = lines.map(({ text, isAlert }, index) => {
    const size = Math.round((isCentre && index === 0 ? HEADLINE : TEXT) * scale);
    const cells = text.split("\t");
    probe.font = fontOf(size);
    const widths = cells.map((cell) => probe.measureText(cell).width);
    return { cells, widths, size, height: Math.round(size * LINE_HEIGHT), colour: isAlert ? AMBER : WHITE };
  });
  const columns = rows.filter(({ cells }) => cells.length > 1);
  const firstColumn = Math.max(0, ...columns.map(({ widths }) => widths[0] ?? 0)) + Math.round(COLUMN_GAP * scale);
  const inner = Math.max(
    0,
    ...rows.map(({ widths: [first = 0, second] }) => (second === undefined ? first : firstColumn + second)),
  );
  const width = Math.max(1, Math.min(over.width, Math.ceil(inner) + 2 * padding));
  const height = Math.max(1, Math.min(over.height, rows.reduce((sum, row) => sum + row.height, 0) + 2 * padding));
  const context = createCanvas(width, height).getContext("2d");
  context.fillStyle = "rgba(12, 14, 18, 0.72)";
  context.fillRect(0, 0, width, height);
  context.textBaseline = "middle";
  const isCentred = isCentre && columns.length === 0;
  context.textAlign = isCentred ? "center" : "left";
  let y = padding;
  for (const { cells, size, height: rowHeight, colour } of rows) {
    context.font = fontOf(size);
    context.fillStyle = colour;
    cells.forEach((cell, column) => {
      const x = padding + column * firstColumn;
      context.fillText(cell, isCentred ? width / 2 : x, y + rowHeight / 2, Math.max(1, width - padding - x));
    });
    y += rowHeight;
  }
  return { width, height, place, dims, pixels: premultiplied(context.getImageData(0, 0, width, height).data) };
}

/** Of what lies over a window of 1280×720: as large as is read well, and so that all lines have room. */
function scaleOf(lineCount: number, hasHeadline: boolean, over: Size): number {
  const scale = Math.min(3, Math.max(0.7, Math.min(over.width / 1280, over.height / 720)));
  const height = ((lineCount - 1) * TEXT + (hasHeadline ? HEADLINE : TEXT)) * LINE_HEIGHT + 2 * PADDING;
  return Math.min(scale, Math.max(0.4, over.height / height));
}

/** RGBA as it is drawn, to BGRA with the colours multiplied by alpha. */
function premultiplied(rgba: Uint8ClampedArray): Uint8Array {
  const pixels = new Uint8Array(rgba.length);
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = rgba[at + 3] as number;
    pixels[at] = ((rgba[at + 2] as number) * alpha) / 255;
    pixels[at + 1] = ((rgba[at + 1] as number) * alpha) / 255;
    pixels[at + 2] = ((rgba[at] as number) * alpha) / 255;
    pixels[at + 3] = alpha;
  }
  return pixels;
}
