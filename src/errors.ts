import { type Fault, forPeers, type PeerText } from "./errors/peer-text.ts";

export { type Fault, forPeers, heard, openFault, type PeerText } from "./errors/peer-text.ts";

/** What went wrong, roughly: each ends the process with an exit code of its own (src/cli/exit-code.ts). */
export type ErrorKind =
  | "internal"
  | "usage"
  | "source"
  | "ffmpeg"
  | "address"
  | "connection"
  | "refused"
  | "output"
  | "display";

/**
 * Whether another try of the same can end otherwise.
 * - `now`: yes, at once: what is wrong passes by itself
 * - `later`: when something has changed that nobody here decides; a try costs others something
 * - `never`: not before somebody has put something right
 */
export type Retry = "now" | "later" | "never";

export interface LanvidErrorOptions {
  /** One sentence that starts with a verb and says what to do. */
  readonly hint?: string | undefined;
  /** What peers are told; unless given, what kind of error it is. */
  readonly forPeers?: PeerText | undefined;
  /** Unless given, what holds for most errors of its kind. */
  readonly retry?: Retry | undefined;
  readonly cause?: unknown;
}

/** What holds for each kind where an error does not say otherwise. */
const KINDS: Readonly<Record<ErrorKind, { readonly retry: Retry; readonly forPeers: PeerText }>> = {
  internal: { retry: "never", forPeers: forPeers`the other side ran into a bug in lanvid` },
  usage: { retry: "never", forPeers: forPeers`the other side was not started correctly` },
  source: { retry: "never", forPeers: forPeers`the source can't be opened` },
  ffmpeg: { retry: "never", forPeers: forPeers`the other side has no ffmpeg that can do it` },
  address: { retry: "never", forPeers: forPeers`the other side can't use its port` },
  connection: { retry: "now", forPeers: forPeers`the connection was lost` },
  refused: { retry: "never", forPeers: forPeers`the other side refused` },
  output: { retry: "never", forPeers: forPeers`the other side can't write its file` },
  display: { retry: "never", forPeers: forPeers`the other side can't show it` },
};

/**
 * A failure that a person is told about. `code` is a stable word for programs, `kind` says what to do about it. The
 * message is lower case, without a full stop: it is printed after a prefix. It is never told to a peer: `forPeers` is.
 */
export class LanvidError extends Error implements Fault {
  override readonly name = "LanvidError";
  readonly hint: string | undefined;
  readonly forPeers: PeerText;
  readonly retry: Retry;

  constructor(
    readonly code: string,
    readonly kind: ErrorKind,
    message: string,
    options: LanvidErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.hint = options.hint;
    this.forPeers = options.forPeers ?? KINDS[kind].forPeers;
    this.retry = options.retry ?? KINDS[kind].retry;
  }
}

/** A value on the command line or in the environment that is not allowed. */
export function usageError(message: string, hint?: string): LanvidError {
  return new LanvidError("usage", "usage", message, { hint });
}

/** What was thrown, as a person is told about it: what is no LanvidError is a fault of the program itself. */
export function asLanvidError(error: unknown): LanvidError {
  if (error instanceof LanvidError) {
    return error;
  }
  return new LanvidError("internal", "internal", `this is a bug in lanvid: ${messageOf(error)}`, {
    cause: error,
    hint: "report it, together with what --verbose prints",
  });
}

/** What was thrown for what a peer did, which is told to whom it concerns. @throws anything else: that is a bug */
export function faultOnly(error: unknown): LanvidError {
  if (error instanceof LanvidError) {
    return error;
  }
  throw error;
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A message where it stands alone, without a prefix: as a sentence, with a capital letter and a full stop. */
export function sentenceOf(message: string): string {
  const text = capitalized(message);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** The same without the full stop, as a headline. */
export function capitalized(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}
