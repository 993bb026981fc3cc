/** Where the rooms say things to a person. Only `cli` decides what is printed, and where. */
export interface Log {
  /** An event worth a line in normal use: a viewer came, the source is back. */
  info(message: string): void;
  /** Something went wrong and is being handled; `hint` says what the person could do. */
  warn(message: string, hint?: string): void;
  /** Shown with --verbose only: command lines, ffmpeg's stderr, connection events. */
  debug(message: string): void;
}

/** Says nothing. */
export const silentLog: Log = { info() {}, warn() {}, debug() {} };
