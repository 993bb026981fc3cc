/** Fragmented MP4 of H.264, for browsers, players and files. */

export { decoderConfiguration } from "./fmp4/init-segment.ts";
export { Fmp4Muxer, type Fmp4Sample, lengthPrefixed } from "./fmp4/muxer.ts";
export { SILENCE_CODEC, SilenceMuxer } from "./fmp4/silence.ts";
