import { MAX_SIDE, MIB } from "../units.ts";
import { MAX_PAYLOAD_BYTES, ProtocolError } from "../wire.ts";
import { latin1FromUtf8 } from "./latin1.ts";
import { Opcode } from "./opcodes.ts";
import { Unpickler } from "./unpickler.ts";
import type { ArrayContent } from "./values.ts";

const OLDEST_PROTOCOL = 2;
const NEWEST_PROTOCOL = 5;
/** How a pickle of protocol 0 or 1 of an array, a list, a tuple, a dict or None begins; they have no PROTO. */
const OLD_STARTS = "c(]})lNKMJIXV";

/** What a classic sender's message holds. */
export type ClassicPicture =
  | {
      /** Rows from the top, without gaps; 3 channels are BGR, 4 BGRA, 1 grey. */
      readonly kind: "pixels";
      /** Pixels, each from 1 to 65535. */
      readonly width: number;
      readonly height: number;
      readonly channels: 1 | 3 | 4;
      /** width × height × channels bytes. */
      readonly bytes: Uint8Array;
    }
  | {
      /** The array that `cv2.imencode(".jpg", frame)` gave; it begins with FF D8, and no more of it was looked at. */
      readonly kind: "jpeg";
      readonly bytes: Uint8Array;
    }
  /** The sender's camera gave nothing, and it pickled `None`. */
  | { readonly kind: "none" };

/**
 * Reads one pickle of protocol 2 to 5 that holds a uint8 numpy array or `None`. Nothing in it is executed. The
 * picture's bytes are a view into `payload`; they are a copy only when the array is not in C order, or of protocol 2.
 *
 * Of shapes that mean two things: (N,) and (N, 1) are a JPEG, and refused when they do not begin with FF D8, since a
 * picture one pixel wide is not what anybody streams; such a picture can be sent as (h, 1, 1).
 * @throws ProtocolError "pickle-…", with what was found and what is allowed
 */
export function decodePickle(payload: Uint8Array): ClassicPicture {
  if (payload.length > MAX_PAYLOAD_BYTES) {
    throw new ProtocolError(
      "pickle-size",
      `a pickle has ${payload.length} bytes, at most ${MAX_PAYLOAD_BYTES} (${MAX_PAYLOAD_BYTES / MIB} MiB) are allowed`,
    );
  }
  const [start, protocol] = payload;
  if (start === undefined || protocol === undefined) {
    throw new ProtocolError("pickle-truncated", `a pickle has ${payload.length} bytes, None takes 4`);
  }
  checkPickleStart(start);
  if (protocol < OLDEST_PROTOCOL || protocol > NEWEST_PROTOCOL) {
    throw protocolRefused(`is of protocol ${protocol}`);
  }
  const value = new Unpickler(payload, 2).run();
  if (value.type === "none") {
    return { kind: "none" };
  }
  if (value.type !== "array" || value.content === null) {
    throw new ProtocolError("pickle-value", `a pickle holds a ${value.type}, a numpy array or None is needed`);
  }
  return pictureOf(value.content);
}

/**
 * Checks the first byte of a pickle, so that a reader can refuse it before it takes memory.
 * @throws ProtocolError "pickle-protocol" unless it is PROTO, 0x80, as in all protocols from 2 on
 */
export function checkPickleStart(byte: number): void {
  if (byte === Opcode.proto) {
    return;
  }
  const character = String.fromCharCode(byte);
  if (OLD_STARTS.includes(character)) {
    throw protocolRefused(`begins with "${character}", so it is of protocol 0 or 1`);
  }
  throw protocolRefused(`begins with 0x${byte.toString(16).padStart(2, "0")} instead of 0x80`);
}

function protocolRefused(found: string): ProtocolError {
  return new ProtocolError(
    "pickle-protocol",
    `a pickle ${found}, protocols ${OLDEST_PROTOCOL} to ${NEWEST_PROTOCOL} are allowed`,
    "write pickle.dumps(frame) or pickle.dumps(frame, protocol=4) in the sender",
  );
}

function pictureOf(content: ArrayContent): ClassicPicture {
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
  const raw = plainBytes(content, height * width * channels);
  const [down, right, deep = 1] = content.strides as [number, number, number?];
  const isOrdered = (channels === 1 || deep === 1) && (width === 1 || right === channels);
  const isInPlace = isOrdered && (height === 1 || down === width * channels);
  const bytes = isInPlace ? raw : inOrder(raw, [height, width, channels], [down, right, deep]);
  return { kind: "pixels", width, height, channels, bytes };
}

function jpegOf(content: ArrayContent, length: number): ClassicPicture {
  const bytes = plainBytes(content, length);
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) {
    throw new ProtocolError(
      "pickle-shape",
      `an array of shape (${content.shape.join(", ")}) is no JPEG, which begins with ff d8`,
      'send the frame itself, or the array of cv2.imencode(".jpg", frame)',
    );
  }
  return { kind: "jpeg", bytes };
}

/** The array's bytes, of which there must be exactly `length`. */
function plainBytes({ shape, raw }: ArrayContent, length: number): Uint8Array {
  const fits = raw.isLatin1Text
    ? raw.bytes.length >= length && raw.bytes.length <= 2 * length
    : raw.bytes.length === length;
  const bytes = fits && raw.isLatin1Text ? latin1FromUtf8(raw.bytes, length) : raw.bytes;
  if (!fits || bytes === null) {
    const unit = raw.isLatin1Text ? "bytes of text" : "bytes";
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
