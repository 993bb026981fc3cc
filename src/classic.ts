/** The wire of the Python socket + OpenCV + pickle programs: lengths, and the few pickles that hold a picture. Pure. */

export { decodePickle, decodePicture } from "./classic/decode.ts";
export {
  type ArrayEnvelope,
  type ArrayOptions,
  arrayEnvelope,
  classicMessage,
  DEFAULT_PICKLE_PROTOCOL,
  encodeArray,
  type MessageOptions,
  maxArrayBytes,
  type PickleProtocol,
} from "./classic/encode.ts";
export {
  type BinaryLength,
  type LengthFormat,
  MAX_TEXT_CHARACTERS,
  MIN_TEXT_CHARACTERS,
  type WrittenLength,
} from "./classic/lengths.ts";
export { firstHead } from "./classic/message-head.ts";
export type { ClassicPicture } from "./classic/picture.ts";
export { ClassicReader, type ClassicReaderOptions } from "./classic/reader.ts";
