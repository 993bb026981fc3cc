/** The side of a link that sends, the same over TCP and WebSocket, and what either side may write. Pure but for timers. */

export { MessageBudget, ReceiveBudget } from "./session/receive-budget.ts";
export { type SenderOptions, SenderSession } from "./session/sender.ts";
