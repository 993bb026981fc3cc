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
  readonly cause?: unknown;
}

/**
 * A failure that a person is told about. `code` is a stable word for programs, `exitCode` what the process
 * ends with when nobody handles it. The message is lower case, without a full stop: it is printed after a prefix.
 */
export class LanvidError extends Error {
  override readonly name = "LanvidError";
  readonly hint: string | undefined;

  constructor(
    readonly code: string,
    readonly exitCode: ExitCode,
    message: string,
    options: LanvidErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.hint = options.hint;
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
  return new LanvidError("internal", ExitCode.internal, `lanvid has a fault: ${messageOf(error)}`, {
    cause: error,
    hint: "please report it, with what --verbose says of it",
  });
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
