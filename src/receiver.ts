/**
 * The side of a link that shows what it is sent, the same over TCP and WebSocket. Pure but for timers, and without a word of
 * the side that sends: the browser's page runs it too.
 */

export { ClockOffset } from "./receiver/clock-offset.ts";
export { type ReceivedFrame, type ReceiverOptions, ReceiverSession } from "./receiver/session.ts";
