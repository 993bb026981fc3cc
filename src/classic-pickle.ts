/** The wire of the Python socket + OpenCV + pickle programs: lengths, and the few pickles that hold a picture. Pure. */

export { decodePicture } from "./classic-pickle/decode.ts";
export { classicMessage, maxArrayBytes, type PickleProtocol } from "./classic-pickle/encode.ts";
export {
  type BinaryLength,
  MAX_TEXT_CHARACTERS,
  MIN_TEXT_CHARACTERS,
  type WrittenLength,
} from "./classic-pickle/lengths.ts";
export { firstHead } from "./classic-pickle/message-head.ts";
export type { ClassicPicture } from "./classic-pickle/picture.ts";
export { ClassicReader } from "./classic-pickle/reader.ts";
