/** The side of a link that sends, over TCP and WebSocket alike: what is due, when, in which variant. Pure but for the clock. */

export { type SenderOptions, SenderSession } from "./session/sender.ts";
