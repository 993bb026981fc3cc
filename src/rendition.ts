/** A stream in another form, made by one ffmpeg on demand and shared by all who want it. */

export { Decoder, type DecoderOptions } from "./rendition/decoder.ts";
export { JpegEncoder, type Pixels } from "./rendition/jpeg-encoder.ts";
export { MAX_PIXELS } from "./rendition/limits.ts";
export { Rendition, type RenditionForm, type RenditionOptions } from "./rendition/rendition.ts";
export { pixelsOf, stillOf } from "./rendition/still.ts";
export type { Picture } from "./rendition/transcoder.ts";
