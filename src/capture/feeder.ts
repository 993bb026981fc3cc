/** Feeds ffmpeg's stdin while it runs. */
export interface Feeder {
  run(write: (bytes: Uint8Array) => Promise<boolean>, signal: AbortSignal): void;
  /** Takes the time of the picture that comes out next: µs on this process's clock, or null when unknown. */
  capturedAt(): number | null;
}
