/** Files that are written: recordings, and single pictures. */

export { openOutput } from "./record/open-output.ts";
export type { Output, Recorded } from "./record/output.ts";
export { assertNew, isTaken } from "./record/output-error.ts";
export { isPng, writeJpeg, writePng } from "./record/picture.ts";
