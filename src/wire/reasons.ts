import type { Retry } from "../errors.ts";

/**
 * The codes by which a side says why it ends a conversation (docs/protocol.md, section 7; docs/classic.md), where the same two
 * sides may get along in another one.
 */
const PASSING = {
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
} as const satisfies Record<string, Retry>;

/** Where they do not: the same program, started in the same way, does the same again. */
const LASTING = [
  "version",
  "two-senders",
  "two-receivers",
  "no-common-codec",
  "not-lanvid",
  "classic-sender",
  "garbage",
  "http",
  "http-other",
  "http-answer",
  "http-too-long",
  "tls",
  "empty-message",
  "length",
  "message-too-long",
  "text-message",
  "bad-json",
  "bad-field",
  "bad-video",
  "bad-ack",
  "bad-ping",
  "bad-number",
  "no-hello",
  "second-hello",
  "wrong-role",
  "base64",
  "pickle-protocol",
  "pickle-opcode",
  "pickle-callable",
  "pickle-value",
  "pickle-dtype",
  "pickle-shape",
  "pickle-size",
  "pickle-depth",
  "pickle-limit",
  "pickle-truncated",
] as const;

/** A code that this program gives. */
export type Reason = keyof typeof PASSING | (typeof LASTING)[number];

/** All that this program gives. */
export function reasonCodes(): readonly Reason[] {
  return [...(Object.keys(PASSING) as (keyof typeof PASSING)[]), ...LASTING];
}

/** Whether to try again after a conversation that this side ended. Needs no list of what lasts, so that the page has none. */
export function retryOfOwn(code: Reason): Retry {
  return (PASSING as Partial<Record<Reason, Retry>>)[code] ?? "never";
}

/**
 * Whether to try again after a conversation that ended for this reason. Of a code that is not known, as a newer lanvid may
 * send, nobody can say that it stays: `later`.
 */
export function retryOf(code: string): Retry {
  const known = reasonCodes().find((reason) => reason === code);
  return known === undefined ? "later" : retryOfOwn(known);
}
