/** Files that are written as they are received: recordings, and single pictures. */

export { openOutput } from "./recorder/open-output.ts";
export type { Output, Recorded } from "./recorder/output.ts";
export { assertNew, isTaken } from "./recorder/output-error.ts";
export { OutputOfJpeg } from "./recorder/output-of-jpeg.ts";
export { isPng, writeJpeg, writePng } from "./recorder/picture.ts";
