/** Files that are written of what is received: recordings, single pictures, and standard output. */

export { openOutput } from "./recorder/open-output.ts";
export type { Output, Recorded } from "./recorder/output.ts";
export { assertNew, isTaken } from "./recorder/output-error.ts";
export { OutputOfJpeg } from "./recorder/output-of-jpeg.ts";
export { isPng, writeJpeg, writePng } from "./recorder/picture.ts";
