/** A stream in another form, made by one ffmpeg on demand and shared by all who want it. */

export { JpegEncoder, type Pixels } from "./rendition/jpeg-encoder.ts";
export { PixelRendition } from "./rendition/pixel-rendition.ts";
export type { Picture } from "./rendition/transcoder.ts";
