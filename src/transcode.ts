/** A stream's variants, each made by one ffmpeg on demand, for all who want it; decoding, for windows and stills. */

export { Decoder } from "./transcode/decoder.ts";
export { JpegEncoder, type Pixels } from "./transcode/jpeg-encoder.ts";
export { MAX_PIXELS } from "./transcode/limits.ts";
export { Rendition } from "./transcode/rendition.ts";
export { type WithRenditions, withRenditions } from "./transcode/renditions.ts";
export { pixelsOf, stillOf } from "./transcode/still.ts";
export type { Picture } from "./transcode/transcoder.ts";
