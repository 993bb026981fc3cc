import type { SessionEnd } from "../wire.ts";

/** By what either side finds that the other one sends video itself. */
const CODES: ReadonlySet<string> = new Set(["two-senders", "classic-sender"]);

/** Did a conversation of a sender end because the other side sends, too? */
export function bothSend({ code }: Pick<SessionEnd, "code">): boolean {
  return CODES.has(code);
}
