/** The conversation of a link, the same over TCP and WebSocket. Pure but for timers: the browser's page runs it too. */

export { ClockOffset } from "./session/clock-offset.ts";
export { ReceiverSession, type ReceiverOptions, type ReceivedFrame } from "./session/receiver.ts";
export { SenderSession, type SenderOptions } from "./session/sender.ts";
export type { SessionEnd, Transport } from "./session/transport.ts";
