/**
 * The side of a link that shows what it is sent, the same over TCP and WebSocket. Pure but for the clock, and without a word of
 * the side that sends: the browser's page runs it too.
 */

export { type ReceivedPacket, type ReceiverOptions, ReceiverSession } from "./receiver/session.ts";
