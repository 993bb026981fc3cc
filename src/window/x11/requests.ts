import { padded } from "./setup.ts";

/** Requests of the X protocol and of its extensions as bytes, little endian; by the names of their specifications. */

const text = new TextEncoder();
const NO_BYTES = new Uint8Array(0);

/**
 * Of a picture. Places in it are signed 16-bit numbers (INT16 in "X Window System Protocol", 1), and a server that scales
 * it computes a little beyond its edges, in the same numbers: half leaves it room.
 */
export const MAX_SIZE = { width: 16_384, height: 16_384 } as const;

/** Two 16-bit numbers, signed or not, as a 32-bit word. */
export function pair(low: number, high: number): number {
  return ((low & 0xffff) | (high << 16)) >>> 0;
}

/**
 * One request: ```opcode, data, length in words | words | tail, padded```.
 * @param tailBytes bytes that follow in an array of their own, for those that are too large to be copied
 */
export function request(
  opcode: number,
  data: number,
  words: readonly number[],
  tail: Uint8Array = NO_BYTES,
  tailBytes = 0,
): Uint8Array {
  const ownBytes = 4 + words.length * 4 + padded(tail.length);
  const length = (ownBytes + tailBytes) / 4;
  // BIG-REQUESTS: a length of 0, and the true one in a word of its own.
  const isBig = length > 0xffff;
  const bytes = new Uint8Array(ownBytes + (isBig ? 4 : 0));
  const view = new DataView(bytes.buffer);
  bytes[0] = opcode;
  bytes[1] = data;
  view.setUint16(2, isBig ? 0 : length, true);
  let at = 4;
  if (isBig) {
    view.setUint32(at, length + 1, true);
    at += 4;
  }
  for (const word of words) {
    view.setUint32(at, word >>> 0, true);
    at += 4;
  }
  bytes.set(tail, at);
  return bytes;
}

export const EVENT = {
  keyPress: 2,
  buttonPress: 4,
  motionNotify: 6,
  expose: 12,
  destroyNotify: 17,
  configureNotify: 22,
  propertyNotify: 28,
  clientMessage: 33,
  mappingNotify: 34,
} as const;

const KEY_PRESS_MASK = 0x1;
const BUTTON_PRESS_MASK = 0x4;
const POINTER_MOTION_MASK = 0x40;
const PROPERTY_CHANGE_MASK = 0x40_0000;
const EXPOSURE_MASK = 0x8000;
const STRUCTURE_NOTIFY_MASK = 0x2_0000;
/** What a window manager listens to at the root window. */
const SUBSTRUCTURE_MASK = 0x18_0000;
const Z_PIXMAP = 2;
/** Predefined atoms. */
export const ATOM = {
  atom: 4,
  cardinal: 6,
  string: 31,
  wmHints: 35,
  wmName: 39,
  wmNormalHints: 40,
  wmSizeHints: 41,
  wmClass: 67,
} as const;

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function createWindow(
  id: number,
  {
    root,
    depth,
    visual,
    width,
    height,
  }: { root: number; depth: number; visual: number; width: number; height: number },
): Uint8Array {
  const INPUT_OUTPUT = 1;
  // No background: the server shall not clear what is painted anew at once. North-west gravity keeps the picture meanwhile.
  const [BACK_PIXMAP, BIT_GRAVITY, EVENT_MASK] = [0x1, 0x10, 0x800];
  const input = KEY_PRESS_MASK | BUTTON_PRESS_MASK | POINTER_MOTION_MASK;
  const events = input | EXPOSURE_MASK | STRUCTURE_NOTIFY_MASK | PROPERTY_CHANGE_MASK;
  return request(1, depth, [
    id,
    root,
    pair(0, 0),
    pair(width, height),
    pair(0, INPUT_OUTPUT),
    visual,
    BACK_PIXMAP | BIT_GRAVITY | EVENT_MASK,
    0,
    1,
    events,
  ]);
}

