/** What is read of a file to see whether it is a single picture, bytes: PNG says in its first parts that it moves. */
export const STILL_HEAD_BYTES = 64 * 1024;

/** Names of files that hold JPEG after JPEG. */
const MANY_JPEGS = /\.(?:mjpe?g|mjp)$/i;
/** How files begin that hold one picture. */
const BEGINNINGS: readonly (readonly number[])[] = [
  [0x42, 0x4d], // BMP
  [0x49, 0x49, 0x2a, 0x00], // TIFF
  [0x4d, 0x4d, 0x00, 0x2a],
  [0x38, 0x42, 0x50, 0x53], // PSD
  [0x71, 0x6f, 0x69, 0x66], // QOI
];
const JPEG = [0xff, 0xd8, 0xff];
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const RIFF = [0x52, 0x49, 0x46, 0x46];
const WEBP = [0x57, 0x45, 0x42, 0x50];

/** Whether a file is a single picture, by its beginning; false where only ffmpeg can tell. */
export function isStill(head: Uint8Array, path: string): boolean {
  const has = (bytes: readonly number[], at = 0) => bytes.every((byte, index) => head[at + index] === byte);
  if (has(JPEG)) {
    return !MANY_JPEGS.test(path);
  }
  if (has(PNG)) {
    return !contains(head, "acTL");
  }
  if (has(RIFF) && has(WEBP, 8)) {
    return !contains(head, "ANIM");
  }
  return BEGINNINGS.some((beginning) => has(beginning));
}

function contains(head: Uint8Array, word: string): boolean {
  return Buffer.from(head.buffer, head.byteOffset, head.length).includes(word, 0, "latin1");
}
