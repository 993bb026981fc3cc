/** The old Python programs as receivers: who they are, and pickles at the speed that they take. */

export { ClassicReceivers } from "./classic/classic-receivers.ts";
export type { ClassicSending } from "./classic/classic-sending.ts";
