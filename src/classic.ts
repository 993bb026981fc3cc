/** The wire of the Python socket + OpenCV + pickle programs: lengths, and the few pickles that hold a picture. Pure. */

export { type ClassicPicture, decodePickle } from "./classic/decode.ts";
export {
  type ArrayEnvelope,
  type ArrayOptions,
  arrayEnvelope,
  classicMessage,
  DEFAULT_PICKLE_PROTOCOL,
  encodeArray,
  maxArrayBytes,
  type PickleProtocol,
} from "./classic/encode.ts";
export { ClassicReader, type ClassicReaderOptions, type LengthPrefix } from "./classic/reader.ts";