/** The pointer over a window: a cursor, or that of the window behind. */
export function setCursor(window: number, cursor: number): Uint8Array {
  const CURSOR = 0x4000;
  return request(2, 0, [window, CURSOR, cursor]);
}

export const NO_CURSOR = 0;

/** Of a bitmap that is its own mask, in black. */
export const createCursor = (id: number, bitmap: number) => request(93, 0, [id, bitmap, bitmap, 0, 0, 0, 0]);

export const destroyWindow = (id: number) => request(4, 0, [id]);
export const mapWindow = (id: number) => request(8, 0, [id]);

export function resizeWindow(id: number, width: number, height: number): Uint8Array {
  const [WIDTH, HEIGHT] = [0x4, 0x8];
  return request(12, 0, [id, WIDTH | HEIGHT, width, height]);
}

export const internAtom = (name: string) => request(16, 0, [pair(name.length, 0)], text.encode(name));

export function changeProperty(
  window: number,
  property: number,
  type: number,
  format: 8 | 32,
  data: Uint8Array,
): Uint8Array {
  return request(18, 0, [window, property, type, format, (data.length * 8) / format], data);
}

/** A property that holds at most `most` words. */
export const getProperty = (window: number, property: number, type: number, most: number) =>
  request(20, 0, [window, property, type, 0, most]);

/** The words of the answer; none where there is no such property. */
export function readWords(reply: DataView): number[] {
  const count = reply.getUint8(1) === 32 ? reply.getUint32(16, true) : 0;
  return Array.from({ length: count }, (_, index) => reply.getUint32(32 + index * 4, true));
}

/** The atoms' numbers, or others, as a property's data. */
export function wordsOf(...words: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(words).buffer);
}

/** A message to the window manager about one of its windows. */
export function tellManager(root: number, window: number, type: number, data: readonly number[]): Uint8Array {
  const words = [pair(EVENT.clientMessage | (32 << 8), 0), window, type, ...data, 0, 0, 0, 0, 0].slice(0, 8);
  return request(25, 0, [root, SUBSTRUCTURE_MASK, ...words]);
}

/** Answered when everything before it is done. */
export const getInputFocus = () => request(43, 0, []);

export const createPixmap = (id: number, root: number, depth: number, width: number, height: number) =>
  request(53, depth, [id, root, pair(width, height)]);
export const freePixmap = (id: number) => request(54, 0, [id]);
export const createGc = (id: number, drawable: number) => request(55, 0, [id, drawable, 0]);
export const freeGc = (id: number) => request(60, 0, [id]);

export function copyArea(from: number, to: number, gc: number, { width, height }: Omit<Place, "x" | "y">): Uint8Array {
  return request(62, 0, [from, to, gc, 0, 0, pair(width, height)]);
}

/** A bitmap's rows, each padded to a word. */
export const putBitmap = (bitmap: number, gc: number, width: number, height: number, rows: Uint8Array) =>
  request(72, Z_PIXMAP, [bitmap, gc, pair(width, height), pair(0, 0), 1 << 8], rows);

/** The head of a PutImage; its rows follow. */
export function putImage(drawable: number, gc: number, depth: number, { x, y, width, height }: Place): Uint8Array {
  const words = [drawable, gc, pair(width, height), pair(x, y), depth << 8];
  return request(72, Z_PIXMAP, words, undefined, width * height * 4);
}

export const getImage = (drawable: number, { x, y, width, height }: Place) =>
  request(73, Z_PIXMAP, [drawable, pair(x, y), pair(width, height), 0xffff_ffff]);

export const queryExtension = (name: string) => request(98, 0, [pair(name.length, 0)], text.encode(name));
export const getKeyboardMapping = (first: number, count: number) => request(101, 0, [first | (count << 8)]);
export const enableBigRequests = (opcode: number) => request(opcode, 0, []);

export const shmQueryVersion = (opcode: number) => request(opcode, 0, []);
export const shmAttach = (opcode: number, segment: number, id: number) => request(opcode, 1, [segment, id, 1]);
export const shmDetach = (opcode: number, segment: number) => request(opcode, 2, [segment]);

