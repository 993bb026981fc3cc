import type { Retry } from "../errors.ts";

/**
 * The codes by which a side says why it ends a conversation (docs/protocol.md, section 7; docs/classic.md), and whether the
 * same two sides can get along in another one.
 */
const REASONS = {
  // Another conversation begins anew.
  ended: "now",
  shutdown: "now",
  silent: "now",
  unread: "now",
  "ack-not-sent": "now",
  "old-frame": "now",
  // The other side may change what it does, but nothing here can.
  busy: "later",
  "classic-full": "later",
  flood: "later",
  hops: "later",
  undecided: "later",
  // The same program, started in the same way, does the same again.
  version: "never",
  "two-senders": "never",
  "two-receivers": "never",
  "no-common-codec": "never",
  "not-lanvid": "never",
  "classic-sender": "never",
  garbage: "never",
  http: "never",
  "http-other": "never",
  "http-answer": "never",
  "http-too-long": "never",
  tls: "never",
  "empty-message": "never",
  length: "never",
  "message-too-long": "never",
  "text-message": "never",
  "bad-json": "never",
  "bad-field": "never",
  "bad-video": "never",
  "bad-ack": "never",
  "bad-ping": "never",
  "bad-number": "never",
  "no-hello": "never",
  "second-hello": "never",
  "wrong-role": "never",
  base64: "never",
  "pickle-protocol": "never",
  "pickle-opcode": "never",
  "pickle-callable": "never",
  "pickle-value": "never",
  "pickle-dtype": "never",
  "pickle-shape": "never",
  "pickle-size": "never",
  "pickle-depth": "never",
  "pickle-limit": "never",
  "pickle-truncated": "never",
} as const satisfies Record<string, Retry>;

/** A code that this program gives. */
export type Reason = keyof typeof REASONS;

export const REASON_CODES = Object.keys(REASONS) as readonly Reason[];

/**
 * Whether to try again after a conversation that ended for this reason. Of a code that is not known, as a newer lanvid may
 * send, nobody can say that it stays: `later`.
 */
export function retryOf(code: string): Retry {
  return Object.hasOwn(REASONS, code) ? REASONS[code as Reason] : "later";
}
