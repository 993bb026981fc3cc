/** The picture that somebody asked to be kept. */

export { saveSnapshot } from "./snapshot/save-snapshot.ts";
