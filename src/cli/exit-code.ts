import type { ErrorKind, LanvidError } from "../errors.ts";

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
} as const satisfies Record<ErrorKind | "ok", number>;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What the process ends with when this is why. */
export function exitCodeOf(error: LanvidError): ExitCode {
  return ExitCode[error.kind];
}
