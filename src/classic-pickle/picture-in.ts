import { ProtocolError } from "../wire.ts";
import { pictureOfArray } from "./array-picture.ts";
import { BASE64_JPEG_BYTES, jpegOfBase64, startsAsBase64Jpeg, startsAsJpeg } from "./body.ts";
import { firstBytes, plainBytes } from "./forms.ts";
import type { ClassicPicture } from "./picture.ts";
import type { RawBytes, RawText, Value } from "./values.ts";

/** Lists, tuples and dicts within each other. */
const MAX_NESTING = 8;

/**
 * The picture in what a pickle holds: an array, a JPEG's bytes, or those in base64, alone or in a list, tuple or dict. Of
 * several, the first. `None`, alone or beside what is no picture either, says that there is none.
 * @throws ProtocolError "pickle-…" where there is none, and none was promised
 */
export function pictureIn(value: Value): ClassicPicture {
  const found: Leaf[] = [];
  const isMissing = gather(value, found, new Set(), 0);
  let failure: ProtocolError | undefined;
  for (const leaf of found) {
    try {
      const picture = pictureOf(leaf);
      if (picture !== null) {
        return picture;
      }
    } catch (error) {
      // What cost nothing may be tried again with the next; else one text could be decoded a hundred times.
      if (!(error instanceof ProtocolError) || error.code !== "pickle-shape") {
        throw error;
      }
      failure ??= error;
    }
  }
  if (failure !== undefined) {
    throw failure;
  }
  if (isMissing) {
    return { kind: "none" };
  }
  throw new ProtocolError(
    "pickle-value",
    `a pickle holds a ${value.type} without a picture; a numpy array, a JPEG's bytes or None is needed`,
    'send the frame itself, or what cv2.imencode(".jpg", frame) returns',
  );
}

type Leaf = Extract<Value, { readonly type: "array" }> | RawBytes | RawText;

/** Collects all that may be a picture, in order. @returns whether there is a None among the rest */
function gather(value: Value, found: Leaf[], seen: Set<Value>, nesting: number): boolean {
  switch (value.type) {
    case "none":
      return true;
    case "array":
    case "bytes":
    case "text":
      found.push(value);
      return false;
    case "tuple":
    case "list":
    case "dict": {
      // What is recalled from the memo may be in many places, and in itself.
      if (seen.has(value) || nesting >= MAX_NESTING) {
        return false;
      }
      seen.add(value);
      const isMissing = value.items.map((item) => gather(item, found, seen, nesting + 1));
      return isMissing.includes(true);
    }
    default:
      return false;
  }
}

/** Null for bytes and texts that are no JPEG. @throws ProtocolError for an array that is no picture */
function pictureOf(leaf: Leaf): ClassicPicture | null {
  if (leaf.type === "array") {
    if (leaf.content === null) {
      throw new ProtocolError("pickle-value", "a pickle holds an array without content");
    }
    return pictureOfArray(leaf.content);
  }
  const start = firstBytes(leaf, BASE64_JPEG_BYTES);
  const isBase64 = startsAsBase64Jpeg(start);
  if (!isBase64 && (leaf.type !== "bytes" || !startsAsJpeg(start))) {
    return null;
  }
  const bytes = plainBytes(leaf);
  if (bytes === null) {
    throw new ProtocolError("pickle-value", "a pickle holds a JPEG in a string that can't be read as bytes");
  }
  return { kind: "jpeg", bytes: isBase64 ? jpegOfBase64(bytes) : bytes };
}
