import type { Size } from "../units.ts";
import { loadCanvas } from "./canvas.ts";
import type { Layer, Words } from "./window.ts";

/** What Windows, macOS and Linux have; the browser's word for the rest. */
const FONTS = ["Segoe UI", "Helvetica Neue", "DejaVu Sans", "Noto Sans", "Liberation Sans", "Arial"];

/**
 * Words on a dark ground, as a layer.
 * @param over what they will lie over: their size follows it, and they never become larger
 * @throws Error where text can't be drawn
 */
export async function textLayer({ lines, place, dims }: Words, over: Size): Promise<Layer> {
  const { createCanvas, GlobalFonts } = await loadCanvas();
  const families = GlobalFonts.families.map(({ family }) => family);
  const family = FONTS.find((name) => families.includes(name)) ?? families[0];
  if (family === undefined) {
    throw new Error("this machine has no fonts");
  }
  const scale = Math.min(3, Math.max(0.7, Math.min(over.width / 1280, over.height / 720)));
  const isCentre = place === "centre";
  const sizeOf = (index: number) => Math.round((isCentre && index === 0 ? 30 : 17) * scale);
  const padding = Math.round(14 * scale);
  const rows = lines.map((line, index) => ({ line, size: sizeOf(index), height: Math.round(sizeOf(index) * 1.45) }));
  const probe = createCanvas(1, 1).getContext("2d");
  const widest = rows.map(({ line, size }) => {
    probe.font = `${size}px "${family}", sans-serif`;
    return probe.measureText(line).width;
  });
  const width = Math.max(1, Math.min(over.width, Math.ceil(Math.max(0, ...widest)) + 2 * padding));
  const height = Math.max(1, Math.min(over.height, rows.reduce((sum, row) => sum + row.height, 0) + 2 * padding));
  const context = createCanvas(width, height).getContext("2d");
  context.fillStyle = "rgba(12, 14, 18, 0.72)";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#fff";
  context.textBaseline = "middle";
  context.textAlign = isCentre ? "center" : "left";
  let y = padding;
  for (const row of rows) {
    context.font = `${row.size}px "${family}", sans-serif`;
    context.fillText(row.line, isCentre ? width / 2 : padding, y + row.height / 2, width - 2 * padding);
    y += row.height;
  }
  return { width, height, place, dims, pixels: premultiplied(context.getImageData(0, 0, width, height).data) };
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
