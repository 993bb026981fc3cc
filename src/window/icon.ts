/** The sides for which a desktop is given the icon, in pixels: title bars, task bars, switchers. */
const SIDES = [16, 32, 48, 128];
/** In 32nds of the side, as the page's icon has them: the corners' radius, and the triangle. */
const RADIUS = 8;
const TRIANGLE = { left: 12, right: 23, middle: 16, halfHeight: 6.5 };
const GROUND = [0x12, 0x16, 0x1c] as const;
const RED = [0xe5, 0x48, 0x4d] as const;

/** lanvid's icon in several sizes, as _NET_WM_ICON has it: width, height, then each pixel's alpha, red, green and blue. */
export function iconWords(): number[] {
  return SIDES.flatMap((side) => [side, side, ...iconPixels(side)]);
}

function iconPixels(side: number): number[] {
  return Array.from({ length: side * side }, (_, index) => {
    const scale = side / 32;
    const [x, y] = [((index % side) + 0.5) / scale, (Math.floor(index / side) + 0.5) / scale];
    // What part of a pixel is inside: by how far its middle is from the edge.
    const covered = (distance: number) => Math.min(1, Math.max(0, 0.5 - distance * scale));
    const red = covered(outsideTriangle(x, y));
    const [r, g, b] = GROUND.map((ground, channel) => Math.round(ground + ((RED[channel] ?? 0) - ground) * red));
    const alpha = Math.round(255 * covered(outsideSquare(x, y)));
    return ((alpha << 24) | ((r ?? 0) << 16) | ((g ?? 0) << 8) | (b ?? 0)) >>> 0;
  });
}

/** How far a place is outside the rounded square, in 32nds; negative inside. */
function outsideSquare(x: number, y: number): number {
  const [dx, dy] = [Math.abs(x - 16) - 16 + RADIUS, Math.abs(y - 16) - 16 + RADIUS];
  return Math.hypot(Math.max(0, dx), Math.max(0, dy)) + Math.min(0, Math.max(dx, dy)) - RADIUS;
}

/** How far a place is outside the triangle that points to the right. */
function outsideTriangle(x: number, y: number): number {
  const { left, right, middle, halfHeight } = TRIANGLE;
  const slope = halfHeight / (right - left);
  const outsideSlope = (Math.abs(y - middle) - (right - x) * slope) / Math.hypot(1, slope);
  return Math.max(left - x, outsideSlope);
}
