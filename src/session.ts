/** The conversation of a link, the same over TCP and WebSocket. Pure but for timers: the browser's page runs it too. */

export { ClockOffset } from "./session/clock-offset.ts";
export { MessageBudget, ReceiveBudget } from "./session/receive-budget.ts";
export { type ReceivedFrame, type ReceiverOptions, ReceiverSession } from "./session/receiver.ts";
export { type SenderOptions, SenderSession } from "./session/sender.ts";
export type { SessionEnd, Transport } from "./session/transport.ts";
