/** Multipart as ffmpeg's mpjpeg has it, of 4.1 to 8.0; JPEGs with anything between them, or nothing; one JPEG alone. */
export type JpegDialect = "multipart" | "loose" | "still";

/** The first picture begins within this many bytes. */
const MAX_HEAD_BYTES = 8192;
const START = Uint8Array.of(0xff, 0xd8, 0xff);
const END = Uint8Array.of(0xff, 0xd9);
/** How what stands before a picture begins: with a boundary, or a header's name. */
const HEAD = /^\s*(?:--|[\w-])/;
const NO_TEXT = /[^\t\r\n\x20-\x7e]/;
/** A boundary, then headers; ffmpeg takes no other type, and 4.1 has no other way to find a part's end. */
const MULTIPART = /^(?:\r?\n)*--[^\r\n]+\r?\n(?:[\w-]+:[^\r\n]*\r?\n)+\r?\n$/;
const TYPE = /^content-type:[ \t]*image\/jpeg[ \t]*\r?$/im;
const LENGTH = /^content-length:[ \t]*(\d+)[ \t]*\r?$/im;

/**
 * How a camera gives its pictures, by the beginning of what it sends. Undefined: more of it is needed; null: these are
 * not pictures of a camera.
 * @param state more comes; nothing has come for a while; it was all
 */
export function jpegDialect(body: Uint8Array, state: "going on" | "silent" | "over"): JpegDialect | null | undefined {
  const all = Buffer.from(body.buffer, body.byteOffset, body.length);
  const at = all.subarray(0, MAX_HEAD_BYTES).indexOf(START);
  if (at === 0) {
    const end = all.indexOf(END, START.length);
    const isFollowed = end >= 0 && all.indexOf(START, end) >= 0;
    if (isFollowed || end < 0) {
      return isFollowed ? "loose" : undefinedIf(state === "going on");
    }
    return { "going on": undefined, silent: "loose", over: "still" }[state] as JpegDialect | undefined;
  }
  const head = all.toString("latin1", 0, at < 0 ? MAX_HEAD_BYTES : at);
  // What has come so far may end within the beginning of a picture.
  const text = at < 0 ? head.replace(/\xff(?:\xd8)?$/, "") : head;
  if ((text !== "" && !HEAD.test(text)) || NO_TEXT.test(text)) {
    return null;
  }
  if (at < 0) {
    return undefinedIf(state === "going on" && all.length < MAX_HEAD_BYTES);
  }
  const length = Number(LENGTH.exec(head)?.[1] ?? 0);
  if (!MULTIPART.test(head) || !TYPE.test(head) || length === 0) {
    return "loose";
  }
  if (all.length < at + length) {
    return state === "going on" ? undefined : "multipart";
  }
  // A part that has no whole picture says a wrong length.
  return all.subarray(at, at + length).includes(END) ? "multipart" : "loose";
}

function undefinedIf(isOpen: boolean): undefined | null {
  return isOpen ? undefined : null;
}
