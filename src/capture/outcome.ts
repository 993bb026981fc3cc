import { type Fault, forPeers } from "../errors.ts";
import { type Explanation, explain } from "../ffmpeg.ts";
import type { RunEnd } from "./run.ts";
import type { SourceWords } from "./source-words.ts";

/** What comes of a run of ffmpeg for its source. */
export type Outcome =
  | { readonly kind: "stopped" }
  /** It goes on with another plan. */
  | { readonly kind: "replanned" }
  /** A film is over: it begins again. */
  | { readonly kind: "over" }
  /** `error` says why its input can't be read, or is null when it was read to its end. */
  | { readonly kind: "ended"; readonly error: Explanation | null }
  | Failed;

export interface Failed {
  readonly kind: "failed";
  readonly fault: Explanation;
  /** How long it gave pictures, ms. */
  readonly liveMs: number;
}

export interface OutcomeOptions {
  /** What ran is a film, or has turned out to be one. */
  readonly isFilm: boolean;
  /** The end of ffmpeg is the end of the source: stdin. */
  readonly endsWithInput: boolean;
  readonly words: SourceWords;
}

/** What comes of a run that was not stopped, nor is followed by one in another way. */
export function outcomeOf(
  { exit, stall, pictures, liveMs }: RunEnd,
  { isFilm, endsWithInput, words }: OutcomeOptions,
): Outcome {
  if (stall !== null) {
    return failed(words.faultOf(stall), liveMs);
  }
  if (exit.badOutput !== null) {
    const message = `ffmpeg wrote something other than pictures: ${exit.badOutput}`;
    const fault = { message, forPeers: forPeers`ffmpeg wrote something other than pictures` };
    return failed(fault, liveMs, "check what is given as ffmpeg, and the arguments after --");
  }
  if (endsWithInput && exit.code !== null) {
    // What was read from a pipe does not come again: another ffmpeg would not find a beginning.
    return { kind: "ended", error: exit.code === 0 ? null : explain(words, exit) };
  }
  if (isFilm && exit.code === 0 && pictures > 0) {
    return { kind: "over" };
  }
  const fault = explain(words, exit);
  return failed(fault, liveMs, fault.hint);
}

export function failed({ message, forPeers }: Fault, liveMs: number, hint?: string): Failed {
  return { kind: "failed", fault: { message, forPeers, hint }, liveMs };
}
