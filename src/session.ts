/** The side of a link that sends, the same over TCP and WebSocket. Pure but for timers. */

export { type SenderOptions, SenderSession } from "./session/sender.ts";