export function shmPutImage(
  opcode: number,
  {
    drawable,
    gc,
    depth,
    width,
    height,
    segment,
    offset,
  }: Record<"drawable" | "gc" | "depth" | "width" | "height" | "segment" | "offset", number>,
): Uint8Array {
  const size = pair(width, height);
  return request(opcode, 3, [drawable, gc, size, 0, size, 0, depth | (Z_PIXMAP << 8), segment, offset]);
}

export const OVER = 3;
export const SRC = 1;

export const renderQueryVersion = (opcode: number) => request(opcode, 0, [0, 11]);
export const queryPictFormats = (opcode: number) => request(opcode, 1, []);

/** A picture whose edge pixels go on for ever, so that scaling does not darken them. */
export function createPicture(opcode: number, id: number, drawable: number, format: number): Uint8Array {
  const [REPEAT, PAD] = [0x1, 2];
  return request(opcode, 4, [id, drawable, format, REPEAT, PAD]);
}

export const freePicture = (opcode: number, id: number) => request(opcode, 7, [id]);

export function composite(opcode: number, operator: number, from: number, to: number, place: Place): Uint8Array {
  const { x, y, width, height } = place;
  return request(opcode, 8, [operator, from, 0, to, 0, 0, pair(x, y), pair(width, height)]);
}

/** @param alpha how much it covers, 0 to 1; the colour is black */
export function fillBlack(opcode: number, to: number, alpha: number, places: readonly Place[]): Uint8Array {
  const areas = places.flatMap(({ x, y, width, height }) => [pair(x, y), pair(width, height)]);
  const operator = alpha < 1 ? OVER : SRC;
  return request(opcode, 26, [operator, to, 0, pair(0, Math.round(alpha * 0xffff)), ...areas]);
}

/** Which pixel of the picture lies at the origin's neighbour: steps in x and y per pixel of the target. */
export function setTransform(opcode: number, picture: number, stepX: number, stepY: number): Uint8Array {
  const fixed = (value: number) => Math.round(value * 65_536);
  return request(opcode, 28, [picture, fixed(stepX), 0, 0, 0, fixed(stepY), 0, 0, 0, fixed(1)]);
}

export function setFilter(opcode: number, picture: number, name: "nearest" | "bilinear"): Uint8Array {
  return request(opcode, 30, [picture, pair(name.length, 0)], text.encode(name));
}

/** The formats of pictures: of pixmaps with alpha (depth 32), and of a visual. */
export function readPictFormats(
  reply: DataView,
  visual: number,
): { argb: number | undefined; screen: number | undefined } {
  const count = reply.getUint32(8, true);
  let argb: number | undefined;
  for (let at = 32; at < 32 + count * 28; at += 28) {
    const isDirect = reply.getUint8(at + 4) === 1;
    const shifts = [8, 12, 16, 20].map((offset) => reply.getUint16(at + offset, true));
    const masks = [10, 14, 18, 22].map((offset) => reply.getUint16(at + offset, true));
    const isArgb = shifts.join() === "16,8,0,24" && masks.every((mask) => mask === 0xff);
    if (isDirect && reply.getUint8(at + 5) === 32 && isArgb) {
      argb ??= reply.getUint32(at, true);
    }
  }
  return { argb, screen: formatOfVisual(reply, 32 + count * 28, visual) };
}

function formatOfVisual(reply: DataView, start: number, visual: number): number | undefined {
  let at = start;
  for (let screen = 0; screen < reply.getUint32(12, true); screen++) {
    const depths = reply.getUint32(at, true);
    at += 8;
    for (let depth = 0; depth < depths; depth++) {
      const visuals = reply.getUint16(at + 2, true);
      at += 8;
      for (let index = 0; index < visuals; index++, at += 8) {
        if (reply.getUint32(at, true) === visual) {
          return reply.getUint32(at + 4, true);
        }
      }
    }
  }
  return undefined;
}
