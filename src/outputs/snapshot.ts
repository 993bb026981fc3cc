/** The picture that somebody asked to be kept: the key s, in a window. */

export { saveSnapshot } from "./snapshot/save-snapshot.ts";
