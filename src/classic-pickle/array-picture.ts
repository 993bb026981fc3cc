import { MAX_SIDE } from "../units.ts";
import { ProtocolError } from "../wire.ts";
import { firstBytes, mayHold, plainBytes } from "./forms.ts";
import type { ClassicPicture } from "./picture.ts";
import type { ArrayContent } from "./values.ts";

/** SOI. */
const JPEG_START = [0xff, 0xd8];

/**
 * The picture that an array is; a view into its bytes where they are in C order and plain.
 *
 * Of shapes that mean two things: (N,) and (N, 1) are a JPEG, and refused when they do not begin with FF D8, since a
 * picture one pixel wide is not what anybody streams; such a picture can be sent as (h, 1, 1).
 * @throws ProtocolError when it is no picture: "pickle-shape" is cheap, before "pickle-size" the bytes may have been made plain
 */
export function pictureOfArray(content: ArrayContent): ClassicPicture {
  const { shape } = content;
  const [height, width = 1, channels = 1] = shape as [number, number?, number?];
  if (shape.length === 1 || (shape.length === 2 && width === 1)) {
    return jpegOf(content, height);
  }
  if (height > MAX_SIDE || width > MAX_SIDE || (channels !== 1 && channels !== 3 && channels !== 4)) {
    throw new ProtocolError(
      "pickle-shape",
      `an array has the shape (${shape.join(", ")}), sides up to ${MAX_SIDE} and 1, 3 or 4 channels are allowed`,
    );
  }
  const raw = contentBytes(content, height * width * channels);
  const [down, right, deep = 1] = content.strides as [number, number, number?];
  const isOrdered = (channels === 1 || deep === 1) && (width === 1 || right === channels);
  const isInPlace = isOrdered && (height === 1 || down === width * channels);
  const bytes = isInPlace ? raw : inOrder(raw, [height, width, channels], [down, right, deep]);
  return { kind: "pixels", width, height, channels, bytes };
}

/** What can be seen without making the bytes plain is looked at first: that may take long, and be asked for often. */
function jpegOf(content: ArrayContent, length: number): ClassicPicture {
  const start = mayHold(content.raw, length) ? firstBytes(content.raw, JPEG_START.length) : [];
  const isKnown = start.length === JPEG_START.length;
  if (isKnown && JPEG_START.some((byte, at) => start[at] !== byte)) {
    throw new ProtocolError(
      "pickle-shape",
      `an array of shape (${content.shape.join(", ")}) is not a JPEG, which begins with ff d8`,
      'send the frame itself, or the array of cv2.imencode(".jpg", frame)',
    );
  }
  const bytes = contentBytes(content, length);
  if (!isKnown) {
    throw new ProtocolError("pickle-shape", `an array of ${length} bytes is not a picture`);
  }
  return { kind: "jpeg", bytes };
}

/** The array's bytes, of which there must be exactly `length`. */
function contentBytes({ shape, raw }: ArrayContent, length: number): Uint8Array {
  const bytes = plainBytes(raw, length);
  if (bytes === null) {
    const unit = raw.form === "plain" ? "bytes" : "bytes of text";
    throw new ProtocolError(
      "pickle-size",
      `an array of shape (${shape.join(", ")}) comes with ${raw.bytes.length} ${unit} instead of ${length} bytes`,
    );
  }
  return bytes;
}

/** Copies an array of three sides into C order. */
function inOrder(
  raw: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
  [down, right, deep]: readonly [number, number, number],
): Uint8Array {
  const bytes = new Uint8Array(raw.length);
  let to = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = y * down + x * right;
      for (let channel = 0; channel < channels; channel += 1) {
        bytes[to] = raw[from + channel * deep] as number;
        to += 1;
      }
    }
  }
  return bytes;
}
