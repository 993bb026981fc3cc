import { type Fault, forPeers, type PeerText } from "./errors/peer-text.ts";

export { type Fault, forPeers, heard, openFault, type PeerText } from "./errors/peer-text.ts";

/** How the process ends; the numbers are part of the command line's contract (docs/cli.md). */
export const ExitCode = {
  ok: 0,
  internal: 1,
  usage: 2,
  source: 3,
  ffmpeg: 4,
  address: 5,
  connection: 6,
  refused: 7,
  output: 8,
  display: 9,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface LanvidErrorOptions {
  /** One sentence that starts with a verb and says what to do. */
  readonly hint?: string | undefined;
  /** What peers are told; unless given, what kind of error it is. */
  readonly forPeers?: PeerText | undefined;
  readonly cause?: unknown;
}

/** What peers are told of an error that has no text for them. */
const FOR_PEERS: Readonly<Record<ExitCode, PeerText>> = {
  [ExitCode.ok]: forPeers`the other side has ended`,
  [ExitCode.internal]: forPeers`the other side ran into a bug in lanvid`,
  [ExitCode.usage]: forPeers`the other side was not started correctly`,
  [ExitCode.source]: forPeers`the source can't be opened`,
  [ExitCode.ffmpeg]: forPeers`the other side has no ffmpeg that can do it`,
  [ExitCode.address]: forPeers`the other side can't use its port`,
  [ExitCode.connection]: forPeers`the connection was lost`,
  [ExitCode.refused]: forPeers`the other side refused`,
  [ExitCode.output]: forPeers`the other side can't write its file`,
  [ExitCode.display]: forPeers`the other side can't show it`,
};

/**
 * A failure that a person is told about. `code` is a stable word for programs, `exitCode` what the process
 * ends with when nobody handles it. The message is lower case, without a full stop: it is printed after a prefix. It is
 * never told to a peer: `forPeers` is.
 */
export class LanvidError extends Error implements Fault {
  override readonly name = "LanvidError";
  readonly hint: string | undefined;
  readonly forPeers: PeerText;

  constructor(
    readonly code: string,
    readonly exitCode: ExitCode,
    message: string,
    options: LanvidErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.hint = options.hint;
    this.forPeers = options.forPeers ?? FOR_PEERS[exitCode];
  }
}

/** A value on the command line or in the environment that is not allowed. */
export function usageError(message: string, hint?: string): LanvidError {
  return new LanvidError("usage", ExitCode.usage, message, { hint });
}

/** What was thrown, as a person is told about it: what is no LanvidError is a fault of the program itself. */
export function asLanvidError(error: unknown): LanvidError {
  if (error instanceof LanvidError) {
    return error;
  }
  return new LanvidError("internal", ExitCode.internal, `this is a bug in lanvid: ${messageOf(error)}`, {
    cause: error,
    hint: "report it, together with what --verbose prints",
  });
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
