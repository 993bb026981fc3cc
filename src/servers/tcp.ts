/** The stream's port: finds out what a peer is, and holds the conversation that it wants, in either role. */

export { classify } from "./tcp/first-bytes.ts";
export { receiveFrom } from "./tcp/receiving-peer.ts";
export { sendTo } from "./tcp/sending-peer.ts";
