/** A stream in another form, made by one ffmpeg on demand and shared by all who want it. */

export { Decoder } from "./transcode/decoder.ts";
export { JpegEncoder, type Pixels } from "./transcode/jpeg-encoder.ts";
export { MAX_PIXELS } from "./transcode/limits.ts";
export { Rendition } from "./transcode/rendition.ts";
export { type WithRenditions, withRenditions } from "./transcode/renditions.ts";
export { pixelsOf, stillOf } from "./transcode/still.ts";
export type { Picture } from "./transcode/transcoder.ts";
