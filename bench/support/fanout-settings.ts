/** Of the frames that bench/fanout.ts sends. */
export const FRAME_BYTES = 120_000;
export const FRAME_MS = 1000 / 30;
/** lanvid's default. */
export const MAX_DELAY_MS = 250;
